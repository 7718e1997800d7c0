"""Real servers on loopback: the gateway, and one that answers whatever bytes a test wants."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbond.blobs.store import BlobStore

Script = Callable[[socket.socket], None]


class RawServer:
    """Accepts connections, reads a request's headers, and lets `script` do the rest.

    `requests` holds the headers received. `stopping` is set when the test is over; a script that
    would send for ever ends by it, or when its peer hangs up.
    """

    def __init__(self, script: Callable[[RawServer, socket.socket], None]) -> None:
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        self.hung_up = threading.Event()
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._peers: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self._peers.append(peer)
                thread = threading.Thread(target=self._answer, args=(peer,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _answer(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = peer.recv(4096)
                if not piece:
                    return
                head += piece
            self.requests.append(head)
            try:
                self._script(self, peer)
            except OSError:
                self.hung_up.set()

    def close(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in [self._acceptor, *self._threads]:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    """Starts servers; a script is bytes to send before hanging up, or a function."""
    servers: list[RawServer] = []

    def start(script: bytes | Callable[[RawServer, socket.socket], None]) -> RawServer:
        if isinstance(script, bytes):
            answer = script

            def script(_: RawServer, peer: socket.socket) -> None:
                peer.sendall(answer)

        servers.append(RawServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def other(tmp_path: Path) -> BlobStore:
    """A second store, of whoever serves."""
    return BlobStore(tmp_path / "other")
