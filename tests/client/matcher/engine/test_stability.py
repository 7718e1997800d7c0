"""Allocations are stable, near the optimum, and the same however the search is cut up."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from workbond.matcher.engine import markets, search
from workbond.matcher.engine.certificate import Certificate
from workbond.matcher.engine.markets import judged
from workbond.matcher.engine.match import certified, frame_of, match
from workbond.matcher.engine.slots import slots_of
from workbond.matcher.engine.types import Tuning

from .orders import NOW, STANDINGS, US, offered, wanted

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks"))
from matcher_book import NOW_S, Book, book, covered

TOLERANCE = Tuning().tolerance


def proven(orders: Book) -> Certificate:
    return certified(orders.wanted, orders.offered, orders.standings, NOW_S, US)[1]


def optimum(orders: Book) -> float:
    """Points of the best assignment of all uses, stake and money aside."""
    frame = frame_of(orders.wanted, orders.offered, orders.standings, NOW_S, US, Tuning())
    slots = slots_of(frame, NOW_S)
    every = np.arange(frame.rows)[:, None], np.arange(frame.columns)[None, :]
    rows, columns, points = judged(frame, *every)
    table = np.zeros((frame.rows, frame.columns))
    table[rows, columns] = points
    by_slot = table[:, slots.column]
    by_slot = np.where(by_slot > 0, by_slot + slots.offset, 0)
    return float(by_slot[linear_sum_assignment(by_slot, maximize=True)].sum())


@pytest.mark.parametrize("seed", range(10))
def test_a_small_book_is_matched_nearly_as_well_as_an_exact_solver_does(seed: int) -> None:
    orders = covered(book(seed, 40, 40, 15))
    pairs = match(orders.wanted, orders.offered, orders.standings, NOW_S, US).pairs
    points, best = sum(pair.score for pair in pairs), optimum(orders)
    assert points >= best - TOLERANCE * len(orders.wanted)
    assert points >= 0.99 * best


@pytest.mark.parametrize("seed", range(3))
def test_no_request_and_offer_would_rather_have_each_other(seed: int) -> None:
    certificate = proven(book(seed, 600, 600, 60))
    assert certificate.flaws() == []
    assert certificate.blocking(TOLERANCE) == []


def test_the_check_finds_a_pair_that_is_kept_apart() -> None:
    allocation, certificate = certified([wanted()], [offered()], STANDINGS, NOW, US)
    assert len(allocation.pairs) == 1
    certificate.solution.leave(np.array([0]))
    certificate.solution.net[:] = -certificate.solution.slots.offset
    assert [found[:2] for found in certificate.blocking(TOLERANCE)] == [
        (wanted().id, offered().digest)
    ]


def test_a_book_of_several_tiers_is_stable_within_each() -> None:
    orders = book(4, 500, 300, 40, waited_s=3_000)
    certificate = proven(orders)
    assert len(np.unique(certificate.solution.tier)) == 5
    assert certificate.flaws() == []
    assert certificate.blocking(TOLERANCE) == []


def test_a_market_is_judged_as_well_in_parts_as_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = book(5, 300, 300, 30)
    whole = proven(orders).total()
    monkeypatch.setattr(markets, "WHOLE", 10)
    monkeypatch.setattr(markets, "DEALT", 16)
    monkeypatch.setattr(markets, "BLOCK", 32)
    monkeypatch.setattr(markets, "CELL", 4)
    monkeypatch.setattr(markets, "KEPT", 3)
    monkeypatch.setattr(markets, "FOUND", 2)
    monkeypatch.setattr(search, "FOUND", 2)
    certificate = proven(orders)
    assert certificate.blocking(TOLERANCE) == []
    assert certificate.total() == pytest.approx(whole, rel=0.01)


def test_districts_leave_nobody_without_who_could_have_a_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(markets, "WHOLE", 10)
    monkeypatch.setattr(markets, "DISTRICT", 50)
    certificate = proven(book(6, 400, 400, 40))
    idle = np.flatnonzero(certificate.solution.places.slot < 0)
    assert certificate.flaws() == []
    assert len(idle)
    assert certificate.blocking(TOLERANCE, idle) == []
