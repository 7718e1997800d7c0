"""Where pairs come from: a market holds the orders of one profile, resolver and policy.

Small markets are judged whole. In large ones nobody looks at all pairs: first the orders are dealt
like cards into small markets of their own, which shows what each offer is about worth; then
`better` finds whatever is still better than what a row has, among all offers. It passes over offers
by the dozen wherever not even the best of a block of rows and a host's offers could be so good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbond.matcher.engine import constraints, score
from workbond.matcher.engine.edges import FAR
from workbond.matcher.engine.frame import ANY, TREE, Flags, Floats, Frame, Ints, ragged

DEALT = 256  # orders of a side in a dealt market
DISTRICT = 10_240  # orders of a side of a market that is searched as one
BLOCK = 256  # rows that are looked at together
CELL = 32  # offers of one host that are looked at together
DENSE_PAIRS = 1 << 20  # that are judged at once
WHOLE = 64  # offers of a market that is judged whole
KEPT = 48  # pairs of a row in a dealt market
FOUND = 32  # better pairs of a row in one search
ROUNDING = 2
Pairs = tuple[Ints, Ints, Ints]
"""Rows, columns and points."""
Denied = Callable[[Ints, Ints], Flags]
NOWHERE = -float(FAR)


@dataclass
class Market:
    """Rows by how dear their units are, columns by host, then price."""

    frame: Frame
    rows: Ints
    columns: Ints

    @property
    def is_small(self) -> bool:
        return len(self.columns) <= WHOLE

    def districts(self) -> list[Market]:
        """Parts that are searched for themselves, of whole hosts: one, unless it is very large."""
        count = -(-max(len(self.rows), len(self.columns)) // DISTRICT)
        host = self.frame.host[self.columns]
        district = np.searchsorted(host, host) * count // len(host)
        parts = [
            Market(self.frame, self.rows[part::count], self.columns[district == part])
            for part in range(count)
        ]
        return [part for part in parts if len(part.rows) and len(part.columns)]

    def whole(self) -> Iterator[Pairs]:
        """All fitting pairs."""
        for rows in _blocks(self.rows, max(1, DENSE_PAIRS // len(self.columns))):
            yield judged(self.frame, rows[:, None], self.columns[None, :])

    def dealt(self, net: Ints) -> Iterator[Pairs]:
        """Of each row the best pairs with one part of the columns."""
        parts = -(-min(len(self.rows), len(self.columns)) // DEALT)
        columns = self.columns[np.argsort(self.frame.min_price[self.columns], kind="stable")]
        for part in range(parts):
            own = columns[part::parts]
            for rows in _blocks(self.rows[part::parts], max(1, DENSE_PAIRS // len(own))):
                found = judged(self.frame, rows[:, None], own[None, :])
                yield best(*found, found[2] - net[found[1]], KEPT)

    def better(self, rows: Ints, net: Ints, least: Ints, denied: Denied) -> Iterator[Pairs]:
        """Of each row the `FOUND` best pairs that are worth more than it has to have.

        Args:
            rows: of this market, in its order.
            net: by column, the price of its cheapest slot less what the slot brings.
            least: by row, the points less `net` that a pair has to have more than.
            denied: tells which pairs of rows and columns don't count.
        """
        frame = self.frame
        for block in _blocks(rows, BLOCK):
            offers = self._cheapest(block, net)
            hosts = self._at_hosts(block)
            needed = (least[block] - ROUNDING).astype(np.float64)
            cells = np.maximum.reduceat(offers, self.cells[:-1])
            line, cell = np.nonzero(hosts[:, self.cell_host] + cells > needed[:, None])
            found = []
            for some in _blocks(np.arange(len(line)), DENSE_PAIRS // CELL):
                begin, end = self.cells[cell[some]], self.cells[cell[some] + 1]
                index, _ = ragged(begin, end)
                length = end - begin
                missing = needed[line[some]] - hosts[line[some], self.cell_host[cell[some]]]
                missing = np.repeat(missing, length)
                likely = np.flatnonzero(offers[index] > missing)
                index, missing = index[likely], missing[likely]
                row = np.repeat(block[line[some]], length)[likely]
                column = self.columns[index]
                # What a pair is worth costs less to tell than whether it fits.
                worth = score.price_points(frame, row, column)
                worth += score.row_points(frame)[row] - net[column]
                enough = worth > missing
                row, column, points = judged(frame, row[enough], column[enough])
                value = points - net[column]
                more = value > least[row]
                row, column, points, value = row[more], column[more], points[more], value[more]
                free = ~denied(row, column)
                found.append(best(row[free], column[free], points[free], value[free], FOUND))
            if len(found) == 1:
                yield found[0]
            elif found:
                row, column, points = joined(found)
                yield best(row, column, points, points - net[column], FOUND)

    @cached_property
    def hosts(self) -> Ints:
        return np.unique(self.frame.host[self.columns])

    @cached_property
    def cells(self) -> Ints:
        """Where each cell begins in `columns`, and the end."""
        host = self.frame.host[self.columns]
        first = np.searchsorted(host, host)
        begins = (np.arange(len(host)) - first) % CELL == 0
        return np.append(np.flatnonzero(begins), len(host))

    @cached_property
    def cell_host(self) -> Ints:
        """Each cell's place in `hosts`."""
        return np.searchsorted(self.hosts, self.frame.host[self.columns[self.cells[:-1]]])

    def _cheapest(self, block: Ints, net: Ints) -> Floats:
        """By column, as many points beside those of the host as any row of the block has, or more,
        less `net`."""
        frame, columns = self.frame, self.columns
        pay = np.maximum(frame.pay[block], 1.0)
        least = frame.min_flat[columns] / pay.max()
        least = least + frame.min_price[columns] * (frame.units[block] / pay).min()
        value = frame.tuning.price * (1.0 - np.minimum(least, 1.0)) - net[columns]
        value += score.row_points(frame)[block].max()
        possible = np.ones(len(columns), np.bool_)
        for field, has in frame.has.items():
            sets, given = frame.sets[field][columns], has[block]
            possible &= sets <= given.max() if field.startswith("min") else sets >= given.min()
        for own, asked in (
            (frame.requester, frame.offer_requester),
            (frame.spec, frame.offer_spec),
        ):
            limited = asked[columns] != ANY
            if limited.any():
                possible &= ~limited | np.isin(asked[columns], own[block])
        return np.where(possible, value, NOWHERE)

    def _at_hosts(self, block: Ints) -> Floats:
        """By row and host, the points of the machine, where it is admitted at all."""
        frame, hosts = self.frame, self.hosts
        rows = block[:, None]
        points = score.host_points(frame, rows, hosts[None, :], self._trips(block))
        possible = frame.region_fits[frame.region[block]][:, frame.host_region[hosts]]
        for field, needs in frame.needs.items():
            possible &= needs[rows] <= frame.gives[field][hosts]
        only = frame.only[rows]
        provider = frame.host_provider[hosts]
        if (only != ANY).any():
            possible &= (only == ANY) | (only == TREE) | (only == provider)
        return np.where(possible, points, NOWHERE)

    def _trips(self, block: Ints) -> Floats:
        sites, at = np.unique(self.frame.site[block], return_inverse=True)
        return self.frame.trips_of(sites, self.hosts)[at]


def markets(frame: Frame) -> list[Market]:
    """All markets in which somebody could deal."""
    rows = np.flatnonzero(frame.open & frame.funded & frame.matched_by_us)
    columns = np.flatnonzero(frame.valid & frame.unused & frame.offer_matched_by_us)
    asked = np.stack([frame.profile, frame.resolver, frame.policy], axis=1)[rows]
    offered = np.stack([frame.offer_profile, frame.offer_resolver, frame.offer_policy], axis=1)
    kinds, kind = np.unique(np.concatenate([asked, offered[columns]]), axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    row_kind, column_kind = kind[: len(rows)], kind[len(rows) :]
    dear = frame.pay / np.maximum(frame.units, 1.0)
    row_order = np.lexsort((rows, dear[rows], row_kind))
    column_order = np.lexsort((columns, frame.min_price[columns], frame.host[columns], column_kind))
    rows, row_kind = rows[row_order], row_kind[row_order]
    columns, column_kind = columns[column_order], column_kind[column_order]
    bounds = np.arange(len(kinds) + 1)
    row_at, column_at = np.searchsorted(row_kind, bounds), np.searchsorted(column_kind, bounds)
    both = (np.diff(row_at) > 0) & (np.diff(column_at) > 0)
    return [
        Market(frame, rows[row_at[i] : row_at[i + 1]], columns[column_at[i] : column_at[i + 1]])
        for i in np.flatnonzero(both)
    ]


def judged(frame: Frame, rows: Ints, columns: Ints) -> Pairs:
    """The pairs among these that fit, with their points."""
    fitting = constraints.fits(frame, rows, columns)
    shape = fitting.shape
    row = np.broadcast_to(rows, shape)[fitting]
    column = np.broadcast_to(columns, shape)[fitting]
    return row, column, score.pair_points(frame, row, column)


def best(rows: Ints, columns: Ints, points: Ints, value: Ints, most: int) -> Pairs:
    """Of each row the `most` pairs of the highest value."""
    if not len(rows) or len(rows) <= most:
        return rows, columns, points
    order = np.lexsort((columns, -value, rows))
    row = rows[order]
    kept = order[np.arange(len(row)) - np.searchsorted(row, row) < most]
    return rows[kept], columns[kept], points[kept]


def joined(parts: Iterable[Pairs]) -> Pairs:
    """All of them as one."""
    none = (np.empty(0, np.int64),) * 3
    rows, columns, points = (np.concatenate(each) for each in zip(none, *parts, strict=True))
    return rows, columns, points


def _blocks(values: Ints, size: int) -> Iterator[Ints]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
