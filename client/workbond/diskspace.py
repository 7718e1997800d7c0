"""How much of a disk a cache may take."""

from __future__ import annotations

import shutil
from pathlib import Path

SHARE = 4  # several caches lie on one disk, and the work itself needs room


def affordable_bytes(directory: Path, held_bytes: int, most_bytes: int) -> int:
    """What a cache in `directory` may hold: at most `most_bytes`, and on a small disk a quarter of
    what it holds now and what is free. Without that a cache could keep from working whom it serves.
    """
    return min(most_bytes, (held_bytes + shutil.disk_usage(directory).free) // SHARE)
