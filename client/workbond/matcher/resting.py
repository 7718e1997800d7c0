"""Orders that the market refused when a match was tried: they rest, each time for longer.

An order may look sound in every view and still be refused, as a contract wallet may change its mind
at any block. Trying it again and again would cost the matcher gas, and other orders their turn.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

FIRST_BLOCKS, MOST_BLOCKS = 2, 512
REMEMBERED = 100_000


@dataclass(frozen=True)
class Rest:
    """Until which block an order rests, how often it was refused, and the market's words."""

    until: int
    times: int
    text: str


class Resting:
    """Which orders rest. One thread writes, others may read."""

    def __init__(self) -> None:
        self._rests: OrderedDict[bytes, Rest] = OrderedDict()

    def refuse(self, order_id: bytes, block: int, text: str, *, paid: bool = False) -> None:
        """The market refused a match of the order at `block`; `paid` if it cost gas."""
        before = self._rests.pop(order_id, Rest(0, 0, ""))
        times = before.times + (4 if paid else 1)
        blocks = min(FIRST_BLOCKS << min(times - 1, 20), MOST_BLOCKS)
        self._rests[order_id] = Rest(block + blocks, times, text)
        if len(self._rests) > REMEMBERED:
            self._rests.popitem(last=False)

    def of(self, order_id: bytes) -> Rest | None:
        """What is known of an order that was refused."""
        return self._rests.get(order_id)

    def rests(self, order_id: bytes, block: int) -> bool:
        """Whether it is left out at `block`."""
        rest = self._rests.get(order_id)
        return rest is not None and block < rest.until
