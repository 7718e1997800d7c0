"""Pairs that may be matched, as a table: a line of columns and of points for each row."""

from __future__ import annotations

import numpy as np

from workbond.matcher.engine.frame import Flags, Ints

FAR = np.int64(1) << 60
"""A price that nobody pays: of what does not exist or can't be had."""


class Edges:
    """`columns` and `points` have a line per row, filled up with column `width` (no column)."""

    columns: Ints
    points: Ints

    def __init__(self, rows: int, width: int) -> None:
        self.rows, self.width = rows, width
        self._keys = np.empty(0, np.int64)
        self._points = np.empty(0, np.int64)
        self._by_column: Ints | None = None
        self._place = self._row = self._column = self._keys
        self._build()

    def add(self, rows: Ints, columns: Ints, points: Ints) -> int:
        """Adds pairs; those known stay as they are. Returns how many are new."""
        asked = np.asarray(rows * self.width + columns)
        keys, first = np.unique(asked, return_index=True)
        place = np.searchsorted(self._keys, keys)
        new = np.append(self._keys, -1)[place] != keys
        place, keys, first = place[new], keys[new], first[new]
        if len(keys):
            self._keys = np.insert(self._keys, place, keys)
            self._points = np.insert(self._points, place, points[first])
            self._by_column = None
            self._build()
        return len(keys)

    def keep(self, kept: Flags) -> None:
        """Leaves only pairs for which `kept` (by place in `pairs`) is true."""
        if kept.all():
            return
        if self._by_column is not None:
            left = self._by_column[kept[self._by_column]]
            self._by_column = (np.cumsum(kept) - 1)[left]
        gone = self._place[~kept]
        self.columns.reshape(-1)[gone] = self.width
        self.points.reshape(-1)[gone] = 0
        self._keys, self._points = self._keys[kept], self._points[kept]
        self._row, self._column = self._row[kept], self._column[kept]
        self._place = self._place[kept]
        self.count = np.bincount(self._row, minlength=self.rows)

    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """Rows, columns and points of all pairs, by row, then column."""
        return self._row, self._column, self._points

    def by_column(self) -> Ints:
        """The places in `pairs` by column, then row."""
        if self._by_column is None:
            # All keys differ, so every way of sorting comes to the same.
            self._by_column = np.argsort(self._column * self.rows + self._row)
        return self._by_column

    def _build(self) -> None:
        self._row, self._column = np.divmod(self._keys, max(1, self.width))
        self.count = np.bincount(self._row, minlength=self.rows)
        start = np.cumsum(self.count) - self.count
        most = int(self.count.max(initial=1))
        self.columns = np.full((self.rows, most), self.width, np.int64)
        self.points = np.zeros((self.rows, most), np.int64)
        self._place = self._row * most + np.arange(len(self._row)) - start[self._row]
        self.columns.reshape(-1)[self._place] = self._column
        self.points.reshape(-1)[self._place] = self._points
