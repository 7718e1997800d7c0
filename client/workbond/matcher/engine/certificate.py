"""The proof that an allocation is stable and near the optimum, checked over all pairs, one by one.

With a price for each slot, stable means: no request and offer that fit would both rather have each
other. The offer would have to be paid more than its price, and then the request would have no more
than it has. `blocking` looks at every pair there is, and skips none for speed: it is for tests and
measurements, and takes time with the number of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbond.matcher.engine.auction import NONE
from workbond.matcher.engine.frame import Frame, Ints
from workbond.matcher.engine.markets import DENSE_PAIRS, judged
from workbond.matcher.engine.tiers import Solution


@dataclass(frozen=True)
class Certificate:
    """Prices and profits of a round.

    Args:
        denied: rows and providers that stake does not reach for.
    """

    frame: Frame
    solution: Solution
    denied: frozenset[tuple[int, int]]

    def total(self) -> int:
        """Points of all pairs, slots included."""
        places, slots = self.solution.places, self.solution.slots
        taken = np.flatnonzero(places.holder != NONE)
        return int(places.points[places.holder[taken]].sum() + slots.offset[taken].sum())

    def blocking(self, tolerance: int, rows: Ints | None = None) -> list[tuple[bytes, bytes, int]]:
        """Ids of requests and digests of offers that would gain more than `tolerance` points.

        Args:
            tolerance: points.
            rows: only these, for a sample.
        """
        frame, solution = self.frame, self.solution
        profits, every = solution.profits(), np.arange(frame.columns)
        chosen = np.arange(frame.rows) if rows is None else rows
        chosen = chosen[~solution.barred[chosen]]
        found = []
        for tier in np.unique(solution.tier[chosen]):
            net = solution.prices_for(tier)
            own = chosen[solution.tier[chosen] == tier]
            size = max(1, DENSE_PAIRS // max(1, frame.columns))
            for start in range(0, len(own), size):
                row, column, points = judged(frame, own[start : start + size, None], every[None, :])
                gain = points - net[column] - profits[row]
                for place in np.flatnonzero(gain > tolerance).tolist():
                    one, other = int(row[place]), int(column[place])
                    if (one, int(frame.provider[other])) not in self.denied:
                        pair = frame.wanted[one].id, frame.groups[other][0].digest
                        found.append((*pair, int(gain[place])))
        return found

    def flaws(self) -> list[str]:
        """What contradicts the prices: a loss, a free slot with a price, a slot given twice."""
        places, slots = self.solution.places, self.solution.slots
        found = []
        free = places.holder == NONE
        if (self.solution.net[free] != -slots.offset[free]).any():
            found.append("a free slot has a price")
        if (self.solution.profits() < 0).any():
            found.append("a request pays more than its points")
        held = np.flatnonzero(~free)
        if len(np.unique(places.holder[held])) != len(held):
            found.append("a request has two slots")
        if (places.slot[places.holder[held]] != held).any():
            found.append("a slot is given twice")
        return found
