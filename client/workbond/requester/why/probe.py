"""Asking strangers' addresses whether anybody is there: bounded in number, time and bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from workbond import threads
from workbond.blobs.fetch import ACCEPT
from workbond.blobs.http import checked_base, exchange
from workbond.blobs.sources import split_gateways
from workbond.dialing import is_public
from workbond.errors import BlobError, UsageError


def is_private(gateways: str) -> bool:
    """Whether all of the listed gateways are on hosts that only this machine or its own network
    can reach. Names are not looked up: what they resolve to is the HTTP client's concern."""
    urls = split_gateways(gateways)
    return bool(urls) and all(map(_is_private, urls))


def _is_private(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or not is_public(host)
    except ValueError:  # no URL, or a name
        return False


def answers(url: str, timeout_s: float, *, private: bool) -> bool:
    """Whether an HTTP server answers there, whatever it says.

    `private`: whether it may be on an address that is not public; a stranger wrote it.
    """
    try:
        with exchange("GET", f"{checked_base(url)}/", timeout_s=timeout_s, private=private):
            return True
    except (BlobError, UsageError):
        return False


def serving_problem(gateways: str, cid: str, timeout_s: float, *, private: bool) -> str | None:
    """Why none of the listed gateways has the blob; None if one has. Its bytes are not read."""
    problem = "it names no address"
    urls = split_gateways(gateways)
    for url in urls:
        found = _problem_at(url, cid, timeout_s / len(urls), private)
        if found is None:
            return None
        problem = found
    return problem


def _problem_at(gateway: str, cid: str, timeout_s: float, private: bool) -> str | None:
    headers = {"Accept": ACCEPT}
    try:
        url = f"{checked_base(gateway)}/ipfs/{cid}?format=raw"
        with exchange("GET", url, timeout_s=timeout_s, private=private, headers=headers) as answer:
            return None if answer.status == 200 else f"it answers with status {answer.status}"
    except (BlobError, UsageError) as error:
        return str(error)


def all_at_once(questions: Sequence[Callable[[], None]], timeout_s: float) -> None:
    """Calls every question in a thread of its own and waits, but no longer than `timeout_s`.

    Looking up a host's name knows no timeout of ours, so a late thread is left behind.
    """
    ends = time.monotonic() + timeout_s
    for thread in [threads.start(question) for question in questions]:
        thread.join(max(0.0, ends - time.monotonic()))
