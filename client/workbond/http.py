"""HTTP with a server that may be hostile: the one module that imports requests.

What the library can't bound is bounded here. Its timeouts count from byte to byte, so a server that
sends one byte now and then could hold a client for ever, in the headers already; a timer therefore
shuts the connection down at the deadline, whatever it is doing. No redirect is followed and no
compression accepted. Connections can be confined to public addresses (`dialing.py`).
"""

from __future__ import annotations

import contextlib
import socket
import sys
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
from urllib3.exceptions import HTTPError, LocationValueError
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from workbond import __version__, threads
from workbond.dialing import PrivateAddress, dial

CHUNK_BYTES = 1 << 16
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine, by name."""
    try:
        return urlsplit(url).hostname in LOOPBACK_HOSTS
    except ValueError:
        return False


class HttpFailure(Exception):
    """No sound and whole answer. The text is a reason of a few words: none of the server's, and
    nothing of the URL, which may hold a secret.

    `timed_out`: it took too long; `lost`: the connection broke, as one that was kept open and that
    the server closed meanwhile does once; `private`: the host has no public address.
    """

    def __init__(
        self, reason: str, *, timed_out: bool = False, lost: bool = False, private: bool = False
    ) -> None:
        super().__init__(reason)
        self.timed_out = timed_out
        self.lost = lost
        self.private = private


@dataclass(frozen=True)
class Answer:
    """The server's answer: the status, headers with lower-case names, and the body as it comes."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


class Client:
    """Exchanges with one server, one at a time, over a connection that is kept for the next.

    Args:
        timeout_s: for one exchange, reading the answer included.
        silence_s: how long the server may say nothing.
        environment: use the proxy, passwords and certificates that the user's environment names;
            not for addresses that strangers write.
        public_only: connect to public addresses only; not together with `environment`, as a proxy
            would do the connecting.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        silence_s: float,
        environment: bool = False,
        public_only: bool = False,
    ) -> None:
        if environment and public_only:
            raise ValueError("a proxy connects to any address")
        self._silence_s = silence_s
        self._deadline = _Deadline(timeout_s)
        self._session = _Session()
        self._session.trust_env = environment
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._deadline, public_only))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self._deadline.close()

    @contextlib.contextmanager
    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: Iterable[bytes] | bytes | None = None,
    ) -> Iterator[Answer]:
        """Sends one request and hands over the answer; raises `HttpFailure`."""
        outer = sys.exception()  # that the caller handles: no reason of ours
        ours = {"Accept-Encoding": "identity", "User-Agent": f"workbond/{__version__}"}
        with self._deadline:
            try:
                with self._session.request(
                    method,
                    url,
                    data=body,
                    headers=ours | (headers or {}),
                    timeout=self._silence_s,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    found = {name.lower(): value for name, value in response.headers.items()}
                    if found.get("content-encoding", "identity").strip().lower() != "identity":
                        raise HttpFailure("it sent a compressed answer that nobody asked for")
                    chunks = _chunks(response.raw, self._deadline)
                    yield Answer(response.status_code, found, chunks)
            except PrivateAddress as error:
                raise HttpFailure(str(error), private=True) from error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise _failure(error, outer, self._deadline.over) from error


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Even where no redirect is followed, requests would read the whole body of an answer that
        has one, which may be endless, to prepare the next request."""
        return


class _Deadline:
    """Shuts down the connection given to `watch` when an exchange takes too long.

    One thread guards all exchanges of a client: starting one for each would double the time of a
    short exchange.
    """

    def __init__(self, timeout_s: float) -> None:
        self.over = False
        self._timeout_s = timeout_s
        self._ends = 0.0
        self._running = False
        self._guard: threading.Thread | None = None
        self._closed = threading.Event()
        self._handle: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.over, self._running = False, True
            self._ends = time.monotonic() + self._timeout_s
            if self._guard is None:
                self._guard = threads.start(self._wait)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running = False

    def _wait(self) -> None:
        left_s = self._timeout_s
        while not self._closed.wait(left_s):
            with self._lock:
                left_s = self._ends - time.monotonic()
                if left_s > 0:  # of an exchange that began meanwhile
                    continue
                self._guard = None
                if self._running:
                    self.over = True
                    self._shut()
                return

    def left_s(self) -> float:
        return max(0.001, self._ends - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        """From now on this is the connection; the one before it is of no use any more."""
        # a second handle of the same connection: TLS takes the first one over
        handle = connected.dup()
        with self._lock:
            self._forget()
            self._handle = handle
            if self.over:
                self._shut()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self._forget()

    def _shut(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class _Adapter(HTTPAdapter):
    """Requests' transport, with connections that the deadline can end."""

    def __init__(self, deadline: _Deadline, public_only: bool) -> None:
        self._pools = _pools(deadline, public_only)
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # those have connections of their own
            manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(deadline: _Deadline, public_only: bool) -> dict[str, Any]:
    def connect(connection: HTTPConnection) -> socket.socket:
        host = connection.host.strip("[]")
        sock = dial(host, connection.port or 0, deadline.left_s, public_only=public_only)
        deadline.watch(sock)
        return sock

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _chunks(raw: Any, deadline: _Deadline) -> Iterator[bytes]:
    """The body's bytes as they arrive, not decoded."""
    # read1 hands over what one read of the socket gave; read(n) would wait for n bytes
    while chunk := raw.read1(CHUNK_BYTES, decode_content=False):
        yield chunk
    if deadline.over:  # without a length, a connection cut by the deadline looks like the end
        raise TimeoutError


def _failure(error: BaseException, outer: BaseException | None, over: bool) -> HttpFailure:
    """By the innermost cause: the outer ones quote URLs, and object addresses."""
    if over or isinstance(error, requests.Timeout | Urllib3Timeout):
        return HttpFailure("timed out", timed_out=True)
    while (inner := error.__cause__ or error.__context__) is not None and inner is not outer:
        error = inner
    if isinstance(error, TimeoutError):
        return HttpFailure("timed out", timed_out=True)
    lost = isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError)
    if isinstance(error, OSError) and error.strerror:
        words = "".join(c for c in error.strerror if c.isprintable())[:160]
        return HttpFailure(words[:1].lower() + words[1:], lost=lost)
    if lost:
        return HttpFailure("connection lost", lost=True)
    if isinstance(error, LocationValueError | requests.exceptions.InvalidURL):
        return HttpFailure("that is no address")
    return HttpFailure(f"no sound HTTP answer ({type(error).__name__})")
