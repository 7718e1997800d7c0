"""Stake and money: what one account can be bound to at once, over all its matches of a round.

Amounts are exact integers. Of an account that is overdrawn, jobs are kept as long as they are
covered, those of older tiers first and then those of more points. What is not stands back: for a
provider's stake, the request from that provider; for a requester's money, the request altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from workbond.matcher.engine.auction import NONE
from workbond.matcher.engine.frame import NOBODY, Floats, Frame, Ints
from workbond.matcher.engine.tiers import Solution
from workbond.matcher.engine.types import Standing


@dataclass
class Overdrawn:
    """Rows, and pairs of rows and providers, that money and stake do not reach for; and what
    providers in `pairs` have `left` beside the jobs that they keep."""

    rows: set[int] = field(default_factory=set)
    pairs: set[tuple[int, int]] = field(default_factory=set)
    left: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.rows or self.pairs)


def overdrawn(frame: Frame, solution: Solution, standings: Mapping[str, Standing]) -> Overdrawn:
    """What has to stand back for every account to be covered."""
    found = Overdrawn()
    rows = np.flatnonzero(solution.places.slot != NONE)
    rows = rows[np.lexsort((rows, -solution.places.points[rows], -solution.tier[rows]))]
    provider = frame.provider[solution.slots.column[solution.places.slot[rows]]]
    for payer, own in _suspects(frame.payer[rows], frame.charge[rows], frame.free):
        items = [(row, frame.escrow[row]) for row in rows[own].tolist()]
        found.rows.update(_beyond(items, standings.get(frame.payers[payer], NOBODY).free)[0])
    for worker, own in _suspects(provider, frame.bond[rows], frame.unbonded):
        kept = [row for row in rows[own].tolist() if row not in found.rows]
        unbonded = standings.get(frame.providers[worker], NOBODY).unbonded
        beyond, left = _beyond([(row, frame.requests[row].bond) for row in kept], unbonded)
        if beyond:
            found.pairs.update((row, worker) for row in beyond)
            found.left[worker] = left
    return found


def _suspects(account: Ints, amount: Floats, money: Floats) -> Iterator[tuple[int, Ints]]:
    """Accounts whose sum may be above their money, with the places of its parts: sums of floats
    tell within a rounding, so what is near is looked at exactly."""
    sums = np.bincount(account, amount, minlength=len(money))
    for each in np.flatnonzero(sums > money * (1 - 1e-9)).tolist():
        yield each, np.flatnonzero(account == each)


def _beyond(items: Iterable[tuple[int, int]], money: int) -> tuple[list[int], int]:
    """The rows whose amounts `money` does not cover, and what is left; `items` by precedence."""
    beyond = []
    for row, amount in items:
        if amount <= money:
            money -= amount
        else:
            beyond.append(row)
    return beyond, money
