"""The program's results against an independent computation: exact fractions, no code in common."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from workbond.demo.climate import HEADER, data_dir, merge, plot
from workbond.executor.runner import TaskResult
from workbond.jobfile import load_job_file

Run = Callable[[list[Path]], list[TaskResult]]

JOB = load_job_file(data_dir() / "job.toml")
MEAN_AND_INTERVAL = re.compile(rb'"mean_c":([^,]+),"ci95_c":\[([^,]+),([^,]+)\]')
RESAMPLES = 2_000


@dataclass(frozen=True)
class Summary:
    """One month, each number as the program should print it."""

    month: str
    days: int
    mean_c: str
    low_c: str
    high_c: str
    max_c: str
    min_c: str
    wet_days: int
    precipitation_mm: str


def split_mix_64(seed: int) -> Iterator[int]:
    """The generator of Steele, Lea and Flood (2014), on unbounded integers."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) % 2**64
        z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        yield z ^ (z >> 31)


def rounded(value: Fraction, places: int) -> str:
    """`value` in decimal, halves away from zero."""
    shifted = abs(value) * 10**places
    whole = int(shifted + Fraction(1, 2))
    digits = str(whole).rjust(places + 1, "0")
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def bootstrap_means(daily: list[Fraction], seed: int) -> list[Fraction]:
    """The means of the resamples, sorted."""
    numbers = split_mix_64(seed)
    count = len(daily)
    twentieths = [int(value * 20) for value in daily]  # exact: a mean of two tenths of a degree
    sums = [
        sum(twentieths[next(numbers) // 2**32 * count // 2**32] for _ in daily)
        for _ in range(RESAMPLES)
    ]
    return [Fraction(total, 20 * count) for total in sorted(sums)]


def summarize(content: bytes) -> Summary:
    """What the program should print for one month's CSV."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    year, month, _ = rows[0]["date"].split("/")
    highs = [Fraction(row["temp_max"]) for row in rows]
    lows = [Fraction(row["temp_min"]) for row in rows]
    rain = [Fraction(row["precipitation"]) for row in rows]
    daily = [(high + low) / 2 for high, low in zip(highs, lows, strict=True)]
    means = bootstrap_means(daily, int(year + month))
    return Summary(
        month=f"{year}-{month}",
        days=len(rows),
        mean_c=rounded(sum(daily, Fraction(0)) / len(daily), 2),
        low_c=rounded(means[49], 2),  # the 50th of 2,000 from below: 2.5%
        high_c=rounded(means[-50], 2),  # the 50th from above
        max_c=rounded(max(highs), 1),
        min_c=rounded(min(lows), 1),
        wet_days=sum(1 for amount in rain if amount >= 1),
        precipitation_mm=rounded(sum(rain, Fraction(0)), 1),
    )


def expected_line(content: bytes) -> bytes:
    month = summarize(content)
    return (
        f'{{"month":"{month.month}","days":{month.days},"mean_c":{month.mean_c},'
        f'"ci95_c":[{month.low_c},{month.high_c}],"max_c":{month.max_c},"min_c":{month.min_c},'
        f'"wet_days":{month.wet_days},"precipitation_mm":{month.precipitation_mm}}}\n'
    ).encode()


def test_every_month_is_what_an_independent_computation_gives(results: list[TaskResult]) -> None:
    assert len(results) == 48
    for result, path in zip(results, JOB.input_paths, strict=True):
        assert (result.cls, result.exit_code) == (0, 0)
        assert result.output.read_bytes() == expected_line(path.read_bytes())


def test_no_month_needs_more_than_half_of_the_units_it_may_use(results: list[TaskResult]) -> None:
    assert 2 * max(result.units for result in results) <= JOB.limits.units


def test_the_committed_plot_shows_these_results(results: list[TaskResult]) -> None:
    rows = merge(result.output.read_bytes() for result in results)
    assert plot(rows) == (data_dir() / "climate.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("high", "low", "mean"),
    [
        (b"0.1", b"0.0", b"0.05"),
        (b"0.0", b"-0.1", b"-0.05"),
        (b"0.1", b"-0.1", b"0.00"),
        (b"-10", b"-10.5", b"-10.25"),
        (b"56.7", b"56.7", b"56.70"),
    ],
)
def test_one_day_is_its_own_interval_whatever_the_sign(
    run_climate: Run, tmp_path: Path, high: bytes, low: bytes, mean: bytes
) -> None:
    day = tmp_path / "day.csv"
    day.write_bytes(HEADER + b"\n2012/02/29,0.9," + high + b"," + low + b",1.0,sun")
    (result,) = run_climate([day])
    output = result.output.read_bytes()
    assert output == expected_line(day.read_bytes())
    found = MEAN_AND_INTERVAL.search(output)
    assert found is not None
    assert found.groups() == (mean, mean, mean)
