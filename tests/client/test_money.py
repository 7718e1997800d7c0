"""Amounts: exact in both directions, and refused in one line."""

from __future__ import annotations

import itertools
import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbond.errors import UsageError
from workbond.money import (
    AMOUNT_MAX,
    format_amount,
    parse_amount,
    rough,
    rounded,
    tokens,
    unit,
    use_unit,
)

ONE = 10**18


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.5", 1_500_000_000_000_000_000),
        ("0", 0),
        ("0.000000000000000001", 1),
        ("0.1", 10**17),
        ("007", 7 * 10**18),
        ("12", 12 * 10**18),
        ("0.30", 3 * 10**17),
        ("79228162514.264337593543950335", AMOUNT_MAX),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: int) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "-1",
        "+1",
        "1e3",
        "1E-3",
        "1_000",
        "1,5",
        ".5",
        "1.",
        "1.2.3",
        "NaN",
        "inf",
        "0x10",
        "\u0661",
        "1\n",
        "½",
        "9" * 1000000,
    ],
    ids=itertools.count(),
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not an amount") as refused:
        parse_amount(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_float_is_refused() -> None:
    with pytest.raises(UsageError, match=r"1\.5 is not an amount"):
        parse_amount(1.5)  # type: ignore[arg-type]


def test_more_places_than_the_token_has_are_refused() -> None:
    with pytest.raises(UsageError, match="19 decimal places; the token has 18"):
        parse_amount("1.0000000000000000000")


@pytest.mark.parametrize(
    "text", ["79228162514.264337593543950336", "9" * 60], ids=itertools.count()
)
def test_an_amount_beyond_96_bits_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="too large: the market holds at most 79228162514"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (1, "0.000000000000000001"),
        (15 * 10**17, "1.5"),
        (10**18, "1"),
        (-(10**17), "-0.1"),
    ],
)
def test_an_amount_is_written_in_its_shortest_form(amount: int, text: str) -> None:
    assert format_amount(amount) == text


def test_reading_undoes_writing() -> None:
    numbers = random.Random(8785)
    for _ in range(2_000):
        amount = numbers.randrange(0, 1 << numbers.randrange(1, 97))
        assert parse_amount(format_amount(amount)) == amount


def test_another_unit_is_shown_in_every_thread() -> None:
    shown = []
    started, changed = threading.Event(), threading.Event()

    def show() -> None:
        shown.append(tokens(15 * 10**17))
        started.set()
        changed.wait(10)
        shown.append(tokens(15 * 10**17))

    thread = threading.Thread(target=show)
    thread.start()
    assert started.wait(10)
    use_unit("COIN")
    changed.set()
    thread.join()
    assert shown == ["1.5 WORK", "1.5 COIN"]


def test_the_unit_of_one_test_is_not_that_of_the_next() -> None:
    assert unit() == "WORK"


@given(st.integers(0, 2**95))
def test_amounts_are_shortened_to_the_safe_side(amount: int) -> None:
    assert parse_amount(rough(amount)) <= amount <= parse_amount(rough(amount, up=True))


@pytest.mark.parametrize(
    ("price", "down", "up"),
    [
        (123_456 * ONE, "123400", "123500"),
        (ONE * 2 // 3, "0.6666", "0.6667"),
        (5, "0.000000000000000005", "0.000000000000000005"),
        (0, "0", "0"),
    ],
)
def test_rough_amounts_have_four_digits(price: int, down: str, up: str) -> None:
    assert (rough(price), rough(price, up=True)) == (down, up)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (2_066_666666666666666666, "2066.666"),
        (1_491999999999999999, "1.491999"),
        (1_234, "0.000000000000001234"),
        (123_456_789 * 10**18 + 1, "123456789"),
        (0, "0"),
    ],
)
def test_an_overview_shows_the_first_digits(amount, shown):
    assert format_amount(rounded(amount)) == shown
