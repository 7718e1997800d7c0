"""The life of jobs, rebuilt from the market's events.

Storage keeps a hash per job; whoever acts on a live job (provider, requester, anyone who ends it)
passes its `Job` record, and the events alone suffice to rebuild it. `JobBook` does so, for one job
or for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Request, State, VoidReason
from workbond.errors import ChainError, UsageError


class HistoryGap(ChainError):
    """An event that can't follow what came before it: one before it is missing, or was made up."""


@dataclass
class JobRecord:
    """One job as its events tell it.

    `gateway` is where the requester says that its blobs are (untrusted text; empty for signed jobs,
    of which the chain does not tell it); `job` is the record that storage holds the hash of, from
    acceptance on, kept as it was when the job ended; `offer` is the digest of the offer that a
    match used, `matcher` who submitted it; `pairs` are what was demanded; `manifest` is the SHA-256
    of the result manifest, from the claim on; `resolution` holds the arguments of the verdict on
    the claim (`CaseResolved`), if it had a case; `reason` is set for void jobs; `ending` holds the
    arguments of the event that ended it; `events` are all of its events, oldest first.
    """

    id: bytes
    request: Request
    gateway: str
    state: State = State.OPEN
    job: Job | None = None
    offer: bytes | None = None
    matcher: str | None = None
    pairs: tuple[int, ...] = ()
    manifest: bytes | None = None
    resolution: dict[str, Any] | None = None
    reason: VoidReason | None = None
    ending: dict[str, Any] | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def runs_until(self) -> int | None:
        """First second in which a claim comes too late; None before acceptance."""
        return None if self.job is None else self.job.accepted_at + self.job.run_for

    @property
    def is_signed(self) -> bool:
        """Whether it began with a signature, matched or filled, and was never open."""
        return bool(self.events) and self.events[0].name == "JobMatched"

    @property
    def is_rejected(self) -> bool:
        """Whether its resolver found the claim wrong; it is void with the next event."""
        return self.resolution is not None and bool(self.resolution["rejected"])

    @property
    def locked(self) -> int:
        """The requester's escrow now, in base units, with the fees of unanswered pairs."""
        if self.state.is_final or self.state == State.NONE:  # what was only signed locks nothing
            return 0
        return rules.escrow(self.request) if self.job is None else rules.job_escrow(self.job)

    def live_job(self) -> Job:
        """The record to pass to the market; raises `HistoryGap` before acceptance."""
        if self.job is None:
            raise HistoryGap(f"job 0x{self.id.hex()} was not accepted by any provider yet")
        return self.job


class JobBook:
    """Jobs by id, from a stream of market events in the order of the chain."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.jobs: dict[bytes, JobRecord] = {}
        for event in events:
            self.apply(event)

    def apply(self, event: Event) -> JobRecord | None:
        """Take in one event; returns the job it belongs to, None if it is about no job.

        Raises:
            HistoryGap: the event can't follow what came before; the book is unchanged.
        """
        step = _STEPS.get(event.name)
        if step is None:
            return None
        record = step(self, event, event.args)
        record.events.append(event)
        return record

    def _posted(self, event: Event, args: dict[str, Any]) -> JobRecord:
        if args["id"] in self.jobs:
            raise HistoryGap(f"job 0x{args['id'].hex()} was posted twice")
        request = args["request"]
        if not isinstance(request, Request):
            request = Request.from_args(request)
        record = JobRecord(id=args["id"], request=request, gateway=args["gateway"])
        self.jobs[record.id] = record
        return record

    def _matched(self, event: Event, args: dict[str, Any]) -> JobRecord:
        if args["id"] in self.jobs:
            raise HistoryGap(f"job 0x{args['id'].hex()} was matched, but existed before")
        request: Request = args["request"]  # unpacked by `Market.decode`
        matched = args["matcher"] != ZERO_ADDRESS
        tip, price, at = request.tip if matched else 0, args["unitPrice"], args["acceptedAt"]
        record = JobRecord(
            id=args["id"],
            request=request,
            gateway="",
            state=State.RUNNING,
            job=Job.accepted(request, args["provider"], price, at, tip),
            offer=args["offer"] if matched else None,
            matcher=args["matcher"] if matched else None,
        )
        self.jobs[record.id] = record
        return record

    def _accepted(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.OPEN)
        record.job = Job.accepted(
            record.request, args["provider"], args["unitPrice"], args["acceptedAt"], args["tipPaid"]
        )
        record.state = State.RUNNING
        return record

    def _claimed(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.RUNNING)
        record.job = record.live_job().claimed(args["seal"], args["claimedAt"], args["claimBlock"])
        record.manifest = args["manifest"]
        record.state = State.CLAIMED
        return record

    def _demanded(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.CLAIMED, State.DISPUTED)
        self._refuse_rejected(event, record)
        job, pairs = record.live_job(), args["pairs"]
        if job.demand_hash != ZERO_WORD:
            raise HistoryGap(f"output of job 0x{record.id.hex()} was demanded twice")
        record.job = job.demanded(args["demandHash"], len(pairs), args["answerBy"])
        record.pairs = tuple(pairs)
        return record

    @staticmethod
    def _refuse_rejected(event: Event, record: JobRecord) -> None:
        """Between its rejection and its end, which are one transaction, a job can do nothing."""
        if record.is_rejected:
            raise HistoryGap(
                f"{event.name} of job 0x{record.id.hex()} in block {event.block_number} comes "
                "after the claim was rejected"
            )

    def _answered(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.CLAIMED, State.DISPUTED)
        self._refuse_rejected(event, record)
        if not record.live_job().unanswered:
            raise HistoryGap(
                f"OutputAnswered of job 0x{record.id.hex()} in block {event.block_number} answers "
                "no open demand: an event before it is missing"
            )
        record.job = record.live_job().answered_with(args["answered"], args["windowEnd"])
        return record

    def _disputed(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.CLAIMED)
        if record.live_job().case_done:
            raise HistoryGap(f"job 0x{record.id.hex()} was disputed twice")
        record.job = record.live_job().disputed(args["disputedAt"])
        record.state = State.DISPUTED
        return record

    def _resolved(self, event: Event, args: dict[str, Any]) -> JobRecord:
        """A rejected claim stays disputed until the `JobVoided` that follows at once."""
        record = self._expect(event, State.DISPUTED)
        if record.is_rejected:
            raise HistoryGap(f"the case of job 0x{record.id.hex()} was decided twice")
        if not args["rejected"]:
            record.job = record.live_job().upheld(args["windowEnd"])
            record.state = State.CLAIMED
        record.resolution = args
        return record

    def _settled(self, event: Event, args: dict[str, Any]) -> JobRecord:
        return self._end(self._expect(event, State.CLAIMED), State.SETTLED, args)

    def _cancelled(self, event: Event, args: dict[str, Any]) -> JobRecord:
        return self._end(self._expect(event, State.OPEN), State.CANCELLED, args)

    def _voided(self, event: Event, args: dict[str, Any]) -> JobRecord:
        rejected = args["reason"] == VoidReason.REJECTED
        states = (State.DISPUTED,) if rejected else (State.RUNNING, State.CLAIMED)
        record = self._expect(event, *states)
        if rejected and not record.is_rejected:
            raise HistoryGap(
                f"JobVoided of job 0x{record.id.hex()} in block {event.block_number} follows no "
                "verdict: the CaseResolved before it is missing"
            )
        if args["reason"] > max(VoidReason):
            raise HistoryGap(
                f"JobVoided of job 0x{record.id.hex()} in block {event.block_number} "
                f"gives reason {args['reason']}, which no job has"
            )
        record.reason = VoidReason(args["reason"])
        return self._end(record, State.VOID, args)

    def _expect(self, event: Event, *states: State) -> JobRecord:
        record = self.jobs.get(event.args["id"])
        actual = State.NONE if record is None else record.state
        if record is None or actual not in states:
            raise HistoryGap(
                f"{event.name} of job 0x{event.args['id'].hex()} in block {event.block_number} "
                f"can't follow state {actual.label}: an event before it is missing"
            )
        return record

    @staticmethod
    def _end(record: JobRecord, state: State, args: dict[str, Any]) -> JobRecord:
        record.state, record.ending = state, args
        return record


_STEPS: dict[str, Callable[[JobBook, Event, dict[str, Any]], JobRecord]] = {
    "JobPosted": JobBook._posted,
    "JobMatched": JobBook._matched,
    "JobAccepted": JobBook._accepted,
    "JobClaimed": JobBook._claimed,
    "OutputDemanded": JobBook._demanded,
    "OutputAnswered": JobBook._answered,
    "JobDisputed": JobBook._disputed,
    "CaseResolved": JobBook._resolved,
    "JobSettled": JobBook._settled,
    "JobCancelled": JobBook._cancelled,
    "JobVoided": JobBook._voided,
}
JOB_EVENTS = tuple(_STEPS)


# ────────────────────────────── ids as people type them ───────────────────────

MIN_ID_DIGITS = 6  # fewer would be ambiguous among a few thousand jobs already
SHOWN_IDS = 3


def id_digits(text: str, otherwise: str = "") -> str:
    """The hexadecimal digits of the job id that `text` gives in full, or begins.

    Raises:
        UsageError: it is neither; the message adds `otherwise`, what else could be given.
    """
    digits = text.lower().removeprefix("0x")
    if not re.fullmatch(rf"[0-9a-f]{{{MIN_ID_DIGITS},64}}", digits):
        raise UsageError(
            f"{text!r:.80} is not a job id: give 0x and its first {MIN_ID_DIGITS} to 64 digits"
            + otherwise
        )
    return digits


def only_id(digits: str, ids: Iterable[bytes], where: str = "") -> bytes:
    """The one id among `ids` that begins with `digits`; raises `UsageError` for none or several."""
    found = list(dict.fromkeys(job_id for job_id in ids if job_id.hex().startswith(digits)))
    if not found:
        raise UsageError(
            f"no job{where} begins with 0x{digits}: give the whole id, or see `workbond job list`"
        )
    if len(found) > 1:
        shown = ", ".join(f"0x{job_id.hex()}" for job_id in found[:SHOWN_IDS])
        more = ", ..." if len(found) > SHOWN_IDS else ""
        raise UsageError(
            f"{len(found)} jobs{where} begin with 0x{digits} ({shown}{more}): give more digits"
        )
    return found[0]
