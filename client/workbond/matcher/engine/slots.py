"""Uses of offers as places to be given: each column's slots, with the points that a slot brings.

The slots of a provider are numbered in a round: first uses before second ones, cheap offers before
dear ones. The k-th counts as if k more jobs ran there already, so that a round spreads its jobs;
only the first use of an offer brings what the offer gained by waiting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbond.matcher.engine import score
from workbond.matcher.engine.frame import Frame, Ints
from workbond.matcher.engine.types import Offered


@dataclass(frozen=True)
class Slots:
    """Sorted by column.

    Args:
        column: of each slot.
        offset: its points, added to those of the pair.
        start: by column, its first slot; one more entry ends the last.
        offered: the offer of which each slot is a use.
    """

    column: Ints
    offset: Ints
    start: Ints
    offered: list[Offered]


def slots_of(frame: Frame, now_s: int) -> Slots:
    """All uses that a round can give, at most `Tuning.uses_per_round` of an offer."""
    tuning = frame.tuning
    columns: list[int] = []
    uses: list[int] = []
    offers: list[Offered] = []
    for index, group in enumerate(frame.groups):
        for offered in group:
            count = min(offered.left, tuning.uses_per_round, frame.rows)
            columns += [index] * count
            uses += range(count)
            offers += [offered] * count
    column = np.array(columns, np.int64)
    use = np.array(uses, np.int64)
    # Stable: what is equal in all of these keeps the order of the frame.
    dear = frame.sets["min_unit_price"][column]
    provider = frame.provider[column]
    order = np.lexsort((dear, use, provider))
    first = np.searchsorted(provider[order], provider[order])
    number = np.empty(len(column), np.int64)
    number[order] = np.arange(len(column)) - first
    host = frame.host[column]
    idle = score.load(frame.live_jobs[host] + number, frame.cores[host])
    age = np.array([max(0, now_s - each.since_s) for each in offers], np.int64)
    age = np.minimum(age, tuning.patience_s - 1)
    waited = np.where(use == 0, score.waiting(age, tuning.patience_s, tuning.waiting), 0)
    offset = np.rint(tuning.load * idle).astype(np.int64) + waited
    start = np.searchsorted(column, np.arange(frame.columns + 1))
    return Slots(column, offset, start, offers)
