"""One HTTP exchange with a server that may be hostile: the only module that imports requests.

What the library can't bound is bounded here. Its timeouts count from byte to byte, so a server that
sends one byte now and then could hold a client for ever; a timer therefore shuts the connection
down at the deadline, whatever it is doing. No redirect is followed, no compression accepted, no
proxy or `.netrc` of the environment used: a gateway's address comes from a stranger's event.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from workbond import __version__
from workbond.errors import BlobError, UsageError

READ_TIMEOUT_S = 15.0  # of silence; the deadline bounds the whole
CHUNK_BYTES = 1 << 16
URL_MAX = 2_048


@dataclass(frozen=True)
class Answer:
    """The server's answer: the status, headers with lower-case names, and the body as it comes."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


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
    with _Deadline(timeout_s) as deadline, requests.Session() as session:
        session.trust_env = False
        session.mount("http://", _Adapter(deadline))
        session.mount("https://", _Adapter(deadline))
        try:
            response = session.request(
                method,
                url,
                data=body,
                headers={
                    "Accept-Encoding": "identity",
                    "User-Agent": f"workbond/{__version__}",
                    **(headers or {}),
                },
                timeout=READ_TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            )
            with response:
                found = {name.lower(): value for name, value in response.headers.items()}
                if found.get("content-encoding", "identity").strip().lower() != "identity":
                    raise BlobError(f"{where} sent a compressed answer that nobody asked for")
                yield Answer(response.status_code, found, _chunks(response.raw, deadline))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if deadline.over:
                raise BlobError(f"{where} did not finish within {timeout_s:.1f} s") from error
            raise BlobError(f"{where} can't be used: {_reason(error)}") from error


def read_text(answer: Answer, limit: int) -> str:
    """The beginning of the body as one printable line, for error messages and small answers."""
    data = b""
    for chunk in answer.chunks:
        data += chunk
        if len(data) >= limit:
            break
    text = data[:limit].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class _Deadline:
    """Shuts down every connection given to `watch` once `timeout_s` are over."""

    def __init__(self, timeout_s: float) -> None:
        self.over = False
        self._ends = time.monotonic() + timeout_s
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(timeout_s, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles = []

    def left_s(self) -> float:
        return max(0.001, self._ends - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        # a second handle of the same connection: TLS takes the first one over
        with self._lock:
            self._handles.append(connected.dup())
        if self.over:
            self._expire()

    def _expire(self) -> None:
        self.over = True
        with self._lock:
            for handle in self._handles:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Requests' transport, with connections that the deadline can end."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        deadline = self._deadline

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, deadline)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, deadline)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


ADDRESSES_MAX = 4  # tried per host name: its owner could list a thousand that never answer


def _connect(connection: HTTPConnection, deadline: _Deadline) -> socket.socket:
    host = connection.host.strip("[]")
    found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    problem: OSError = OSError(f"the host {host} has no address")
    for family, kind, protocol, _, address in found[:ADDRESSES_MAX]:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(READ_TIMEOUT_S, deadline.left_s()))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            problem = error
            sock.close()
            continue
        deadline.watch(sock)
        return sock
    raise problem


def _chunks(raw: Any, deadline: _Deadline) -> Iterator[bytes]:
    """The body's bytes as they arrive, not decoded."""
    # read1 hands over what one read of the socket gave; read(n) would wait for n bytes
    while chunk := raw.read1(CHUNK_BYTES, decode_content=False):
        yield chunk
    if deadline.over:  # without a length, a connection cut by the deadline looks like the end
        raise TimeoutError


def _reason(error: BaseException) -> str:
    """The innermost cause, which is the readable one, in one line."""
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:160] or type(error).__name__
