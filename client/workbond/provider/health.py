"""How well a node reaches the chain, for its status file."""

from __future__ import annotations

import time

from workbond.chain.answers import Block
from workbond.chain.connection import Connection
from workbond.provider.journal import one_line
from workbond.provider.statusfile import RpcHealth


class Health:
    """Told of each turn whether the RPC answered; outages are counted, and their seconds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._head: Block | None = None
        self._seen_at = 0
        self._outage_since: float | None = None
        self._failed_tries, self._problem = 0, ""
        self._outages, self._outage_s = 0, 0.0

    def answered(self, head: Block) -> None:
        """The RPC answered a whole turn's questions."""
        self._head, self._seen_at = head, int(time.time())
        if self._outage_since is not None:
            self._outages += 1
            self._outage_s += time.monotonic() - self._outage_since
            self._outage_since, self._failed_tries, self._problem = None, 0, ""

    def failed(self, problem: str) -> None:
        """A turn failed, which is mostly the RPC's."""
        if self._outage_since is None:
            self._outage_since = time.monotonic()
        self._failed_tries += 1
        self._problem = one_line(problem)

    @property
    def had_outages(self) -> bool:
        """Since the start; the one under way counts."""
        return bool(self._outages) or self._outage_since is not None

    @property
    def outage_s(self) -> float:
        """Seconds without the chain since the start."""
        since = self._outage_since
        return self._outage_s + (0.0 if since is None else time.monotonic() - since)

    def told(self) -> RpcHealth:
        """As the status file has it."""
        head = self._head
        return RpcHealth(
            label=self._connection.label,
            block=0 if head is None else head.number,
            block_time=0 if head is None else head.timestamp,
            seen_at=self._seen_at,
            failed_tries=self._failed_tries,
            problem=self._problem,
            outages=self._outages,
            outage_s=round(self.outage_s),
        )
