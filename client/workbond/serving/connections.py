"""Time and number limits on a server's connections that uvicorn does not have.

uvicorn closes idle connections, but waits for ever for the end of a request's headers, for a slow
body and for a client that does not read. Here every phase of a connection has a timer.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from workbond.serving.networks import network_of

HEADERS_S = (
    10.0  # from connecting, or the end of an answer, to the last byte of a request's headers
)
EXCHANGE_S = 600.0  # from there to the end of the answer; longer downloads resume with Range
_NO_LINGER = struct.pack("ii", 1, 0)  # struct linger: on, for 0 seconds


class BoundedConnection(H11Protocol):
    """An HTTP/1.1 connection that is dropped when a phase takes too long.

    Beyond `limit_concurrency` uvicorn answers 503; beyond twice that number of connections this
    class drops new ones at once, and so it does with those of a client that has `per_client` open.
    """

    headers_s = HEADERS_S
    exchange_s = EXCHANGE_S
    per_client: int | None = None
    network = ""
    _timer: asyncio.TimerHandle | None = None
    _waiting = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        limit = self.config.limit_concurrency
        crowded = limit is not None and len(self.connections) > 2 * limit
        if crowded or self._has_too_many():
            self._drop()
            return
        self._arm(waiting=True)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        waiting = self.conn.their_state is h11.IDLE
        if waiting != self._waiting:
            self._arm(waiting)

    def on_response_complete(self) -> None:
        # armed before the next request, which may be in the buffer, is looked at
        self._arm(waiting=True)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _has_too_many(self) -> bool:
        """Whether this is one more than its client may have."""
        if self.per_client is None:
            return False
        self.network = network_of(self.client[0] if self.client else "")
        others = (getattr(each, "network", "") for each in self.connections)
        return bool(sum(network == self.network for network in others) > self.per_client)

    def _arm(self, waiting: bool) -> None:
        self._waiting = waiting
        if self._timer is not None:
            self._timer.cancel()
        seconds = self.headers_s if waiting else self.exchange_s
        self._timer = self.loop.call_later(seconds, self._drop)

    def _drop(self) -> None:
        """Reset the connection, so that the system too forgets what the client did not read."""
        connected = self.transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


def with_limits(
    headers_s: float, exchange_s: float, per_client: int | None
) -> type[BoundedConnection]:
    """The same connection with other limits: seconds, and connections of one client."""
    limits: dict[str, Any] = {
        "headers_s": headers_s,
        "exchange_s": exchange_s,
        "per_client": per_client,
    }
    return type("BoundedConnection", (BoundedConnection,), limits)
