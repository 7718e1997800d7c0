"""What slots cost in an auction."""

from __future__ import annotations

import numpy as np

from workbond.matcher.engine.edges import FAR
from workbond.matcher.engine.frame import Ints, ragged
from workbond.matcher.engine.slots import Slots


class Prices:
    """What slots cost, net of the points that they bring; by column the cheapest two.

    `net` by slot; `least`, `second` and `at` (the cheapest slot) by column, with one more entry for
    the column that does not exist.
    """

    def __init__(self, slots: Slots, net: Ints) -> None:
        self.slots, self.net = slots, net
        columns = len(slots.start) - 1
        self.least = np.full(columns + 1, FAR)
        self.second = np.full(columns + 1, FAR)
        self.at = np.zeros(columns + 1, np.int64)
        self._single = np.append(np.diff(slots.start) == 1, False)
        self.refresh(np.flatnonzero(np.diff(slots.start)))

    def refresh(self, columns: Ints) -> None:
        """Looks again at these columns' slots; each has one at least."""
        single = self._single[columns]
        alone = columns[single]
        self.at[alone] = self.slots.start[alone]
        self.least[alone] = self.net[self.at[alone]]
        several = columns[~single]
        if not len(several):
            return
        index, first = ragged(self.slots.start[several], self.slots.start[several + 1])
        net = self.net[index]
        least = np.minimum.reduceat(net, first)
        length = np.diff(np.append(first, len(index)))
        place = np.where(net == np.repeat(least, length), np.arange(len(index)), len(index))
        at = np.minimum.reduceat(place, first)
        self.least[several], self.at[several] = least, index[at]
        net[at] = FAR
        self.second[several] = np.minimum.reduceat(net, first)
