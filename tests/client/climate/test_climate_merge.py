"""Outputs come from strangers: only lines that the program can have written become rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workbond.demo.climate import MAX_MONTHS, Row, merge, table
from workbond.errors import UsageError

JANUARY = (
    b'{"month":"2012-01","days":31,"mean_c":4.30,"ci95_c":[3.21,5.32],"max_c":12.8,"min_c":-3.3,'
    b'"wet_days":21,"precipitation_mm":173.3}\n'
)
FEBRUARY = JANUARY.replace(b"2012-01", b"2012-02").replace(b":31", b":29")


def test_outputs_become_rows_in_the_order_of_time() -> None:
    rows = merge([FEBRUARY, JANUARY])
    assert [row.month for row in rows] == ["2012-01", "2012-02"]
    assert rows[0] == Row(
        month="2012-01",
        days=31,
        mean_c=Decimal("4.30"),
        low_c=Decimal("3.21"),
        high_c=Decimal("5.32"),
        max_c=Decimal("12.8"),
        min_c=Decimal("-3.3"),
        wet_days=21,
        precipitation_mm=Decimal("173.3"),
    )


def test_no_outputs_make_no_rows() -> None:
    assert merge([]) == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"null\n",
        JANUARY[:-1],
        JANUARY[:-20],
        JANUARY + JANUARY,
        b" " + JANUARY,
        JANUARY.replace(b"2012-01", b"2012-13"),
        JANUARY.replace(b"4.30", b"NaN"),
        JANUARY.replace(b"4.30", b"4e30"),
        JANUARY.replace(b"4.30", b"99999999.30"),
        JANUARY.replace(b"2012", "٢٠١٢".encode()),
        JANUARY.replace(b"31", b"\x1b[2J31"),
        b"\xff" * 1_000_000,
    ],
)
def test_garbage_is_refused_in_one_printable_line(garbage: bytes) -> None:
    with pytest.raises(UsageError, match="output 1 is not a climate summary") as refused:
        merge([FEBRUARY, garbage])
    message = str(refused.value)
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (b"[3.21,5.32]", b"[5.32,3.21]"),
        (b"4.30", b"14.30"),
        (b"12.8", b"-4.8"),
        (b'"wet_days":21', b'"wet_days":32'),
        (b":31", b":20"),
        (b":31", b":99"),
    ],
)
def test_a_month_that_contradicts_itself_is_refused(true: bytes, false: bytes) -> None:
    assert true in JANUARY
    with pytest.raises(UsageError, match="output 0, month 2012-01, contradicts itself"):
        merge([JANUARY.replace(true, false)])


def test_a_month_that_is_there_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="output 2 repeats month 2012-01"):
        merge([JANUARY, FEBRUARY, JANUARY])


def test_more_outputs_than_a_table_holds_are_refused() -> None:
    months = (f"{number // 12:04}-{number % 12 + 1:02}" for number in range(MAX_MONTHS + 1))
    with pytest.raises(UsageError, match="more than 1200 outputs"):
        merge(JANUARY.replace(b"2012-01", month.encode()) for month in months)


def test_the_table_has_a_line_for_each_row_below_its_heading() -> None:
    heading, rule, *lines = table(merge([JANUARY, FEBRUARY])).splitlines()
    assert {len(line) for line in (heading, rule, *lines)} == {len(heading)}
    cells = ["2012-01", "31", "4.30", "3.21", "…", "5.32", "-3.3", "12.8", "21", "173.3"]
    assert lines[0].split() == cells
    assert lines[1].startswith("2012-02")
