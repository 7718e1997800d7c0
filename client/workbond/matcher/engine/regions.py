"""Very large books in parts: the time grows with their number, not with the pairs of the whole.

A part has whole accounts, so that no stake and no balance is spent in two of them; whoever finds
nothing there looks at what all parts have left (`match`).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

from workbond.matcher.engine.types import Offered, Wanted

WHOLE = 10_240  # orders of a side up to which a book is matched as one
PART = 5_120  # orders of a side in a part of a larger one
T = TypeVar("T", Wanted, Offered)


def regions(
    wanted: Sequence[Wanted], offered: Sequence[Offered]
) -> list[tuple[list[Wanted], list[Offered]]]:
    """The book's parts, the same for the same book; one, unless it is very large."""
    most = max(len(wanted), len(offered))
    count = 1 if most <= WHOLE else -(-most // PART)
    requests = _dealt(wanted, lambda each: each.request.requester, count)
    offers = _dealt(offered, lambda each: each.offer.provider, count)
    return list(zip(requests, offers, strict=True))


def _dealt(orders: Sequence[T], account: Callable[[T], str], count: int) -> list[list[T]]:
    """Accounts with most orders first, each to the part that has fewest."""
    own: dict[str, list[T]] = defaultdict(list)
    for order in orders:
        own[account(order)].append(order)
    parts: list[list[T]] = [[] for _ in range(count)]
    fewest = [(0, part) for part in range(count)]
    for name in sorted(own, key=lambda name: (-len(own[name]), name)):
        size, part = heapq.heappop(fewest)
        parts[part] += own[name]
        heapq.heappush(fewest, (size + len(own[name]), part))
    return parts
