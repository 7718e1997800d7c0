"""A deployed contract: an address, an ABI, and the connection it is reached through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from workbond.chain.abi import Abi, Event
from workbond.chain.answers import CallReverted, NodeRefused
from workbond.chain.connection import BlockId, Connection
from workbond.chain.reverts import explain
from workbond.chain.rpc import RpcAnswerTooLarge
from workbond.chain.transactions import Fee, Receipt, Signer, estimate_fee, send
from workbond.chain.types import address as checked
from workbond.chain.types import encoded
from workbond.chain.wire import Topic
from workbond.errors import ChainError

FIRST_BLOCKS = 10_000  # asked for at once; nodes set limits of their own
MAX_BLOCKS = 100_000
# Of the events of one reading, about half a million jobs: a lying node could send any number.
MAX_HISTORY_BYTES = 1 << 30
LOG_BYTES = 512  # that a log takes beside its data


class Contract:
    """Typed wrappers (`Market`, `Token`) derive from this and add a method per function."""

    def __init__(self, connection: Connection, address: str, abi: Abi) -> None:
        self.connection = connection
        self.address = checked(address)
        self.abi = abi

    def read(self, function: str, *args: Any, at: BlockId = "latest") -> tuple[Any, ...]:
        """Calls a view; raises `Reverted` subclasses and `ChainError`."""
        try:
            data = self.connection.call(self.address, self.abi.call_data(function, args), at=at)
        except CallReverted as refusal:
            raise explain(refusal) from refusal
        return self.abi.result(function, data)

    def transact(self, signer: Signer, function: str, *args: Any) -> Receipt:
        """Sends a transaction and waits for it; see `workbond.chain.transactions.send`."""
        receipt = send(self.connection, signer, self.address, self.abi.call_data(function, args))
        own = (log for log in receipt.logs if log.address == self.address)
        return replace(receipt, events=tuple(self.decode(log) for log in own))

    def fee(self, sender: str, function: str, *args: Any, then_gas: int = 0) -> Fee:
        """What `transact` could cost `sender` now; see `estimate_fee`. Nothing is sent."""
        data = self.abi.call_data(function, args)
        return estimate_fee(self.connection, sender, self.address, data, then_gas=then_gas)

    def decode(self, log: Any) -> Event:
        """A raw log of this contract as an event."""
        return self.abi.event(log)

    def events(
        self,
        from_block: int,
        to_block: int,
        *,
        names: Sequence[str] | None = None,
        topics: Sequence[Topic] = (),
    ) -> Iterator[Event]:
        """Events in blocks `from_block..to_block` (both included), in chain order, lazily.

        Args:
            names: only these events; None: all of the ABI.
            topics: values of the indexed members, from the first (see `topic`); None: any.

        The range is asked for in pieces that shrink when the node refuses one, and grow again.
        """
        wanted = [self.abi.events[name].hash for name in names or self.abi.events]
        start, span, size = from_block, FIRST_BLOCKS, 0
        while start <= to_block:
            end = min(start + span - 1, to_block)
            try:
                logs = self.connection.logs(self.address, [wanted, *topics], start, end)
            except (NodeRefused, RpcAnswerTooLarge) as error:
                if start == end:
                    raise ChainError(
                        f"the events of block {start} can't be read: {error}"
                    ) from error
                span = max(1, (end - start + 1) // 4)
                continue
            size += sum(LOG_BYTES + len(log.data) for log in logs)
            if size > MAX_HISTORY_BYTES:
                raise ChainError(
                    f"the RPC at {self.connection.label} sent more than {MAX_HISTORY_BYTES} bytes "
                    "of events: ask another node with --rpc"
                )
            yield from map(self.decode, logs)
            start, span = end + 1, min(span * 2, MAX_BLOCKS)


def topic(value: str | bytes | int) -> bytes:
    """An indexed address, bytes32 or number as a topic of 32 bytes."""
    return encoded(value)
