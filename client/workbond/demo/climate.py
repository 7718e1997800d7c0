"""The climate job's requester: daily weather in, one task per month, one table and one plot out.

`split` makes the job's inputs, `lay_out` the whole job; `merge` reads its outputs, `table` and
`plot` show them. The program in between is examples/climate/climate.c; its numbers become
`Decimal`s, exactly as printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from workbond.demo.climate_plot import plot
from workbond.errors import UsageError

__all__ = ["Row", "data_dir", "lay_out", "merge", "plot", "split", "table"]

HEADER = b"date,precipitation,temp_max,temp_min,wind,weather"
MAX_CSV_BYTES = 1 << 20
MAX_OUTPUT_BYTES = 256  # the program's own bound on its one line
HEADINGS = (
    "month  ",
    "days",
    "mean °C",
    "95% interval °C",
    "min °C",
    "max °C",
    "wet days",
    "rain mm",
)
MAX_MONTHS = 1200  # a century: more would be neither a table nor a plot

_DATE = re.compile(rb"(\d{4})/(0[1-9]|1[0-2])/\d\d,")

# The program's fixed formatting, so that no looser JSON of an untrusted provider gets through.
_HUNDREDTHS = r"(-?\d{1,3}\.\d\d)"
_TENTHS = r"(-?\d{1,3}\.\d)"
_OUTPUT = re.compile(
    r'\{"month":"(\d{4}-(?:0[1-9]|1[0-2]))","days":(\d{1,2}),'
    rf'"mean_c":{_HUNDREDTHS},"ci95_c":\[{_HUNDREDTHS},{_HUNDREDTHS}\],'
    rf'"max_c":{_TENTHS},"min_c":{_TENTHS},'
    r'"wet_days":(\d{1,2}),"precipitation_mm":(\d{1,5}\.\d)\}\n',
    re.ASCII,
)


@dataclass(frozen=True)
class Row:
    """The summary of one month: temperatures in °C, precipitation in mm.

    `mean_c` is the mean of the daily (max + min) / 2, `low_c` and `high_c` its 95% bootstrap
    interval; a wet day has at least 1 mm.
    """

    month: str
    days: int
    mean_c: Decimal
    low_c: Decimal
    high_c: Decimal
    max_c: Decimal
    min_c: Decimal
    wet_days: int
    precipitation_mm: Decimal


def data_dir() -> Path:
    """The directory with the weather and the program, in an installation or a source checkout."""
    here = Path(__file__).resolve()
    candidates = [here.parent / "data" / "climate", here.parents[3] / "examples" / "climate"]
    for candidate in candidates:
        if (candidate / "climate.wasm").is_file():
            return candidate
    raise UsageError(
        f"the climate example is neither in {candidates[0]} nor in {candidates[1]}: "
        "install workbond again, or run it from a whole checkout"
    )


def lay_out(folder: Path) -> Path:
    """Write the whole job (job.toml, climate.wasm, inputs/) into `folder`; returns the job file."""
    source = data_dir()
    inputs = folder / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    for name, content in split((source / "seattle-weather.csv").read_bytes()):
        (inputs / name).write_bytes(content)
    for name in ("climate.wasm", "job.toml"):
        (folder / name).write_bytes((source / name).read_bytes())
    return folder / "job.toml"


def split(csv_bytes: bytes) -> list[tuple[str, bytes]]:
    """Cut the daily weather into one CSV per month, each with the header, sorted by name.

    Returns (file name such as "2012-01.csv", its bytes) pairs; raises UsageError on anything that
    is not a table of days with `HEADER`. What stands behind the date is for the program to check.
    """
    if len(csv_bytes) > MAX_CSV_BYTES:
        raise UsageError(f"the weather has {len(csv_bytes)} bytes: at most {MAX_CSV_BYTES}")
    lines = csv_bytes.splitlines()
    if lines[:1] != [HEADER]:
        raise UsageError(f"the weather's first line is not {HEADER.decode()}: name the columns so")
    if len(lines) == 1:
        raise UsageError("the weather has no line after its header: add at least one day")
    months: dict[str, list[bytes]] = {}
    for number, line in enumerate(lines[1:], start=2):
        date = _DATE.match(line)
        if date is None:
            raise UsageError(
                f"line {number} of the weather starts with {line[:16]!r}, not with a date such as "
                "2012/01/31 and a comma: correct it"
            )
        months.setdefault(f"{date[1].decode()}-{date[2].decode()}", []).append(line)
    return [
        (f"{month}.csv", b"".join(line + b"\n" for line in [HEADER, *rows]))
        for month, rows in sorted(months.items())
    ]


def _row(output: bytes, number: int) -> Row:
    """Read one output; `number` says which in the errors."""
    text = output[: MAX_OUTPUT_BYTES + 1].decode("ascii", errors="replace")
    found = _OUTPUT.fullmatch(text)
    if found is None:
        raise UsageError(
            f"output {number} is not a climate summary but {text[:40]!r}: "
            "merge what climate.wasm wrote"
        )
    month, days, mean, low, high, maximum, minimum, wet_days, precipitation = found.groups()
    row = Row(
        month=month,
        days=int(days),
        mean_c=Decimal(mean),
        low_c=Decimal(low),
        high_c=Decimal(high),
        max_c=Decimal(maximum),
        min_c=Decimal(minimum),
        wet_days=int(wet_days),
        precipitation_mm=Decimal(precipitation),
    )
    in_order = row.min_c <= row.low_c <= row.high_c <= row.max_c
    if not (in_order and row.min_c <= row.mean_c <= row.max_c and row.wet_days <= row.days <= 31):
        raise UsageError(f"output {number}, month {month}, contradicts itself: re-run the task")
    return row


def merge(outputs: Iterable[bytes]) -> list[Row]:
    """Read the outputs of all tasks into rows in the order of time.

    Raises UsageError for bytes that climate.wasm can't have written, and for a month that is there
    twice.
    """
    rows: dict[str, Row] = {}
    for number, output in enumerate(outputs):
        row = _row(output, number)
        if row.month in rows:
            raise UsageError(f"output {number} repeats month {row.month}: pass each output once")
        rows[row.month] = row
        if len(rows) > MAX_MONTHS:
            raise UsageError(f"there are more than {MAX_MONTHS} outputs: merge them in parts")
    return [rows[month] for month in sorted(rows)]


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned plain text with a heading, without a final newline."""
    lines = [_cells(*HEADINGS)]
    lines.append("─" * len(lines[0]))
    for row in rows:
        interval = f"{row.low_c} … {row.high_c!s:>5}"
        lines.append(
            _cells(
                row.month,
                row.days,
                row.mean_c,
                interval,
                row.min_c,
                row.max_c,
                row.wet_days,
                row.precipitation_mm,
            )
        )
    return "\n".join(lines)


def _cells(*values: object) -> str:
    pairs = zip(values, HEADINGS, strict=True)
    return "  ".join(f"{value!s:>{len(heading)}}" for value, heading in pairs)
