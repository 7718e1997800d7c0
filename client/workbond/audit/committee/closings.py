"""What a case's closing must pay: the settlement by the rules beside the committee's events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from workbond.audit.committee.rules import OPCODE_HASHES
from workbond.audit.committee.steps import CaseStep
from workbond.audit.problems import Problem, differs
from workbond.casebook import CaseRecord
from workbond.chain import cases
from workbond.chain.abi import Event
from workbond.chain.cases import Outcome, Phase
from workbond.chain.settlement import Settlement, Terms, settle
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, State
from workbond.jobs import JobRecord

Payment = tuple[str, dict[str, Any]]  # an event's name and arguments, but for the case's id
NO_CLOSING = {"requester": ZERO_ADDRESS, "provider": ZERO_ADDRESS, "winner": ZERO_WORD}
NO_MONEY = {"income": 0, "toRequester": 0, "toProvider": 0, "burned": 0}


def closed(
    step: CaseStep, job: Job | None, payments: Sequence[Event], at_risk: Mapping[str, int]
) -> Iterator[Problem]:
    """Objects to a `CaseClosed` and to the `payments` before it.

    Args:
        job: the market's record as it was while the case was open.
        payments: the events of this closing, in their order.
        at_risk: what penalties can take of each verifier.
    """
    for payment in payments:
        what = f"transaction of {payment.name}"
        yield from differs(what, payment.tx_hash, step.event.tx_hash)
    if step.record.outcome is Outcome.ABANDONED:
        if step.job is not None and step.job.state is State.DISPUTED:
            yield "rule", "abandoned, but the market holds the job Disputed"
        yield from _members(step, NO_CLOSING | NO_MONEY)
        yield from _compare(_returned(step.record), payments)
        return
    if job is None or step.job is None:
        yield "gap", "the market tells of no such case"
        return
    yield from _time(step)
    tips = [payment.args["account"] for payment in payments if payment.name == "CrankPaid"]
    closer = tips[-1] if tips else ZERO_ADDRESS  # without tips nobody cares
    record = step.record
    terms = Terms(record.id, job, record.policy.seats, record.opener)
    due = settle(terms, record.challenges, record.seatings, closer, at_risk)
    yield from _members(step, _totals(due, job))
    yield from _compare(_paid(record, due), payments)
    yield from _verdict(step, step.job, due)


def _time(step: CaseStep) -> Iterator[Problem]:
    record, before, now_s = step.record, step.before, step.time_s
    head = replace(record.head(before.deadline, 0), phase=before.phase)
    if head.is_closable(record.round.seating.round, now_s):
        return
    if before.phase is Phase.DRAWING:
        deserted = step.stakes is None or step.stakes.total(cases.epoch(now_s)) == 0
        old = step.event.block_number > before.seed_block + OPCODE_HASHES
        missed = before.epoch != cases.epoch(now_s) or old or not step.by.plain_numbers
        if deserted or (record.redraws == cases.MAX_REDRAWS and missed):
            return
    yield "rule", f"closed at {now_s}, but the case was not over"


def _totals(due: Settlement, job: Job) -> dict[str, Any]:
    return {
        "requester": job.requester,
        "provider": job.provider,
        "outcome": int(due.outcome),
        "winner": due.winner or ZERO_WORD,
        "income": due.income,
        "toRequester": due.to_requester,
        "toProvider": due.to_provider,
        "burned": due.burned,
    }


def _members(step: CaseStep, due: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in due.items():
        yield from differs(name, step.event.args[name], value)


def _verdict(step: CaseStep, job: JobRecord, due: Settlement) -> Iterator[Problem]:
    """The market's `CaseResolved`, of the same transaction."""
    told = next((e for e in reversed(job.events) if e.name == "CaseResolved"), None)
    if told is None or told.tx_hash != step.event.tx_hash:
        yield "rule", "closed, but the market tells of no verdict in this transaction"
        return
    rejected = due.outcome is Outcome.REJECTED
    yield from differs("the market's verdict: rejected", told.args["rejected"], rejected)
    yield from differs("the market's verdict: challenger", told.args["challenger"], due.champion)


def _paid(record: CaseRecord, due: Settlement) -> list[Payment]:
    """The events of a closing, in the order in which the contract emits them."""
    return [
        *(
            ("ChallengeSettled", {"challenger": c.challenger, "bond": c.bond, "returned": back})
            for c, back in zip(record.challenges, due.returned, strict=True)
        ),
        *(("CrankPaid", {"account": who, "amount": tip}) for who, tip in due.cranks),
        *(
            (
                "AppealSettled",
                {
                    "appellant": pay.appellant,
                    "round": pay.round,
                    "returned": pay.returned,
                    "repaid": pay.repaid,
                },
            )
            for pay in due.appeals
        ),
        *(
            (
                "SeatSettled",
                {
                    "verifier": pay.verifier,
                    "round": pay.round,
                    "seat": pay.seat,
                    "fee": pay.fee,
                    "penalty": pay.penalty,
                },
            )
            for pay in due.seats
        ),
    ]


def _returned(record: CaseRecord) -> list[Payment]:
    """The events of a case that the market timed out."""
    return [
        *(
            ("ChallengeSettled", {"challenger": c.challenger, "bond": c.bond, "returned": c.bond})
            for c in record.challenges
        ),
        *(
            (
                "AppealSettled",
                {
                    "appellant": round.appellant,
                    "round": number,
                    "returned": round.prepaid,
                    "repaid": 0,
                },
            )
            for number, round in enumerate(record.rounds)
            if number
        ),
    ]


def _compare(due: Sequence[Payment], payments: Sequence[Event]) -> Iterator[Problem]:
    for place, (expected, given) in enumerate(zip_longest(due, payments)):
        if expected is None or given is None or expected[0] != given.name:
            name = "nothing" if given is None else given.name
            due_name = "nothing" if expected is None else expected[0]
            yield "rule", f"payment {place} is {name} in the events but {due_name} by the rules"
            return
        for member, value in expected[1].items():
            yield from differs(f"{given.name} {place}: {member}", given.args[member], value)
