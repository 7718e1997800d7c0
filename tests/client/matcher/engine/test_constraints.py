"""Each constraint decides alone, and all agree with the market's own rules for one pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbond.chain import orders, rules
from workbond.chain.types import ZERO_WORD
from workbond.matcher.engine.constraints import CONSTRAINTS, fits
from workbond.matcher.engine.frame import Frame
from workbond.matcher.engine.match import match
from workbond.matcher.engine.reasons import Reason
from workbond.matcher.engine.types import Needs, Offered, Standing, Tuning, Wanted
from workbond.matcher.engine.why import why

from .orders import (
    MOST,
    NOW,
    OTHER,
    PAYER,
    REQUEST,
    STANDINGS,
    US,
    WORKER,
    offered,
    wanted,
)

ONE = np.zeros(1, np.int64)
LOCK = rules.lock_for(REQUEST)
ESCROW = rules.match_escrow(REQUEST, REQUEST.max_unit_price)


def word(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


# What just fits, and what just doesn't, with nothing else changed.
CASES = {
    Reason.CLOSED: (wanted(open_until=NOW + 1), wanted(open_until=NOW)),
    Reason.EXPIRED: (offered(valid_until=NOW + 1), offered(valid_until=NOW)),
    Reason.USED_UP: (offered(max_jobs=3, uses=2), offered(max_jobs=3, uses=3)),
    Reason.REQUEST_MATCHER: (wanted(matcher=US), wanted(matcher=OTHER)),
    Reason.OFFER_MATCHER: (offered(matcher=US), offered(matcher=OTHER)),
    Reason.PROFILE: (offered(), offered(profile=b"q" * 32)),
    Reason.RESOLVER: (offered(), offered(resolver=OTHER)),
    Reason.POLICY: (offered(), offered(policy=b"q" * 32)),
    Reason.REQUESTER: (offered(requester=PAYER), offered(requester=OTHER)),
    Reason.SPEC: (offered(spec=b"s" * 32), offered(spec=b"t" * 32)),
    Reason.PROVIDERS: (wanted(providers=word(WORKER)), wanted(providers=word(OTHER))),
    Reason.BOND: (offered(max_bond=50_000), offered(max_bond=49_999)),
    Reason.UNITS: (offered(max_units=10**12), offered(max_units=10**12 - 1)),
    Reason.TASKS: (offered(max_tasks=4), offered(max_tasks=3)),
    Reason.RUN_FOR: (offered(min_run_for=3_600), offered(min_run_for=3_601)),
    Reason.PACE: (
        offered(min_seconds_per_1e12_units=3_600),
        offered(min_seconds_per_1e12_units=3_601),
    ),
    Reason.LOCK: (offered(max_lock_for=LOCK), offered(max_lock_for=LOCK - 1)),
    Reason.DEMAND_FEE: (offered(min_demand_fee=10), offered(min_demand_fee=11)),
    Reason.CORES: (wanted(needs=Needs(cores=4)), wanted(needs=Needs(cores=5))),
    Reason.MEMORY: (
        wanted(needs=Needs(memory_bytes=4 << 30)),
        wanted(needs=Needs(memory_bytes=(4 << 30) + 1)),
    ),
    Reason.GPUS: (wanted(needs=Needs(gpus=1)), wanted(needs=Needs(gpus=2))),
    Reason.REGION: (wanted(needs=Needs(region="de")), wanted(needs=Needs(region="fr"))),
    Reason.MIN_STAKE: (
        {WORKER: Standing(staked=70_000, unbonded=50_000)},
        {WORKER: Standing(staked=69_999, unbonded=50_000)},
    ),
    Reason.STAKE: (
        {WORKER: Standing(staked=70_000, unbonded=50_000)},
        {WORKER: Standing(staked=70_000, unbonded=49_999)},
    ),
    Reason.FLAT: (offered(min_flat=1_000), offered(min_flat=1_001)),
    Reason.PRICE: (offered(min_unit_price=100_000), offered(min_unit_price=100_001)),
    Reason.FUNDS: ({PAYER: Standing(free=ESCROW)}, {PAYER: Standing(free=ESCROW - 1)}),
}
STAKED = wanted(min_stake=70_000)


def world(part: object) -> tuple[Wanted, Offered, dict[str, Standing]]:
    if isinstance(part, Wanted):
        return part, offered(), STANDINGS
    if isinstance(part, Offered):
        return wanted(), part, STANDINGS
    assert isinstance(part, dict)
    return STAKED, offered(), {**STANDINGS, **part}


def failing(request: Wanted, offer: Offered, standings: dict[str, Standing]) -> list[Reason]:
    frame = Frame([request], [[offer]], standings, NOW, US, Tuning())
    return [reason for reason, keeps in CONSTRAINTS if not keeps(frame, ONE, ONE)[0]]


def test_every_reason_of_a_pair_has_a_case() -> None:
    rest = {Reason.OUTBID, Reason.NO_OFFERS, Reason.NO_REQUESTS}
    assert [reason for reason, _ in CONSTRAINTS] == list(CASES)
    assert set(CASES) | rest == set(Reason)


@pytest.mark.parametrize("reason", CASES, ids=lambda reason: reason.name)
def test_exactly_one_constraint_decides(reason: Reason) -> None:
    good, bad = map(world, CASES[reason])
    assert failing(*good) == []
    assert failing(*bad) == [reason]
    assert len(match([good[0]], [good[1]], good[2], NOW, US).pairs) == 1
    assert match([bad[0]], [bad[1]], bad[2], NOW, US).pairs == ()
    assert why(bad[0], [bad[1]], bad[2], NOW, US) == {reason: 1}
    assert why(bad[1], [bad[0]], bad[2], NOW, US) == {reason: 1}


def test_a_tree_of_providers_admits_the_addresses_it_is_known_to_hold() -> None:
    root = b"\xff" * 32
    inside = wanted(providers=root, admitted=frozenset([WORKER]))
    outside = wanted(providers=root, admitted=frozenset([OTHER]))
    assert failing(inside, offered(), STANDINGS) == []
    assert failing(outside, offered(), STANDINGS) == [Reason.PROVIDERS]
    assert failing(wanted(providers=root), offered(), STANDINGS) == [Reason.PROVIDERS]


def test_an_address_is_not_looked_for_in_the_list_of_a_tree() -> None:
    request = wanted(providers=word(OTHER), admitted=frozenset([WORKER]))
    assert failing(request, offered(), STANDINGS) == [Reason.PROVIDERS]


def test_the_price_is_that_of_the_ramp_at_this_time() -> None:
    ramp = {"min_unit_price": 0, "max_unit_price": 100_000, "ramp_start": NOW - 50}
    early, late = wanted(**ramp, ramp_end=NOW + 51), wanted(**ramp, ramp_end=NOW + 50)
    assert failing(early, offered(), STANDINGS) == [Reason.PRICE]
    assert failing(late, offered(), STANDINGS) == []


EXCESSES = {
    "requester": Reason.REQUESTER,
    "spec": Reason.SPEC,
    "profile": Reason.PROFILE,
    "resolver": Reason.RESOLVER,
    "policy": Reason.POLICY,
    "minUnitPrice": Reason.PRICE,
    "minFlat": Reason.FLAT,
    "minRunFor": Reason.RUN_FOR,
    "minDemandFee": Reason.DEMAND_FEE,
    "maxBond": Reason.BOND,
    "maxUnits": Reason.UNITS,
    "maxTasks": Reason.TASKS,
    "maxLockFor": Reason.LOCK,
    "minSecondsPer1e12Units": Reason.PACE,
}


def near(most: int) -> st.SearchStrategy[int]:
    """Numbers that floats take for equal, and small ones."""
    top = st.integers(max(0, most - 3), most)
    middle = st.integers(max(0, most // 2 - 2), most // 2 + 2)
    return st.one_of(st.integers(0, 3), middle, top)


AMOUNT, LONG, SHORT = near(MOST), near(2**64 - 1), near(2**32 - 1)
SIDES = st.sampled_from([PAYER, OTHER])
WORDS = st.sampled_from([ZERO_WORD, b"a" * 32, b"b" * 32])
REQUESTS = st.builds(
    lambda **changed: replace(REQUEST, **changed),
    requester=SIDES,
    spec=WORDS,
    profile=WORDS,
    resolver=SIDES,
    policy=WORDS,
    flat=AMOUNT,
    max_unit_price=AMOUNT,
    demand_fee=AMOUNT,
    bond=AMOUNT,
    max_units=near(2**63 - 1),
    tasks=SHORT,
    run_for=SHORT,
    challenge_for=SHORT,
)
OFFERS = st.builds(
    lambda **changed: replace(offered().offer, **changed),
    requester=st.sampled_from([PAYER, OTHER, offered().offer.requester]),
    spec=WORDS,
    profile=WORDS,
    resolver=SIDES,
    policy=WORDS,
    min_unit_price=AMOUNT,
    min_flat=AMOUNT,
    min_demand_fee=AMOUNT,
    max_bond=AMOUNT,
    max_units=LONG,
    max_tasks=SHORT,
    min_run_for=SHORT,
    max_lock_for=SHORT,
    min_seconds_per_1e12_units=LONG,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(REQUESTS, min_size=1, max_size=5), st.lists(OFFERS, min_size=1, max_size=5))
def test_limits_are_judged_as_the_market_judges_them(requests: list, offers: list) -> None:
    book = [wanted(number, needs=Needs()) for number in range(len(requests))]
    book = [replace(each, request=one) for each, one in zip(book, requests, strict=True)]
    groups = [[replace(offered(number), offer=one)] for number, one in enumerate(offers)]
    frame = Frame(book, groups, STANDINGS, NOW, US, Tuning())
    rows, columns = np.arange(len(book))[:, None], np.arange(len(groups))[None, :]
    judged = {reason: keeps(frame, rows, columns) for reason, keeps in CONSTRAINTS}
    shape = (len(book), len(groups))
    for row, column in np.ndindex(shape):
        price = rules.unit_price(requests[row], NOW)
        expected = {
            EXCESSES[e.field] for e in orders.excesses(offers[column], requests[row], price)
        }
        found = {
            reason
            for reason in EXCESSES.values()
            if not np.broadcast_to(judged[reason], shape)[row, column]
        }
        assert found == expected


def test_many_pairs_are_judged_like_each_alone() -> None:
    requests = [
        wanted(number, bond=bond) for number, bond in enumerate([0, 10_000, MOST, MOST - 1])
    ]
    groups = [[offered(number, max_bond=most)] for number, most in enumerate([0, MOST, MOST - 1])]
    frame = Frame(requests, groups, STANDINGS, NOW, US, Tuning())
    table = fits(frame, np.arange(4)[:, None], np.arange(3)[None, :])
    assert table.tolist() == [
        [True, True, True],
        [False, True, True],
        [False, True, False],
        [False, True, True],
    ]
