"""What the events of a demand and its answers must say."""

from __future__ import annotations

from collections.abc import Iterator

from workbond.audit.problems import Problem, Step, differs
from workbond.chain import rules
from workbond.chain.types import demand_hash, unpaired


def demanded(step: Step) -> Iterator[Problem]:
    args, job, pairs = step.event.args, step.record.live_job(), step.record.pairs
    yield from differs("demandHash", args["demandHash"], demand_hash(pairs))
    if not 1 <= len(pairs) <= rules.MAX_PAIRS:
        yield "rule", f"{len(pairs)} pairs are demanded, allowed are 1..{rules.MAX_PAIRS}"
    for pair in pairs:
        task, _ = unpaired(pair)
        if task >= job.tasks:
            yield "rule", f"task {task} is demanded of a job of {job.tasks} tasks"
    yield from differs("fees", args["fees"], len(pairs) * job.demand_fee)
    yield from differs("answerBy", args["answerBy"], step.time_s + rules.ANSWER_FOR_S)
    if step.time_s >= job.window_end:
        yield "rule", f"demanded at {step.time_s}, but the window ended at {job.window_end}"


def answered(step: Step) -> Iterator[Problem]:
    args, before = step.event.args, step.job
    if before is None:  # can't be: JobBook lets only claimed jobs be answered
        return
    new = args["answered"]
    if new & before.answered != before.answered or new == before.answered:
        yield "rule", f"answered is {new:#010b} after {before.answered:#010b}: its bits only grow"
    count = (new & ~before.answered).bit_count()
    yield from differs("fees", args["fees"], count * before.demand_fee)
    last = new == rules.ALL_ANSWERED
    end = rules.answered_window_end(before, step.time_s) if last else before.window_end
    yield from differs("windowEnd", args["windowEnd"], end)
    if step.time_s >= before.answer_by:
        yield "rule", f"answered at {step.time_s}, but the time was over at {before.answer_by}"
