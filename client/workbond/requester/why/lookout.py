"""Looking for reasons beside the waiting: in a thread of its own, rarely, and never in its way."""

from __future__ import annotations

import contextlib
import threading
import time

from workbond import threads
from workbond.chain.types import Request
from workbond.errors import WorkbondError
from workbond.requester.desk import Desk
from workbond.requester.why.judge import judge
from workbond.requester.why.reasons import NOTHING_SEEN, Code, Reason
from workbond.requester.why.survey import survey

FIRST_S = 30.0  # most jobs are taken before anybody asks why
EVERY_S = 60.0  # from the end of one survey to the start of the next
QUICK_S, QUICK_PROBE_S = 5.0, 2.0  # where somebody waits for the answer


class Lookout:
    """Surveys the market of one open job from time to time.

    Args:
        desk: market and store.
        job_id: the job.
        request: what was posted.
        gateway: where its event says that its blobs are.
    """

    def __init__(self, desk: Desk, job_id: bytes, request: Request, gateway: str) -> None:
        self._job = (desk, job_id, request, gateway)
        self._next = time.monotonic() + FIRST_S
        self._thread: threading.Thread | None = None
        self._told: frozenset[Code] | None = None
        self.reasons: tuple[Reason, ...] | None = None
        """Those of the last survey; None before the first."""

    def look(self) -> bool:
        """Call it while you wait; True if there are reasons, and others than the last time."""
        if self._thread is not None:
            if self._thread.is_alive():
                return False
            self._thread, self._next = None, time.monotonic() + EVERY_S
            if self.reasons is not None:
                codes = frozenset(reason.code for reason in self.reasons)
                news, self._told = codes != self._told, codes
                return news
        elif time.monotonic() >= self._next:
            self._thread = threads.start(self._survey)
        return False

    def first(self) -> Reason | None:
        """The likeliest reason why nobody took the job, now that it can't be taken any more."""
        if self.reasons is None:
            desk, job_id, request, gateway = self._job
            with contextlib.suppress(WorkbondError):
                self.reasons = reasons_now(desk, job_id, request, gateway)
        open_ones = (r for r in self.reasons or () if r.code is not Code.CLOSED)
        return next(open_ones, None)

    def _survey(self) -> None:
        with contextlib.suppress(WorkbondError):  # an outage: the next one may see more
            self.reasons = judge(survey(*self._job))


def reasons_now(desk: Desk, job_id: bytes, request: Request, gateway: str) -> tuple[Reason, ...]:
    """A quick survey, judged; raises `ChainError`."""
    facts = survey(desk, job_id, request, gateway, patience_s=QUICK_S, probe_s=QUICK_PROBE_S)
    return judge(facts)


def headline(reasons: tuple[Reason, ...]) -> str:
    """The first reason and what to do about it, as one line."""
    if not reasons:
        return NOTHING_SEEN
    return f"{reasons[0]}. What to do: {reasons[0].remedy}"
