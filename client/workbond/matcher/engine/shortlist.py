"""The few pairs that a row is likely to bid for, so that not all are looked at for every bid."""

from __future__ import annotations

import numpy as np

from workbond.matcher.engine.edges import FAR, Edges
from workbond.matcher.engine.frame import Ints
from workbond.matcher.engine.prices import Prices

FEW = 12
WRITTEN = 1 << 19  # pairs that are looked at together when lists are written
DEAREST = np.int64(1) << 40  # above all points


class Shortlist:
    """By row, its best pairs when the list was written, and how much any other was worth then.

    Prices only rise in an auction, so no other is ever worth more: while two of the list are worth
    as much, they are the best two of all.
    """

    def __init__(self, edges: Edges, prices: Prices) -> None:
        self._edges, self._prices = edges, prices
        width = edges.columns.shape[1]
        self._whole = width <= 2 * FEW
        if self._whole:
            self._columns, self._points = edges.columns, edges.points
        else:
            self._columns = np.empty((edges.rows, FEW), np.int64)
            self._points = np.empty((edges.rows, FEW), np.int64)
            self._others = np.full(edges.rows, FAR)
            self._shift = np.int64(width).item().bit_length()

    def best_two(self, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Of each row the column with which it would be best off, the points of that pair, what
        they are worth at its price, and what the next best slot is worth (0 or more)."""
        if self._whole:
            return self._listed(rows)
        unwritten = self._others[rows] == FAR
        if unwritten.any():
            self._write(rows[unwritten])
        column, own, worth, other = self._listed(rows)
        stale = np.flatnonzero(np.minimum(np.maximum(worth, 0), other) < self._others[rows])
        if len(stale):
            self._write(rows[stale])
            column[stale], own[stale], worth[stale], other[stale] = self._listed(rows[stale])
        return column, own, worth, other

    def _listed(self, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        line = np.arange(len(rows))
        columns, points = self._columns[rows], self._points[rows]
        value = points - self._prices.least[columns]
        best = value.argmax(axis=1)
        column, own = columns[line, best], points[line, best]
        worth = value[line, best]
        value[line, best] = own - self._prices.second[column]
        return column, own, worth, np.maximum(value.max(axis=1), 0)

    def _write(self, rows: Ints) -> None:
        """Notes the best of each row. A pair's place is part of what is compared, so that which of
        equal ones are noted does not depend on how the machine sorts."""
        size = max(1, WRITTEN // self._edges.columns.shape[1])
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            columns, points = self._edges.columns[some], self._edges.points[some]
            loss = np.minimum(self._prices.least[columns] - points, DEAREST)
            keys = (loss << self._shift) + np.arange(columns.shape[1])
            keys.partition(FEW, axis=1)
            self._others[some] = -(keys[:, FEW] >> self._shift)
            at = np.sort(keys[:, :FEW], axis=1) & ((1 << self._shift) - 1)
            line = np.arange(len(some))[:, None]
            self._columns[some], self._points[some] = columns[line, at], points[line, at]
