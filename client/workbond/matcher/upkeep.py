"""Keeping the book true to the chain: what events touched is looked at again."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.errors import ChainError
from workbond.matcher.book import Book
from workbond.matcher.codes import Code
from workbond.matcher.entry import Entry, Verdict
from workbond.matcher.follow import Follower, Touched
from workbond.matcher.ledger import Ledger
from workbond.matcher.record import Record
from workbond.matcher.store import Store
from workbond.matcher.truth import Truth, judge_again
from workbond.orders.listing import OrderState


class Upkeep:
    """Brings the book up to a block. One thread calls `catch_up`.

    Args:
        market: whose events are followed.
        store: remembers how far.
        first_block: where the market was deployed.
        book, ledger, truth: of the same market.
    """

    def __init__(
        self,
        market: Market,
        store: Store,
        first_block: int,
        book: Book,
        ledger: Ledger,
        truth: Truth,
    ) -> None:
        self._market, self._store, self._book = market, store, book
        self._ledger, self._truth = ledger, truth
        self._follower = Follower(market, store, first_block)
        # an earlier process may have been killed before it looked at the authors' accounts
        live = book.live()
        self._fresh = {entry.id for entry in live if ledger.known(entry.author) is None}
        self._lock = threading.Lock()
        self.records: dict[str, Record] = store.records()
        self.head: Block | None = None
        """The block that the book agrees with; None until it is read up to the present."""
        self.forks = 0

    @property
    def block(self) -> int:
        """The number of the last block that was taken in."""
        return self._follower.block

    def look_again(self, order_id: bytes) -> None:
        """Another thread put the order in; what happened meanwhile may have been missed."""
        with self._lock:
            self._fresh.add(order_id)

    def catch_up(self, head: Block) -> None:
        """Takes in what happened up to `head`."""
        for piece in self._follower.pieces(head):
            if piece.forked_at is not None:
                self.forks += 1
            self._take(piece, head)
            self._follower.commit(piece)
            if piece.records or piece.forked_at is not None:
                self.records = self._store.records()
        self._look_at_fresh(head)
        self._expire(head)
        if self._follower.block == head.number:
            self.head = head

    def _take(self, piece: Touched, head: Block) -> None:
        named = {entry.id: entry for entry in self._book.find_all(piece.orders)}
        accounts = set(piece.accounts)
        if piece.forked_at is not None:
            after = piece.forked_at
            named |= {entry.id: entry for entry in self._store.changed_after(after)}
            accounts |= set(self._ledger.touched_after(after))
        ours = {who for who in accounts if self._book.has_orders_of(who)}
        # an author whose only orders had ended may come back with them
        ours |= {entry.author for entry in named.values()}
        self._ledger.refresh(ours, head.number)
        self._judge(named.values(), head)
        self._judge_again((e for e in self._book.of(ours) if e.id not in named), head)
        # what was read must be of the chain whose events these were
        if self._market.connection.block(head.number).hash != head.hash:
            raise ChainError(f"block {head.number} was replaced while it was read")

    def _judge(self, entries: Iterable[Entry], head: Block) -> None:
        """How the entries stand at `head`."""
        verdicts = {}
        for entry in entries:
            account = self._ledger.of(entry.author)
            verdicts[entry.id] = self._truth.verdict(
                entry.order, account, head.timestamp, head.number
            )
        self._book.judge(verdicts, head.number, head.timestamp)

    def _judge_again(self, entries: Iterable[Entry], head: Block) -> None:
        """Entries whose authors' accounts changed."""
        now_s = head.timestamp
        verdicts = {e.id: judge_again(e, self._ledger.of(e.author), now_s) for e in entries}
        self._book.judge(verdicts, head.number, now_s)

    def _look_at_fresh(self, head: Block) -> None:
        with self._lock:
            fresh, self._fresh = self._fresh, set()
        entries = [entry for entry in self._book.find_all(fresh) if entry.is_live]
        try:
            unknown = {e.author for e in entries if self._ledger.known(e.author) is None}
            self._ledger.refresh(unknown, head.number)
            self._judge(entries, head)
        except ChainError:
            with self._lock:
                self._fresh |= fresh
            raise

    def _expire(self, head: Block) -> None:
        """Time changes without an event."""
        over = [entry for entry in self._book.live() if head.timestamp >= entry.ends_s]
        expired = {e.id: Verdict(OrderState.ENDED, Code.EXPIRED, e.uses) for e in over}
        self._book.judge(expired, head.number, head.timestamp)

    def tidy(self) -> None:
        """Forgets accounts of authors that have no orders any more."""
        self._ledger.keep_only(entry.author for entry in self._book.live())
