"""How fast this machine is, as an offer tells it: by a small benchmark, and by what was downloaded.

Nothing here is proved to anybody. Who exaggerates gets jobs whose deadlines it misses.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from workbond.executor.runner import Executor, Limits, Task

# Multiplies, adds and stores anywhere in 64 KiB, for ever: what ordinary programs do, mixed. The
# test compiles it from text.
PROGRAM = bytes.fromhex(
    "0061736d01000000010401600000030201000503010001071302066d656d6f72790200065f737461727400000a2b01"
    "2901017e0340200042adfed5e4d485fda8d8007e42017c2100200042f8ff0383a720003703000c000b0b"
)
SHORT_UNITS, LONG_UNITS = 1_000_000, 400_000_000  # their difference takes half a second or so
WALL_S = 60.0
SMALL_BYTES = 1 << 16  # a blob that takes no longer than the way there and back
LARGE_BYTES = 1 << 20  # one that shows how wide the way is
SITES_MAX = 32
WEIGHT = 4  # a download counts for a quarter


def units_per_second(executor: Executor, directory: Path) -> int:
    """Units per second of one core on a mixed loop; raises `ExecutionError`.

    Starting a process is left out: it is measured with both lengths, and cancels.
    """
    path = directory / "benchmark.wasm"
    path.write_bytes(PROGRAM)
    try:
        program = executor.prepare(path)
        took_s = []
        for units in (SHORT_UNITS, LONG_UNITS):
            task = Task(0, bytes(32), None, Limits(units, 1 << 16, 0))
            began = time.monotonic()
            for _ in executor.run(program, [task]):
                took_s.append(time.monotonic() - began)
    finally:
        path.unlink(missing_ok=True)
    return int((LONG_UNITS - SHORT_UNITS) / max(0.001, took_s[1] - took_s[0]))


class Line:
    """The way to gateways, from downloads that were made anyway. Usable from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes_per_s = 0
        self._round_trips: OrderedDict[str, int] = OrderedDict()

    def fetched(self, site: str, size: int, seconds: float) -> None:
        """A blob of `size` bytes came from the origin `site`."""
        with self._lock:
            if size <= SMALL_BYTES:
                known = self._round_trips.pop(site, None)
                ms = max(1, round(seconds * 1_000))
                self._round_trips[site] = ms if known is None else min(known, ms)
                if len(self._round_trips) > SITES_MAX:
                    self._round_trips.popitem(last=False)
            elif size >= LARGE_BYTES:
                speed, known_speed = int(size / max(0.001, seconds)), self._bytes_per_s
                self._bytes_per_s = known_speed + (speed - known_speed) // WEIGHT
                if not known_speed:
                    self._bytes_per_s = speed

    @property
    def bytes_per_second(self) -> int:
        """Of large downloads; 0 if there was none."""
        with self._lock:
            return self._bytes_per_s

    @property
    def round_trips_ms(self) -> dict[str, int]:
        """By origin, as far as blobs came from there; a new connection's, so two or three ways."""
        with self._lock:
            return dict(self._round_trips)
