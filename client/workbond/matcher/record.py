"""What a provider did so far, by the market's events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """A provider's jobs so far: live ones, settled ones, and those that ended without a result."""

    live: int = 0
    settled: int = 0
    failed: int = 0

    def __add__(self, other: Record) -> Record:
        return Record(
            self.live + other.live, self.settled + other.settled, self.failed + other.failed
        )
