"""Bounded retries: each failure doubles the pause, and after some there is no further try."""

from __future__ import annotations

import time
from collections import OrderedDict

FIRST_PAUSE_S = 10.0
SUBJECTS_MAX = 10_000  # the ones that failed longest ago are forgotten


class Retries:
    """Counts failures by subject (a job's id).

    Args:
        tries: in all.
        first_pause_s: after the first failure; doubled after each further one.
    """

    def __init__(self, tries: int, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._tries = tries
        self._first_pause_s = first_pause_s
        self._failures: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def due(self, subject: bytes) -> bool:
        """Whether it may be tried now."""
        return time.monotonic() >= self._failures.get(subject, (0, 0.0))[1]

    def failures(self, subject: bytes) -> int:
        """How often it failed so far."""
        return self._failures.get(subject, (0, 0.0))[0]

    def failed(self, subject: bytes) -> bool:
        """Notes a failure; returns whether there will be another try."""
        count = self._failures.pop(subject, (0, 0.0))[0] + 1
        pause_s = self._first_pause_s * 2 ** min(count - 1, 20)
        self._failures[subject] = (count, time.monotonic() + pause_s)
        if len(self._failures) > SUBJECTS_MAX:
            self._failures.popitem(last=False)
        return count < self._tries
