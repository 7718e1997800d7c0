"""What the events of a job's case must say: the market's side, whoever the resolver is."""

from __future__ import annotations

from collections.abc import Iterator

from workbond.audit.problems import Problem, Step, differs
from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, Job


def disputed(step: Step) -> Iterator[Problem]:
    args, job = step.event.args, step.record.live_job()
    if job.resolver == ZERO_ADDRESS:
        yield "rule", "disputed, but the request names no resolver"
    yield from differs("resolver", args["resolver"], job.resolver)
    yield from differs("disputedAt", args["disputedAt"], step.time_s)
    if step.time_s >= job.window_end:
        yield "rule", f"disputed at {step.time_s}, but the window ended at {job.window_end}"


def resolved(step: Step) -> Iterator[Problem]:
    args, before = step.event.args, step.job
    if before is None:  # can't be: JobBook lets only disputed jobs be resolved
        return
    yield from differs("resolver", args["resolver"], before.resolver)
    deadline, timed_out = rules.resolves_until(before), args["timedOut"]
    if timed_out and step.time_s < deadline:
        yield "rule", f"timed out at {step.time_s}, but the resolver had until {deadline}"
    if not timed_out and step.time_s >= deadline:
        yield "rule", f"resolved at {step.time_s}, but the resolver had until {deadline}"
    if timed_out:
        yield from differs("rejected", args["rejected"], False)
        yield from differs("challenger", args["challenger"], ZERO_ADDRESS)
    challenged = args["challenger"] != ZERO_ADDRESS
    if args["rejected"]:
        yield from _rejected(step, before, challenged)
        return
    spent = 0 if timed_out or challenged else before.case_fee
    yield from differs("toResolver", args["toResolver"], spent)
    yield from differs("toChallenger", args["toChallenger"], 0)
    yield from differs("feeRefund", args["feeRefund"], before.case_fee - spent)
    yield from differs("windowEnd", args["windowEnd"], step.time_s)


def _rejected(step: Step, job: Job, challenged: bool) -> Iterator[Problem]:
    args, split = step.event.args, rules.rejected(job, challenged=challenged)
    yield from differs("toResolver", args["toResolver"], split.to_resolver)
    yield from differs("toChallenger", args["toChallenger"], split.to_challenger)
    yield from differs("feeRefund", args["feeRefund"], 0)
    yield from differs("windowEnd", args["windowEnd"], 0)


def voided(step: Step) -> Iterator[Problem]:
    """The end of a rejected claim, in the transaction of its verdict."""
    args, job, verdict = step.event.args, step.record.live_job(), step.record.resolution
    if verdict is None:  # can't be: JobBook lets no claim be rejected without a verdict
        return
    split = rules.rejected(job, challenged=verdict["challenger"] != ZERO_ADDRESS)
    yield from differs("slashed", args["slashed"], job.bond)
    yield from differs("compensation", args["compensation"], split.to_requester)
    yield from differs("caller", args["caller"], job.resolver)
    yield from differs("reward", args["reward"], 0)
    yield from differs("burned", args["burned"], split.burned)
    resolved_in = next(e for e in reversed(step.record.events) if e.name == "CaseResolved").tx_hash
    yield from differs("transaction", step.event.tx_hash, resolved_in)
