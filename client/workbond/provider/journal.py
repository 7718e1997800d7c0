"""What the node tells its owner: a line per event on standard error, and never a flood.

Strangers cause most lines (each job they post may get one), so the lines they can cause are
bounded per minute; the node's own acts are always told.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import OrderedDict
from collections.abc import Callable

REMARKS_PER_MINUTE = 30
REMEMBERED = 10_000  # subjects whose last remark is known


class Journal:
    """Lines for the owner; `write` takes them, standard error by default."""

    def __init__(self, write: Callable[[str], None] | None = None) -> None:
        self._write = write or _to_stderr
        self._last: OrderedDict[object, str] = OrderedDict()
        self._minute = 0
        self._count = 0

    def say(self, text: str) -> None:
        """A line about something the node did or suffered."""
        self._write(_one_line(text))

    def remark(self, subject: object, text: str, key: str = "") -> None:
        """A line that strangers can cause: told once per subject and key, and within bounds.

        Args:
            subject: what it is about (a job's id).
            text: the line.
            key: what makes it news; by default the text itself.
        """
        if self._last.get(subject) == (key or text):
            return
        self._last[subject] = key or text
        self._last.move_to_end(subject)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        if self._admit():
            self.say(text)

    def _admit(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            left_out = self._count - REMARKS_PER_MINUTE
            self._minute, self._count = minute, 0
            if left_out > 0:
                self.say(f"{left_out} more lines like these were left out")
        self._count += 1
        return self._count <= REMARKS_PER_MINUTE


def count(number: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _to_stderr(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # nobody listens any more: work on
        print(text, file=sys.stderr, flush=True)


def _one_line(text: str) -> str:
    """Texts quote strangers: no control characters, bounded length."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= 600 else line[:597] + "..."
