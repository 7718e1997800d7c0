"""Our live jobs, from acceptance to their end: what each needs now follows from its state on the
chain and the chain's time.

    Running   execute and submit; release what can't be done in time, as that costs less than
              expiry; expire what is too late, which unlocks the rest of the bond
    Claimed   finalize when the window is over; void when even the grace is
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workbond.chain import rules
from workbond.chain.market import Market
from workbond.chain.transactions import Receipt, Signer
from workbond.chain.types import State, VoidReason
from workbond.errors import BlobError
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.provider.acts import Acts
from workbond.provider.board import Board
from workbond.provider.books import Books
from workbond.provider.journal import Journal, Level, count
from workbond.provider.retry import Retries
from workbond.provider.work import Sealed, Workshop
from workbond.provider.worker import Done, Worker
from workbond.words import duration

GIVE_UP_S = 25  # before the deadline: two blocks of Ethereum's for the release to get into one
FETCH_TRIES = 6  # 10, 20, ... 320 s: an outage of ten minutes is survived
EXECUTE_TRIES = 2  # a crash may be an accident; the same one twice is not


class OwnJobs:
    """Does what our live jobs need, and knows which of them must be executed."""

    def __init__(
        self,
        market: Market,
        signer: Signer,
        board: Board,
        workshop: Workshop,
        worker: Worker,
        journal: Journal,
        books: Books,
    ) -> None:
        self._market = market
        self._signer = signer
        self._board = board
        self._workshop = workshop
        self._worker = worker
        self._journal = journal
        self._books = books
        self._acts = Acts(board, journal)
        self._sealed: dict[bytes, Sealed] = {}
        self._hopeless: dict[bytes, str] = {}  # job: why it can't be executed here
        self._lost: set[bytes] = set()  # claimed, but the manifest is gone
        self._fetches = Retries(FETCH_TRIES)
        self._executions = Retries(EXECUTE_TRIES)
        self.ended = 0  # jobs, since the start

    # ────────────────────────────── transactions ──────────────────────────────

    def tend(self, now_s: int) -> None:
        """Sends the transactions that are due."""
        for record in self._board.own():
            if record.state is State.RUNNING:
                self._tend_running(record, now_s)
            elif record.state is State.CLAIMED:
                self._tend_claimed(record, now_s)
        self._forget()

    def _tend_running(self, record: JobRecord, now_s: int) -> None:
        job, end_s = record.live_job(), rules.runs_until(record.live_job())
        if now_s >= end_s:
            self._abandon(record, "its time is over")
            self._act(record, "expire", lambda: self._market.expire(self._signer, record.id, job))
            return
        sealed = self._sealed.get(record.id)
        if sealed is not None:
            self._act(
                record,
                "submit",
                lambda: self._market.submit(
                    self._signer, record.id, job, sealed.seal, sealed.manifest
                ),
            )
            return
        if now_s >= end_s - GIVE_UP_S:
            self._abandon(record, f"it can't be done in the {end_s - now_s} s that are left")
        if record.id in self._hopeless:
            self._act(record, "release", lambda: self._market.release(self._signer, record.id, job))

    def _tend_claimed(self, record: JobRecord, now_s: int) -> None:
        job = record.live_job()
        if now_s >= rules.opens_until(job):
            self._abandon(record, "it was not finalized within the grace")
            self._act(record, "void", lambda: self._market.void(self._signer, record.id, job))
            return
        if now_s < job.window_end or record.id in self._hopeless:
            return
        sealed = self._sealed.get(record.id) or self._workshop.opening(record)
        if sealed is None:
            if record.id not in self._lost:
                self._lost.add(record.id)
                self._say(
                    record,
                    "its stored manifest is lost: executing it again to finalize it",
                    "FAILED",
                    Level.WARNING,
                )
            return
        self._sealed[record.id] = sealed
        if sealed.seal != job.seal:
            self._abandon(record, "executed again, it has another result than was claimed")
            return
        self._act(
            record,
            "finalize",
            lambda: self._market.finalize(
                self._signer, record.id, job, sealed.root, sealed.total_units
            ),
        )

    def _act(self, record: JobRecord, name: str, send: Callable[[], Receipt]) -> None:
        self.report(self._acts.attempt(record, name, send))
        after = self._board.find(record.id)
        if name == "submit" and after is not None and after.state is State.CLAIMED:
            job = after.live_job()
            self._books.claimed(after)
            self._say(
                record,
                "claimed; the requester can approve it, else it is finalized when its window of "
                f"{duration(job.challenge_for)} is over",
                "CLAIMED",
                numbers={"window_end": job.window_end},
            )

    def _abandon(self, record: JobRecord, why: str) -> None:
        if record.id not in self._hopeless:
            self._hopeless[record.id] = why
            self._say(record, f"given up: {why}", "GIVEN_UP", Level.ERROR)
            if self._worker.working_on(record.id):
                self._workshop.interrupt()

    # ───────────────────────────────── work ───────────────────────────────────

    def next_to_execute(self) -> JobRecord | None:
        """The job that must be executed next: of those that wait, the one with the least time."""
        waiting = (
            record
            for record in self._board.own()
            if (record.state is State.RUNNING or record.id in self._lost)
            and record.id not in self._sealed
            and record.id not in self._hopeless
            and self._fetches.due(record.id)
        )
        return min(waiting, key=_useful_until, default=None)

    def time_left_s(self, record: JobRecord, now_s: int) -> float:
        """Seconds in which executing `record` is still of use."""
        return float(_useful_until(record) - now_s)

    def executed(self, done: Done) -> None:
        """Takes the outcome of an execution."""
        record = self._board.find(done.job_id)
        if record is None or record.id in self._hopeless:
            return
        if done.error is None:
            self._sealed[record.id] = done.value
            tasks = count(record.request.tasks, "task")
            units = done.value.total_units
            self._say(record, f"{tasks} done, {units:,} units", "DONE", numbers={"units": units})
            return
        retries = self._fetches if isinstance(done.error, BlobError) else self._executions
        self._say(record, f"failed here: {_reason(done.error)}", "FAILED", Level.WARNING)
        if not retries.failed(record.id):
            self._abandon(record, "it failed too often")

    @property
    def executing(self) -> bool:
        """Whether some job of ours is still to be executed or claimed."""
        return any(record.state is State.RUNNING for record in self._board.own())

    # ──────────────────────────────── telling ─────────────────────────────────

    def report(self, ended: list[JobRecord]) -> None:
        """Tells the owner how jobs ended."""
        self.ended += len(ended)
        for record in ended:
            args = record.ending or {}
            self._books.ended(record)
            if record.state is State.SETTLED:
                how = "approved by the requester" if args["approved"] else "the window is over"
                self._say(
                    record,
                    f"settled, earned {tokens(args['payment'])} ({how})",
                    "SETTLED",
                    numbers={"earned": str(args["payment"])},
                )
            elif record.reason is not None:
                self._say(
                    record,
                    f"{_VOID_WORDS[record.reason]}, lost {tokens(args['slashed'])} of the bond",
                    "VOID",
                    Level.ERROR,
                    numbers={"lost": str(args["slashed"])},
                )

    def _say(
        self,
        record: JobRecord,
        text: str,
        code: str,
        level: Level = Level.INFO,
        numbers: Mapping[str, int | str] | None = None,
    ) -> None:
        line = f"job 0x{record.id.hex()}: {text}"
        self._journal.say(line, code, level=level, job=record.id, numbers=numbers)

    def _forget(self) -> None:
        """Drops what concerns jobs that ended."""
        gone = [
            job_id
            for job_id in {*self._sealed, *self._hopeless, *self._lost}
            if self._board.find(job_id) is None
        ]
        for job_id in gone:
            self._sealed.pop(job_id, None)
            self._hopeless.pop(job_id, None)
            self._lost.discard(job_id)
        self._acts.forget()


_VOID_WORDS = {
    VoidReason.RELEASED: "released",
    VoidReason.EXPIRED: "expired",
    VoidReason.UNANSWERED: "void, a demand for output was not answered",
    VoidReason.UNOPENED: "void, the seal was not opened in time",
    VoidReason.REJECTED: "void, the resolver found the result wrong",
}


def _useful_until(record: JobRecord) -> int:
    """Chain time from which a result comes too late."""
    job = record.live_job()
    if record.state is State.RUNNING:
        return rules.runs_until(job) - GIVE_UP_S
    return rules.opens_until(job)


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
