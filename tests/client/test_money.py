"""Amounts: exact in both directions, and refused in one line."""

from __future__ import annotations

import itertools
import random

import pytest

from workbond.errors import UsageError
from workbond.money import AMOUNT_MAX, format_amount, parse_amount, rounded


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [
        ("1.5", 18, 1_500_000_000_000_000_000),
        ("0", 18, 0),
        ("0.000000000000000001", 18, 1),
        ("0.1", 18, 10**17),
        ("007", 0, 7),
        ("12", 0, 12),
        ("0.30", 2, 30),
        ("79228162514.264337593543950335", 18, AMOUNT_MAX),
    ],
)
def test_an_amount_is_read_exactly(text: str, decimals: int, amount: int) -> None:
    assert parse_amount(text, decimals) == amount


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
    with pytest.raises(UsageError, match="7 decimal places; the token has 6"):
        parse_amount("1.0000000", 6)
    with pytest.raises(UsageError, match="1 decimal places; the token has 0"):
        parse_amount("1.5", 0)


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
        decimals = numbers.randrange(0, 25)
        amount = numbers.randrange(0, 1 << numbers.randrange(1, 97))
        assert parse_amount(format_amount(amount, decimals), decimals) == amount


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
