"""Following the market's events: whose orders and accounts they touch, and what providers did.

Events only say where to look; how things stand is then read from the chain. So taking a range in
twice does no harm, and what a reorganisation took back is found by looking again at all that blocks
beyond the fork had touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workbond.chain.abi import Event
from workbond.chain.answers import Block, NoSuchBlock
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD
from workbond.matcher.record import Record
from workbond.matcher.store import Store

PIECE_BLOCKS = 10_000
HEADS_KEPT = 64  # a fork before the oldest of them has all events read again

# Members of events that hold an account, a job or an order.
_ACCOUNTS = ("account", "requester", "provider", "author", "matcher", "caller", "challenger")
_ORDERS = ("id", "digest", "offer")
_IGNORED = ("CardAnnounced", "EntrySkipped")
_RECORDS = {
    "JobAccepted": Record(live=1),
    "JobMatched": Record(live=1),
    "JobSettled": Record(live=-1, settled=1),
    "JobVoided": Record(live=-1, failed=1),
}
Head = tuple[int, str]


@dataclass
class Touched:
    """What happened in a range of blocks: orders and accounts to look at again.

    `forked_at` is the last block that a reorganisation left in place, if there was one;
    `records` are by provider and block; `heads` are noted once all of it is taken in.
    """

    orders: set[bytes] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    records: dict[tuple[str, int], Record] = field(default_factory=dict)
    heads: Sequence[Head] = ()
    forked_at: int | None = None

    def take(self, event: Event) -> None:
        """One event more."""
        for name in _ACCOUNTS:
            who = event.args.get(name)
            if isinstance(who, str) and who != ZERO_ADDRESS:
                self.accounts.add(who)
        for name in _ORDERS:
            order = event.args.get(name)
            if isinstance(order, bytes) and len(order) == 32 and order != ZERO_WORD:
                self.orders.add(order)
        change = _RECORDS.get(event.name)
        if change is not None:
            key = (event.args["provider"], event.block_number)
            self.records[key] = self.records.get(key, Record()) + change


class Follower:
    """Reads events in order, from where an earlier process stopped.

    Args:
        market: whose events.
        store: remembers how far they were read.
        first_block: where the market was deployed.
    """

    def __init__(self, market: Market, store: Store, first_block: int) -> None:
        self._market, self._store, self._first_block = market, store, first_block
        self._heads: list[Head] = [(n, h) for n, h in store.note("heads") or ()]
        self._names = [name for name in market.abi.events if name not in _IGNORED]

    @property
    def block(self) -> int:
        """The last block that was taken in."""
        return self._heads[-1][0] if self._heads else self._first_block - 1

    def pieces(self, head: Block) -> Iterator[Touched]:
        """What happened up to `head`, piece by piece; each is to be committed before the next."""
        if self._heads and (head.number < self.block or self._heads[-1] == _head(head)):
            return  # nothing new, or a node that lags behind the one asked before
        forked_at = self._fork(head)
        if forked_at is not None:
            heads = [known for known in self._heads if known[0] <= forked_at]
            yield Touched(forked_at=forked_at, heads=heads)
        start = self.block + 1
        while start <= head.number:
            end = min(start + PIECE_BLOCKS - 1, head.number)
            piece = Touched()
            for event in self._market.events(start, end, names=self._names):
                piece.take(event)
            last = head if end == head.number else self._market.connection.block(end)
            piece.heads = [*self._heads, _head(last)][-HEADS_KEPT:]
            yield piece
            start = end + 1

    def commit(self, piece: Touched) -> None:
        """All that the piece touches was looked at."""
        if piece.forked_at is not None:
            self._store.rewind(piece.forked_at, piece.heads)
        else:
            self._store.advance(piece.records, piece.heads, old=piece.heads[0][0])
        self._heads = list(piece.heads)

    def _fork(self, head: Block) -> int | None:
        """The last block known that still stands, if not all do; -1 if none does."""
        if not self._heads or (head.number > self.block and self._stands(self._heads[-1])):
            return None
        for known in reversed(self._heads):
            if known[0] < head.number and self._stands(known):
                return known[0]
        return -1

    def _stands(self, known: Head) -> bool:
        try:
            return _head(self._market.connection.block(known[0])) == known
        except NoSuchBlock:  # the chain became shorter
            return False


def _head(block: Block) -> Head:
    return block.number, block.hash.hex()
