"""What each event of a case must say, up to its closing (`closings`).

The formulas are `workbond.chain.cases`; the order of phases is `workbond.casebook.CaseBook`. Logs
don't show salts, so that a commitment which was revealed is beyond them, and not who revealed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from workbond.audit.committee.stakes import Stakes
from workbond.audit.committee.steps import CaseStep
from workbond.audit.problems import Problem, differs, shown
from workbond.chain import cases
from workbond.chain.cases import Phase
from workbond.chain.types import Job, State

OPCODE_HASHES = 256  # blocks whose hash every chain has on record


def opened(step: CaseStep) -> Iterator[Problem]:
    args, record = step.event.args, step.job
    if record is None or record.job is None:
        yield "gap", "the market tells of no such claim"
        return
    request = record.request
    yield from differs("requester", args["requester"], request.requester)
    yield from differs("provider", args["provider"], record.job.provider)
    yield from differs("policy", args["policy"], request.policy)
    yield from differs("resolver of the job", request.resolver, step.by.committee)
    yield from differs("disputedAt of the job", record.job.disputed_at, step.time_s)
    course, most = step.record.policy.course_s(request.run_for), cases.MAX_COURSE_S
    if not course <= request.case_for <= most:
        yield "rule", f"caseFor is {request.case_for}, allowed are {course}..{most}"
    if args["audited"]:
        yield from _lottery(step, record.job)


def challenged(step: CaseStep) -> Iterator[Problem]:
    args, record = step.event.args, step.record
    job = yield from _disputed(step)
    if job is not None:
        due = cases.challenge_bond(job.case_fee, job.bond)
        yield from differs("bond", args["bond"], due)
    if len(record.challenges) == 1 and not record.is_audit:
        opener = record.events[0].args["opener"]
        yield from differs("first challenger", args["challenger"], opener)
    if step.before.phase is Phase.VOTING and step.time_s >= step.before.deadline:
        yield "rule", f"joined at {step.time_s}, but commits closed at {step.before.deadline}"


def seed_requested(step: CaseStep) -> Iterator[Problem]:
    args, event, before = step.event.args, step.event, step.before
    yield from differs("epoch", args["epoch"], cases.epoch(step.time_s))
    if step.by.plain_numbers:
        due = event.block_number + cases.SEED_AFTER_BLOCKS
        yield from differs("seedBlock", args["seedBlock"], due)
    if not before.seed_block:  # the first seed of its round
        begun = step.record.events[-2]
        yield from differs("transaction", event.tx_hash, begun.tx_hash)
        return
    if step.time_s >= before.deadline:
        yield "rule", f"redrawn at {step.time_s}, but the draw failed at {before.deadline}"
    recent = event.block_number <= before.seed_block + OPCODE_HASHES
    if before.epoch == args["epoch"] and step.by.plain_numbers and recent:
        yield "rule", f"redrawn, but the seed of block {before.seed_block} was not missed"


def drawn(step: CaseStep) -> Iterator[Problem]:
    args, before = step.event.args, step.before
    if step.time_s >= before.deadline:
        yield "rule", f"drawn at {step.time_s}, but the draw failed at {before.deadline}"
    yield from differs("epoch", before.epoch, cases.epoch(step.time_s))
    if step.by.plain_numbers:
        if step.event.block_number <= before.seed_block:
            text = f"drawn in block {step.event.block_number}, not after block {before.seed_block}"
            yield "rule", text
        seed = step.by.hashes.get(before.seed_block)
        if seed is not None:
            yield from differs("seed", args["seed"], seed)
    if step.job is not None:
        due = step.time_s + cases.commit_for(step.job.request.run_for)
        yield from differs("commitUntil", args["commitUntil"], due)
    if step.stakes is not None:
        yield from _seats(step, step.stakes)


def _seats(step: CaseStep, stakes: Stakes) -> Iterator[Problem]:
    args, epoch, round = step.event.args, step.before.epoch, step.record.round
    total = stakes.total(epoch)
    if total <= 0:
        yield "rule", f"seats are drawn, but no stake is active in epoch {epoch}"
        return
    seats = range(len(round.verifiers))
    tickets = [
        cases.ticket(args["seed"], step.record.id, args["round"], seat, total) for seat in seats
    ]
    due_to = stakes.holders(tickets, epoch)
    for seat, (given, owner) in enumerate(zip(round.verifiers, due_to, strict=True)):
        yield from differs(f"verifier of seat {seat}", given, owner)


def committed(step: CaseStep) -> Iterator[Problem]:
    args, round = step.event.args, step.record.round
    yield from differs("verifier", args["verifier"], round.verifiers[args["seat"]])
    if step.time_s >= round.commit_until:
        yield "rule", f"committed at {step.time_s}, but commits closed at {round.commit_until}"


def revealed(step: CaseStep) -> Iterator[Problem]:
    since = step.record.round.commit_until
    until = since + cases.REVEAL_FOR_S
    if not since <= step.time_s < until:
        yield "rule", f"revealed at {step.time_s}, not within {since}..{until - 1}"


def appealed(step: CaseStep) -> Iterator[Problem]:
    args, record, now_s = step.event.args, step.record, step.time_s
    last = record.rounds[-2]
    until = last.commit_until + cases.REVEAL_FOR_S + cases.APPEAL_FOR_S
    if not cases.is_complete(last.seating.round, last.commit_until, now_s):
        yield "rule", f"appealed at {now_s}, but seats could still reveal"
    if now_s >= until:
        yield "rule", f"appealed at {now_s}, but that was possible until {until}"
    job = yield from _disputed(step)
    if job is not None:
        due = cases.appeal_price(job.case_fee, record.policy.seats, args["round"])
        yield from differs("prepaid", args["prepaid"], due)


def _disputed(step: CaseStep) -> Generator[Problem, None, Job | None]:
    """The market must hold the case open; returns the job's record."""
    if step.job is None or step.job.state is not State.DISPUTED:
        state = State.NONE if step.job is None else step.job.state
        yield "rule", f"the market has the job {state.label}, not Disputed"
        return None
    return step.job.job


def _lottery(step: CaseStep, job: Job) -> Iterator[Problem]:
    rate, number = step.record.policy.rate_bps, job.claim_block + cases.SEED_AFTER_BLOCKS
    if rate == cases.ALL_BPS:
        return
    if rate == 0:
        yield "rule", "audited, but the policy asks for no audits"
        return
    block_hash = step.by.hashes.get(number) if step.by.plain_numbers else None
    if block_hash is None:
        return
    if not cases.is_audited(block_hash, step.record.id, job.seal, rate):
        yield "rule", f"audited, but block {number} ({shown(block_hash)}) did not choose it"


CHECKS: dict[str, Callable[[CaseStep], Iterator[Problem]]] = {
    "CaseOpened": opened,
    "Challenged": challenged,
    "SeedRequested": seed_requested,
    "SeatsDrawn": drawn,
    "VoteCommitted": committed,
    "VoteRevealed": revealed,
    "CaseAppealed": appealed,
}
