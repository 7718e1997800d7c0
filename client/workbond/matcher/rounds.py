"""A round of matching: what is open goes through the engine, and the pairs to the market."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from workbond.chain.answers import Block
from workbond.matcher.book import Book
from workbond.matcher.codes import Code
from workbond.matcher.engine.match import match
from workbond.matcher.engine.types import Allocation, Offered, Standing, Wanted
from workbond.matcher.engine.why import why
from workbond.matcher.entry import Entry
from workbond.matcher.ledger import Ledger
from workbond.matcher.resting import Resting
from workbond.matcher.submit import Matched, Outcome, Submitter
from workbond.matcher.upkeep import Upkeep
from workbond.matcher.view import Views, offered, standing, wanted
from workbond.orders.envelope import REQUEST
from workbond.orders.listing import OrderState, Reason

REASONS_KEPT = 5_000  # orders whose reasons are remembered until the next round
BATCHES_MAX = 8  # transactions of one round; then what is open is matched anew
EXPLAINING_MAX = 2  # at once: each looks at all orders of the other side
EXPLAIN_WAIT_S = 5.0
EXPLAIN_WAITING_MAX = 8  # of the API's 40 threads: the others are for those who send orders
FICKLE = ("SignatureRefused", "FailedInBlock")  # setbacks that a contract can cause at will


class Rounds:
    """Matches and submits. One thread calls `turn`; others ask `reasons`.

    Args:
        book, ledger, upkeep: what is open, and what its authors have.
        submitter: sends.
        matcher: our address.
        batch: matches in one transaction.
    """

    def __init__(
        self,
        book: Book,
        ledger: Ledger,
        upkeep: Upkeep,
        submitter: Submitter,
        matcher: str,
        batch: int,
    ) -> None:
        self._book, self._ledger, self._upkeep = book, ledger, upkeep
        self._submitter, self._matcher, self._batch = submitter, matcher, batch
        self._views = Views()
        self._resting = Resting()
        self._seen: tuple[bytes, int] = (b"", -1)
        self._offers: list[Offered] = []
        self._requests: list[Wanted] = []
        self._standings: dict[str, Standing] = {}
        self._now_s = 0
        self._allocation = Allocation()
        self._told: OrderedDict[bytes, tuple[Reason, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._explaining = threading.BoundedSemaphore(EXPLAINING_MAX)
        self._asking = threading.BoundedSemaphore(EXPLAINING_MAX + EXPLAIN_WAITING_MAX)
        self.number = 0

    def allocate(self, head: Block) -> list[Matched]:
        """The pairs of a round at `head`, the best first; none if nothing changed since."""
        changes = self._book.changes
        if self._seen == (head.hash, changes):
            return []
        self._seen = (head.hash, changes)
        entries = {
            entry.id: entry
            for entry in self._book.live()
            if entry.state is OrderState.OPEN and not self._rests(entry, head.number)
        }
        requests, offers = self._views.of(entries.values())
        standings = self._standings_of(entries.values())
        allocation = Allocation()
        now_s = head.timestamp + 1  # the match lands in a later block
        if requests and offers:
            allocation = match(requests, offers, standings, now_s, self._matcher)
        with self._lock:
            self.number += 1
            self._requests, self._offers, self._standings = requests, offers, standings
            self._now_s, self._allocation = now_s, allocation
            self._told.clear()
        return [
            Matched(entries[pair.wanted.id], entries[pair.offered.digest])
            for pair in allocation.pairs
        ]

    def submit(self, pairs: Sequence[Matched], head: Block) -> list[Outcome]:
        """Sends them in batches, each checked just before; what is refused rests."""
        outcomes = []
        for start in range(0, min(len(pairs), self._batch * BATCHES_MAX), self._batch):
            awake = [
                pair
                for pair in pairs[start : start + self._batch]
                if not self._rests(pair.request, head.number)
                and not self._rests(pair.offer, head.number)
            ]
            outcome = self._submitter.submit(awake)
            for setback in outcome.setbacks:
                text = f"{setback.code}: {setback.text}"
                self._resting.refuse(setback.blamed, head.number, text, paid=setback.paid)
                if setback.paid and setback.code in FICKLE:
                    # a contract that says yes to a call and no in a block can sign new orders for
                    # nothing, and have each of them cost us gas
                    who = _key(setback.author)
                    self._resting.refuse(who, head.number, text, paid=True)
            outcomes.append(outcome)
        return outcomes

    def reasons(self, entry: Entry) -> tuple[Reason, ...]:
        """Why an open order is not matched, as of the last round: the most frequent first."""
        if entry.state is not OrderState.OPEN:
            text = Code(entry.code).text if entry.code else ""
            return (Reason(entry.code, text),) if entry.code else ()
        with self._lock:
            known = self._told.get(entry.id)
        if known is not None:
            return known
        if not self._asking.acquire(blocking=False):
            return ()  # too many ask at once: the state alone is told
        try:
            if not self._explaining.acquire(timeout=EXPLAIN_WAIT_S):
                return ()
            try:
                return self._explained(entry)
            finally:
                self._explaining.release()
        finally:
            self._asking.release()

    def _explained(self, entry: Entry) -> tuple[Reason, ...]:
        with self._lock:
            number, now_s, standings = self.number, self._now_s, self._standings
            requests, offers, allocation = self._requests, self._offers, self._allocation
        if entry.author not in standings:  # it came since then
            standings = standings | {entry.author: self._standing(entry.author)}
        place = (standings, now_s, self._matcher, allocation)
        if entry.order.kind == REQUEST:
            counts = why(wanted(entry), offers, *place)
        else:
            counts = why(offered(entry), requests, *place)
        found = [Reason(r.name, r.value, count) for r, count in counts.most_common()]
        rest = self._resting.of(entry.id) or self._resting.of(_key(entry.author))
        if rest is not None:
            found.insert(0, Reason(Code.REFUSED, f"{Code.REFUSED.text} ({rest.text})", rest.times))
        elif any(pair.wanted.id == entry.id for pair in allocation.pairs):
            found = [Reason(Code.CHOSEN, Code.CHOSEN.text, 1)]
        reasons = tuple(found)
        with self._lock:
            if number == self.number:
                self._told[entry.id] = reasons
                if len(self._told) > REASONS_KEPT:
                    self._told.popitem(last=False)
        return reasons

    def _rests(self, entry: Entry, block: int) -> bool:
        """Whether the order is left out for a while, or all of its author's are."""
        resting = self._resting
        return resting.rests(entry.id, block) or resting.rests(_key(entry.author), block)

    def _standings_of(self, entries: Iterable[Entry]) -> dict[str, Standing]:
        return {who: self._standing(who) for who in {entry.author for entry in entries}}

    def _standing(self, who: str) -> Standing:
        return standing(self._ledger.known(who), self._upkeep.records.get(who))


def _key(author: str) -> bytes:
    """Under which an author rests; orders have 32 bytes."""
    return author.encode()
