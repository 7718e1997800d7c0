"""Exchanges with a gateway whose address a stranger wrote: nothing of the environment is used."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from workbond.errors import BlobError, UsageError
from workbond.http import Answer, Client, HttpFailure

READ_TIMEOUT_S = 15.0  # of silence; the deadline bounds the whole
URL_MAX = 2_048
REDIRECTS_MAX = 3  # a path gateway sends to its subdomain gateway by one, http to https by another
REDIRECT_STATUSES = (301, 302, 303, 307, 308)
# Names and addresses only: what parsers of URLs read differently could take a signature elsewhere.
_HOST = re.compile(r"[0-9a-z_.-]+|[0-9a-f:.]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def checked_base(url: str) -> str:
    """A gateway's address without a final slash; `UsageError` unless it is a plain http(s) URL."""
    if not _is_plain(url) or urlsplit(url).query or urlsplit(url).fragment:
        raise UsageError(
            f"{repr(url)[:120]} is not a gateway: give an http:// or https:// address without user "
            "or query"
        )
    return url.rstrip("/")


def origin_of(url: str) -> str:
    """The origin of a checked address as RFC 6454 section 6.2 writes it: scheme, host, and the port
    unless it is the scheme's own; lower case."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    if port is None or port == _DEFAULT_PORTS.get(parts.scheme):
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


@contextlib.contextmanager
def exchange(
    method: str,
    url: str,
    *,
    timeout_s: float,
    private: bool,
    headers: dict[str, str] | None = None,
    authorization: str | None = None,
    body: Iterable[bytes] | None = None,
) -> Iterator[Answer]:
    """Send one request and hand over the answer; all of it, reading included, within `timeout_s`.

    A GET follows up to three redirects; each target is checked like the first address. The
    permission for private addresses holds for the host that was asked and names below it
    (`localhost`, `bafk….ipfs.localhost`), not for others that it points to.

    Args:
        method: of HTTP.
        url: what to ask for.
        timeout_s: for all of it, redirects included.
        private: whether the host may have an address that is not public.
        headers: to send along wherever it leads.
        authorization: sent to the origin of `url` only.
        body: of the request.

    Raises:
        BlobError: no connection, a refused address, a broken answer, compression, too many
            redirects, or the time is over.
    """
    ends = time.monotonic() + timeout_s
    first, current = urlsplit(url), url
    for _ in range(REDIRECTS_MAX + 1):
        own = dict(headers or {})
        if authorization is not None and origin_of(current) == origin_of(url):
            own["Authorization"] = authorization
        admitted = private and _is_below(urlsplit(current).hostname or "", first.hostname or "")
        with Client(
            timeout_s=max(0.001, ends - time.monotonic()),
            silence_s=READ_TIMEOUT_S,
            public_only=not admitted,
        ) as client:
            try:
                with client.exchange(method, current, headers=own, body=body) as answer:
                    target = _redirect(answer, current) if method == "GET" else None
                    if target is None:
                        yield answer
                        return
            except HttpFailure as failure:
                raise _explained(failure, current, timeout_s) from failure
        current = target
    raise BlobError(f"{first.netloc[:100]} redirects more than {REDIRECTS_MAX} times")


def read_text(answer: Answer, limit: int) -> str:
    """The beginning of the body as one printable line, for error messages and small answers."""
    data = b""
    for chunk in answer.chunks:
        data += chunk
        if len(data) >= limit:
            break
    text = data[:limit].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _is_plain(url: str) -> bool:
    """Whether this is an absolute http(s) URL of printable ASCII without user information."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        usable = parts.scheme in ("http", "https") and _HOST.fullmatch(host) and parts.port != 0
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_MAX
    return bool(usable) and plain and "@" not in parts.netloc


def _redirect(answer: Answer, url: str) -> str | None:
    """Where the answer sends us; None if nowhere. Raises `BlobError` for a place not to go to."""
    location = answer.headers.get("location", "")
    if answer.status not in REDIRECT_STATUSES or not location:
        return None
    where = urlsplit(url).netloc[:100]
    try:
        target = urljoin(url, location).partition("#")[0]
    except ValueError:
        target = ""
    if not _is_plain(target):
        raise BlobError(f"{where} redirects to {location[:120]!r}, which is no http(s) address")
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise BlobError(f"{where} redirects from https to http, which is refused")
    return target


def _is_below(host: str, named: str) -> bool:
    return host == named or host.endswith("." + named)


def _explained(failure: HttpFailure, url: str, timeout_s: float) -> BlobError:
    where = urlsplit(url).netloc[:100]
    if failure.timed_out:
        return BlobError(f"{where} did not finish within {timeout_s:.1f} s")
    if failure.private:
        return BlobError(
            f"{where} is not asked: {failure}, and a stranger named it; --allow-private admits such"
        )
    return BlobError(f"{where} can't be used: {failure}")
