"""What a job is expected to pay per second: the figure by which it is chosen."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbond.chain import rules
from workbond.provider.returns import PPM, Habits, Return, expect

from .test_fit import NOW, REQUEST

WORK = 10**18
HABITS = Habits()
AMOUNTS = st.integers(0, 2**95)


def judged(cores: int = 2, habits: Habits = HABITS, cap: int | None = None, **job: Any) -> Return:
    sound = {"min_unit_price": WORK, "max_unit_price": WORK}
    return expect(dataclasses.replace(REQUEST, **(sound | job)), NOW, cores, habits, cap)


def test_a_small_job_that_pays_well_beats_a_long_one_that_pays_more_in_all() -> None:
    small = judged(tasks=2, flat=2 * WORK, max_units=10**6)
    long = judged(tasks=2, flat=0, max_units=6 * 10**12)
    assert long.pay > small.pay
    assert small.per_second > long.per_second


def test_a_thousand_tiny_tasks_cost_a_thousand_starts() -> None:
    few = judged(tasks=2, flat=WORK, max_units=10**6)
    many = judged(tasks=2_000, flat=WORK, max_units=10**6)
    assert many.ms - few.ms == 999 * HABITS.task_ms
    assert few.per_second > many.per_second


def test_pay_counts_at_the_price_of_now_not_at_the_highest() -> None:
    rising = {"min_unit_price": WORK, "max_unit_price": 9 * WORK, "max_units": 10**12, "flat": 0}
    job = dataclasses.replace(REQUEST, **rising)
    early = expect(job, job.ramp_start, 1, HABITS)
    late = expect(job, job.ramp_end, 1, HABITS)
    assert (early.pay, late.pay) == (WORK // 2, 9 * WORK // 2)


def test_a_requester_who_is_known_to_promise_too_much_is_believed_less() -> None:
    promise = {"max_units": 10**13, "flat": WORK // 1_000}
    liar = dataclasses.replace(HABITS, usage_ppm=100)
    assert judged(habits=liar, **promise).pay < judged(**promise).pay // 10


def test_units_that_the_spec_does_not_allow_are_not_counted() -> None:
    assert judged(max_units=10**12, cap=10**6) == judged(max_units=10**6)
    assert judged(max_units=10**6, cap=10**12) == judged(max_units=10**6)


@given(
    st.integers(1, rules.MAX_TASKS),
    AMOUNTS,
    AMOUNTS,
    st.integers(1, rules.MAX_UNITS),
    st.integers(1, 1_024),
    st.integers(0, PPM),
)
def test_expected_pay_is_never_above_what_the_request_allows(
    tasks: int, flat: int, price: int, max_units: int, cores: int, usage: int
) -> None:
    habits = dataclasses.replace(HABITS, usage_ppm=usage)
    found = judged(
        cores,
        habits,
        tasks=tasks,
        flat=flat,
        min_unit_price=price,
        max_unit_price=price,
        max_units=max_units,
    )
    assert flat <= found.pay <= rules.max_payment(flat, max_units, price)
    assert found.ms >= HABITS.overhead_ms
    assert 0 <= found.per_second * found.ms <= found.pay * 1_000


@given(st.integers(1, 1_000), st.integers(1, 10**15), st.integers(1, 64), AMOUNTS)
def test_more_cores_more_flat_pay_and_a_faster_machine_never_make_a_job_worse(
    tasks: int, max_units: int, cores: int, flat: int
) -> None:
    job = {"tasks": tasks, "max_units": max_units, "flat": flat}
    base = judged(cores, **job)
    assert judged(cores + 1, **job).ms <= base.ms
    assert judged(cores, **(job | {"flat": flat + 1})).pay > base.pay
    faster = dataclasses.replace(HABITS, units_per_second=2 * HABITS.units_per_second)
    assert judged(cores, faster, **job).ms <= base.ms


@given(st.integers(1, 10**18))
def test_no_promise_of_units_lifts_the_return_above_price_times_speed(max_units: int) -> None:
    """The bound on what a promise of units alone can gain a stranger."""
    found = judged(cores=2, tasks=4, flat=0, max_units=max_units)
    ceiling = WORK * 2 * HABITS.units_per_second // rules.UNITS_PER_PRICE
    assert found.per_second <= ceiling
