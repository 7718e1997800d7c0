"""From a diverging run to the few of its calls that matter."""

from .calls import Call
from .pair import Classes, Divergence, Pair, Stage


def diverges(stage: Stage, classes: Classes, calls: list[Call]) -> bool:
    """Whether these calls, on a fresh market, lead to a divergence."""
    try:
        pair = Pair(stage, classes)
        for call in calls:
            pair.perform(call)
        pair.compare_all()
    except Divergence:
        return True
    return False


def shrink(stage: Stage, classes: Classes, calls: list[Call]) -> list[Call]:
    """Leave out ever smaller runs of calls as long as the rest still diverges.

    The result diverges with its last call, or is `calls` itself if these do not diverge (the
    difference came up at closing time).
    """
    if not diverges(stage, classes, calls):
        return calls
    size = len(calls) // 2
    while size:
        start = 0
        while start < len(calls):
            shorter = calls[:start] + calls[start + size :]
            if diverges(stage, classes, shorter):
                calls = shorter
            else:
                start += size
        size //= 2
    return calls
