"""Waiting for what other threads and processes do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

WAIT_S = 90.0  # before a test gives up on a condition; the machine may be busy


def until(
    condition: Callable[[], Any], what: str, between: Callable[[], Any] = lambda: None
) -> Any:
    """Polls until `condition` is true, doing `between` in between; returns what it gave."""
    ends = time.monotonic() + WAIT_S
    while not (found := condition()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {WAIT_S:g} s in vain for: {what}")
        between()
        threading.Event().wait(0.02)
    return found
