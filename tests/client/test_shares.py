"""Shares as people write them."""

from __future__ import annotations

import pytest

from workbond.shares import format_share, parse_share


@pytest.mark.parametrize(
    ("text", "bps"),
    [("5%", 500), ("0.25%", 25), ("0.1 %", 10), ("100%", 10_000), ("12.5", 1_250), ("0", 0)],
)
def test_a_share_is_percent_with_two_decimals(text, bps):
    assert parse_share(text) == bps
    assert parse_share(format_share(bps)) == bps


@pytest.mark.parametrize("text", ["100.01%", "-1%", "1.234%", "", "%", "1e2", 5, 0.5, "\u0665%"])
def test_what_is_no_share_is_refused_with_what_would_be(text):
    with pytest.raises(ValueError, match='percent from "0%" to "100%"'):
        parse_share(text)


def test_shares_are_shown_as_short_as_they_are():
    assert [format_share(bps) for bps in (0, 1, 10, 500, 1_250)] == [
        "0%",
        "0.01%",
        "0.1%",
        "5%",
        "12.5%",
    ]
