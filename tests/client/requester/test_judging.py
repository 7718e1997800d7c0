"""How jobs are judged by default, and what is warned about: arithmetic alone.

That honest play is best within the ranges is shown by the game: test_game.py beside.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from workbond.chain import cases, rules
from workbond.requester.cautions import cautions
from workbond.requester.judging import (
    APPEALABLE,
    LEAST_BPS,
    AtStake,
    Terms,
    capture,
    defaults,
    least_audit_bps,
    ranges,
    suggested_bond,
)

WORK = 10**18
HOUR_S = 3_600
PAYMENTS = (1, 999, 10**6, WORK // 3, WORK, 77 * WORK)
VALUES = (0, 1, 3, 10, 100, 1_000)  # in payments
JOB = AtStake(payment=WORK, bond=40 * WORK, run_for_s=HOUR_S)


def codes(terms: Terms, stake: AtStake, **more: int) -> list[str]:
    return [caution.code for caution in cautions(terms, stake, **more)]


@pytest.mark.parametrize("payment", PAYMENTS)
@pytest.mark.parametrize("value", VALUES)
def test_with_the_suggested_bond_defaults_are_within_all_ranges(payment: int, value: int) -> None:
    bond = max(rules.MIN_BOND, suggested_bond(payment, value * payment))
    stake = AtStake(payment, bond, HOUR_S, value * payment)
    terms = defaults(stake)
    assert codes(terms, stake, challenge_for_s=600) == []
    recommended = ranges(stake, terms.seats, terms.case_fee)
    assert recommended is not None
    assert terms.case_fee in recommended.case_fee
    assert terms.audit_bps in recommended.audit_bps
    assert terms.case_for_s in recommended.case_for_s


def test_what_the_contracts_refuse_is_never_a_default() -> None:
    bonds = (0, rules.MIN_BOND, WORK, 15 * WORK, 40 * WORK, 10_000 * WORK)
    times = (1, HOUR_S, 160 * HOUR_S, 600 * HOUR_S)
    for payment, bond, run_for_s in product((0, *PAYMENTS), bonds, times):
        terms = defaults(AtStake(payment, bond, run_for_s))
        assert terms.case_fee <= bond // rules.MAX_CASE_FEE_SHARE
        assert terms.policy == cases.Policy.decode(terms.policy.encode())
        assert terms.policy.course_s(run_for_s) <= terms.case_for_s <= cases.MAX_COURSE_S


def test_a_larger_value_is_audited_more_often_and_a_larger_bond_less() -> None:
    by_value = [defaults(AtStake(WORK, 40 * WORK, HOUR_S, v * WORK)).audit_bps for v in range(20)]
    assert by_value == sorted(by_value)
    by_bond = [
        least_audit_bps(AtStake(WORK, bond * WORK, HOUR_S), 3, 4 * WORK) for bond in range(20, 400)
    ]
    assert by_bond == sorted(by_bond, reverse=True)


def test_a_value_that_nobody_names_is_as_much_as_the_payment() -> None:
    assert defaults(JOB) == defaults(replace(JOB, value=WORK))


def test_a_job_of_forty_payments_bond_has_three_seats_and_a_tenth_of_its_claims_audited() -> None:
    terms = defaults(JOB)
    assert terms.seats == 3
    assert 900 <= terms.audit_bps <= 1_300
    assert WORK <= cases.seat_fee(terms.case_fee, 3) <= WORK * 102 // 100
    assert terms.audit_cost < WORK // 2
    assert terms.case_for_s == 4 * 13 * HOUR_S


def test_nothing_is_audited_so_rarely_that_verifiers_would_leave() -> None:
    assert defaults(replace(JOB, bond=5_000 * WORK)).audit_bps == LEAST_BPS


def test_a_rate_below_the_least_is_warned_about_and_the_least_is_not() -> None:
    terms = defaults(JOB)
    least = least_audit_bps(JOB, terms.seats, terms.case_fee)
    assert least is not None
    assert codes(replace(terms, audit_bps=least), JOB) == []
    assert codes(replace(terms, audit_bps=least - 1), JOB) == ["AUDIT_RATE"]


def test_a_fee_that_does_not_pay_seats_for_the_work_is_warned_about() -> None:
    terms = defaults(JOB)
    low = replace(terms, case_fee=terms.case_fee * 9 // 10, audit_bps=cases.ALL_BPS)
    (caution,) = cautions(low, JOB)
    assert caution.code == "SEAT_FEE"
    assert "3.53 WORK" in caution.text


def test_a_bond_too_small_for_anything_is_told_with_one_that_would_do() -> None:
    small = replace(JOB, bond=5 * WORK)
    terms = defaults(small)
    assert terms.case_fee == small.bond // 4
    (caution,) = cautions(terms, small)
    assert caution.code == "SEAT_FEE"
    assert "set a bond of 40 WORK" in caution.text
    assert ranges(small, 3) is None


def test_a_job_without_bond_is_not_judged_and_says_so() -> None:
    free = replace(JOB, bond=0)
    assert codes(defaults(free), free) == ["UNJUDGEABLE"]


def test_a_high_value_with_a_bond_too_small_for_it_is_warned_about() -> None:
    bold = replace(JOB, bond=20 * WORK, value=1_000 * WORK)
    assert codes(defaults(bold), bold) == ["AUDIT_RATE"]


def test_a_small_fee_beside_a_huge_bond_is_warned_about() -> None:
    huge = replace(JOB, bond=5_000 * WORK)
    terms = replace(defaults(JOB), audit_bps=cases.ALL_BPS)
    assert codes(terms, huge) == ["PENALTY"]


def test_a_first_round_that_nobody_can_appeal_is_warned_about() -> None:
    rich = replace(JOB, bond=1_000 * WORK)
    terms = replace(defaults(rich), seats=31, case_fee=40 * WORK)
    assert codes(terms, rich) == ["NO_APPEAL"]
    assert ranges(rich, 31) is None


def test_a_case_that_the_committee_would_refuse_is_warned_about() -> None:
    terms = defaults(JOB)
    assert codes(replace(terms, case_for_s=terms.case_for_s - 1), JOB) == ["CASE_FOR"]
    assert codes(replace(terms, case_for_s=cases.MAX_COURSE_S + 1), JOB) == ["CASE_FOR"]


def test_long_jobs_get_more_seats_since_their_cases_have_fewer_rounds() -> None:
    rich = replace(JOB, bond=1_000 * WORK)
    found = [defaults(replace(rich, run_for_s=hours * HOUR_S)).seats for hours in (150, 200, 300)]
    assert found == sorted(found)
    assert found[-1] == APPEALABLE[-1]


def test_a_job_too_long_for_any_case_is_told_to_be_cut() -> None:
    endless = replace(JOB, run_for_s=30 * 24 * HOUR_S)
    assert "TOO_LONG" in codes(defaults(endless), endless)


def test_a_window_too_short_for_the_lottery_or_for_executing_again_is_warned_about() -> None:
    terms = defaults(JOB)
    assert codes(terms, JOB, challenge_for_s=119) == ["WINDOW"]
    assert codes(terms, JOB, challenge_for_s=120) == []
    unaudited = replace(terms, audit_bps=0)
    assert codes(unaudited, JOB, challenge_for_s=600) == ["AUDIT_RATE", "WINDOW"]
    assert codes(unaudited, JOB, challenge_for_s=HOUR_S) == ["AUDIT_RATE"]


def test_a_penalty_above_what_verifiers_must_stake_is_warned_about() -> None:
    terms = defaults(JOB)
    penalty = cases.penalty(terms.case_fee, terms.seats)
    assert codes(terms, JOB, least_stake=penalty) == []
    assert codes(terms, JOB, least_stake=penalty - 1) == ["STAKE"]


def test_the_chance_of_capture_is_the_binomials() -> None:
    assert capture(3, 1, 3) == pytest.approx(7 / 27)
    assert capture(7, 1, 2) == pytest.approx(1 / 2)
    assert capture(31, 3, 10) == pytest.approx(0.00954, abs=1e-5)
