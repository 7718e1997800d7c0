"""What commands print: plain aligned text for people, JSON for programs.

Results go to standard output, everything else (notes, progress) to standard error. Strangers' text
(card, gateway, log) loses its control characters before it reaches a terminal. There, lines are
broken at words; in a pipe or a file a line stays whole.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import textwrap
from collections.abc import Collection, Sequence
from typing import Any, TextIO

import click

SHORT_ID_DIGITS = 16  # 64 bits: nobody finds another job's id that begins like it
COLUMN_MIN = 12  # characters: a narrower last column goes on below the whole row instead
INDENT = 4


def say(text: str = "") -> None:
    """A line of the result."""
    click.echo(fitted(text, sys.stdout))


def note(text: str) -> None:
    """A line that is no result, on standard error."""
    click.echo(fitted(text, sys.stderr), err=True)


def note_or_lose(text: str) -> None:
    """As `note`, for what works on when its terminal is gone: the line is lost then."""
    with contextlib.suppress(OSError, ValueError):
        note(text)


def next_step(command: str, *others: str) -> None:
    """Names the next useful command, and what may be as useful; no result, so not in a pipe."""
    click.echo(f"Next: {command}", err=True)  # in one piece: people copy it
    for other in others:
        click.echo(f"  or: {other}", err=True)


def emit(value: Any) -> None:
    """One JSON value on standard output. Integers above 2^53, and amounts, must come as strings."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True))


def short_id(job_id: bytes) -> str:
    """The beginning of a job's id, for lines that the whole one would fill; commands take it."""
    return f"0x{job_id.hex()[:SHORT_ID_DIGITS]}"


def short_address(address: str) -> str:
    """The beginning and the end of an address, where the whole one would fill the line."""
    return f"{address[:10]}..{address[-4:]}"


def table(
    headers: Sequence[str], rows: Sequence[Sequence[object]], right: Collection[str] = ()
) -> str:
    """Columns padded to their widest cell; those named in `right` are aligned right.

    If no column has a name, there is no line for the names.

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
        for row in (cells if any(headers) else cells[1:])
    )


def terminal_width(stream: TextIO) -> int | None:
    """Columns of the terminal that `stream` goes to; None where it is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def fitted(text: str, stream: TextIO) -> str:
    """`text` with its lines broken at words where `stream` is a terminal too narrow for them."""
    width = terminal_width(stream)
    if width is None:
        return text
    return "\n".join(fit_line(line, width) for line in text.split("\n"))


def fit_line(line: str, width: int) -> str:
    """A line in pieces of at most `width`; a table's row goes on below its last column.

    Words stay whole, however long: addresses, hashes and paths are copied.

    >>> print(fit_line("gas coin  12  at most, for what it takes to post the job", 40))
    gas coin  12  at most, for what it takes
                  to post the job
    """
    if len(line) <= width:
        return line
    start = line.rstrip().rfind("  ") + 2
    if start < 2 or not line[:start].strip():  # prose
        indent = len(line) - len(line.lstrip())
    else:
        room = width - start
        indent = start if room >= COLUMN_MIN and _fits(line[start:], room) else INDENT
    return textwrap.fill(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        expand_tabs=False,
    )


def _fits(text: str, width: int) -> bool:
    """Whether no word of `text` is wider."""
    return max(map(len, text.split()), default=0) <= width


def printable(text: object) -> str:
    """`text` on one line without control characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
