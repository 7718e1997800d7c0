"""Nodes that misbehave: a scripted one, and what stands between a client and a real one."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

# Gets the request; returns the answer's bytes, or None to close the connection without one.
Script = Callable[[dict[str, Any]], bytes | None]


class Node(ThreadingHTTPServer):
    """An HTTP server whose answers `script` writes; `asked` lists the methods it was asked.

    `connections` counts those that clients opened.
    """

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.status = 200
        self.asked: list[str] = []
        self.connections = 0
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients hang up: tests want that
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Node
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body["method"])
        answer = self.server.script(body)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def node() -> Iterator[Callable[[Script], Node]]:
    """Starts nodes that answer as told."""
    started: list[Node] = []

    def start(script: Script) -> Node:
        started.append(Node(script))
        return started[-1]

    yield start
    for server in started:
        server.close()


def forward(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the real node at `url` answers."""
    answer: dict[str, Any] = requests.post(url, json=body, timeout=30).json()
    return answer


# Gets the request and a function that asks the real node; returns the answer or None.
Tamper = Callable[[dict[str, Any], Callable[[], dict[str, Any]]], dict[str, Any] | None]


@pytest.fixture
def proxy(node: Callable[[Script], Node]) -> Callable[[str, Tamper], Node]:
    """Starts proxies in front of a real node."""

    def start(url: str, tamper: Tamper) -> Node:
        def script(body: dict[str, Any]) -> bytes | None:
            answer = tamper(body, lambda: forward(url, body))
            return None if answer is None else json.dumps(answer).encode()

        return node(script)

    return start


class Line(Node):
    """The way to the real node at `target`, which can be cut.

    `broken` has whole answers by method, or under `*` for all, that come instead of the node's.
    """

    def __init__(self, target: str) -> None:
        super().__init__(self._pass_on)
        self.target = target
        self.broken: dict[str, bytes] = {}
        self.cut = False

    def _pass_on(self, body: dict[str, Any]) -> bytes | None:
        if self.cut:
            return None
        answer = self.broken.get(body["method"], self.broken.get("*"))
        return json.dumps(forward(self.target, body)).encode() if answer is None else answer


@pytest.fixture
def line(world: Any) -> Iterator[Line]:
    """Between whoever connects to it and the chain."""
    with contextlib.closing(Line(world.url)) as made:
        yield made


def refusal(text: str) -> bytes:
    """The answer of a node that refuses."""
    error = {"code": -32000, "message": text}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
