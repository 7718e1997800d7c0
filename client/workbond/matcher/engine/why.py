"""Why an order was not matched: for each order of the other side, the first thing in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import overload

import numpy as np

from workbond.matcher.engine.constraints import CONSTRAINTS
from workbond.matcher.engine.frame import Frame
from workbond.matcher.engine.reasons import Reason
from workbond.matcher.engine.types import Allocation, Offered, Standing, Tuning, Wanted


@overload
def why(
    order: Wanted,
    others: Sequence[Offered],
    standings: Mapping[str, Standing],
    now_s: int,
    matcher: str,
    allocation: Allocation = ...,
) -> Counter[Reason]: ...
@overload
def why(
    order: Offered,
    others: Sequence[Wanted],
    standings: Mapping[str, Standing],
    now_s: int,
    matcher: str,
    allocation: Allocation = ...,
) -> Counter[Reason]: ...
def why(
    order: Wanted | Offered,
    others: Sequence[Wanted] | Sequence[Offered],
    standings: Mapping[str, Standing],
    now_s: int,
    matcher: str,
    allocation: Allocation = Allocation(),  # noqa: B008 - frozen
) -> Counter[Reason]:
    """How many of `others` fail at which reason; most first in `most_common()`.

    Args:
        order: a request or an offer that is in no pair.
        others: the other side of the book.
        standings: as the round was given them.
        now_s: likewise.
        matcher: likewise.
        allocation: of that round. An order that stake or money had to forgo there counts under
            `STAKE` or `FUNDS`, any other that fits under `OUTBID`.
    """
    if not others:
        return Counter([Reason.NO_OFFERS if isinstance(order, Wanted) else Reason.NO_REQUESTS])
    wanted = [each for each in (order, *others) if isinstance(each, Wanted)]
    offered = [each for each in (order, *others) if isinstance(each, Offered)]
    frame = Frame(wanted, [[each] for each in offered], standings, now_s, matcher, Tuning())
    count = max(len(wanted), len(offered))
    # One of the two is alone, so the pairs are a row or a column.
    every, alone = np.arange(count), np.zeros(count, np.int64)
    rows, columns = (every, alone) if len(wanted) == count else (alone, every)
    found: Counter[Reason] = Counter()
    fitting = np.ones(count, np.bool_)
    for reason, constraint in CONSTRAINTS:
        passed = fitting & constraint(frame, rows, columns)
        found[reason] += int(fitting.sum() - passed.sum())
        fitting = passed
    for place in np.flatnonzero(fitting).tolist():
        request, offer = wanted[rows[place]], offered[columns[place]].offer
        if request.id in allocation.unfunded:
            found[Reason.FUNDS] += 1
        elif (request.id, offer.provider) in allocation.denied:
            found[Reason.STAKE] += 1
        else:
            found[Reason.OUTBID] += 1
    return +found
