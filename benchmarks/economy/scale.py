"""How large the simulation is, and the money and times that everybody shares."""

from __future__ import annotations

from dataclasses import dataclass

WORK = 10**18
"""Base units of a token."""
TERA = 10**12
"""Metered units that a unit price buys."""
MINUTE_S = 60
HOUR_S = 3_600
DAY_S = 86_400
GIB = 1 << 30

FAIR_PRICE = WORK * 12 // 1_000
"""What requesters take for the usual price of 1e12 units: about twice what it costs providers."""
FLAT = WORK // 100
"""Flat payment of a job, and what providers ask at least."""
DEMAND_FEE = WORK // 20
COOLDOWN_S = 7 * DAY_S


@dataclass(frozen=True)
class Scale:
    """One simulation.

    Args:
        providers: of all classes, over the whole time.
        requesters: accounts that share the jobs.
        jobs: requests that are signed.
        days: in which they come; what was matched by then is played to its end afterwards.
        seed: of all chance.
        round_s: between two rounds of matching.
        patience_s: as `Tuning.patience_s` of the engine.
    """

    providers: int = 500
    requesters: int = 80
    jobs: int = 10_000
    days: int = 30
    seed: int = 4
    round_s: int = 900
    patience_s: int = 3_600

    @property
    def end_s(self) -> int:
        """When the last request may come, in seconds after `START_S`."""
        return self.days * DAY_S


START_S = 1_767_571_200
"""The first second: a Monday's midnight (5 January 2026)."""
