"""`workbond`, killed at a chosen moment: python doomed.py ACT MOMENT ARGUMENTS...

ACT is a function of the committee, or `nothing`. Moments, in their order: `unsigned` before its
transaction is made, `prepared` after votes are in the notebook, `signed` after it is in the
notebook, `sent` after the node has it, `done` after its block.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from workbond.chain.connection import Connection
from workbond.cli.main import run
from workbond.verifier import run as running
from workbond.verifier.acts import Acts
from workbond.verifier.notebook import Notebook
from workbond.verifier.plan import Plan

ACT, MOMENT, *ARGUMENTS = sys.argv[1:]
under_way = ""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def patch(owner: Any, name: str, before: Callable[..., bool], after: Callable[..., bool]) -> None:
    """Has `owner.name` kill the process before or after it ran, if these say so."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if before(*args):
            die()
        found = original(*args, **kwargs)
        if after(*args):
            die()
        return found

    setattr(owner, name, wrapper)


def never(*_: Any) -> bool:
    return False


def begins(_: Any, key: str, function: str, *__: Any) -> bool:
    global under_way
    under_way = function
    return (function, MOMENT) == (ACT, "unsigned")


patch(Acts, "_send", begins, lambda _, key, function, *__: (function, MOMENT) == (ACT, "done"))
patch(Notebook, "prepare", never, lambda *_: (ACT, MOMENT) == ("commit", "prepared"))
patch(Notebook, "remember", never, lambda *_: (under_way, MOMENT) == (ACT, "signed"))
patch(Connection, "send_raw", never, lambda *_: (under_way, MOMENT) == (ACT, "sent"))
running.Plan = lambda: Plan(poll_s=0.05, stagger_s=0)  # type: ignore[assignment, misc]
sys.exit(run(ARGUMENTS))
