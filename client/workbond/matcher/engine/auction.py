"""An auction of slots among rows (Bertsekas 1988, all bid at once), which ends near the optimum.

A row without a slot bids for the slot with which it would be best off, and raises its price until
the second best would be as good, and a step more. Where several bid for one slot, the highest bid
takes it, and who held it bids again. Prices only rise, so it ends; then no row would gain more than
a step by any other slot at its price, and no slot that anybody bid for is free. By linear
programming duality the sum of points is then within a step per row of the highest possible.
"""

from __future__ import annotations

import numpy as np

from workbond.matcher.engine.edges import FAR, Edges
from workbond.matcher.engine.frame import Ints
from workbond.matcher.engine.prices import Prices
from workbond.matcher.engine.shortlist import Shortlist

NONE = np.int64(-1)


class Places:
    """Who has which slot: `holder` by slot, `slot` and `points` by row, -1 for nobody and none."""

    def __init__(self, rows: int, slots: int) -> None:
        self.holder = np.full(slots, NONE)
        self.slot = np.full(rows, NONE)
        self.points = np.zeros(rows, np.int64)

    @classmethod
    def of(cls, holder: Ints, other: Places) -> Places:
        """Other holders; what rows have is the same."""
        places = cls(0, 0)
        places.holder, places.slot, places.points = holder, other.slot, other.points
        return places


def auction(edges: Edges, prices: Prices, places: Places, rows: Ints, step: int) -> None:
    """Lets `rows` bid until each has a slot or can pay for none.

    Args:
        edges: which columns each row may have, with its points.
        prices: as they are at the start; raised.
        places: filled.
        rows: ascending, the older first, which wins between equal bids.
        step: points of the smallest raise.
    """
    shortlist = Shortlist(edges, prices)
    highest = np.empty(len(prices.least), np.int64)
    active = rows
    while len(active):
        column, own, worth, other = shortlist.best_two(active)
        can = worth > 0
        if not can.all():
            active, column, own = active[can], column[can], own[can]
            worth, other = worth[can], other[can]
        bid = prices.least[column] + np.minimum(worth - other + step, worth)
        won = firsts(column, bid, highest)
        winner, slot = active[won], prices.at[column[won]]
        put_out = places.holder[slot]
        put_out = put_out[put_out != NONE]
        places.slot[put_out] = NONE
        places.holder[slot] = winner
        places.slot[winner] = slot
        places.points[winner] = own[won]
        prices.net[slot] = bid[won]
        prices.refresh(column[won])
        lost = np.ones(len(active), np.bool_)
        lost[won] = False
        active = np.sort(np.concatenate([active[lost], put_out]))


def firsts(thing: Ints, bid: Ints, highest: Ints) -> Ints:
    """The place of the highest bid for each thing; of equal ones, the first.

    Args:
        highest: scratch, longer than any thing's number.
    """
    count = len(thing)
    line = np.arange(count)
    order = np.argsort(bid * count - line)  # all differ; of what is written below, the last stays
    highest[thing[order]] = order
    return np.flatnonzero(highest[thing] == line)


def settle(edges: Edges, prices: Prices, places: Places, rows: Ints, most: int) -> None:
    """Takes back what the step left open among `rows`: who has no slot replaces a holder with fewer
    points for the same slot, or with as many and a shorter wait; only a holder that has no profit
    above `most`, so that nobody loses more."""
    idle = rows[(places.slot[rows] == NONE) & (edges.count[rows] > 0)]
    while len(idle):
        weakest = _weakest(prices, places, most)
        line = np.arange(len(idle))
        columns, points = edges.columns[idle], edges.points[idle]
        slot = weakest[columns]
        held = np.where(slot == NONE, NONE, places.holder[slot])
        against = np.where(held == NONE, FAR, places.points[held])
        gain = (points - against) * 2 + (idle[:, None] < held)
        best = gain.argmax(axis=1)
        can = gain[line, best] > 0
        idle, best, gain, line = idle[can], best[can], gain[line, best][can], line[can]
        slot, points = slot[line, best], points[line, best]
        order = np.lexsort((idle, -gain, slot))
        won = order[np.append(True, np.diff(slot[order]) != 0)[: len(order)]]
        put_out = places.holder[slot[won]]
        places.slot[put_out] = NONE
        places.holder[slot[won]] = idle[won]
        places.slot[idle[won]] = slot[won]
        places.points[idle[won]] = points[won]
        lost = np.ones(len(idle), np.bool_)
        lost[won] = False
        idle = np.sort(np.concatenate([idle[lost], put_out]))


def _weakest(prices: Prices, places: Places, most: int) -> Ints:
    """By column, the slot whose holder has the fewest points (the youngest of them), or -1."""
    weakest = np.full(len(prices.least), NONE)
    taken = np.flatnonzero((places.holder != NONE) & (prices.net < FAR))
    holder = places.holder[taken]
    little = places.points[holder] - prices.net[taken] <= most
    taken, holder = taken[little], holder[little]
    order = np.lexsort((holder, -places.points[holder]))  # the last one stays
    weakest[prices.slots.column[taken[order]]] = taken[order]
    return weakest
