"""What the node tells its owner: a line per event on standard error, and never a flood.

Each line has a code and numbers too, for programs: `record` gets it as one JSON object. Strangers
cause most lines (each job they post may get one), so the lines they can cause are bounded per
minute; the node's own acts are always told.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

REMARKS_PER_MINUTE = 30
REMEMBERED = 10_000  # subjects whose last remark is known
TEXT_MAX = 600  # characters of a line; those that the owner's own numbers fill may be longer
SUMMARY_MAX = 2_000
SAFE_INTEGER = 2**53  # from here on, JSON readers round (RFC 8259, section 6)


class Level(StrEnum):
    """How much a line matters, in the words of RFC 5424 (syslog)."""

    INFO = "info"
    WARNING = "warning"
    """Something did not work and is tried again, or the owner should look."""
    ERROR = "error"
    """Money of the owner's was lost, or is about to be."""


Record = dict[str, Any]


class Journal:
    """Lines for the owner.

    Args:
        write: takes the lines for people; standard error by default.
        record: takes the same as values that JSON can say, if given.
    """

    def __init__(
        self,
        write: Callable[[str], None] | None = None,
        record: Callable[[Record], None] | None = None,
    ) -> None:
        self._write = write or _to_stderr
        self._record = record
        self._last: OrderedDict[object, str] = OrderedDict()
        self._minute = 0
        self._count = 0

    def say(
        self,
        text: str,
        code: str = "NOTE",
        *,
        level: Level = Level.INFO,
        job: bytes | None = None,
        numbers: Mapping[str, int | str] | None = None,
    ) -> None:
        """A line about something the node did or suffered.

        Args:
            text: the line.
            code: what kind of line; docs/provider.md lists them.
            level: how much it matters.
            job: the id of the job that it is about.
            numbers: what programs want to know; amounts as decimal strings of base units.
        """
        line = one_line(text, code)
        self._write(line)
        if self._record is None:
            return
        self._record(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "level": level.value,
                "code": code,
                "job": None if job is None else f"0x{job.hex()}",
                "text": line,
                "numbers": {name: _sayable(value) for name, value in (numbers or {}).items()},
            }
        )

    def remark(
        self,
        subject: object,
        text: str,
        key: str = "",
        *,
        code: str = "NOTE",
        level: Level = Level.INFO,
        job: bytes | None = None,
        numbers: Mapping[str, int | str] | None = None,
    ) -> None:
        """A line that strangers can cause: told once per subject and key, and within bounds.

        Args:
            subject: what it is about (a job's id).
            text: the line.
            key: what makes it news; by default the text itself.
            code, level, job, numbers: as in `say`.
        """
        if self._last.get(subject) == (key or text):
            return
        self._last[subject] = key or text
        self._last.move_to_end(subject)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        if self._admit():
            self.say(text, code, level=level, job=job, numbers=numbers)

    def _admit(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            left_out = self._count - REMARKS_PER_MINUTE
            self._minute, self._count = minute, 0
            if left_out > 0:
                self.say(
                    f"{left_out} more lines like these were left out", numbers={"lines": left_out}
                )
        self._count += 1
        return self._count <= REMARKS_PER_MINUTE


def json_lines(record: Record) -> None:
    """A sink for `Journal`: one JSON object per line on standard output, at once."""
    with contextlib.suppress(OSError, ValueError):  # nobody listens any more: work on
        print(json.dumps(record, ensure_ascii=True), flush=True)


def one_line(text: str, code: str = "") -> str:
    """Texts quote strangers: no control characters, bounded length."""
    most = SUMMARY_MAX if code == "SUMMARY" else TEXT_MAX
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= most else line[: most - 3] + "..."


def _to_stderr(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def _sayable(value: int | str) -> int | str:
    if isinstance(value, str):
        return one_line(value)
    return value if -SAFE_INTEGER < value < SAFE_INTEGER else str(value)
