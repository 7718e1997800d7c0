"""The book: live orders in memory and on disk, bounded; ended ones on disk, for their authors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from workbond.matcher.codes import Code, Refusal, Refused
from workbond.matcher.entry import Entry, Verdict
from workbond.matcher.places import Places
from workbond.matcher.store import Store
from workbond.matcher.terms import Terms
from workbond.orders.envelope import SignedOrder
from workbond.orders.listing import OrderState

PAGE_MAX = 100
FORGET_EVERY = 1_000  # ended orders, before the oldest are removed


class Book:
    """Orders by id. Usable from several threads.

    Args:
        store: on disk; what is live there is taken up.
        terms: its bounds.
    """

    def __init__(self, store: Store, terms: Terms) -> None:
        self._store, self._terms = store, terms
        self._lock = threading.RLock()
        self._entries: dict[bytes, Entry] = {}
        self._places = Places(terms.orders, terms.per_author)
        self._ended = 0
        self.changes = 0
        """Grows with every change of a live order: a round without one finds nothing new."""
        for entry in store.live():
            self._keep(entry)
        self._seq = store.last_seq()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def authors(self) -> int:
        """How many authors have live orders."""
        return self._places.authors

    def add(self, order: SignedOrder, since_s: int, verdict: Verdict, block: int) -> Entry:
        """A new order comes in, and another leaves if there is no room; one that is here stays.

        Raises:
            Refused: there is no room for it.
        """
        with self._lock:
            known = self.find(order.id)
            if known is not None:  # the same order came twice at once
                return known
            out = self._room_for(order)
            self._seq += 1
            entry = Entry(self._seq, order, since_s).judged(verdict, block, since_s)
            self._store.put(entry, *([] if out is None else [out]))
            if out is not None:
                self._keep(out)
            self._keep(entry)
            self._forget()
            return entry

    def revise(self, order_id: bytes, change: Callable[[Entry], Entry]) -> Entry:
        """An order stands differently now; returns how.

        Raises:
            Refused: it was forgotten meanwhile, or by `change`.
        """
        with self._lock:
            entry = self.find(order_id)
            if entry is None:
                raise Refused(Refusal.UNKNOWN, f"order 0x{order_id.hex()} is not in this book")
            return self._write([change(entry)])[0]

    def judge(self, verdicts: Mapping[bytes, Verdict], block: int, now_s: int) -> None:
        """What the chain says of orders at `block`, whose time is `now_s`.

        What its author withdrew, or the book pushed out, stays out. An order that stands as before
        keeps its block: what a fork then undoes can't be older than the event that says so.
        """
        with self._lock:
            entries = []
            for order_id, verdict in verdicts.items():
                entry = self.find(order_id)
                if entry is None or entry.code in (Code.WITHDRAWN, Code.PUSHED_OUT):
                    continue
                judged = entry.judged(verdict, block, now_s)
                if judged != replace(entry, block=block):
                    entries.append(judged)
            self._write(entries)

    def _write(self, entries: Sequence[Entry]) -> list[Entry]:
        """Who comes back takes a place again, if there is one."""
        written, out = [], []
        for entry in entries:
            if entry.is_live and entry.id not in self._entries:
                try:
                    other = self._room_for(entry.order)
                except Refused:
                    entry = entry.ended(Code.PUSHED_OUT)
                    other = None
                if other is not None:
                    self._keep(other)
                    out.append(other)
            self._keep(entry)
            written.append(entry)
        self._store.put(*out, *written)
        self._forget()
        return written

    def find(self, order_id: bytes) -> Entry | None:
        """An order, ended ones included."""
        return next(iter(self.find_all([order_id])), None)

    def find_all(self, order_ids: Iterable[bytes]) -> list[Entry]:
        """Those of the orders that are here, ended ones included."""
        found, others = [], []
        for order_id in order_ids:
            entry = self._entries.get(order_id)
            if entry is None:
                others.append(order_id)
            else:
                found.append(entry)
        return found + self._store.find(*others)

    def live(self) -> list[Entry]:
        """All open and dormant orders."""
        with self._lock:
            return list(self._entries.values())

    def of(self, authors: Iterable[str]) -> list[Entry]:
        """The live orders of `authors`."""
        with self._lock:
            return [self._entries[key] for who in authors for key in self._places.of(who)]

    def has_orders_of(self, author: str) -> bool:
        """Whether the author has a live order."""
        with self._lock:
            return bool(self._places.of(author))

    def page(
        self,
        *,
        kind: str | None = None,
        profile: bytes | None = None,
        author: str | None = None,
        after: int = 0,
        limit: int = PAGE_MAX,
    ) -> list[Entry]:
        """Open orders that arrived after the one with `seq` `after`, the oldest first."""
        most = max(1, min(limit, PAGE_MAX))
        found = self._store.page(kind=kind, profile=profile, author=author, after=after, limit=most)
        # from memory: reading an order with a long list of providers from disk takes 10 ms
        return sorted(self.find_all(found), key=lambda entry: entry.seq)

    def counts(self) -> dict[tuple[str, str], int]:
        """Live orders by kind and state."""
        found = {(k, s.value): 0 for k in ("request", "offer") for s in list(OrderState)[:2]}
        with self._lock:
            for entry in self._entries.values():
                found[entry.order.kind, entry.state.value] += 1
        return found

    def _room_for(self, order: SignedOrder) -> Entry | None:
        try:
            key = self._places.victim(order.author)
        except LookupError:
            raise Refused(
                Refusal.FULL,
                f"the book is full with {len(self):,} orders, and nobody in it has more than "
                f"{order.author}: send it to another book, or later",
            ) from None
        if key is None:
            return None
        return self._entries[key].ended(Code.PUSHED_OUT)

    def _keep(self, entry: Entry) -> None:
        """In memory, as far as it is live."""
        self.changes += 1
        if entry.is_live:
            self._entries[entry.id] = entry
            self._places.put(entry.id, entry.author, weak=entry.is_weak)
        else:
            self._ended += self._entries.pop(entry.id, None) is not None
            self._places.drop(entry.id)

    def _forget(self) -> None:
        if self._ended >= FORGET_EVERY:
            self._ended = 0
            self._store.forget_ended(self._terms.ended)
