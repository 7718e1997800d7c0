"""Rates: how often one stranger may ask. Bounded memory, no thread, no lock held for long."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 50_000


class Rates:
    """Token buckets by key: `per_minute` at once, and as many again each minute.

    Args:
        per_minute: of one key; 0: no bound.
        clock: seconds, growing.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic, keys: int = REMEMBERED
    ) -> None:
        self._per_minute, self._clock, self._keys = per_minute, clock, keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, key: str) -> bool:
        """Takes one token of `key`, if it has one."""
        if not self._per_minute:
            return True
        now = self._clock()
        with self._lock:
            left, then = self._buckets.pop(key, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - then) * self._per_minute / 60)
            admitted = left >= 1
            self._buckets[key] = (left - admitted, now)
            if len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
            return admitted

    @property
    def retry_s(self) -> int:
        """Seconds until a spent bucket has a token again, rounded up."""
        return 60 // max(1, self._per_minute) + 1
