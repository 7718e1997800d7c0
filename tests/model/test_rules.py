"""The formulas, on numbers small enough to check by hand, and the orders they must keep."""

import random
from dataclasses import replace

import pytest

from . import rules
from .allowlist import AllowList
from .author import Author
from .cast import ACTORS
from .pair import START
from .validity import CASE_FEE_SHARE, MIN_BOND
from .words import NOBODY, Job

JOB = Job(
    requester=ACTORS[0],
    provider=ACTORS[1],
    resolver=NOBODY,
    flat=100,
    unit_price=7,
    max_units=10**12,
    bond=10_001,
    case_fee=0,
    demand_fee=0,
    tasks=1,
    run_for=100,
    challenge_for=60,
    case_for=0,
    accepted_at=START,
    tip_paid=0,
)


def test_payment_is_rounded_down_and_capped() -> None:
    assert rules.payment(JOB, 0) == 100
    assert rules.payment(JOB, 10**12 - 1) == 106
    assert rules.payment(JOB, 10**12) == rules.payment(JOB, 2**64 - 1) == 107


def test_the_price_rises_in_a_line() -> None:
    request = Author(random.Random(0)).request(ACTORS[0], 10**20, 0, 0, START)
    ramp = {"ramp_start": START, "ramp_end": START + 3}
    request = replace(request, min_unit_price=10, max_unit_price=20, **ramp)
    prices = [rules.unit_price(request, START + t) for t in (-1, 0, 1, 2, 3, 4)]
    assert prices == [10, 10, 13, 16, 20, 20]


def test_a_ramp_of_no_length_is_a_step() -> None:
    request = Author(random.Random(0)).request(ACTORS[0], 10**20, 0, 0, START)
    ramp = {"ramp_start": START, "ramp_end": START}
    request = replace(request, min_unit_price=10, max_unit_price=20, **ramp)
    assert [rules.unit_price(request, START + t) for t in (-1, 0)] == [10, 20]


def test_penalties_by_hand() -> None:
    assert rules.release_slash(JOB, START) == (0, 0, 500)
    assert rules.release_slash(JOB, START + 50) == (750, 0, 500)
    assert rules.release_slash(replace(JOB, tip_paid=250), START) == (250, 0, 250)
    assert rules.failure_slash(JOB, rules.EXPIRE_PERCENT) == (2400, 100, 0)
    assert rules.failure_slash(JOB, rules.VOID_PERCENT) == (4900, 100, 0)
    charged = replace(JOB, case_fee=2500)
    assert rules.rejection(charged, True) == (2500, 2250, (2250, 0, 3001))
    assert rules.rejection(charged, False) == (2500, 0, (2250, 0, 5251))


@pytest.mark.parametrize("seed", range(50))
def test_no_worse_act_costs_less_even_with_friends(seed: int) -> None:
    rng = random.Random(seed)
    bond = rng.choice((MIN_BOND, MIN_BOND + rng.randint(0, 999), rng.randint(MIN_BOND, 2**96 - 1)))
    run_for = rng.choice((1, 100, 30 * rules.DAY_S))
    job = replace(JOB, bond=bond, run_for=run_for, tip_paid=rng.choice((0, bond // 40)))
    releases = (rules.release_slash(job, START + t) for t in (0, run_for // 2, run_for - 1))
    release = max(slash.total for slash in releases)
    expire = rules.failure_slash(job, rules.EXPIRE_PERCENT)
    void = rules.failure_slash(job, rules.VOID_PERCENT)
    assert job.tip_paid < release < expire.total - expire.to_caller
    assert expire.total < void.total - void.to_caller
    fee = rng.choice((0, bond // CASE_FEE_SHARE))
    to_resolver, to_challenger, rest = rules.rejection(replace(job, case_fee=fee), True)
    assert to_resolver + to_challenger + rest.total == bond
    # Whoever challenges itself through friends loses more than whoever is voided.
    assert void.total < bond - to_challenger
    assert void.total - void.to_caller < to_resolver + rest.total


@pytest.mark.parametrize("size", range(1, 6))
def test_an_allow_list_admits_its_members_only(size: int) -> None:
    admits = AllowList(ACTORS[:size])
    for member in ACTORS[:size]:
        assert rules.is_allowed(admits.root, member, admits.proof(member))
        for stranger in ACTORS[size:]:
            assert not rules.is_allowed(admits.root, stranger, admits.proof(member))
