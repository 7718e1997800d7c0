"""What becomes of slots that were left: a reverse auction, in which slots look for rows.

A slot that its holder left, for something better or because money forbade it, has a price that
nobody pays any more. It goes down to what the second best row would give, a step less, and the
best row moves in, if it gains more than a step; the slot that this row leaves is next. Profits only
rise, so it ends; then free slots cost nothing, and nobody would gain more than a step by moving.
"""

from __future__ import annotations

import numpy as np

from workbond.matcher.engine.auction import NONE, Places, firsts
from workbond.matcher.engine.edges import FAR, Edges
from workbond.matcher.engine.frame import Flags, Ints, ragged
from workbond.matcher.engine.slots import Slots


class Callers:
    """The pairs of some rows by column: whom a free slot can ask."""

    def __init__(self, edges: Edges, among: Flags) -> None:
        rows, columns, points = edges.pairs()
        order = edges.by_column()
        row = rows[order]
        mine = among[row]
        if not mine.all():
            order, row = order[mine], row[mine]
        self.row, self.points = row, points[order]
        self.start = np.searchsorted(columns[order], np.arange(edges.width + 1))


def fill(callers: Callers, slots: Slots, net: Ints, places: Places, free: Ints, step: int) -> None:
    """Finds rows for the slots `free`, or brings their prices down to nothing.

    Args:
        callers: whom they may ask.
        slots: all.
        net: by slot; changed.
        places: changed.
        free: slots without a holder.
        step: points of the smallest gain.
    """
    queue = free[net[free] > -slots.offset[free]]
    highest = np.empty(len(places.slot), np.int64)
    while len(queue):
        row, points, first, second = _best_two(callers, slots.column[queue], net, places)
        floor = -slots.offset[queue]
        moves = first > floor + step
        net[queue[~moves]] = floor[~moves]
        queue, row, points = queue[moves], row[moves], points[moves]
        first, second = first[moves], second[moves]
        won = firsts(row, first, highest)
        slot, mover = queue[won], row[won]
        left = places.slot[mover]
        net[slot] = np.maximum(-slots.offset[slot], second[won] - step)
        left = left[left != NONE]
        places.holder[left] = NONE
        places.holder[slot] = mover
        places.slot[mover] = slot
        places.points[mover] = points[won]
        waiting = np.ones(len(queue), np.bool_)
        waiting[won] = False
        left = left[net[left] > -slots.offset[left]]
        queue = np.sort(np.concatenate([queue[waiting], left]))


def _best_two(
    callers: Callers, columns: Ints, net: Ints, places: Places
) -> tuple[Ints, Ints, Ints, Ints]:
    """By column, the row that would give most, the points of that pair, what the row would give,
    and what the next one would."""
    best, points = np.zeros(len(columns), np.int64), np.zeros(len(columns), np.int64)
    first = np.full(len(columns), -FAR)
    second = np.full(len(columns), -FAR)
    begin, end = callers.start[columns], callers.start[columns + 1]
    some = np.flatnonzero(end > begin)
    if not len(some):
        return best, points, first, second
    length = (end - begin)[some]
    index, begins = ragged(begin[some], end[some])
    row = callers.row[index]
    slot = places.slot[row]
    profit = np.where(slot == NONE, 0, places.points[row] - net[slot])
    value = callers.points[index] - profit
    highest = np.maximum.reduceat(value, begins)
    places_of = np.flatnonzero(value == np.repeat(highest, length))
    at = places_of[np.searchsorted(places_of, begins)]
    best[some], first[some], points[some] = row[at], highest, callers.points[index[at]]
    value[at] = -FAR
    second[some] = np.maximum.reduceat(value, begins)
    return best, points, first, second
