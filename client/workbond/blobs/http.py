"""Exchanges with a gateway whose address a stranger wrote: nothing of the environment is used."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from workbond.errors import BlobError, UsageError
from workbond.http import Answer, Client, HttpFailure

READ_TIMEOUT_S = 15.0  # of silence; the deadline bounds the whole
URL_MAX = 2_048


def checked_base(url: str) -> str:
    """A gateway's address without a final slash; `UsageError` unless it is a plain http(s) URL."""
    shown = repr(url)[:120]
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_MAX
    if not (usable and plain) or "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"{shown} is not a gateway: give an http:// or https:// address without user or query"
        )
    return url.rstrip("/")


@contextlib.contextmanager
def exchange(
    method: str,
    url: str,
    *,
    timeout_s: float,
    headers: dict[str, str] | None = None,
    body: Iterable[bytes] | None = None,
) -> Iterator[Answer]:
    """Send one request and hand over the answer; all of it, reading included, within `timeout_s`.

    Raises:
        BlobError: no connection, a broken answer, compression, or the time is over.
    """
    where = urlsplit(url).netloc[:100]
    with Client(timeout_s=timeout_s, silence_s=READ_TIMEOUT_S) as client:
        try:
            with client.exchange(method, url, headers=headers, body=body) as answer:
                yield answer
        except HttpFailure as failure:
            if failure.timed_out:
                raise BlobError(f"{where} did not finish within {timeout_s:.1f} s") from failure
            raise BlobError(f"{where} can't be used: {failure}") from failure


def read_text(answer: Answer, limit: int) -> str:
    """The beginning of the body as one printable line, for error messages and small answers."""
    data = b""
    for chunk in answer.chunks:
        data += chunk
        if len(data) >= limit:
            break
    text = data[:limit].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
