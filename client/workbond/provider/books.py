"""The node's books: what it saw, did and earned, told in the journal and in `status.json`.

Nothing here decides anything, and nothing that goes wrong here stops the work.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.errors import ChainError
from workbond.jobs import JobRecord
from workbond.provider import advice, statusfile
from workbond.provider.board import News, Turn
from workbond.provider.experience import Experience
from workbond.provider.fit import Misfit, Refusal
from workbond.provider.health import Health
from workbond.provider.journal import Journal, Level, one_line
from workbond.provider.returns import Habits
from workbond.provider.status import next_deadline
from workbond.provider.statusfile import (
    ENDED_MAX,
    LIVE_MAX,
    REFUSED_MAX,
    BookHealth,
    Counted,
    Counts,
    EndedJob,
    Learnt,
    LiveJob,
    NodeStatus,
    RefusedJob,
)
from workbond.provider.tally import OPEN, TOOK, Tally

SUMMARY_S = 600.0  # at least between two summaries of why jobs are not taken
STATUS_S = 3.0  # at least between two writings of the status file


@dataclass(frozen=True)
class Dealing:
    """How the order books do, how many offers of ours are out, and the base units they promise."""

    books: tuple[BookHealth, ...] = ()
    offers: int = 0
    promised: int = 0


NO_DEALING = Dealing()


class Books:
    """Told by the node's parts what happens.

    Args:
        home: the node's directory.
        market: the market that it follows.
        provider: its address.
        cores: tasks at once.
        journal: for the summaries.
        summary_s: at least between two of them.
    """

    def __init__(
        self,
        home: Path,
        market: Market,
        provider: str,
        cores: int,
        journal: Journal,
        summary_s: float = SUMMARY_S,
    ) -> None:
        self._home, self._market, self._provider = home, market, provider
        self._cores, self._journal, self._summary_s = cores, journal, summary_s
        self.tally = Tally()
        self._experience = Experience(home)
        self._refused: OrderedDict[bytes, tuple[Refusal, int]] = OrderedDict()  # and when
        self._ended: deque[EndedJob] = deque(maxlen=ENDED_MAX)
        self._began: dict[bytes, float] = {}  # job: when its fetching did
        self._executing_ms: dict[bytes, int] = {}
        self._started_at = _now()
        self._health = Health(market.connection)
        self._written = self._summed = float("-inf")
        self._summary = ""
        if self._experience.problem:
            journal.say(
                f"what earlier jobs taught can't be read ({self._experience.problem}): beginning "
                "anew",
                level=Level.WARNING,
            )

    # ─────────────────────────────── open jobs ────────────────────────────────

    def noticed(self, news: Iterable[News], *, after_outage: bool) -> None:
        """Takes in what happened to open jobs; `after_outage`: while the node saw nothing."""
        for each in news:
            if each.turn is Turn.OPENED:
                self.tally.see(each.job_id)
            elif each.turn is Turn.OURS:
                self.tally.take(each.job_id)
                self._refused.pop(each.job_id, None)
            elif each.turn is Turn.CLOSED:
                self.tally.miss(each.job_id, Misfit.CLOSED)
            else:
                reason = Misfit.RPC if after_outage else Misfit.TAKEN
                self.tally.miss(each.job_id, reason)

    def refused(self, job_id: bytes, refusal: Refusal) -> None:
        """A job does not fit, or could not be had."""
        self.tally.refuse(job_id, refusal)
        self._refused.pop(job_id, None)
        self._refused[job_id] = refusal, _now()
        if len(self._refused) > REFUSED_MAX:
            self._refused.popitem(last=False)

    def suits(self, job_id: bytes) -> None:
        """A job fits, as far as its request tells."""
        self.tally.suits(job_id)
        self._refused.pop(job_id, None)

    # ──────────────────────────────── own jobs ────────────────────────────────

    def resumed(self, jobs: int) -> None:
        """So many own jobs were live at the start."""
        self.tally.resumed += jobs

    def gathering(self, job_id: bytes) -> None:
        """Fetching begins."""
        self._began = {job_id: time.monotonic()}  # of one job at a time

    def executed(self, record: JobRecord, units: int, ms: int) -> None:
        """All tasks of a job were executed in `ms`, everything having been here before."""
        request = record.request
        self._executing_ms[record.id] = ms
        self._experience.executed(
            request.requester,
            tasks=request.tasks,
            cores=self._cores,
            paid_units=request.max_units,
            units=units,
            ms=ms,
        )
        self._save()

    def claimed(self, record: JobRecord) -> None:
        """The claim is on the chain."""
        began, executing_ms = self._began.pop(record.id, None), self._executing_ms.pop(record.id, 0)
        if began is not None and executing_ms:
            whole_ms = round((time.monotonic() - began) * 1_000)
            self._experience.claimed(max(0, whole_ms - executing_ms))
            self._save()

    def ended(self, record: JobRecord) -> None:
        """A job of ours is settled or void."""
        args = record.ending or {}
        paid = record.state is State.SETTLED
        amount = args["payment"] if paid else args.get("slashed", 0)
        self.tally.end(earned=amount if paid else None, lost=0 if paid else amount)
        self._executing_ms.pop(record.id, None)
        self._ended.append(
            EndedJob(
                id=f"0x{record.id.hex()}", state=record.state.label, amount=str(amount), at=_now()
            )
        )

    def habits(self, requester: str) -> Habits:
        """What to expect of a job of `requester`."""
        return self._experience.habits(requester)

    # ──────────────────────────────── the chain ───────────────────────────────

    def answered(self, head: Block) -> None:
        """The RPC answered a whole turn's questions."""
        self._health.answered(head)

    def failed(self, problem: str) -> None:
        """A turn failed, which is mostly the RPC's."""
        self._health.failed(problem)

    @property
    def outage_s(self) -> float:
        """Seconds without the chain since the start."""
        return self._health.outage_s

    # ──────────────────────────────── telling ─────────────────────────────────

    def summarise(self, *, now: bool = False) -> None:
        """Says why jobs were not taken, if that is news; `now`: without regard to the last time."""
        due = now or time.monotonic() - self._summed >= self._summary_s
        if not due or not self.tally.not_taken:
            return
        line = advice.summary(self.tally)
        if self._health.had_outages:
            line += f"; without the chain for {self.outage_s:.0f} s"
        if line == self._summary:
            return
        self._summary, self._summed = line, time.monotonic()
        counts = self.tally.counts
        self._journal.say(
            line,
            "SUMMARY",
            numbers={
                "seen": self.tally.seen,
                "took": counts.get(TOOK, 0),
                "done": self.tally.done,
                "failed": self.tally.failed,
                "earned": str(self.tally.earned),
                **dict(advice.ranked(counts)),
            },
        )

    def write(
        self,
        doing: str,
        live: list[JobRecord],
        dealing: Dealing = NO_DEALING,
        *,
        now: bool = False,
    ) -> None:
        """Replaces the status file, unless that was done a moment ago."""
        if not now and time.monotonic() - self._written < STATUS_S:
            return
        self._written = time.monotonic()
        try:
            statusfile.write(self._home, self._status(doing, live, dealing))
        except ChainError:  # not even the chain's id is known yet
            return
        except (OSError, ValueError) as error:
            self._tell_unwritten("the status file", error)

    def _status(
        self, doing: str, live: list[JobRecord], dealing: Dealing = NO_DEALING
    ) -> NodeStatus:
        habits = self._experience.habits()
        return NodeStatus(
            version=statusfile.VERSION,
            provider=self._provider,
            market=self._market.address,
            chain_id=self._market.connection.chain_id,
            pid=os.getpid(),
            started_at=self._started_at,
            written_at=_now(),
            doing=doing,
            rpc=self._health.told(),
            jobs=self._counts(),
            refused=tuple(
                RefusedJob(
                    id=f"0x{job_id.hex()}",
                    code=refusal.reason.name,
                    detail=one_line(refusal.detail),
                    at=at,
                )
                for job_id, (refusal, at) in self._refused.items()
            ),
            ended=tuple(self._ended),
            live=tuple(map(_live, live[:LIVE_MAX])),
            learnt=Learnt(
                jobs=self._experience.jobs,
                units_per_second=habits.units_per_second,
                task_ms=habits.task_ms,
                overhead_ms=habits.overhead_ms,
                usage_ppm=habits.usage_ppm,
            ),
            books=dealing.books,
            offers=dealing.offers,
            promised=str(dealing.promised),
        )

    def _counts(self) -> Counts:
        tally, counts = self.tally, self.tally.counts
        return Counts(
            seen=tally.seen,
            took=counts.get(TOOK, 0),
            undecided=counts.get(OPEN, 0),
            not_taken=tuple(
                Counted(code=code, jobs=jobs, hint=advice.hint(code, tally.with_code(code)))
                for code, jobs in advice.ranked(counts)
            ),
            resumed=tally.resumed,
            done=tally.done,
            failed=tally.failed,
            earned=str(tally.earned),
            lost=str(tally.lost),
        )

    def _save(self) -> None:
        try:
            self._experience.save()
        except (OSError, ValueError) as error:
            self._tell_unwritten("what jobs taught", error)

    def _tell_unwritten(self, what: str, error: Exception) -> None:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        self._journal.remark(what, f"{what} could not be written: {why}", level=Level.WARNING)


def _live(record: JobRecord) -> LiveJob:
    waits_for, deadline = next_deadline(record)
    return LiveJob(
        id=f"0x{record.id.hex()}",
        state=record.state.label,
        waits_for=waits_for,
        deadline=deadline,
    )


def _now() -> int:
    return int(time.time())
