"""Very large books are matched in parts; here the parts are small instead of the books large."""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from workbond.matcher.engine import regions
from workbond.matcher.engine.match import match
from workbond.matcher.engine.regions import regions as parts_of

from .orders import US

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks"))
from matcher_book import NOW_S, Book, book, one_market

ORDERS, PART = 240, 40


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "WHOLE", PART)
    monkeypatch.setattr(regions, "PART", PART)


@pytest.fixture(scope="module")
def orders() -> Book:
    return one_market(book(7, ORDERS, ORDERS, 30))


def matched(orders: Book, seed: int | None = None) -> set[tuple[bytes, bytes]]:
    requests, offers = list(orders.wanted), list(orders.offered)
    if seed is not None:
        random.Random(seed).shuffle(requests)
        random.Random(seed + 1).shuffle(offers)
    pairs = match(requests, offers, orders.standings, NOW_S, US).pairs
    return {(pair.wanted.id, pair.offered.digest) for pair in pairs}


def test_parts_are_of_whole_accounts_and_about_equal(orders: Book) -> None:
    parts = parts_of(list(orders.wanted), list(orders.offered))
    assert len(parts) == ORDERS // PART
    for side in (0, 1):
        homes = Counter()
        for part in parts:
            own = part[side]
            assert len(own) <= 2 * PART
            homes.update({e.request.requester if side == 0 else e.offer.provider for e in own})
        assert max(homes.values()) == 1
        assert sum(len(part[side]) for part in parts) == ORDERS


def test_nothing_but_the_book_decides_it(orders: Book) -> None:
    assert matched(orders) == matched(orders, 1) == matched(orders, 2)


def test_nobody_is_matched_twice_or_beyond_uses_and_stake(orders: Book) -> None:
    pairs = match(orders.wanted, orders.offered, orders.standings, NOW_S, US).pairs
    assert len({pair.wanted.id for pair in pairs}) == len(pairs)
    uses = Counter(pair.offered.digest for pair in pairs)
    assert all(uses[each.digest] <= each.left for each in orders.offered)
    bonds: Counter[str] = Counter()
    for pair in pairs:
        bonds[pair.offered.offer.provider] += pair.wanted.request.bond
    assert all(bond <= orders.standings[name].unbonded for name, bond in bonds.items())


def test_who_finds_nothing_in_its_part_is_matched_with_what_others_left(
    orders: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts = len(matched(orders))
    monkeypatch.setattr(regions, "WHOLE", ORDERS)
    assert in_parts >= 0.97 * len(matched(orders))
