"""What a round comes to: who is matched, and that nothing else than the book decides it."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from workbond.chain import rules
from workbond.matcher.engine.match import match
from workbond.matcher.engine.reasons import Reason
from workbond.matcher.engine.types import Offered, Standing, Tuning, Wanted
from workbond.matcher.engine.why import why

from .orders import MOST, NOW, OTHER, PAYER, REQUEST, STANDINGS, US, WORKER, offered, wanted

ESCROW = rules.match_escrow(REQUEST, REQUEST.max_unit_price)
FOREIGN = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"


def names(allocation) -> set[tuple[int, int]]:
    """Pairs by the numbers of `wanted` and `offered`."""
    return {(pair.wanted.id[-1], pair.offered.digest[-1]) for pair in allocation.pairs}


def test_an_empty_book_comes_to_nothing() -> None:
    assert match([], [], {}, NOW, US).pairs == ()
    assert match([wanted()], [], STANDINGS, NOW, US).pairs == ()
    assert match([], [offered()], STANDINGS, NOW, US).pairs == ()
    assert why(wanted(), [], STANDINGS, NOW, US) == {Reason.NO_OFFERS: 1}
    assert why(offered(), [], STANDINGS, NOW, US) == {Reason.NO_REQUESTS: 1}


def test_an_account_that_the_chain_does_not_know_has_nothing() -> None:
    assert match([wanted()], [offered()], {}, NOW, US).pairs == ()


def book(seed: int, count: int) -> tuple[list[Wanted], list[Offered]]:
    dice = random.Random(seed)
    requests = [
        wanted(
            number,
            max_unit_price=dice.randrange(50_000, 200_000),
            max_units=dice.randrange(10**10, 10**13),
            run_for=dice.randrange(600, 10**6),
            since_s=NOW - dice.randrange(3_000),
        )
        for number in range(count)
    ]
    offers = [
        offered(
            number,
            provider=dice.choice([WORKER, OTHER]),
            min_unit_price=dice.randrange(20_000, 150_000),
            max_jobs=dice.choice([1, 1, 3]),
            since_s=NOW - dice.randrange(3_000),
        )
        for number in range(count)
    ]
    return requests, offers


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_orders_come_changes_nothing(seed: int) -> None:
    requests, offers = book(seed, 60)
    first = match(requests, offers, STANDINGS, NOW, US)
    assert len(first.pairs) > 30
    dice = random.Random(seed)
    for _ in range(3):
        dice.shuffle(requests)
        dice.shuffle(offers)
        accounts = list(STANDINGS.items())
        dice.shuffle(accounts)
        assert match(requests, offers, dict(accounts), NOW, US) == first


def test_an_order_that_is_sent_twice_counts_once() -> None:
    allocation = match([wanted(), wanted()], [offered(), offered()], STANDINGS, NOW, US)
    assert names(allocation) == {(1, 1)}


def test_of_equal_requests_the_older_is_matched() -> None:
    requests = [wanted(number, since_s=NOW - number) for number in (3, 1, 2)]
    assert names(match(requests, [offered()], STANDINGS, NOW, US)) == {(3, 1)}
    two = match(requests, [offered(1), offered(2)], STANDINGS, NOW, US)
    assert {request for request, _ in names(two)} == {3, 2}


def test_of_equal_offers_the_older_is_used() -> None:
    offers = [offered(number, since_s=NOW - number) for number in (3, 1, 2)]
    assert names(match([wanted()], offers, STANDINGS, NOW, US)) == {(1, 3)}


def test_of_equal_offers_of_two_providers_the_idle_one_is_used() -> None:
    standings = {**STANDINGS, WORKER: replace(STANDINGS[WORKER], live_jobs=3)}
    offers = [offered(1), offered(2, provider=OTHER)]
    assert names(match([wanted()], offers, standings, NOW, US)) == {(1, 2)}


def test_an_offer_is_used_no_more_often_than_it_is_good_for() -> None:
    requests = [wanted(number) for number in range(9)]
    assert len(match(requests, [offered(max_jobs=5, uses=2)], STANDINGS, NOW, US).pairs) == 3
    assert len(match(requests, [offered(max_jobs=2, uses=7)], STANDINGS, NOW, US).pairs) == 0


def test_a_round_gives_one_offer_a_bounded_number_of_jobs() -> None:
    requests = [wanted(number) for number in range(50)]
    plenty = offered(max_jobs=2**32 - 1)
    assert len(match(requests, [plenty], STANDINGS, NOW, US).pairs) == Tuning().uses_per_round


def test_a_scarce_offer_goes_to_who_has_no_other() -> None:
    """Best pair first would leave one without."""
    rich = wanted(1, max_unit_price=200_000)
    poor = wanted(2, max_unit_price=60_000)
    cheap, dear = offered(1, min_unit_price=50_000), offered(2, min_unit_price=60_001)
    assert names(match([rich, poor], [cheap, dear], STANDINGS, NOW, US)) == {(1, 2), (2, 1)}


def test_the_money_of_a_requester_is_spent_once_oldest_first() -> None:
    standings = {**STANDINGS, PAYER: Standing(free=2 * ESCROW + 1)}
    requests = [wanted(number, since_s=NOW - number) for number in range(4)]
    offers = [offered(number) for number in range(4)]
    allocation = match(requests, offers, standings, NOW, US)
    assert {request for request, _ in names(allocation)} == {3, 2}
    assert allocation.unfunded == {wanted(0).id, wanted(1).id}
    assert why(requests[0], offers, standings, NOW, US, allocation) == {Reason.FUNDS: 4}


def test_the_stake_of_a_provider_is_locked_once() -> None:
    standings = {**STANDINGS, WORKER: Standing(staked=10**6, unbonded=120_000)}
    requests = [wanted(number, since_s=NOW - number) for number in range(4)]
    offers = [offered(max_jobs=4)]
    allocation = match(requests, offers, standings, NOW, US)
    assert {request for request, _ in names(allocation)} == {3, 2}
    assert why(requests[0], offers, standings, NOW, US, allocation) == {Reason.STAKE: 1}


def test_amounts_that_floats_take_for_equal_are_told_apart() -> None:
    huge = MOST // 2
    covered = {**STANDINGS, WORKER: Standing(staked=MOST, unbonded=2 * huge)}
    short = {**STANDINGS, WORKER: Standing(staked=MOST, unbonded=2 * huge - 1)}
    requests = [wanted(number, bond=huge) for number in (1, 2)]
    offers = [offered(max_jobs=2, max_bond=MOST)]
    assert len(match(requests, offers, covered, NOW, US).pairs) == 2
    assert len(match(requests, offers, short, NOW, US).pairs) == 1


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_numbers_at_the_ends_of_their_types_do_no_harm(number: int) -> None:
    request = wanted(
        flat=MOST,
        min_unit_price=min(number, MOST),
        max_unit_price=MOST,
        max_units=min(number, 2**63 - 1),
        bond=MOST,
        min_stake=MOST,
        run_for=2**32 - 1,
        tasks=65_536,
        since_s=number,
    )
    limits = offered(
        min_unit_price=0,
        min_flat=MOST,
        max_bond=MOST,
        max_units=number,
        max_tasks=2**32 - 1,
        max_jobs=2**32 - 1,
        min_seconds_per_1e12_units=0,
        valid_until=2**64 - 1,
        since_s=number,
    )
    rich = Standing(2**96, 2**96, 2**200, number, number, number)
    allocation = match([request], [limits], {PAYER: rich, WORKER: rich}, NOW, US)
    assert len(allocation.pairs) == 1


def test_what_others_let_go_of_is_given_on_in_the_same_round() -> None:
    """The oldest can't be covered twice; who stood back for it is served once that is known."""
    standings = {**STANDINGS, PAYER: Standing(free=ESCROW)}
    requests = [wanted(number, since_s=NOW - number) for number in range(6)]
    offers = [offered(number, provider=who) for number, who in enumerate([WORKER, OTHER])]
    allocation = match(requests, offers, standings, NOW, US)
    assert names(allocation) in ({(5, 0)}, {(5, 1)})


@pytest.mark.parametrize("seed", range(4))
def test_a_second_round_over_what_is_left_changes_nothing(seed: int) -> None:
    requests, offers = book(seed, 80)
    stakes = {
        PAYER: Standing(free=80 * ESCROW),
        WORKER: Standing(staked=10**9, unbonded=1_000_000),
        OTHER: Standing(staked=10**9, unbonded=730_000),
    }
    allocation = match(requests, offers, stakes, NOW, US)
    matched = {pair.wanted.id for pair in allocation.pairs}
    left = [each for each in requests if each.id not in matched]
    used = [pair.offered.digest for pair in allocation.pairs]
    after = dict(stakes)
    for pair in allocation.pairs:
        worker, payer = pair.offered.offer.provider, pair.wanted.request.requester
        price = rules.unit_price(pair.wanted.request, NOW)
        spent = rules.match_escrow(pair.wanted.request, price)
        bound = after[worker]
        after[worker] = replace(bound, unbonded=bound.unbonded - pair.wanted.request.bond)
        after[payer] = replace(after[payer], free=after[payer].free - spent)
    assert all(each.unbonded >= 0 and each.free >= 0 for each in after.values())
    still = [replace(each, uses=each.uses + used.count(each.digest)) for each in offers]
    assert left
    assert match(left, still, after, NOW, US).pairs == ()


def test_a_request_that_waited_a_patience_longer_goes_before_any_better_one() -> None:
    poor = wanted(1, max_unit_price=50_000, flat=0, since_s=NOW - 600)
    rich = [wanted(number, max_unit_price=10**9, since_s=NOW - 599) for number in range(2, 9)]
    assert (1, 1) in names(match([poor, *rich], [offered()], STANDINGS, NOW, US))
    fresh = replace(poor, since_s=NOW - 599)
    assert (1, 1) not in names(match([fresh, *rich], [offered()], STANDINGS, NOW, US))


def test_no_fitting_request_waits_longer_than_the_bound() -> None:
    """One place a round, two better requests coming in each: without tiers the poor one would wait
    for ever. Whoever passes it came at most a patience after it."""
    patience, round_s = 60, 10
    tuning = Tuning(patience_s=patience)
    poor = wanted(0, max_unit_price=50_000, flat=0, since_s=NOW)
    waiting, number, waits = [poor], 1, []
    for turn in range(40):
        now = NOW + turn * round_s
        for _ in range(2):
            waiting.append(wanted(number, max_unit_price=10**6, since_s=now, open_until=2 * NOW))
            number += 1
        (pair,) = match(
            [replace(each, request=replace(each.request, open_until=2 * NOW)) for each in waiting],
            [offered(turn, valid_until=2 * NOW)],
            STANDINGS,
            now,
            US,
            tuning,
        ).pairs
        waits.append((now - pair.wanted.since_s) // round_s)
        waiting = [each for each in waiting if each.id != pair.wanted.id]
        if pair.wanted.id == poor.id:
            break
    bound = 2 * (patience // round_s)  # came less than a patience after it
    assert poor.id not in {each.id for each in waiting}
    assert 1 < waits[-1] <= bound


def test_tiers_take_from_the_younger_what_the_older_can_use() -> None:
    offers = [offered(1, min_unit_price=50_000), offered(2, min_unit_price=90_000)]
    old = [wanted(1, since_s=NOW - 1_900), wanted(2, since_s=NOW - 1_300)]
    young = [wanted(number, max_unit_price=10**9) for number in range(3, 20)]
    allocation = match(young + old, offers, STANDINGS, NOW, US)
    assert names(allocation) == {(1, 1), (2, 2)}
    scores = [pair.score for pair in allocation.pairs]
    assert all(one >= other for one, other in pairwise(scores))


def test_a_request_that_fits_and_lost_was_outbid() -> None:
    requests = [wanted(1, max_unit_price=10**6), wanted(2)]
    allocation = match(requests, [offered()], STANDINGS, NOW, US)
    mixed = [offered(), offered(2, max_bond=1), offered(3, max_bond=2), offered(4, max_units=5)]
    reasons = why(requests[1], mixed, STANDINGS, NOW, US, allocation)
    assert reasons == {Reason.OUTBID: 1, Reason.BOND: 2, Reason.UNITS: 1}
    assert FOREIGN not in STANDINGS
