"""What commands print: plain aligned text for people, JSON for programs.

Results go to standard output, everything else (notes, progress) to standard error. Strangers' text
(card, gateway, log) loses its control characters before it reaches a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import click

SHORT_ID_DIGITS = 16  # 64 bits: nobody finds another job's id that begins like it


def say(text: str = "") -> None:
    """A line of the result."""
    click.echo(text)


def note(text: str) -> None:
    """A line that is no result, on standard error."""
    click.echo(text, err=True)


def next_step(command: str, *others: str) -> None:
    """Names the next useful command, and what may be as useful; no result, so not in a pipe."""
    note(f"Next: {command}")
    for other in others:
        note(f"  or: {other}")


def emit(value: Any) -> None:
    """One JSON value on standard output. Integers above 2^53, and amounts, must come as strings."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True))


def short_id(job_id: bytes) -> str:
    """The beginning of a job's id, for lines that the whole one would fill; commands take it."""
    return f"0x{job_id.hex()[:SHORT_ID_DIGITS]}"


def table(
    headers: Sequence[str], rows: Sequence[Sequence[object]], right: Collection[str] = ()
) -> str:
    """Columns padded to their widest cell; those named in `right` are aligned right.

    >>> print(table(["task", "units"], [[0, 12], [1, 7]], right=["units"]))
    task  units
    0        12
    1         7
    """
    cells = [[printable(cell) for cell in row] for row in [headers, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    adjust = [str.rjust if name in right else str.ljust for name in headers]
    return "\n".join(
        "  ".join(a(c, w) for a, c, w in zip(adjust, row, widths, strict=True)).rstrip()
        for row in cells
    )


def printable(text: object) -> str:
    """`text` on one line without control characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
