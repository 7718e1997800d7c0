"""Our live jobs, from acceptance to their end: what each needs now follows from its state on the
chain and the chain's time.

    Running   execute and submit; release what can't be done in time, as that costs less than
              expiry; expire what is too late, which unlocks the rest of the bond
    Claimed   answer demands; finalize when the window is over; void when it is too late for that
    Disputed  answer demands; what its case needs is for `defence`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from workbond.accounts.signer import Signer
from workbond.chain import rules
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.transactions import Receipt
from workbond.chain.types import State, VoidReason
from workbond.errors import BlobError
from workbond.jobs import JobRecord
from workbond.money import format_amount, rounded, tokens
from workbond.provider.acts import Acts
from workbond.provider.board import Board
from workbond.provider.books import Books
from workbond.provider.defence import Defence
from workbond.provider.demands import next_answers
from workbond.provider.journal import Journal, Level
from workbond.provider.retry import Retries
from workbond.provider.terms import Terms
from workbond.provider.work import Sealed, Workshop
from workbond.provider.worker import Done, Worker
from workbond.words import duration, plural

GIVE_UP_S = 25  # before the deadline: two blocks of Ethereum's for the release to get into one
FETCH_TRIES = 6  # 10, 20, ... 320 s: an outage of ten minutes is survived
BATCH_MAX = 32  # claims that are finalized in one transaction
EXECUTE_TRIES = 2  # a crash may be an accident; the same one twice is not


class OwnJobs:
    """Does what our live jobs need, and knows which of them must be executed."""

    def __init__(
        self,
        market: Market,
        signer: Signer,
        owner: str,
        board: Board,
        workshop: Workshop,
        worker: Worker,
        journal: Journal,
        books: Books,
        terms: Terms,
    ) -> None:
        self._market = market
        self._signer = signer
        self._owner = owner
        self._board = board
        self._workshop = workshop
        self._worker = worker
        self._journal = journal
        self._books = books
        self._acts = Acts(board, journal)
        self._defence = Defence(market, signer, owner, terms, journal, self._act, self._confirm)
        self._doubted: dict[bytes, bool | None] = {}  # judged wrong: whether it is found again
        self._sealed: dict[bytes, Sealed] = {}
        self._hopeless: dict[bytes, str] = {}  # job: why it can't be executed here
        self._lost: set[bytes] = set()  # claimed, but the manifest is gone
        self._fetches = Retries(FETCH_TRIES)
        self._executions = Retries(EXECUTE_TRIES)
        self._due: list[tuple[JobRecord, Sealed]] = []  # claims to be finalized
        self.ended = 0  # jobs, since the start

    # ────────────────────────────── transactions ──────────────────────────────

    def tend(self, head: Block) -> None:
        """Sends the transactions that are due at the latest block."""
        now_s = head.timestamp
        for record in self._board.own():
            if record.state is State.RUNNING:
                self._tend_running(record, now_s)
            elif record.state is State.CLAIMED:
                self._tend_claimed(record, now_s)
            elif record.state is State.DISPUTED:
                self._tend_disputed(record, head)
        self._finalize()
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
            self._release(record)

    def _release(self, record: JobRecord) -> None:
        if self._signer.address != self._owner:
            self._journal.remark(
                (record.id, "release"),
                f"job 0x{record.id.hex()}: only {self._owner} can give it back, which costs less "
                f"than to let it expire: workbond provider release 0x{record.id.hex()}",
                code="RELEASE_IT",
                level=Level.ERROR,
                job=record.id,
            )
            return
        job = record.live_job()
        self._act(record, "release", lambda: self._market.release(self._signer, record.id, job))

    def _tend_claimed(self, record: JobRecord, now_s: int) -> None:
        job = record.live_job()
        if job.case_done:
            self._defence.over(record)
        if now_s >= rules.voids_from(job):
            late = "a demand was not answered" if job.unanswered else "it was not finalized"
            self._abandon(record, f"{late} in time")
            self._act(record, "void", lambda: self._market.void(self._signer, record.id, job))
            return
        if record.id in self._hopeless:
            return
        if job.unanswered:
            self._answer(record)
            return
        if now_s < job.window_end:
            return
        sealed = self._sealed.get(record.id) or self._workshop.opening(record)
        if sealed is None:
            self._redo(record, "its stored manifest is lost: executing it again to finalize it")
            return
        self._sealed[record.id] = sealed
        if sealed.seal != job.seal:
            self._abandon(record, "executed again, it has another result than was claimed")
            return
        self._due.append((record, sealed))

    def _tend_disputed(self, record: JobRecord, head: Block) -> None:
        job = record.live_job()
        if job.unanswered and head.timestamp < job.answer_by and record.id not in self._hopeless:
            self._answer(record)
        self._defence.tend(record, head)

    def _finalize(self) -> None:
        """Opens the claims that are due: several in one transaction, which is cheaper for each. One
        that is skipped there is tried alone, which tells why."""
        due, self._due = self._due, []
        if len(due) > 1:
            openings = [
                (record.id, record.live_job(), sealed.root, sealed.total_units)
                for record, sealed in due[:BATCH_MAX]
            ]
            batch = due[0][0]
            send = partial(self._market.finalize_batch, self._signer, openings)
            self.report(self._acts.attempt(batch, "finalize together", send))
            due = [each for each in due if self._board.find(each[0].id) is not None]
            if len(due) > BATCH_MAX:
                return  # the others with the next turn
        for record, sealed in due:
            opening = sealed.root, sealed.total_units
            send = partial(
                self._market.finalize, self._signer, record.id, record.live_job(), *opening
            )
            self._act(record, "finalize", send)

    def _answer(self, record: JobRecord) -> None:
        """Shows what is demanded, in as many transactions as it takes, one in each turn."""
        job = record.live_job()
        self._journal.remark(
            (record.id, "demand"),
            f"job 0x{record.id.hex()}: its requester demands {plural(job.unanswered, 'chunk')} of "
            f"output, each for {tokens(job.demand_fee)}; unanswered they would cost half the bond",
            code="DEMANDED",
            level=Level.WARNING,
            job=record.id,
            numbers={"chunks": job.unanswered, "fee": str(job.demand_fee), "by": job.answer_by},
        )
        sealed = self._sealed.get(record.id) or self._workshop.opening(record)
        try:
            answers = next_answers(record, self._workshop.results) if sealed is not None else []
        except BlobError as error:
            self._redo(record, f"{error}: executing it again to answer the demand")
            return
        if sealed is None:
            self._redo(record, "its stored manifest is lost: executing it again to answer")
            return
        self._sealed[record.id] = sealed
        receipts: list[Receipt] = []

        def send() -> Receipt:
            opening = sealed.root, sealed.total_units
            receipts.append(
                self._market.answer(self._signer, record.id, job, record.pairs, *opening, answers)
            )
            return receipts[-1]

        self._act(record, "answer", send)
        for receipt in receipts:
            self._say(
                record,
                f"{plural(len(answers), 'chunk')} shown on the chain, earned "
                f"{tokens(len(answers) * job.demand_fee)}; the transaction took "
                f"{format_amount(rounded(receipt.fee))} gas coin",
                "ANSWERED",
                numbers={
                    "chunks": len(answers),
                    "earned": str(len(answers) * job.demand_fee),
                    "gas_fee": str(receipt.fee),
                },
            )

    def _redo(self, record: JobRecord, why: str) -> None:
        """The stored result is of no use: the job must be executed again, once."""
        if record.id in self._lost and record.id in self._sealed:
            self._abandon(record, f"executed again, and still: {why}")
        elif record.id not in self._lost:
            self._sealed.pop(record.id, None)
            self._lost.add(record.id)
            self._say(record, why, "FAILED", Level.WARNING)

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
            if self._is_wanted(record)
            and record.id not in self._hopeless
            and self._fetches.due(record.id)
        )
        return min(waiting, key=_useful_until, default=None)

    def _is_wanted(self, record: JobRecord) -> bool:
        """Whether its result is not here, or doubted."""
        if self._doubted.get(record.id, True) is None:
            return True
        unknown = record.state is State.RUNNING or record.id in self._lost
        return unknown and record.id not in self._sealed

    def _confirm(self, record: JobRecord) -> bool | None:
        """Whether the result that was claimed is found again; executes the job to know."""
        return self._doubted.setdefault(record.id, None)

    def time_left_s(self, record: JobRecord, now_s: int) -> float:
        """Seconds in which executing `record` is still of use."""
        return float(_useful_until(record) - now_s)

    def executed(self, done: Done) -> None:
        """Takes the outcome of an execution."""
        record = self._board.find(done.job_id)
        if record is None or record.id in self._hopeless:
            return
        if record.state is State.OPEN and done.error is not None:  # not ours: nothing is lost
            return
        if self._doubted.get(record.id, True) is None:
            self._take_again(record, done)
            return
        if done.error is None:
            self._sealed[record.id] = done.value
            tasks = plural(record.request.tasks, "task")
            units = done.value.total_units
            self._say(record, f"{tasks} done, {units:,} units", "DONE", numbers={"units": units})
            return
        retries = self._fetches if isinstance(done.error, BlobError) else self._executions
        self._say(record, f"failed here: {_reason(done.error)}", "FAILED", Level.WARNING)
        if not retries.failed(record.id):
            self._abandon(record, "it failed too often")

    def _take_again(self, record: JobRecord, done: Done) -> None:
        """The outcome for a result that was doubted: what can't be executed again is believed."""
        if done.error is None:
            self._doubted[record.id] = done.value.seal == record.live_job().seal
            return
        retries = self._fetches if isinstance(done.error, BlobError) else self._executions
        self._say(record, f"failed here: {_reason(done.error)}", "FAILED", Level.WARNING)
        if not retries.failed(record.id):
            self._doubted[record.id] = True

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
            for job_id in {*self._sealed, *self._hopeless, *self._lost, *self._doubted}
            if self._board.find(job_id) is None
        ]
        for job_id in gone:
            self._sealed.pop(job_id, None)
            self._hopeless.pop(job_id, None)
            self._lost.discard(job_id)
            self._doubted.pop(job_id, None)
        self._defence.forget(lambda job_id: self._board.find(job_id) is not None)
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
    if record.state is State.DISPUTED and not job.unanswered:
        return rules.resolves_until(job) + rules.GRACE_S
    return rules.voids_from(job)


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
