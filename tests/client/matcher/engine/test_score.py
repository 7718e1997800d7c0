"""Every term of the score by itself: what docs/matching.md says of it, in its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbond.matcher.engine import score
from workbond.matcher.engine.frame import Floats
from workbond.matcher.engine.match import match
from workbond.matcher.engine.types import FULL_SCORE, Machine, Needs, Offered, Standing, Tuning

from .orders import MACHINE, MOST, NOW, STANDINGS, US, WORKER, offered, wanted


def f(*values: float) -> Floats:
    return np.array(values, np.float64)


def points(request=None, offer=None, standing=None, tuning=None) -> int:
    """Of the only pair there is."""
    standings = {**STANDINGS, **({WORKER: standing} if standing else {})}
    pairs = match(
        [request or wanted()], [offer or offered()], standings, NOW, US, tuning or Tuning()
    ).pairs
    return pairs[0].score


def test_the_terms_together_are_the_full_score() -> None:
    tuning = Tuning()
    parts = (tuning.price, tuning.throughput, tuning.locality, tuning.record, tuning.load)
    assert sum(parts) == FULL_SCORE


def test_the_price_counts_by_the_part_of_the_pay_that_was_not_insisted_on() -> None:
    assert score.price(f(100, 100, 100, 0), f(100, 75, 0, 0)).tolist() == [0, 0.25, 1, 0]
    dear, cheap = offered(min_unit_price=90_000), offered(min_unit_price=40_000)
    # 100,000 per 1e12 units and 1,000 flat for 1e12 units: 101,000.
    assert points(offer=cheap) - points(offer=dear) == pytest.approx(400_000 * 50 / 101, abs=1)


def test_the_size_of_a_job_buys_no_score() -> None:
    small = wanted(max_units=10**12, flat=1_000, run_for=3_600)
    large = wanted(max_units=10**14, flat=100_000, run_for=360_000)
    assert points(small) == points(large)


def test_throughput_is_half_where_the_run_takes_an_eighth_of_its_time() -> None:
    # 1e12 units, four tasks on four cores of 1e9: 250 s; an eighth of 2,000 s.
    arguments = (f(1e12), f(4), f(2_000), f(1e9), f(4))
    assert score.throughput(*arguments, 0.125).tolist() == [0.5]


def test_throughput_counts_no_more_cores_than_tasks() -> None:
    one = score.throughput(f(1e12), f(1), f(2_000), f(1e9), f(1), 0.125)
    many = score.throughput(f(1e12), f(1), f(2_000), f(1e9), f(64), 0.125)
    assert one == many


def test_an_unknown_speed_counts_as_the_speed_that_nodes_plan_with() -> None:
    unknown = offered(machine=replace(MACHINE, units_per_s=0))
    slow = offered(machine=replace(MACHINE, units_per_s=Tuning().units_per_s))
    assert points(offer=unknown) == points(offer=slow) < points()


def test_locality_is_half_where_fetching_takes_ten_seconds() -> None:
    assert score.locality(f(10**7), f(0), f(10**6), 10).tolist() == [0.5]
    assert score.locality(f(0), f(2_500), f(10**6), 10).tolist() == [0.5]  # four round trips


def test_a_near_site_and_a_fast_line_count() -> None:
    request = wanted(needs=Needs(input_bytes=10**8, site="https://a.example"))
    far = offered(machine=replace(MACHINE, round_trip_ms={"https://a.example": 900}))
    near = offered(machine=replace(MACHINE, round_trip_ms={"https://a.example": 5}))
    fast = offered(machine=replace(MACHINE, bytes_per_s=10**8))
    assert points(request, far) < points(request, offered()) < points(request, near)
    assert points(request, fast) > points(request, near)


def test_a_site_that_is_not_known_counts_as_a_quarter_of_a_second_away() -> None:
    request = wanted(needs=Needs(site="https://a.example"))
    known = offered(machine=replace(MACHINE, round_trip_ms={"https://a.example": 250}))
    other = offered(machine=replace(MACHINE, round_trip_ms={"https://b.example": 1}))
    assert points(request, known) == points(request, other) == points(request)


def test_the_record_is_the_part_of_jobs_that_ended_well() -> None:
    assert score.record(f(90, 0, 0), f(0, 0, 10), 9, 1).tolist() == [0.99, 0.9, 0.45]
    good = Standing(staked=MOST, unbonded=MOST, settled=90)
    bad = replace(good, settled=0, failed=10)
    assert points(standing=good) - points(standing=bad) == 200_000 * 54 // 100


def test_a_newcomer_stands_between_a_good_and_a_bad_record() -> None:
    new = Standing(staked=MOST, unbonded=MOST)
    good, bad = replace(new, settled=1_000), replace(new, settled=80, failed=20)
    assert points(standing=bad) < points(standing=new) < points(standing=good)
    assert points(standing=good) - points(standing=new) <= 20_000  # less than 10% of the price


def test_load_is_half_with_as_many_jobs_as_cores() -> None:
    assert score.load(f(0, 4, 12), f(4, 4, 4)).tolist() == [1, 0.5, 0.25]
    busy = Standing(staked=MOST, unbonded=MOST, live_jobs=4)
    assert points() - points(standing=busy) == 50_000


def test_each_job_of_a_round_counts_as_load_for_the_next() -> None:
    pairs = match(
        [wanted(1), wanted(2), wanted(3)], [offered(max_jobs=3)], STANDINGS, NOW, US
    ).pairs
    # Four cores, with no, one and two jobs before.
    lost = [pairs[0].score - pair.score for pair in pairs]
    assert lost == [0, 20_000, 33_333]


def test_waiting_counts_within_a_patience() -> None:
    ages = np.array([0, 300, 599, 600, 900])
    assert score.waiting(ages, 600, 50_000).tolist() == [0, 25_000, 49_916, 0, 25_000]
    assert points(wanted(since_s=NOW - 300)) - points() == 25_000
    assert points(offer=offered(since_s=NOW - 300)) - points() == 25_000


def test_an_offer_gains_no_more_than_one_patience() -> None:
    assert points(offer=offered(since_s=0)) - points() == pytest.approx(50_000, abs=100)


def test_only_the_first_use_of_an_offer_brings_its_wait() -> None:
    old: Offered = offered(max_jobs=2, since_s=NOW - 300)
    pairs = match([wanted(1), wanted(2)], [old], STANDINGS, NOW, US).pairs
    assert pairs[0].score - pairs[1].score == 25_000 + 20_000


def test_numbers_that_a_machine_makes_up_stay_within_the_score() -> None:
    huge = Machine(2**63, 2**63, 2**63, "de", 10**400, 10**400, {"https://a.example": 10**400})
    request = wanted(needs=Needs(input_bytes=2**63, site="https://a.example"), max_units=2**63 - 1)
    limits = offered(machine=huge, max_units=2**64 - 1, min_seconds_per_1e12_units=0)
    assert 0 < points(request, limits) <= 2 * FULL_SCORE
