"""The search for a stable solution: prices say which pairs are missing, and pairs change prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from workbond.matcher.engine.budgets import Overdrawn, overdrawn
from workbond.matcher.engine.edges import FAR, Edges
from workbond.matcher.engine.frame import Flags, Frame, Ints
from workbond.matcher.engine.markets import FOUND, Market, Pairs, joined, markets
from workbond.matcher.engine.slots import Slots
from workbond.matcher.engine.tiers import Solution
from workbond.matcher.engine.types import Standing

PATIENT = 4
"""Times that stake is checked before a provider that is at its limit takes nobody else."""
REMEMBERED = 1 << 26
"""Prices that are remembered at most, over all tiers; 0.5 GiB."""
AHEAD = 1
"""Tolerances by which a row may lose, or a slot come down, before a look has to be repeated."""
LONG = 4
"""Steps of the auction that are made as one on the way."""
DISCOUNT = 6
"""Tolerances by which prices go down when all bid again: most are then too low, few too high."""
MOST = 4
"""The way ends when at most one row in so many finds something better."""
ROUNDS = 8
"""Or after so many looks, since long steps alone may leave many with something better."""


class Search:
    """Starts with all pairs of small markets and some of large ones, and adds those that rows would
    rather have, until there are none. Pairs of rows and providers that are `denied` are left out.

    Of the tolerance, a fifth is the auction's step; a look makes sure that all pairs are known that
    gain three tenths, and is not repeated before a row has lost or a slot has come down by a tenth
    more than the look was ahead of; half of it is then certain, and settling may double that.
    """

    def __init__(self, frame: Frame, slots: Slots, standings: Mapping[str, Standing]) -> None:
        self.frame, self.standings = frame, standings
        tolerance = frame.tuning.tolerance
        self._step, self._gain = max(1, tolerance // 5), max(1, tolerance * 3 // 10)
        self._slack = tolerance // 10
        self._ahead = tolerance * AHEAD
        self._denied: Ints = np.empty(0, np.int64)
        self.edges = Edges(frame.rows, frame.columns)
        self.solution = Solution(frame, slots)
        self.large: list[Market] = []
        self.districts: list[Market] = []
        self._added = 0
        free = self.solution.prices_for(0)
        for market in markets(frame):
            if market.is_small:
                self._add(market.whole())
            else:
                self.large.append(market)
                self.districts += market.districts()
        for district in self.districts:
            self._add(district.dealt(free))
        self._hopeless(free)
        # All pairs are known that are worth more than `_level` (by row) at `_prices` (by tier).
        self._level = np.full(frame.rows, FAR)
        self._prices: dict[int, Ints] = {}
        self._bidding: Ints = np.arange(frame.rows)
        self._checks = 0

    def stable(self) -> Solution:
        """The solution that money and stake cover, and that nobody would rather leave."""
        self._approach()
        while True:
            self._cover()
            self._added = 0
            self._bidding = self._better()
            if self._added and len(self._bidding):
                self.solution.leave(self._bidding)
                continue
            settled = self.solution.settled(self.edges, self._gain + 2 * self._slack)
            beyond = overdrawn(self.frame, settled, self.standings)
            if not beyond:
                return settled
            self._deny(beyond)

    def _approach(self) -> None:
        """Goes nearly all of the way in long steps, with stake and money aside: while most rows
        find something better, prices are not worth getting right."""
        for _ in range(ROUNDS if self.districts else 0):
            self.solution.solve(self.edges, self._bidding, self._step * LONG)
            self._bidding = np.arange(self.frame.rows)
            better = len(self._better())
            self.solution.restart(self.frame.tuning.tolerance * DISCOUNT)
            if better * MOST <= np.count_nonzero(self.fitting):
                return

    def _cover(self) -> None:
        """Solves with the pairs that are known until nobody is overdrawn."""
        while True:
            self.solution.solve(self.edges, self._bidding, self._step)
            beyond = overdrawn(self.frame, self.solution, self.standings)
            if not beyond:
                return
            self._checks += 1
            if self._checks > PATIENT:
                self._close(beyond)
            self._deny(beyond)

    def _close(self, beyond: Overdrawn) -> None:
        """Adds all known pairs that the providers in `beyond` can't cover beside what they keep."""
        frame, places = self.frame, self.solution.places
        rows, columns, _ = self.edges.pairs()
        providers = frame.provider[columns]
        own = frame.provider[self.solution.slots.column[places.slot[rows]]]
        kept = (places.slot[rows] >= 0) & (own == providers)
        asking = ~kept & np.isin(providers, list(beyond.left))
        asked = np.unique(np.stack([rows[asking], providers[asking]], axis=1), axis=0)
        beyond.pairs.update(
            (row, provider)
            for row, provider in asked.tolist()
            if frame.requests[row].bond > beyond.left[provider]
        )

    def _deny(self, beyond: Overdrawn) -> None:
        """Takes these rows and pairs out of the search."""
        count = len(self.frame.providers)
        new = np.array([row * count + provider for row, provider in beyond.pairs], np.int64)
        self._denied = np.union1d(self._denied, new)
        rows, columns, _ = self.edges.pairs()
        asking = np.zeros(self.frame.rows, np.bool_)
        asking[new // count] = True
        some = np.flatnonzero(asking[rows])
        kept = np.ones(len(rows), np.bool_)
        kept[some] = ~self._is_denied(rows[some], columns[some])
        self.edges.keep(kept)
        barred = np.array(sorted(beyond.rows), np.int64)
        slot = self.solution.places.slot
        column = self.solution.slots.column
        losing = [
            row
            for row, provider in sorted(beyond.pairs)
            if slot[row] < 0 or self.frame.provider[column[slot[row]]] == provider
        ]
        leaving = np.unique(np.array(losing, np.int64))
        self.solution.leave(np.union1d(barred, leaving))
        self.solution.barred[barred] = True
        self._bidding = leaving

    def _hopeless(self, free: Ints) -> None:
        """Bars rows that fit nothing at all, wherever dealing found nothing."""
        nothing = np.full(self.frame.rows, -FAR // 2)
        for market in self.large:
            rows = market.rows[self.edges.count[market.rows] == 0]
            self._add(market.better(rows, free, nothing, self._is_denied))
        self.fitting = self.edges.count > 0

    def _better(self) -> Ints:
        """Rows for which better pairs were found (and added). Only where a row has less or a slot
        costs less than the last look was ahead of can there be any."""
        solution, slack = self.solution, self._slack
        profits = solution.profits()
        enough = profits + self._gain
        found: list[Pairs] = []
        may = self.fitting & ~solution.barred
        worse = self._level > enough + slack
        tiers = np.unique(solution.tier[may]).tolist()
        for tier in tiers:
            net = solution.prices_for(tier)
            low = net - self._ahead
            seen = self._prices.get(tier)
            cheaper = np.ones(len(net), np.bool_) if seen is None else net < seen - slack
            own = may & (solution.tier == tier)
            least = enough - self._ahead
            self._level[own] = np.where(worse, least, np.maximum(self._level, least))[own]
            for market in self.districts:
                rows = market.rows[own[market.rows]]
                again = worse[rows]
                found += market.better(rows[again], low, self._level, self._is_denied)
                if cheaper[market.columns].any():
                    part = Market(self.frame, market.rows, market.columns[cheaper[market.columns]])
                    found += part.better(rows[~again], low, self._level, self._is_denied)
            if len(tiers) * len(net) <= REMEMBERED:
                self._prices[tier] = low if seen is None else np.where(cheaper, low, seen)
                self._prices[tier] = np.maximum(self._prices[tier], low)
        pairs = self._add(found)
        rows, value = pairs[0], self._value(*pairs)
        self._cut(rows, value + self._ahead)
        rows = np.unique(rows[value > enough[rows]])
        if not len(rows) and len(self.districts) > len(self.large):
            rows = self._beyond_districts(enough)
        return rows

    def _cut(self, rows: Ints, value: Ints) -> None:
        """Notes that of rows with as many pairs as a look takes there may be more, not worth more
        than those."""
        full = np.bincount(rows, minlength=self.frame.rows)[rows] >= FOUND
        worst = np.full(self.frame.rows, FAR)
        np.minimum.at(worst, rows[full], value[full])
        self._level = np.where(worst < FAR, worst, self._level)

    def _value(self, rows: Ints, columns: Ints, points: Ints) -> Ints:
        """Points of pairs over what the columns cost the rows."""
        value = np.zeros(len(rows), np.int64)
        tier = self.solution.tier[rows]
        for each in np.unique(tier).tolist():
            own = tier == each
            value[own] = points[own] - self.solution.prices_for(each)[columns[own]]
        return value

    def _beyond_districts(self, enough: Ints) -> Ints:
        """Who has nothing looks in all districts."""
        found: list[Pairs] = []
        idle = self.fitting & ~self.solution.barred & (self.solution.places.slot < 0)
        for tier in np.unique(self.solution.tier[idle]).tolist():
            own, net = idle & (self.solution.tier == tier), self.solution.prices_for(tier)
            for market in self.large:
                rows = market.rows[own[market.rows]]
                found += market.better(rows, net, enough, self._is_denied)
        return np.unique(self._add(found)[0])

    def _add(self, found: Iterable[Pairs]) -> Pairs:
        """Adds pairs, and returns them."""
        pairs = joined(found)
        self._added += self.edges.add(*pairs)
        return pairs

    def _is_denied(self, rows: Ints, columns: Ints) -> Flags:
        keys = rows * len(self.frame.providers) + self.frame.provider[columns]
        if not len(self._denied):
            return np.zeros(len(keys), np.bool_)
        place = np.minimum(np.searchsorted(self._denied, keys), len(self._denied) - 1)
        return self._denied[place] == keys

    @property
    def denied(self) -> frozenset[tuple[int, int]]:
        """Rows and providers."""
        count = len(self.frame.providers)
        return frozenset((key // count, key % count) for key in self._denied.tolist())
