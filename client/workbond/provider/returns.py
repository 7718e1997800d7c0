"""What a job can be expected to pay per second of the machine's time. Pure, and in integers.

A request tells the most that a job can pay; what it will pay depends on the units its tasks use,
and how long that takes on the machine. Both are guessed from the node's own finished jobs
(`experience`). Deadlines are not guarded by this guess but by the worst case (`terms`).
"""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain import rules
from workbond.chain.types import Request

PPM = 1_000_000


@dataclass(frozen=True)
class Habits:
    """How jobs usually go on this machine. The defaults are where a new node starts.

    Args:
        units_per_second: of one core. Half of what the slowest of the ordinary loops in
            docs/performance.md was measured at.
        task_ms: a task beside its units: a process is started, the output hashed and stored. Five
            to seven starts of a bare Python (docs/performance.md).
        overhead_ms: a job beside its tasks: fetching, compiling, and the blocks of acceptance and
            claim.
        usage_ppm: units used per million units that the request pays for at most. The climate
            example uses 476,000.
    """

    units_per_second: int = 400_000_000
    task_ms: int = 150
    overhead_ms: int = 5_000
    usage_ppm: int = 500_000


@dataclass(frozen=True)
class Return:
    """What a job is expected to pay (base units), and how long it keeps the machine busy."""

    pay: int
    ms: int

    @property
    def per_second(self) -> int:
        """Base units, rounded down."""
        return self.pay * 1_000 // self.ms

    @property
    def per_hour(self) -> int:
        return self.pay * 3_600_000 // self.ms


def expect(
    request: Request, now_s: int, cores: int, habits: Habits, cap: int | None = None
) -> Return:
    """What accepting `request` at once is expected to give.

    Gas is left out: it is paid in another coin, and about the same for every job. `--min-flat` is
    there for it.

    Args:
        request: an open job.
        now_s: chain time; the price is that of an acceptance then.
        cores: tasks at once.
        habits: see there.
        cap: units that its tasks can use together, where the spec is known.
    """
    most = request.max_units if cap is None else min(cap, request.max_units)
    units = most * habits.usage_ppm // PPM
    pay = rules.max_payment(request.flat, units, rules.unit_price(request, now_s))
    at_once = min(cores, request.tasks)
    rounds = -(-request.tasks // at_once)
    computing_ms = units * 1_000 // (at_once * habits.units_per_second)
    return Return(pay, max(1, habits.overhead_ms + rounds * habits.task_ms + computing_ms))
