"""Who leaves a full book: spam from one key pushes out only that key's orders."""

from __future__ import annotations

import pytest

from workbond.matcher.places import Places


def fill(places: Places, author: str, count: int, *, weak: bool = False) -> list[bytes]:
    keys = [f"{author}{len(places)}-{i}".encode() for i in range(count)]
    for key in keys:
        places.put(key, author, weak=weak)
    return keys


def test_there_is_room_until_a_bound_is_reached() -> None:
    places = Places(3, 2)
    fill(places, "a", 1)
    assert places.victim("a") is None
    first, _ = fill(places, "b", 2)
    assert places.victim("b") == first


def test_an_authors_weak_orders_go_before_its_older_ones() -> None:
    places = Places(10, 3)
    fill(places, "a", 1)
    weak = fill(places, "a", 1, weak=True)
    fill(places, "a", 1)
    assert places.victim("a") == weak[0]


def test_a_key_that_floods_a_full_book_pushes_out_only_its_own() -> None:
    places = Places(100, 100)
    honest = [key for name in "bcdefghij" for key in fill(places, name, 10)]
    fill(places, "a", 10)
    for number in range(500):
        victim = places.victim("a")
        assert victim is not None
        assert victim not in honest
        places.drop(victim)
        places.put(f"spam{number}".encode(), "a", weak=False)
    assert all(len(list(places.of(name))) == 10 for name in "abcdefghij")


def test_a_newcomer_takes_the_place_of_who_has_the_most() -> None:
    places = Places(10, 100)
    first = fill(places, "a", 9)[0]
    fill(places, "b", 1)
    assert places.victim("c") == first
    assert places.victim("b") == first


def test_among_equals_a_newcomer_is_refused() -> None:
    places = Places(3, 100)
    for name in "abc":
        fill(places, name, 1)
    with pytest.raises(LookupError):
        places.victim("d")


def test_weak_orders_of_many_keys_push_out_no_open_one() -> None:
    places = Places(20, 100)
    fill(places, "honest", 10)
    for number in range(10):
        fill(places, f"sybil{number}", 1, weak=True)
    for number in range(10, 50):
        victim = places.victim(f"sybil{number}")
        assert victim is not None
        assert victim.startswith(b"sybil")
        places.drop(victim)
        fill(places, f"sybil{number}", 1, weak=True)
    assert len(list(places.of("honest"))) == 10


def test_what_woke_up_or_fell_asleep_counts_as_it_is() -> None:
    places = Places(2, 100)
    places.put(b"1", "a", weak=True)
    places.put(b"2", "b", weak=True)
    places.put(b"1", "a", weak=False)
    assert places.victim("c") == b"2"
    places.drop(b"2")
    places.drop(b"2")
    assert len(places) == 1
    assert places.authors == 1
