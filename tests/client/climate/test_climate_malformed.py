"""Malformed input, which anybody may send, ends with exit code 2 and one line that says where."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path

import pytest

from workbond.demo.climate import HEADER
from workbond.executor.runner import TaskResult

Run = Callable[[list[Path]], list[TaskResult]]

DAY = b"2012/02/01,0.0,10.0,0.0,1.0,sun"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (b"", "line 2: there is no row after the header"),
        (b"\n", "line 2: the date is not of the form 2012/01/31"),
        (DAY + b"\n\n", "line 3: the date is not of the form 2012/01/31"),
        (DAY.replace(b"/01", b"/30"), "line 2: there is no such day"),
        (DAY.replace(b"2012/02/01", b"2013/02/29"), "line 2: there is no such day"),
        (DAY + b"\n" + DAY, "line 3: the days are not in order"),
        (DAY + b"\n2012/03/02" + DAY[10:], "line 3: the rows are not all of one month"),
        (
            DAY.replace(b",0.0,10", b",-0.1,10"),
            "line 2: the precipitation is not a plausible number",
        ),
        (DAY.replace(b"10.0", b"99.0"), "line 2: temp_max is not a plausible number"),
        (DAY.replace(b"10.0", b"NaN"), "line 2: temp_max is not a plausible number"),
        (DAY.replace(b"10.0", b"10.05"), "line 2: temp_max is not a plausible number"),
        (DAY.replace(b"10.0", b"9" * 2000), "line 2: temp_max is not a plausible number"),
        (DAY.replace(b"10.0", b"-1.0"), "line 2: temp_min is above temp_max"),
        (DAY.replace(b",1.0,", b",,"), "line 2: the wind is not a plausible number"),
        (DAY.replace(b"sun", b"s\0n"), "line 2: the row does not end after the weather"),
        (DAY.replace(b"sun", b"s" * 17), "line 2: the weather is not one short word"),
        (DAY[:-3], "line 2: the weather is not one short word"),
        (DAY + b" " * 5000, "line 1: the input has more than 4096 bytes"),
        (DAY + b" " * 300_000, "line 1: the input has more than 4096 bytes"),
    ],
)
def test_malformed_rows_end_with_exit_code_2_and_the_place(
    run_climate: Run, tmp_path: Path, rows: bytes, problem: str
) -> None:
    month = tmp_path / "month.csv"
    month.write_bytes(HEADER + b"\n" + rows)
    (result,) = run_climate([month])
    assert (result.cls, result.exit_code, result.length) == (0, 2, 0)
    assert result.log.read_text() == f"climate: {problem}\n"


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 4096, HEADER, string.printable.encode(), HEADER[:-1] + b"\n" + DAY]
)
def test_what_does_not_start_with_the_header_ends_with_exit_code_2(
    run_climate: Run, tmp_path: Path, content: bytes
) -> None:
    month = tmp_path / "month.csv"
    month.write_bytes(content)
    (result,) = run_climate([month])
    assert (result.cls, result.exit_code, result.length) == (0, 2, 0)
    assert result.log.read_text().startswith("climate: line 1: the header is not date,")
