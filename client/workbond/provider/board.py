"""The jobs that matter to a provider: open ones, and its own live ones.

Everything comes from the market's events, so a node needs no memory of its own: after a crash the
chain tells which jobs are still to be finished. Jobs of others and ended ones are forgotten, which
keeps the board small whatever happens on the market. Signed requests that order books list stand
beside the posted ones, as long as some book lists them; the chain tells what becomes of them too.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.contract import topic
from workbond.chain.heads import Heads
from workbond.chain.market import Market
from workbond.chain.types import Request, State
from workbond.jobs import JOB_EVENTS, HistoryGap, JobBook, JobRecord
from workbond.orders.details import RequestDetails
from workbond.orders.envelope import SignedOrder

BEGINNINGS = ("JobAccepted", "JobMatched")  # of our live jobs
OWN_EVENTS = (*BEGINNINGS, "JobClaimed", "JobSettled", "JobVoided")  # topic 3 is the provider
OPEN_MAX = 5_000  # a posting costs gas and escrow; beyond this, the cheapest are forgotten
SIGNED_MAX = 1_000  # requests in books, which cost nothing to make; the others wait there
CONFLICTS_MAX = 50  # looked into at each listing: telling who is right takes signature checks
DISMISSED_MAX = 5_000  # of those that don't suit us: a book goes on listing them
TRIM_EVERY = 100  # postings; sorting at each would be slow
NEWS_MAX = 20_000  # not yet asked for; beyond, the oldest are forgotten


class Turn(Enum):
    """What can happen to an open job."""

    OPENED = "it was posted, or a book lists it"
    OURS = "we accepted it, or it was matched to us"
    TAKEN = "another provider accepted it, or its requester cancelled it"
    CLOSED = "its time to be accepted is over, or no book lists it any more"


@dataclass(frozen=True)
class News:
    """Something happened to an open job."""

    turn: Turn
    job_id: bytes


class Board:
    """Open jobs and the live ones of `provider`.

    Args:
        market: whose events are followed.
        provider: our address.
        first_block: where the market was deployed.
    """

    def __init__(self, market: Market, provider: str, first_block: int) -> None:
        self._market = market
        self._provider = provider
        self._first_block = first_block
        self._book = JobBook()
        self._heads = Heads(market.connection, first_block)
        self._ended: list[JobRecord] = []
        self._own_known = False  # whether our live jobs up to the last head are here
        self._orders: dict[bytes, SignedOrder] = {}  # of open jobs that are no more than signed
        self._dismissed: OrderedDict[bytes, None] = OrderedDict()
        self._matched: list[JobRecord] = []
        self._postings = 0
        self.holds: Callable[[SignedOrder], bool] = lambda order: False
        """Whether an order and what is said of it are signed by its author."""
        self._news: deque[News] | None = None  # none before the start: that is history
        self.last_posting: int | None = None
        """Number of the last block that posted a job, as far as was looked back."""

    def start(self, head: Block, *, with_open: bool = True) -> None:
        """Reads what led to the present: our live jobs, and the jobs that may still be open."""
        self._load_own(head.number)
        if with_open:
            oldest_s = head.timestamp - rules.MAX_OPEN_FOR_S
            for event in self._events(self._heads.first_since(oldest_s, head), head.number):
                self._apply(event)
        self._heads.add(head)
        self._news = deque((News(Turn.OPENED, job.id) for job in self.open()), maxlen=NEWS_MAX)

    def news(self) -> list[News]:
        """What happened to open jobs since the last call, oldest first."""
        told = list(self._news or ())
        if self._news is not None:
            self._news.clear()
        return told

    def catch_up(self, head: Block) -> list[JobRecord]:
        """Takes in the blocks up to `head`; returns our jobs that ended in them."""
        if self._own_known and not self._heads.is_news(head):
            return []
        if self._heads.forked(head):
            self._rewind()
        last = self._heads.last
        if not self._own_known:
            self._load_own(last.number)
        for event in self._events(last.number + 1, head.number):
            record = self._apply(event)
            if record is not None:
                self._ended.append(record)
        self._heads.add(head)
        for record in self.open():
            if record.request.open_until <= head.timestamp:
                self._tell(Turn.CLOSED, record.id)
                self.drop(record.id)
        ended, self._ended = self._ended, []
        return ended

    def learn(self, events: tuple[Event, ...]) -> list[JobRecord]:
        """Takes in events of our own transaction at once; returns our jobs that it ended."""
        found = (self._apply(event) for event in events if event.name in JOB_EVENTS)
        return [record for record in found if record is not None]

    def find(self, job_id: bytes) -> JobRecord | None:
        return self._book.jobs.get(job_id)

    def order(self, job_id: bytes) -> SignedOrder | None:
        """The signed request of an open job that was not posted."""
        return self._orders.get(job_id)

    def list_signed(self, orders: Iterable[SignedOrder], keep: bytes = b"") -> None:
        """Takes in the signed requests that books list now; others are forgotten, but for the job
        `keep`. Nothing of them is checked here but that they are no jobs yet, and who is right
        where books say different things of one request."""
        listed: dict[bytes, SignedOrder] = {}
        conflicts = 0
        for order in orders:
            other = listed.get(order.id)
            if _content(order) in self._dismissed:
                continue
            if other is None:
                listed[order.id] = order
            elif conflicts < CONFLICTS_MAX and _content(other) != _content(order):
                conflicts += 1
                listed[order.id] = self._better(other, order)
        for job_id in [j for j in self._orders if j not in listed and j != keep]:
            self._forget(job_id)
            self._tell(Turn.CLOSED, job_id)
        for job_id, order in listed.items():
            if len(self._orders) >= SIGNED_MAX or job_id in self._book.jobs:
                continue
            request, details = order.order, order.details
            if isinstance(request, Request) and isinstance(details, RequestDetails):
                self._orders[job_id] = order
                self._book.jobs[job_id] = JobRecord(job_id, request, details.gateway)
                self._tell(Turn.OPENED, job_id)

    def _better(self, one: SignedOrder, other: SignedOrder) -> SignedOrder:
        if not self.holds(one):
            return other
        later = other.details.issued > one.details.issued
        return other if later and self.holds(other) else one

    def matched(self) -> list[JobRecord]:
        """Signed jobs that became ours since the last call, by a match or by filling them.

        None that are over: the first look at the market's past meets those, too.
        """
        found, self._matched = self._matched, []
        return [record for record in found if record.state.is_live]

    def open(self) -> list[JobRecord]:
        """Jobs to take."""
        return [job for job in self._book.jobs.values() if job.state is State.OPEN]

    def own(self) -> list[JobRecord]:
        """Our live jobs, the one that must be claimed first at the front."""
        live = [job for job in self._book.jobs.values() if job.state.is_live]
        return sorted(live, key=lambda job: job.runs_until or 0)

    def drop(self, job_id: bytes) -> None:
        """Forget a job, for good unless one of its events still makes it ours, or a book says
        something else of it."""
        order = self._orders.get(job_id)
        if order is not None:
            self._dismissed[_content(order)] = None
            if len(self._dismissed) > DISMISSED_MAX:
                self._dismissed.popitem(last=False)
        self._forget(job_id)

    def _forget(self, job_id: bytes) -> None:
        self._orders.pop(job_id, None)
        self._book.jobs.pop(job_id, None)

    def reload(self, job_id: bytes, to_block: int | None = None) -> None:
        """Reads one job's history again, up to `to_block` (the last known head).

        An answer that can't be true, as a node that lags behind gives it, changes nothing: our own
        live jobs must never get lost here.
        """
        end = self._heads.last.number if to_block is None else to_block
        events = self._market.events(
            self._first_block, end, names=JOB_EVENTS, topics=[topic(job_id)]
        )
        try:
            record = JobBook(events).jobs.get(job_id)
        except HistoryGap:
            return
        if record is None and job_id in self._orders:
            return  # still no more than signed
        if record is None and self._market.state_of(job_id) is not State.NONE:
            return
        self._forget(job_id)
        if record is not None and self._matters(record):
            self._book.jobs[job_id] = record

    # ──────────────────────────────── events ──────────────────────────────────

    def _events(self, first: int, last: int) -> Iterator[Event]:
        """Taking the same range in again, after a failure halfway, does no harm."""
        return self._market.events(first, last, names=JOB_EVENTS)

    def _apply(self, event: Event) -> JobRecord | None:
        """One event; returns the record if it ended a job of ours."""
        job_id = event.args["id"]
        known = self.find(job_id)
        order = self._orders.get(job_id)
        if order is not None and event.name in ("JobMatched", "JobPosted"):
            self._forget(job_id)
            known = None
            if event.name == "JobMatched" and not self._is_own(event):
                self._tell(Turn.TAKEN, job_id)
        if known is None:
            if event.name == "JobPosted":
                self._book.apply(event)
                self.last_posting = event.block_number
                self._tell(Turn.OPENED, job_id)
                self._bound_open()
            elif event.name == "JobMatched" and self._is_own(event):
                record = self._book.apply(event)
                if record is not None:
                    self._matched.append(record)
                    # some book's word: a wrong one would have us miss the deadline
                    if order is not None and self.holds(order):
                        record.gateway = getattr(order.details, "gateway", "")
                self._tell(Turn.OURS, job_id)
            elif self._is_own(event):
                self.reload(job_id, event.block_number)
                if event.name in BEGINNINGS:
                    self._tell(Turn.OURS, job_id)
            return None
        if any(_same_log(event, earlier) for earlier in known.events):
            return None
        try:
            self._book.apply(event)
        except HistoryGap:
            self.reload(job_id, event.block_number)
            return None
        if event.name == "JobAccepted" and self._is_own(event):
            self._tell(Turn.OURS, job_id)
        elif event.name in ("JobAccepted", "JobCancelled"):
            self._tell(Turn.TAKEN, job_id)
        if not self._matters(known):
            self.drop(job_id)
        return known if known.state.is_final and self._is_own(event) else None

    def _tell(self, turn: Turn, job_id: bytes) -> None:
        if self._news is not None:
            self._news.append(News(turn, job_id))

    def _matters(self, record: JobRecord) -> bool:
        """Open jobs do, and our live ones."""
        if record.job is None:
            return record.state is State.OPEN
        return record.state.is_live and record.job.provider == self._provider

    def _is_own(self, event: Event) -> bool:
        return bool(event.args.get("provider") == self._provider)

    def _bound_open(self) -> None:
        self._postings += 1
        if self._postings % TRIM_EVERY or len(self._book.jobs) <= OPEN_MAX:
            return
        posted = [job for job in self.open() if job.id not in self._orders]
        by_pay = sorted(posted, key=lambda job: rules.escrow(job.request), reverse=True)
        for job in by_pay[OPEN_MAX:]:
            self.drop(job.id)

    # ──────────────────────── start and reorganisations ───────────────────────

    def _load_own(self, to_block: int) -> None:
        live: dict[bytes, None] = {}
        events = self._market.events(
            self._first_block,
            to_block,
            names=OWN_EVENTS,
            topics=[None, None, topic(self._provider)],
        )
        for event in events:
            if event.name in BEGINNINGS:
                live[event.args["id"]] = None
            elif event.name in ("JobSettled", "JobVoided"):
                live.pop(event.args["id"], None)
        for job_id in live:
            known = self.find(job_id)
            if known is None or not self._matters(known) or not known.state.is_live:
                self.reload(job_id, to_block)
        self._own_known = True

    def _rewind(self) -> None:
        """Back to the last polled head that is still there, or to the market's first block."""
        self._heads.rewind()
        last = self._heads.last.number
        self._own_known = False
        for record in list(self._book.jobs.values()):
            if any(event.block_number > last for event in record.events):
                self.drop(record.id)


def _content(order: SignedOrder) -> bytes:
    """Under what an order is dismissed: all that a book can change of it, beside what the id says.
    Else one book's spoilt copy would keep another's good one out."""
    said = order.details.model_dump_json().encode()
    parts = (order.id, order.signature, order.details_signature, said)
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


def _same_log(one: Event, other: Event) -> bool:
    return (one.block_hash, one.tx_hash, one.log_index) == (
        other.block_hash,
        other.tx_hash,
        other.log_index,
    )


def posted_at(record: JobRecord) -> int:
    """The number of the block that posted the job; 0 for one that is no more than signed."""
    return record.events[0].block_number if record.events else 0
