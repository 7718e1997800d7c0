"""What happens when."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Deed = Callable[[], None]


class Clock:
    """Deeds in the order of their time; of one second, in the order in which they were planned."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Deed]] = []
        self._number = count()

    def at(self, time_s: int, deed: Deed) -> None:
        heappush(self._heap, (time_s, next(self._number), deed))

    def __bool__(self) -> bool:
        return bool(self._heap)

    def next(self) -> tuple[int, Deed]:
        time_s, _, deed = heappop(self._heap)
        return time_s, deed
