"""What each event of a job must say, given the job's history and its block's time.

The formulas are `workbond.chain.rules`; the order of states is `workbond.jobs.JobBook`. Two rules
can't be seen in logs and are left to the contract: the Merkle proof of a provider on a list, and
that `approve` was called by the requester. Nor do logs and storage pin down what moves no money: a
job's gateway, who gets a tip of nothing, a claim's manifest, the seal and block of a claim that
ended unopened, and who cancelled a job when anyone could.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Request, State, VoidReason
from workbond.jobs import HistoryGap, JobBook, JobRecord
from workbond.tree import opening_digest, seal

Problem = tuple[str, str]  # a finding's code and text


@dataclass(frozen=True)
class Rules:
    """What the rules depend on besides events: the market's domain and its cooldown (seconds)."""

    chain_id: int
    market: str
    cooldown_s: int


def take(
    book: JobBook, event: Event, time_s: int, by: Rules
) -> tuple[JobRecord | None, list[Problem]]:
    """Applies a job's event to `book`; returns the job and what is wrong with the event.

    The job is None if the event can't follow what came before; the book is unchanged then.
    """
    before = book.jobs.get(event.args["id"])
    state = State.NONE if before is None else before.state
    try:
        record = book.apply(event)
    except HistoryGap as gap:
        return None, [("gap", str(gap))]
    if record is None:
        return None, []
    name = f"{event.name} of job 0x{record.id.hex()}"
    found = [*_parties(event, record), *_CHECKS[event.name](event, record, state, time_s, by)]
    return record, [(code, f"{name}: {text}") for code, text in found]


def differs(what: str, given: object, due: object) -> Iterator[Problem]:
    """A `rule` problem if what the event gives isn't what is due."""
    if given != due:
        yield "rule", f"{what} is {shown(given)} in the event but {shown(due)} by the rules"


def shown(value: object) -> str:
    """Bytes as hexadecimal digits, all else as it is."""
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _parties(event: Event, record: JobRecord) -> Iterator[Problem]:
    yield from differs("requester", event.args["requester"], record.request.requester)
    if record.job is not None and "provider" in event.args:
        yield from differs("provider", event.args["provider"], record.job.provider)


def _posted(
    event: Event, record: JobRecord, before: State, time_s: int, by: Rules
) -> Iterator[Problem]:
    request = record.request
    digest = request.job_id(by.chain_id, by.market)
    if digest != record.id:
        yield "identity", f"the request's digest is {shown(digest)}, not the job's id"
    yield from differs("resolver", event.args["resolver"], request.resolver)
    if len(record.gateway) > rules.MAX_GATEWAY_BYTES:
        yield "rule", f"the gateway has {len(record.gateway)} characters, the most is 512"
    for field, value, low, high in _bounds(request, time_s):
        if not low <= value <= high:
            yield "rule", f"{field} is {value} but must lie in {low}..{high}"


def _bounds(r: Request, now_s: int) -> Iterator[tuple[str, int, int, int]]:
    """Requests.requireValid: field, value, least, most."""
    yield "tasks", r.tasks, 1, rules.MAX_TASKS
    yield "maxUnits", r.max_units, 0, rules.MAX_UNITS
    yield "minUnitPrice", r.min_unit_price, 0, r.max_unit_price
    yield "rampStart", r.ramp_start, 0, r.ramp_end
    yield "rampEnd", r.ramp_end, 0, r.open_until
    yield "openUntil", r.open_until, now_s + 1, now_s + rules.MAX_OPEN_FOR_S
    yield "runFor", r.run_for, 1, rules.MAX_RUN_FOR_S
    yield "challengeFor", r.challenge_for, 0, rules.MAX_CHALLENGE_FOR_S
    if r.bond:
        yield "bond", r.bond, rules.MIN_BOND, 2**96 - 1
    yield "tip", r.tip, 0, r.bond // rules.MAX_TIP_SHARE
    judged = r.resolver != ZERO_ADDRESS
    yield "caseFor", r.case_for, 0, rules.MAX_CASE_FOR_S if judged else 0
    yield "caseFee", r.case_fee, 0, r.bond // rules.MAX_CASE_FEE_SHARE if judged else 0
    yield "policy", int.from_bytes(r.policy, "big"), 0, 2**256 - 1 if judged else 0
    yield "matcher", int(r.matcher, 16), 0, 0  # who names one waits for a match, and can't post


def _accepted(
    event: Event, record: JobRecord, before: State, time_s: int, by: Rules
) -> Iterator[Problem]:
    args, request, job = event.args, record.request, record.live_job()
    yield from differs("acceptedAt", args["acceptedAt"], time_s)
    if time_s >= request.open_until:
        yield "rule", f"accepted at {time_s}, but the job was open until {request.open_until}"
    yield from differs("unitPrice", args["unitPrice"], rules.unit_price(request, time_s))
    tip = 0 if args["tipTo"] == ZERO_ADDRESS else request.tip
    yield from differs("tipPaid", args["tipPaid"], tip)
    due = rules.escrow(request) - rules.job_escrow(job) - args["tipPaid"]
    yield from differs("refund", args["refund"], due)
    if request.providers != ZERO_WORD and not any(request.providers[:12]):
        admitted = int.from_bytes(request.providers, "big")
        yield from differs("provider", int(job.provider, 16), admitted)


def _claimed(
    event: Event, record: JobRecord, before: State, time_s: int, by: Rules
) -> Iterator[Problem]:
    yield from differs("claimedAt", event.args["claimedAt"], time_s)
    deadline = rules.runs_until(record.live_job())
    if time_s >= deadline:
        yield "rule", f"claimed at {time_s}, but the job ran until {deadline}"


def _settled(
    event: Event, record: JobRecord, before: State, time_s: int, by: Rules
) -> Iterator[Problem]:
    args, job = event.args, record.live_job()
    opened = seal(job.provider, record.id, opening_digest(args["root"], args["totalUnits"]))
    if opened != job.seal:
        yield "identity", f"the opening seals to {shown(opened)}, the claim was {shown(job.seal)}"
    payment = rules.payment(job, args["totalUnits"])
    yield from differs("payment", args["payment"], payment)
    yield from differs("refund", args["refund"], rules.job_escrow(job) - payment)
    until = rules.opens_until(job)
    if not args["approved"] and not job.window_end <= time_s < until:
        yield "rule", f"finalized at {time_s}, not within {job.window_end}..{until - 1}"


def _cancelled(
    event: Event, record: JobRecord, before: State, time_s: int, by: Rules
) -> Iterator[Problem]:
    args, request = event.args, record.request
    yield from differs("refund", args["refund"], rules.escrow(request))
    if args["caller"] != request.requester and time_s < request.open_until:
        yield "rule", f"{args['caller']} cancelled at {time_s}, before {request.open_until}"


def _voided(
    event: Event, record: JobRecord, before: State, time_s: int, by: Rules
) -> Iterator[Problem]:
    args, job, reason = event.args, record.live_job(), record.reason
    yield from differs("refund", args["refund"], rules.job_escrow(job))
    if reason is VoidReason.RELEASED:
        yield from differs("caller", args["caller"], job.provider)
        due_in, begin, end = State.RUNNING, job.accepted_at, rules.runs_until(job)
        # A forged request may have runFor 0, which _posted has objected to.
        split = rules.released(job, time_s) if job.run_for else rules.Split(0, 0, 0)
    elif reason is VoidReason.EXPIRED:
        due_in, begin, end = State.RUNNING, rules.runs_until(job), None
        split = rules.expired(job.bond)
    elif reason is VoidReason.UNOPENED:
        due_in, begin, end = State.CLAIMED, rules.opens_until(job), None
        split = rules.voided(job.bond)
    else:
        yield "unknown", f"reason {args['reason']} is reserved"
        return
    yield from differs("state before", before.label, due_in.label)
    if time_s < begin or (end is not None and time_s >= end):
        yield "rule", f"reason {reason.label} at {time_s}, allowed in {begin}..{end or ''}"
    yield from differs("slashed", args["slashed"], split.total)
    yield from differs("compensation", args["compensation"], split.to_requester)
    yield from differs("reward", args["reward"], split.to_caller)
    yield from differs("burned", args["burned"], split.burned)


_CHECKS: dict[str, Callable[[Event, JobRecord, State, int, Rules], Iterator[Problem]]] = {
    "JobPosted": _posted,
    "JobAccepted": _accepted,
    "JobClaimed": _claimed,
    "JobSettled": _settled,
    "JobCancelled": _cancelled,
    "JobVoided": _voided,
}
