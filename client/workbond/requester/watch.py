"""Following one job live, until it is where somebody waits for it.

    for view in follow(desk, job_id):
        if view.changes:
            print(view.status.words)

A look costs two small calls; history is read only when the job's slot in storage changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.cases import Phase
from workbond.chain.types import State
from workbond.errors import ChainError, JobFailed, TimedOut, UsageError
from workbond.jobs import JobRecord
from workbond.requester import desk as desk_module
from workbond.requester.books import BookAnswer
from workbond.requester.cases import CaseView, case_of
from workbond.requester.desk import OUTAGE_S, Desk, standing
from workbond.requester.matching import BookLookout
from workbond.requester.status import Status, status_of
from workbond.requester.why.lookout import Lookout
from workbond.requester.why.reasons import Reason

PHASE_EVENTS = ("JobDisputed", "CaseAppealed", "SeatsDrawn")


class Until(Enum):
    """Where following ends; a job that has ended always ends it."""

    TAKEN = "taken"
    CLAIMED = "claimed"
    FINAL = "final"

    def reached(self, state: State) -> bool:
        if self is Until.TAKEN:
            return state > State.OPEN
        if self is Until.CLAIMED:
            return state >= State.CLAIMED
        return state.is_final


class Change(Enum):
    """What a view shows that the one before did not."""

    STATE = "state"
    DUE = "due"
    WHY = "why"


@dataclass(frozen=True)
class Dated:
    """An event of the job, with its block's time."""

    at_s: int
    event: Event


@dataclass(frozen=True)
class View:
    """The job at one look.

    `events` are all of its events, `news` those that were not there at the look before (all, at
    the first); `reasons` say why nobody takes it, once somebody looked, and `books` why a signed
    one is not matched; `outage` is why the RPC gave no answer just now, in which case the rest is
    as it was.
    """

    status: Status
    events: tuple[Dated, ...]
    news: tuple[Dated, ...]
    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...] | None = None
    books: tuple[BookAnswer, ...] = ()
    outage: str | None = None

    @property
    def phase(self) -> tuple[int, int] | None:
        """When the present phase began, and when its exit is due (chain time)."""
        record = self.status.record
        if record.state == State.OPEN:
            return self.events[0].at_s, record.request.open_until
        if record.state == State.NONE:
            return record.request.ramp_start, record.request.open_until
        if record.state == State.RUNNING:
            job = record.live_job()
            return job.accepted_at, rules.runs_until(job)
        if record.state == State.DISPUTED:
            job = record.live_job()
            next_s = None if self.status.case is None else self.status.case.next_s(self.now_s)
            until_s = rules.resolves_until(job)
            return self._phase_began(), until_s if next_s is None else min(next_s, until_s)
        if record.state == State.CLAIMED:
            job = record.live_job()
            if job.unanswered:
                return job.answer_by - rules.ANSWER_FOR_S, job.answer_by
            if self.status.now_s < job.window_end:
                return job.claimed_at, job.window_end
            return job.window_end, rules.opens_until(job)
        return None

    @property
    def now_s(self) -> int:
        return self.status.now_s

    def _phase_began(self) -> int:
        """When the phase of the open case began: with the last event that begins one, or with the
        end of the commits."""
        began = [dated.at_s for dated in self.events if dated.event.name in PHASE_EVENTS]
        case = self.status.case
        times = [began[-1]]
        if case is not None and case.case.phase is Phase.VOTING:
            times += [case.case.deadline, case.case.reveals_until]
        return max(time_s for time_s in times if time_s <= max(self.now_s, began[-1]))


def follow(
    desk: Desk, job_id: bytes, *, until: Until = Until.FINAL, ends: float | None = None
) -> Iterator[View]:
    """Looks at the job once a second until it is there; yields every look, the last one included.

    Args:
        desk: market and store.
        job_id: the job.
        until: where to stop.
        ends: when to give up (`time.monotonic`).

    Raises:
        UsageError: there is no such job.
        TimedOut: it is not there at `ends`.
        ChainError: the RPC fails at the first look, or for more than a minute.
    """
    view = _first(desk, job_id)
    request = view.status.record.request
    lookout = Lookout(desk, job_id, request, view.status.record.gateway)
    kept = desk.drawer.find(job_id)
    in_books = BookLookout(() if kept is None else kept.books, job_id)
    answered = time.monotonic()
    while True:
        yield view
        state = view.status.record.state
        over = until.reached(state) or _never_matched(view)
        if view.outage is None and over:
            return
        if ends is not None and time.monotonic() >= ends:
            words = standing(job_id, state, signed=kept is not None)
            raise TimedOut(f"watched as long as you said; {words}")
        time.sleep(desk_module.POLL_S)
        try:
            view = _next(desk, view, lookout, in_books)
        except (ChainError, UsageError) as error:
            # a node that lags behind, or one that fails over, may lose a young job for a moment
            if time.monotonic() - answered > OUTAGE_S:
                raise
            view = replace(view, news=(), changes=(), outage=str(error))
        else:
            answered = time.monotonic()


def require_success(view: View) -> None:
    """Raises `JobFailed` if the job ended without a paid result."""
    record = view.status.record
    if _never_matched(view):
        raise JobFailed(f"nobody matched job 0x{record.id.hex()} in time; nothing was locked")
    if record.state.is_final and record.state != State.SETTLED:
        name = f"0x{record.id.hex()}"
        raise JobFailed(
            f"job {name} is {record.state.label}: {view.status.words}; see `workbond audit job "
            f"{name}`"
        )


def _never_matched(view: View) -> bool:
    """Whether it was signed, and its time is over."""
    status = view.status
    return status.record.state == State.NONE and status.left_s is None


def _first(desk: Desk, job_id: bytes) -> View:
    record = desk.job(job_id)
    case = case_of(desk, record)
    events = _dated(desk, record, case, ())
    return View(status_of(record, desk.now_s(), case), events, events, (Change.STATE,))


def _next(desk: Desk, last: View, lookout: Lookout, in_books: BookLookout) -> View:
    record, events, case = last.status.record, last.events, last.status.case
    moved = _moved(desk, record)
    if moved:
        record = desk.job(record.id)
    if moved or record.state == State.DISPUTED:  # a case moves without the market
        case = case_of(desk, record)
        events = _dated(desk, record, case, last.events)
    status = status_of(record, desk.now_s(), case)
    news = tuple(dated for dated in events if dated not in last.events)
    changes = [Change.STATE] if news or record.state != last.status.record.state else []
    if status.due is not None and status.due != last.status.due:
        changes.append(Change.DUE)
    reasons = last.reasons if record.state == State.OPEN else None
    if record.state == State.OPEN and status.due is None and lookout.look():
        reasons = lookout.reasons
        changes.append(Change.WHY)
    answers = last.books if record.state == State.NONE else ()
    if record.state == State.NONE and status.left_s is not None and in_books.look():
        answers = in_books.answers
        changes.append(Change.WHY)
    return View(status, events, news, tuple(changes), reasons, answers)


def _moved(desk: Desk, record: JobRecord) -> bool:
    """Whether storage says something else than the record, a reorganisation included."""
    state, digest = desk.market.slot_of(record.id)
    if state != record.state:
        return True
    return state.is_live and digest != record.live_job().hash248()


def _dated(
    desk: Desk, record: JobRecord, case: CaseView | None, known: tuple[Dated, ...]
) -> tuple[Dated, ...]:
    """The events of the job and its case with their times, which are looked up once."""
    found = []
    events = [*record.events, *(() if case is None else case.events)]
    for event in sorted(events, key=lambda event: (event.block_number, event.log_index)):
        same = next((dated for dated in known if dated.event == event), None)
        if same is None:
            block = desk.market.connection.block(event.block_number)
            same = Dated(block.timestamp, event)
        found.append(same)
    return tuple(found)
