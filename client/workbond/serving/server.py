"""An HTTP server in a thread of its own; the one module that runs uvicorn."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

import uvicorn

from workbond import threads
from workbond.errors import WorkbondError
from workbond.serving.connections import EXCHANGE_S, HEADERS_S, with_limits

CONNECTIONS_MAX = 64
HEADER_BYTES_MAX = 16 * 1024
IDLE_S = 5  # between two requests of one connection
STOP_S = 2  # for answers under way when the server is stopped


class CannotListen(WorkbondError):
    """The port is taken, or the address isn't ours."""


class Server:
    """Serves an ASGI application; a context manager.

    Args:
        app: what answers.
        name: what it is, in errors ("the gateway").
        host: address to listen on.
        port: 0 takes a free one.
        connections: at once; beyond, 503 is answered, and beyond twice that nothing.
        headers_s: time for a request's headers.
        exchange_s: time for a request's body and its answer.
        per_client: connections of one client's network; None: no bound but that on all.
    """

    def __init__(
        self,
        app: Any,
        name: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        connections: int = CONNECTIONS_MAX,
        headers_s: float = HEADERS_S,
        exchange_s: float = EXCHANGE_S,
        per_client: int | None = None,
    ) -> None:
        self.host, self.port, self._name = host, port, name
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=with_limits(headers_s, exchange_s, per_client),
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=connections,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=STOP_S,
                h11_max_incomplete_event_size=HEADER_BYTES_MAX,
            )
        )
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Base address, without a final slash; `port` is known once the server was started."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> None:
        """Listen and serve; raises `CannotListen`."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            listener = socket.create_server((self.host, self.port), family=family)
        except (OSError, OverflowError) as error:
            number = error.errno if isinstance(error, OSError) else None
            reason = os.strerror(number) if number and number > 0 else str(error)
            raise CannotListen(
                f"{self._name} can't listen on {self.host}:{self.port}: {reason}; choose another "
                "port, or 0 for a free one"
            ) from error
        self.port = listener.getsockname()[1]
        # from here on the system queues connections, so nobody has to wait for the thread
        server = self._server
        self._thread = threads.start(lambda: server.run([listener]), f"server-{self.port}")

    def stop(self) -> None:
        """Stop listening; answers under way have two seconds to end."""
        if self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_S + 10)
            self._thread = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
