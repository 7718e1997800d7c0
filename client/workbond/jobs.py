"""The life of jobs, rebuilt from the market's events.

Storage keeps a hash per job; whoever acts on a live job (provider, requester, anyone who ends it)
passes its `Job` record, and the events alone suffice to rebuild it. `JobBook` does so, for one job
or for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from workbond.chain.abi import Event
from workbond.chain.types import Job, Request, State, VoidReason
from workbond.errors import ChainError


class HistoryGap(ChainError):
    """An event that can't follow what came before it: one before it is missing, or was made up."""


@dataclass
class JobRecord:
    """One job as its events tell it.

    `gateway` is where the requester says that its blobs are (untrusted text); `job` is the record
    that storage holds the hash of, from acceptance on, kept as it was when the job ended;
    `manifest` is the SHA-256 of the result manifest, from the claim on; `reason` is set for void
    jobs; `ending` holds the arguments of the event that ended it; `events` are all of its events,
    oldest first.
    """

    id: bytes
    request: Request
    gateway: str
    state: State = State.OPEN
    job: Job | None = None
    manifest: bytes | None = None
    reason: VoidReason | None = None
    ending: dict[str, Any] | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def runs_until(self) -> int | None:
        """First second in which a claim comes too late; None before acceptance."""
        return None if self.job is None else self.job.accepted_at + self.job.run_for

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
        step = getattr(self, f"_{event.name}", None)
        if step is None:
            return None
        record: JobRecord = step(event, event.args)
        record.events.append(event)
        return record

    def _JobPosted(self, event: Event, args: dict[str, Any]) -> JobRecord:
        if args["id"] in self.jobs:
            raise HistoryGap(f"job 0x{args['id'].hex()} was posted twice")
        request = args["request"]
        if not isinstance(request, Request):
            request = Request.from_args(request)
        record = JobRecord(id=args["id"], request=request, gateway=args["gateway"])
        self.jobs[record.id] = record
        return record

    def _JobAccepted(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.OPEN)
        record.job = Job.accepted(
            record.request, args["provider"], args["unitPrice"], args["acceptedAt"], args["tipPaid"]
        )
        record.state = State.RUNNING
        return record

    def _JobClaimed(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.RUNNING)
        record.job = record.live_job().claimed(args["seal"], args["claimedAt"], args["claimBlock"])
        record.manifest = args["manifest"]
        record.state = State.CLAIMED
        return record

    def _JobSettled(self, event: Event, args: dict[str, Any]) -> JobRecord:
        return self._end(self._expect(event, State.CLAIMED), State.SETTLED, args)

    def _JobCancelled(self, event: Event, args: dict[str, Any]) -> JobRecord:
        return self._end(self._expect(event, State.OPEN), State.CANCELLED, args)

    def _JobVoided(self, event: Event, args: dict[str, Any]) -> JobRecord:
        record = self._expect(event, State.RUNNING, State.CLAIMED)
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
