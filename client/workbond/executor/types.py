"""The values that cross the executor's processes; light, the task process imports them."""

from __future__ import annotations

from typing import NamedTuple

EXIT, OUT_OF_UNITS, TRAP, INVALID = 0, 1, 2, 3
"""Result classes (docs/protocol.md section 7)."""


class Limits(NamedTuple):
    """What one task may use: metered units, bytes of memory, bytes of output."""

    units: int
    memory_bytes: int
    output_bytes: int


class Outcome(NamedTuple):
    """How a task ended: class, exit code (0 unless class 0) and metered units."""

    cls: int
    exit_code: int
    units: int
