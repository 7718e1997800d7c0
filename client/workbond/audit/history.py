"""What the chain says, all of it at one block.

The auditor reads at a block it has chosen before, while the chain goes on. Reads are by number, so
the block's hash is asked for again at the end: the same hash means that nothing below it changed
either. Another one means a reorganisation, and everything is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import merge
from typing import TypeVar

from workbond.audit.findings import Findings
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.connection import Connection
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.errors import ChainError
from workbond.parallel import each
from workbond.progress import progress

TRIES = 3  # a chain that reorganises the pinned block more often is no place for an audit
THREADS = 8  # reads wait for the node, most of the time

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True)
class History:
    """The market's and the committee's events up to `block`, oldest first, and the token's
    transfers to and from the market.

    `headers` are those of the blocks that have any of them, by number.
    """

    block: Block
    events: tuple[Event, ...]
    transfers: tuple[Event, ...]
    headers: dict[int, Block]

    @property
    def times_s(self) -> dict[int, int]:
        """Timestamps by block number."""
        return {number: header.timestamp for number, header in self.headers.items()}


def pinned(connection: Connection, to_block: int | None, read: Callable[[Block], T]) -> T:
    """`read(block)` at block `to_block` (None: the latest one), started again if it vanishes.

    Raises:
        ChainError: the block vanished `TRIES` times, or whatever `read` raises.
    """
    for _ in range(TRIES):
        block = connection.block("latest" if to_block is None else to_block)
        try:
            value = read(block)
        except ChainError:
            if _stands(connection, block):
                raise
            continue
        if _stands(connection, block):
            return value
    raise ChainError(
        f"the chain at {connection.label} replaced the audited block {TRIES} times: audit an older "
        "one with --to-block"
    )


def read_history(
    market: Market,
    token: Token,
    market_from: int,
    token_from: int,
    block: Block,
    committee: Committee | None = None,
) -> History:
    """Reads events from the contracts' first blocks on; a committee comes after its market.

    Transfers count from the token's first block: an address can own tokens before it has code.
    """
    with progress("reading events"):
        events = tuple(market.events(market_from, block.number))
        if committee is not None:
            judged = tuple(committee.events(market_from, block.number))
            events = tuple(merge(events, judged, key=_place))  # as the node ordered each
        mine = topic(market.address)
        span = (token_from, block.number)
        came = token.events(*span, names=["Transfer"], topics=[None, mine])
        went = token.events(*span, names=["Transfer"], topics=[mine])
        transfers = tuple(sorted((*came, *went), key=_place))
    headers = read_headers(market.connection, (*events, *transfers))
    return History(block, events, transfers, headers)


def read_headers(connection: Connection, events: Iterable[Event]) -> dict[int, Block]:
    """Headers of the blocks that `events` are in, by number."""
    numbers = {event.block_number for event in events}
    return read_all("reading block headers", connection.block, sorted(numbers))


def read_all(text: str, read: Callable[[K], T], keys: Iterable[K]) -> dict[K, T]:
    """`read` of every key, several at a time, under a progress bar named `text`."""
    found: dict[K, T] = {}
    order = list(keys)

    def one(key: K) -> None:
        found[key] = read(key)

    with progress(text, total=len(order)) as bar:
        each(one, order, THREADS, bar.advance)
    return {key: found[key] for key in order}


def _place(event: Event) -> tuple[int, int]:
    return event.block_number, event.log_index


def check_blocks(events: Iterable[Event], headers: dict[int, Block], findings: Findings) -> None:
    """Objects to events whose block hash isn't that of the chain's block of their number."""
    for event in events:
        header = headers[event.block_number]
        if event.block_hash != header.hash:
            text = (
                f"{event.name} names block hash 0x{event.block_hash.hex()}, "
                f"the chain's is 0x{header.hash.hex()}"
            )
            findings.add("block", event.block_number, event.log_index, text)


def _stands(connection: Connection, block: Block) -> bool:
    try:
        return connection.block(block.number).hash == block.hash
    except ChainError:  # the chain may be shorter now; a dead node shows on the next try
        return False
