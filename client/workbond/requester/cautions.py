"""What is said about a job whose judging lies outside of the recommended ranges.

    for caution in cautions(terms, stake, challenge_for_s=600):
        print(caution.text)

Each names what could go wrong and a remedy; none is an error, since who asks may know better. The
ranges are `workbond.requester.judging`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain import cases
from workbond.chain.rules import MAX_CASE_FEE_SHARE
from workbond.money import rough, tokens
from workbond.requester.judging import (
    APPEALABLE,
    AtStake,
    Terms,
    appeals_deter,
    course_s,
    few_digits,
    least_audit_bps,
    least_case_fee,
    suggested_bond,
)
from workbond.words import duration

LOTTERY_WINDOW_S = 120
"""Room for the block that decides the lottery, and for somebody to open the case."""


@dataclass(frozen=True)
class Caution:
    """Terms outside of a recommended range: a code for programs, a sentence for people."""

    code: str
    text: str


def cautions(
    terms: Terms,
    stake: AtStake,
    challenge_for_s: int | None = None,
    least_stake: int | None = None,
) -> list[Caution]:
    """What of `terms` lies outside the recommended ranges, each in a sentence with a remedy.

    Args:
        terms: what the request says.
        stake: what is to be judged.
        challenge_for_s: the window, in seconds.
        least_stake: the least that a verifier of the committee stakes, in base units.
    """
    found = list(_of_seats(terms, stake))
    if not stake.bond or not terms.case_fee:
        found.append(Caution("UNJUDGEABLE", _unjudgeable(stake)))
    else:
        found += _of_money(terms, stake, least_stake)
    if challenge_for_s is not None:
        found += _of_window(terms, stake, challenge_for_s)
    return found


def _of_seats(terms: Terms, stake: AtStake) -> list[Caution]:
    found = []
    if terms.seats not in APPEALABLE:
        text = (
            f"a first round of {terms.seats} seats can't be appealed, so that whoever has most "
            f"of them decides at no risk: set {APPEALABLE[0]}, {APPEALABLE[1]} or {APPEALABLE[2]}"
        )
        found.append(Caution("NO_APPEAL", text))
    longest_s = course_s(stake, terms.seats)
    if longest_s > cases.MAX_COURSE_S:
        text = (
            f"a case of {terms.seats} first seats and {duration(stake.run_for_s)} to run can take "
            f"{duration(longest_s)}, and the committee takes none of more than "
            f"{duration(cases.MAX_COURSE_S)}: cut the job into shorter ones, or set more seats"
        )
        found.append(Caution("TOO_LONG", text))
    elif terms.case_for_s < longest_s or terms.case_for_s > cases.MAX_COURSE_S:
        text = (
            f"a case can take {duration(longest_s)}, but the job leaves it "
            f"{duration(terms.case_for_s)}, so the committee would refuse it: set {longest_s} s"
        )
        found.append(Caution("CASE_FOR", text))
    return found


def _of_money(terms: Terms, stake: AtStake, least_stake: int | None) -> list[Caution]:
    found = []
    fee, seats = terms.case_fee, terms.seats
    seat_fee, penalty = cases.seat_fee(fee, seats), cases.penalty(fee, seats)
    least = least_case_fee(stake, seats)
    if seat_fee < stake.payment:
        text = (
            f"a seat is paid {_about(seat_fee)} for work that is paid {tokens(stake.payment)}, so "
            f"verifiers may not do it: {_more_fee(stake, least)}"
        )
        found.append(Caution("SEAT_FEE", text))
    if seats in APPEALABLE and not appeals_deter(stake, seats, fee):
        text = (
            f"a third of the stake could have right results rejected and gain by it, as a seat "
            f"risks only {_about(penalty)}: {_more_fee(stake, least)}"
        )
        found.append(Caution("PENALTY", text))
    if least_stake is not None and penalty > least_stake:
        text = (
            f"a seat's penalty of {_about(penalty)} is more than the {tokens(least_stake)} that "
            "a verifier of this committee must have, so some would lose less: lower the case fee"
        )
        found.append(Caution("STAKE", text))
    rate = least_audit_bps(stake, seats, fee)
    if rate is None or terms.audit_bps < rate:
        found.append(Caution("AUDIT_RATE", _too_rare(terms, stake, rate)))
    return found


def _of_window(terms: Terms, stake: AtStake, window_s: int) -> list[Caution]:
    if terms.audit_bps and window_s < LOTTERY_WINDOW_S:
        text = (
            f"the window of {duration(window_s)} may be over before anybody opens a case that the "
            f"lottery chose: set {LOTTERY_WINDOW_S} s at least"
        )
        return [Caution("WINDOW", text)]
    if not terms.audit_bps and window_s < stake.run_for_s:
        text = (
            f"without audits only who executes the job again finds a wrong result, and the window "
            f"of {duration(window_s)} is shorter than the {duration(stake.run_for_s)} that this "
            "may take: make it longer"
        )
        return [Caution("WINDOW", text)]
    return []


def _unjudgeable(stake: AtStake) -> str:
    bond = _about(suggested_bond(stake.payment, stake.value))
    return f"without a bond and a case fee nobody is paid to judge: set a bond of {bond}"


def _too_rare(terms: Terms, stake: AtStake, rate: int | None) -> str:
    tempted = f"with {percent(terms.audit_bps)} of claims audited, cheating may pay: "
    bond = _about(max(suggested_bond(stake.payment, stake.value), stake.bond + 1))
    if rate is None:
        return f"{tempted}the bond is too small for any rate, set one of {bond}"
    return f"{tempted}set an audit rate of {percent(rate)}, or a larger bond"


def _more_fee(stake: AtStake, least: int | None) -> str:
    if least is not None:
        return f"set a case fee of {_about(least)}"
    bond = suggested_bond(stake.payment, stake.value)
    return (
        f"a case fee is at most 1/{MAX_CASE_FEE_SHARE} of the bond, so set a bond of {_about(bond)}"
    )


def percent(bps: int) -> str:
    """Basis points as people read them: `2.5%`."""
    return f"{bps / 100:g}%"


def _about(amount: int) -> str:
    return tokens(amount) if amount == few_digits(amount) else f"about {rough(amount, up=True)}"
