"""Tiers of waiting, one after the other: what an older tier took is not for sale in a younger one.

That bounds the wait of any fitting request whatever the scores are: see docs/matching.md.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from workbond.matcher.engine import score
from workbond.matcher.engine.auction import NONE, Places, auction, settle
from workbond.matcher.engine.edges import FAR, Edges
from workbond.matcher.engine.frame import Flags, Frame, Ints
from workbond.matcher.engine.prices import Prices
from workbond.matcher.engine.slots import Slots
from workbond.matcher.engine.vacancies import Callers, fill


class Solution:
    """Who has which slot, and at what price.

    `places` by row and slot; `net` by slot, its price less its offset, no price where it is free;
    `tier` by row; `barred` rows take no part.
    """

    def __init__(self, frame: Frame, slots: Slots) -> None:
        self.slots = slots
        self.places = Places(frame.rows, len(slots.column))
        self.net: Ints = -slots.offset
        self.tier = score.tier(frame)
        self.barred = np.zeros(frame.rows, np.bool_)
        # Of a slot that was left and is not filled again yet, the tier that left it.
        self._left_by = np.full(len(slots.column), NONE)

    def profits(self) -> Ints:
        """By row, what it has over the price of its slot; 0 without one."""
        has = self.places.slot != NONE
        profits = np.zeros(len(has), np.int64)
        profits[has] = self.places.points[has] - self.net[self.places.slot[has]]
        return profits

    def prices_for(self, tier: int) -> Ints:
        """By column, what its cheapest slot costs a row of `tier`: those that older tiers hold
        are not to be had, those of younger ones cost as much as free ones."""
        return Prices(self.slots, self._net_for(tier)).least[:-1]

    def leave(self, rows: Ints) -> None:
        """Takes away what these rows have."""
        slot = self.places.slot[rows]
        rows, slot = rows[slot != NONE], slot[slot != NONE]
        self.places.holder[slot] = NONE
        self.places.slot[rows] = NONE
        self._left_by[slot] = self.tier[rows]

    def restart(self, discount: int) -> None:
        """Takes away what everybody has, and lowers all prices."""
        self.leave(np.flatnonzero(self.places.slot != NONE))
        self.net = np.maximum(self.net - discount, -self.slots.offset)

    def solve(self, edges: Edges, rows: Ints, step: int) -> None:
        """Lets `rows`, which have no slot, bid, and whoever they put out; fills what was left.

        Args:
            edges: the pairs that there are.
            rows: ascending.
            step: points of the smallest raise.
        """
        may = ~self.barred & (edges.count > 0)
        bidding = np.zeros(len(may), np.bool_)
        bidding[rows] = True
        for tier in np.unique(self.tier[may])[::-1]:
            own = may & (self.tier == tier)
            if (bidding & own).any() or (self._left_by >= tier).any():
                put_out = self._solve(edges, int(tier), own, np.flatnonzero(bidding & own), step)
                bidding[put_out] = True
        free = self.places.holder == NONE
        self.net[free] = -self.slots.offset[free]
        self._left_by[:] = NONE

    def settled(self, edges: Edges, most: int) -> Solution:
        """A copy without what the step left open: see `auction.settle`."""
        other = copy(self)
        other.places = Places.of(self.places.holder.copy(), self.places)
        other.places.slot = self.places.slot.copy()
        other.places.points = self.places.points.copy()
        other.net, other.barred = self.net.copy(), self.barred.copy()
        may = ~self.barred & (edges.count > 0)
        for tier in np.unique(self.tier[may])[::-1]:
            rows = np.flatnonzero(may & (self.tier == tier))
            net = other._net_for(int(tier))
            settle(edges, Prices(self.slots, net), other.places, rows, most)
        return other

    def _solve(self, edges: Edges, tier: int, own: Flags, rows: Ints, step: int) -> Ints:
        """One tier; returns the rows of younger ones that were put out."""
        net, owner = self._net_for(tier), self._owner()
        before = self.places.holder
        held = before != NONE
        view = Places.of(np.where(held & (owner == tier), before, NONE), self.places)
        auction(edges, Prices(self.slots, net), view, rows, step)
        left = np.flatnonzero((view.holder == NONE) & ~held & (self._left_by >= tier))
        if len(left):
            fill(Callers(edges, own), self.slots, net, view, left, step)
        mine = view.holder != NONE
        put_out = before[mine & held & (owner < tier)]
        self.places.slot[put_out] = NONE
        self.places.holder = np.where(mine | (owner == tier), view.holder, before)
        self.net = np.where(mine, net, self.net)
        self._left_by[mine] = NONE
        self._left_by[~mine & held & (owner == tier)] = tier
        return put_out

    def _owner(self) -> Ints:
        """By slot, the tier of who holds it or has just left it."""
        holder = self.places.holder
        return np.where(holder == NONE, self._left_by, self.tier[holder])

    def _net_for(self, tier: int) -> Ints:
        owner = self._owner()
        net = np.where(owner == tier, self.net, -self.slots.offset)
        return np.where(owner > tier, FAR, net)
