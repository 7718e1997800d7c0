"""The daily weather is cut into one input per month, and nothing is lost."""

from __future__ import annotations

import hashlib

import pytest

from workbond.demo.climate import HEADER, MAX_CSV_BYTES, data_dir, split
from workbond.errors import UsageError

WEATHER = (data_dir() / "seattle-weather.csv").read_bytes()


def test_the_weather_is_the_file_that_vega_datasets_carries() -> None:
    digest = hashlib.sha256(WEATHER).hexdigest()
    assert digest == "62f0609f787158128aa2bd102967173a4953122dd4f872bf1d502cae1037df0b"


def test_four_years_are_split_into_48_months_in_order() -> None:
    names = [name for name, _ in split(WEATHER)]
    assert names == [
        f"{year}-{month:02}.csv" for year in range(2012, 2016) for month in range(1, 13)
    ]


def test_every_day_is_in_exactly_one_input_and_each_input_has_the_header() -> None:
    inputs = [content.splitlines() for _, content in split(WEATHER)]
    assert {lines[0] for lines in inputs} == {HEADER}
    assert [line for lines in inputs for line in lines[1:]] == WEATHER.splitlines()[1:]


def test_the_committed_inputs_are_what_the_split_gives() -> None:
    folder = data_dir() / "inputs"
    committed = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    assert committed == split(WEATHER)


@pytest.mark.parametrize(
    ("weather", "problem"),
    [
        (b"", "first line"),
        (b"date,rain\n2012/01/01,0.0\n", "first line"),
        (HEADER + b"\n", "no line after its header"),
        (HEADER + b"\n2012-01-01,0.0,1.0,0.0,1.0,sun\n", "line 2 of the weather"),
        (HEADER + b"\n2012/13/01,0.0,1.0,0.0,1.0,sun\n", "line 2 of the weather"),
        (HEADER + b"\n2012/01/01,0.0,1.0,0.0,1.0,sun\n\n", "line 3 of the weather"),
        (b"x" * (MAX_CSV_BYTES + 1), "at most 1048576"),
    ],
)
def test_what_is_no_daily_weather_is_refused_with_the_place(weather: bytes, problem: str) -> None:
    with pytest.raises(UsageError, match=problem) as refused:
        split(weather)
    assert "\n" not in str(refused.value)
