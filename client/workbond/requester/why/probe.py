"""Asking strangers' addresses whether anybody is there: bounded in number, time and bytes."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from workbond.blobs.fetch import ACCEPT
from workbond.blobs.http import checked_base, exchange
from workbond.errors import BlobError, UsageError


def is_private(url: str) -> bool:
    """Whether `url` names a host that only this machine or its own network can reach.

    Names are not looked up: what they resolve to is the HTTP client's concern.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def answers(url: str, timeout_s: float) -> bool:
    """Whether an HTTP server answers there, whatever it says."""
    try:
        with exchange("GET", f"{checked_base(url)}/", timeout_s=timeout_s):
            return True
    except (BlobError, UsageError):
        return False


def serving_problem(gateway: str, cid: str, timeout_s: float) -> str | None:
    """Why the blob can't be had from the gateway; None if it is there. Its bytes are not read."""
    try:
        url = f"{checked_base(gateway)}/ipfs/{cid}?format=raw"
        with exchange("GET", url, timeout_s=timeout_s, headers={"Accept": ACCEPT}) as answer:
            return None if answer.status == 200 else f"it answers with status {answer.status}"
    except (BlobError, UsageError) as error:
        return str(error)


def all_at_once(questions: Sequence[Callable[[], None]], timeout_s: float) -> None:
    """Calls every question in a thread of its own and waits, but no longer than `timeout_s`.

    Looking up a host's name knows no timeout of ours, so a late thread is left behind.
    """
    ends = time.monotonic() + timeout_s
    threads = [threading.Thread(target=question, daemon=True) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
