"""The market's latest events, read backwards and bounded: whoever spams it costs us no more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from workbond.chain.abi import Event
from workbond.chain.market import Market

FIRST_WINDOW = 2_000  # blocks; each window further back is twice as long


@dataclass(frozen=True)
class Read:
    """The events found, youngest first, from `first_block` on; `whole` if nothing was left out."""

    events: list[Event]
    first_block: int
    whole: bool


def latest_events(
    market: Market,
    names: Sequence[str],
    first_block: int,
    last_block: int,
    *,
    most: int,
    ends: float,
) -> Read:
    """At most `most` of the youngest events `names` in the blocks given.

    Args:
        market: whose events.
        names: their names.
        first_block: none before it.
        last_block: none after it.
        most: so many at most.
        ends: no further window is asked for after that (`time.monotonic`).
    """
    found: list[Event] = []
    high, window = last_block, FIRST_WINDOW
    while high >= first_block:
        if len(found) >= most or time.monotonic() > ends:
            return Read(found, high + 1, whole=False)
        low = max(first_block, high - window + 1)
        part = deque(market.events(low, high, names=names), maxlen=most - len(found))
        found += reversed(part)
        high, window = low - 1, window * 2
    return Read(found, first_block, whole=len(found) < most)
