"""What each event of a job must say, given the job's history and its block's time.

The formulas are `workbond.chain.rules`; the order of states is `workbond.jobs.JobBook`. Some rules
can't be seen in logs and are left to the contract: signatures, an offer's limits and how often it
may be used (an event has its digest only), the Merkle proof of a provider on a list, what an answer
shows, who submitted or answered for a provider, and that `approve` was called by the requester. Nor
do logs and storage pin down what moves no money: a job's gateway, a claim's manifest, the seal and
block of a claim that ended unopened, and who cancelled a job when anyone could.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbond.audit import beginrules, caserules, demandrules
from workbond.audit.problems import Problem, Rules, Step, differs, shown
from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.types import Job, State, VoidReason
from workbond.jobs import HistoryGap, JobBook, JobRecord
from workbond.tree import opening_digest, seal


def take(
    book: JobBook, event: Event, time_s: int, by: Rules
) -> tuple[JobRecord | None, list[Problem]]:
    """Applies a job's event to `book`; returns the job and what is wrong with the event.

    The job is None if the event can't follow what came before; the book is unchanged then.
    """
    before = book.jobs.get(event.args["id"])
    state, job = (State.NONE, None) if before is None else (before.state, before.job)
    try:
        record = book.apply(event)
    except HistoryGap as gap:
        return None, [("gap", str(gap))]
    if record is None:
        return None, []
    step = Step(event, record, state, job, time_s, by)
    name = f"{event.name} of job 0x{record.id.hex()}"
    found = [*_parties(step), *_CHECKS[event.name](step)]
    return record, [(code, f"{name}: {text}") for code, text in found]


def _parties(step: Step) -> Iterator[Problem]:
    args, record = step.event.args, step.record
    if "requester" in args:
        yield from differs("requester", args["requester"], record.request.requester)
    if record.job is not None and "provider" in args:
        yield from differs("provider", args["provider"], record.job.provider)


def _claimed(step: Step) -> Iterator[Problem]:
    yield from differs("claimedAt", step.event.args["claimedAt"], step.time_s)
    deadline = rules.runs_until(step.record.live_job())
    if step.time_s >= deadline:
        yield "rule", f"claimed at {step.time_s}, but the job ran until {deadline}"


def _settled(step: Step) -> Iterator[Problem]:
    args, job = step.event.args, step.record.live_job()
    digest = opening_digest(args["root"], args["totalUnits"])
    opened = seal(job.provider, step.record.id, digest)
    if opened != job.seal:
        yield "identity", f"the opening seals to {shown(opened)}, the claim was {shown(job.seal)}"
    payment = rules.payment(job, args["totalUnits"])
    yield from differs("payment", args["payment"], payment)
    yield from differs("refund", args["refund"], rules.job_escrow(job) - payment)
    if args["approved"]:
        return
    until = rules.opens_until(job)
    if not job.window_end <= step.time_s < until:
        yield "rule", f"finalized at {step.time_s}, not within {job.window_end}..{until - 1}"
    if job.unanswered:
        yield "rule", f"finalized with {job.unanswered} demanded pairs unanswered"


def _cancelled(step: Step) -> Iterator[Problem]:
    args, request = step.event.args, step.record.request
    yield from differs("refund", args["refund"], rules.escrow(request))
    if args["caller"] != request.requester and step.time_s < request.open_until:
        text = f"{args['caller']} cancelled at {step.time_s}, before {request.open_until}"
        yield "rule", text


def _voided(step: Step) -> Iterator[Problem]:
    args, job, reason = step.event.args, step.record.live_job(), step.record.reason
    yield from differs("refund", args["refund"], rules.job_escrow(job))
    if reason is None:  # can't be: JobBook lets no job end for an unknown reason
        return
    if reason is VoidReason.REJECTED:
        yield from caserules.voided(step)
        return
    if reason is VoidReason.RELEASED:
        yield from differs("caller", args["caller"], job.provider)
    elif reason is not VoidReason.EXPIRED:
        due = VoidReason.UNANSWERED if job.unanswered else VoidReason.UNOPENED
        yield from differs("reason", reason.label, due.label)
    due_in, begin, end = _when_voided(job, reason)
    yield from differs("state before", step.state.label, due_in.label)
    if step.time_s < begin or (end is not None and step.time_s >= end):
        yield "rule", f"reason {reason.label} at {step.time_s}, allowed in {begin}..{end or ''}"
    split = _split(job, reason, step.time_s)
    yield from differs("slashed", args["slashed"], split.total)
    yield from differs("compensation", args["compensation"], split.to_requester)
    yield from differs("reward", args["reward"], split.to_caller)
    yield from differs("burned", args["burned"], split.burned)


def _when_voided(job: Job, reason: VoidReason) -> tuple[State, int, int | None]:
    """In which state, from when and until when (None: ever) a job can end so."""
    if reason is VoidReason.RELEASED:
        return State.RUNNING, job.accepted_at, rules.runs_until(job)
    if reason is VoidReason.EXPIRED:
        return State.RUNNING, rules.runs_until(job), None
    return State.CLAIMED, rules.voids_from(job), None


def _split(job: Job, reason: VoidReason, time_s: int) -> rules.Split:
    if reason is VoidReason.RELEASED:
        # A forged request may have runFor 0, which beginrules has objected to.
        return rules.released(job, time_s) if job.run_for else rules.Split(0, 0, 0)
    return rules.expired(job.bond) if reason is VoidReason.EXPIRED else rules.voided(job.bond)


_CHECKS: dict[str, Callable[[Step], Iterator[Problem]]] = {
    "JobPosted": beginrules.posted,
    "JobMatched": beginrules.matched,
    "JobAccepted": beginrules.accepted,
    "JobClaimed": _claimed,
    "OutputDemanded": demandrules.demanded,
    "OutputAnswered": demandrules.answered,
    "JobDisputed": caserules.disputed,
    "CaseResolved": caserules.resolved,
    "JobSettled": _settled,
    "JobCancelled": _cancelled,
    "JobVoided": _voided,
}
