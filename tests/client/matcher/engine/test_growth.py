"""The time of a round grows with the orders, not with their pairs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from workbond.matcher.engine.match import match

from .orders import US

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks"))
from matcher_book import NOW_S, Book, book, one_market

MOST = 10
"""For four times the orders; sixteen times the pairs would take sixteen. Measured: 4.4."""


def taken(orders: Book) -> float:
    """Seconds of this process, whatever else the machine does."""
    started = time.process_time()
    match(orders.wanted, orders.offered, orders.standings, NOW_S, US)
    return time.process_time() - started


def test_four_times_the_orders_take_far_less_than_sixteen_times_the_time() -> None:
    few, many = (one_market(book(3, count, count, count // 20)) for count in (1_000, 4_000))
    least = min(taken(few) for _ in range(2))
    assert min(taken(many) for _ in range(2)) <= MOST * least
