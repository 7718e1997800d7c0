"""Each reason for which a job is not taken, and the bounds beside which it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from workbond.chain.cases import MAX_COURSE_S, Policy
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Account, Request
from workbond.cid import cid_of
from workbond.executor.profile import PROFILE_ID
from workbond.provider.fit import (
    TASK_OWN_BYTES,
    Misfit,
    Refusal,
    check_request,
    check_spec,
    region_fits,
)
from workbond.provider.terms import SUBMIT_S, Terms
from workbond.spec import Limits, Requirements, make_spec

ME = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
NOW = 1_000_000
TERMS = Terms(
    cores=2,
    memory_bytes=1 << 30,
    min_price=50,
    min_flat=5,
    region="de",
    max_bond=700,
    min_demand_fee=2,
)
ACCOUNT = Account(free=0, bonded=400, counter=0, staked=1_000, unbonding=0, matures_at=0)
REQUEST = Request(
    requester=OTHER,
    spec=bytes(32),
    profile=PROFILE_ID,
    tasks=4,
    flat=5,
    min_unit_price=10,
    max_unit_price=110,
    ramp_start=NOW - 100,
    ramp_end=NOW + 100,
    max_units=4_000_000,
    bond=600,
    min_stake=1_000,
    tip=0,
    open_until=NOW + 100,
    run_for=600,
    challenge_for=600,
    resolver=ZERO_ADDRESS,
    policy=ZERO_WORD,
    case_for=0,
    case_fee=0,
    demand_fee=2,
    providers=ZERO_WORD,
    matcher=ZERO_ADDRESS,
    counter=0,
    salt=ZERO_WORD,
)
LIMITS = Limits(units=1_000_000, memory=1 << 20, output=1_000)


def judge(now: int = NOW, account: Account = ACCOUNT, **changes: Any) -> Refusal | None:
    return check_request(dataclasses.replace(REQUEST, **changes), TERMS, ME, account, now)


def judge_spec(
    terms: Terms = TERMS, needs: Requirements | None = None, limits: Any = LIMITS, **changes: Any
) -> Refusal | None:
    spec, _ = make_spec(cid_of(b"p"), [cid_of(b"i")] * 4, limits, requirements=needs)
    return check_spec(spec, dataclasses.replace(REQUEST, **changes), terms)


def test_a_job_at_the_edge_of_every_bound_fits() -> None:
    assert judge() is None
    assert judge_spec() is None


@pytest.mark.parametrize(
    ("reason", "passing", "changes"),
    [
        (Misfit.PROFILE, False, {"profile": b"\1" * 32}),
        (Misfit.RESOLVER, False, {"resolver": OTHER}),
        (Misfit.PROVIDERS, False, {"providers": bytes.fromhex(OTHER[2:]).rjust(32, b"\0")}),
        (Misfit.PROVIDERS, False, {"providers": b"\xee" * 32}),
        (Misfit.CLOSED, False, {"open_until": NOW + 1}),
        (Misfit.LOCK, False, {"challenge_for": (TERMS.lock_s - 2 * 86_400) * 2 // 3 + 1}),
        (Misfit.DEADLINE, False, {"run_for": int(SUBMIT_S) - 1}),
        (Misfit.DEMAND, False, {"demand_fee": 1}),
        (Misfit.PRICE, False, {"flat": 4}),
        (Misfit.PRICE, False, {"max_unit_price": 49}),
        (Misfit.PRICE, True, {"ramp_start": NOW}),
        (Misfit.BOND, False, {"bond": 701}),
        (Misfit.STAKE, True, {"bond": 601}),
        (Misfit.STAKE, True, {"min_stake": 1_001}),
    ],
)
def test_a_request_is_refused_with_its_reason(
    reason: Misfit, passing: bool, changes: dict[str, Any]
) -> None:
    refusal = judge(**changes)
    assert refusal is not None
    assert (refusal.reason, refusal.passing) == (reason, passing)


# ─────────────────────────────── who may judge it ─────────────────────────────

COMMITTEE = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
JUDGED = {
    "resolver": COMMITTEE,
    "policy": Policy(3, 500).encode(),
    "case_for": Policy(3, 500).course_s(REQUEST.run_for),
    "case_fee": 100,
}


def judge_case(terms: Terms | None = None, **changes: Any) -> Refusal | None:
    terms = terms or dataclasses.replace(TERMS, committee=COMMITTEE)
    request = dataclasses.replace(REQUEST, **(JUDGED | changes))
    return check_request(request, terms, ME, ACCOUNT, NOW)


def test_a_job_that_the_deployment_s_committee_judges_fits() -> None:
    assert judge_case() is None
    assert judge_case(case_for=MAX_COURSE_S, challenge_for=0, run_for=600) is not None
    patient = dataclasses.replace(TERMS, committee=COMMITTEE, lock_s=MAX_COURSE_S * 2)
    assert judge_case(patient, case_for=MAX_COURSE_S) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": ZERO_WORD},
        {"policy": (5).to_bytes(32, "big")},
        {"policy": b"\1" + bytes(30) + b"\3"},
        {"case_for": JUDGED["case_for"] - 1},
        {"case_for": MAX_COURSE_S + 1},
        {"run_for": 86_400},  # a longer course
        {"case_fee": 0},
        {"case_fee": 2},  # three seats, and not a base unit for each
        {"bond": 0},
    ],
)
def test_a_job_that_the_committee_could_not_judge_or_nobody_is_paid_for_is_refused(
    changes: dict[str, Any],
) -> None:
    refusal = judge_case(**changes)
    assert refusal is not None
    assert (refusal.reason, refusal.passing) == (Misfit.POLICY, False)


def test_a_resolver_is_admitted_by_name_only_and_then_whatever_its_policy() -> None:
    refusal = judge_case(resolver=OTHER)
    assert refusal is not None
    assert refusal.reason is Misfit.RESOLVER
    admitted = dataclasses.replace(TERMS, committee=COMMITTEE, resolvers=frozenset({OTHER}))
    assert judge_case(admitted, resolver=OTHER, policy=b"\xee" * 32, case_for=1) is None
    unpaid = judge_case(admitted, resolver=OTHER, case_fee=0)
    assert unpaid is not None
    assert unpaid.reason is Misfit.POLICY


def test_without_a_committee_no_resolver_is_admitted() -> None:
    refusal = judge_case(TERMS)
    assert refusal is not None
    assert refusal.reason is Misfit.RESOLVER


def test_the_time_for_a_case_counts_among_the_time_that_a_bond_is_locked() -> None:
    rest = TERMS.lock_s - 2 * 86_400 - int(JUDGED["case_for"])
    assert judge_case(challenge_for=rest * 2 // 3) is None
    assert rest * 2 // 3 >= 7 * 86_400
    refusal = judge_case(challenge_for=rest * 2 // 3 + 1)
    assert refusal is not None
    assert refusal.reason is Misfit.LOCK


# ─────────────────────────────── bounds and lists ─────────────────────────────


def test_the_longest_challenge_window_is_what_the_lock_leaves_beside_demand_and_grace() -> None:
    longest = (TERMS.lock_s - 2 * 86_400) * 2 // 3
    assert longest >= 7 * 86_400
    assert judge(challenge_for=longest) is None


def test_a_list_that_admits_this_provider_fits_once_it_is_known() -> None:
    request = dataclasses.replace(REQUEST, providers=b"\xee" * 32)
    assert check_request(request, TERMS, ME, ACCOUNT, NOW, admitted=(ME,)) is None
    refusal = check_request(request, TERMS, ME, ACCOUNT, NOW, admitted=(OTHER,))
    assert refusal is not None
    assert refusal.reason is Misfit.PROVIDERS


def test_a_request_for_this_provider_alone_fits() -> None:
    assert judge(providers=bytes.fromhex(ME[2:]).rjust(32, b"\0")) is None


def test_a_rising_price_is_taken_in_the_second_it_reaches_mine() -> None:
    # 10 at NOW - 100, 110 at NOW + 100: it reaches 50 at NOW - 20
    early = judge(now=NOW - 22)
    assert early is not None
    assert early.reason is Misfit.PRICE
    assert judge(now=NOW - 21) is None  # accepted a second later at the earliest


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        (Misfit.UNITS, {"max_units": 3_999_999}),
        (Misfit.SIZE, {"limits": Limits(units=1, memory=1, output=(1 << 28))}),
        (Misfit.DEADLINE, {"run_for": 10}),
        (Misfit.DEADLINE, {"limits": Limits(units=20 * 10**9, memory=1, output=1)}),
        (
            Misfit.MEMORY,
            {"limits": Limits(units=1, memory=(1 << 29) - TASK_OWN_BYTES + 1, output=1)},
        ),
        (Misfit.REQUIREMENTS, {"needs": Requirements(cores=3, memory=0, region="")}),
        (Misfit.REQUIREMENTS, {"needs": Requirements(cores=1, memory=(1 << 30) + 1, region="")}),
        (Misfit.REQUIREMENTS, {"needs": Requirements(cores=1, memory=0, region="us")}),
    ],
)
def test_a_spec_is_refused_with_its_reason(reason: Misfit, what: dict[str, Any]) -> None:
    terms = dataclasses.replace(TERMS, output_bytes=(1 << 30) - 1)
    if reason is Misfit.DEADLINE:
        what = {"max_units": 1 << 62} | what
    refusal = judge_spec(terms, **what)
    assert refusal is not None
    assert refusal.reason is reason


def test_more_cores_make_a_long_job_fit() -> None:
    long = Limits(units=2 * 10**9, memory=1, output=1)  # 200 s each at the default speed
    changes: dict[str, Any] = {"max_units": 1 << 62, "run_for": 500}
    assert judge_spec(limits=long, **changes) is None
    one = judge_spec(dataclasses.replace(TERMS, cores=1), limits=long, **changes)
    assert one is not None
    assert one.reason is Misfit.DEADLINE


@pytest.mark.parametrize(
    ("wanted", "own", "fits"),
    [
        ("", "", True),
        ("de", "", False),
        ("de", "de", True),
        ("us", "us-ca", True),
        ("us-ca", "us", False),
        ("us-ca", "us-ny", False),
        ("eu", "fr", True),
        ("eu", "ch", False),
        ("eu", "", False),
    ],
)
def test_regions(wanted: str, own: str, fits: bool) -> None:
    assert region_fits(wanted, own) is fits


def test_every_reason_has_an_explanation() -> None:
    assert len({reason.value for reason in Misfit}) == len(Misfit)
    assert all(len(reason.value) > 20 for reason in Misfit)
