"""Which claim is executed next, and what was found.

Seats go before samples, those that put more at risk before the others, and of alike ones that with
the least time; what is under way is interrupted for a seat that goes before it, so that a huge job
keeps no other waiting.

A result that agrees with the claim's seal is believed at once. One that differs is believed when a
second execution gives the same: a challenge puts up a bond, a vote against the majority costs
stake, and machines make mistakes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workbond.errors import Cancelled
from workbond.jobs import JobRecord
from workbond.provider.journal import Journal, Level
from workbond.provider.retry import Retries
from workbond.provider.worker import Worker
from workbond.tree import seal
from workbond.verifier.bench import Bench, Unfit
from workbond.verifier.books import Tally
from workbond.verifier.notebook import Finding, Notebook, NotebookFailed

SEAT_TRIES = 1_000_000  # until its time is over
SAMPLE_TRIES = 4
AGREEING = 2  # executions, of a result that the seal contradicts


@dataclass(frozen=True)
class Want:
    """A claim to be executed until `until_s` (chain time).

    `stake` is what seats of ours lose otherwise, in base units; 0: it is a sample.
    """

    record: JobRecord
    until_s: int
    stake: int = 0


class Examiner:
    """Executes what is wanted, one job at a time.

    Args:
        bench: where it is done.
        notebook: keeps what was found.
        journal: told about it.
        tally: counts claims.
        wake: called from another thread when an execution is over.
    """

    def __init__(
        self,
        bench: Bench,
        notebook: Notebook,
        journal: Journal,
        tally: Tally,
        wake: Callable[[], None],
    ) -> None:
        self._tally = tally
        self._bench, self._notebook, self._journal = bench, notebook, journal
        self._worker = Worker(wake)
        self._findings = notebook.findings()
        self._hopeless: dict[bytes, str] = {}
        self._failures: dict[bytes, str] = {}  # the last ones
        self._for_seats, self._for_samples = Retries(SEAT_TRIES), Retries(SAMPLE_TRIES)
        self._doing: Want | None = None

    # ────────────────────────────────── findings ──────────────────────────────

    def found(self, record: JobRecord) -> bytes | None:
        """D of the job, once it is believed."""
        finding = self._findings.get(record.id)
        if finding is None or not self._is_believed(record, finding):
            return None
        return finding.opening

    def first_look(self, record: JobRecord) -> bytes | None:
        """D of the job as far as it is known: executed once may have to do."""
        finding = self._findings.get(record.id)
        return None if finding is None else finding.opening

    def is_wrong(self, record: JobRecord) -> bool:
        """Whether the claim is believed to be wrong."""
        opening = self.found(record)
        return opening is not None and not _opens(record, opening)

    def is_over(self, record: JobRecord) -> bool:
        """Whether nothing more will be found out about the job."""
        return record.id in self._hopeless or self.found(record) is not None

    def is_hopeless(self, job_id: bytes) -> bool:
        """Whether the job can't be executed here, whenever."""
        return job_id in self._hopeless

    def why_not(self, job_id: bytes) -> str:
        """Why nothing was found about the job, as far as that is known."""
        return self._hopeless.get(job_id) or self._failures.get(job_id, "there was no time for it")

    def _is_believed(self, record: JobRecord, finding: Finding) -> bool:
        return finding.times >= AGREEING or _opens(record, finding.opening)

    # ────────────────────────────────── executing ─────────────────────────────

    @property
    def doing(self) -> Want | None:
        """What is under way."""
        return self._doing if self._worker.busy else None

    def work(self, wants: Iterable[Want], now_s: int) -> None:
        """Takes what is done, and begins with the next of what is wanted."""
        self._collect(now_s)
        todo = [want for want in wants if not self.is_over(want.record) and want.until_s > now_s]
        todo.sort(key=self._turn)
        if self._worker.busy:
            self._make_way(todo)
            return
        for want in todo:
            given_up = self._retries(want).failures(want.record.id) >= SAMPLE_TRIES
            if self._is_due(want) and (want.stake or not given_up):
                self._begin(want, now_s)
                return

    def stop(self, timeout_s: float) -> None:
        """Kills what runs, and waits for its thread."""
        self._bench.stop()
        self._worker.join(timeout_s)

    def forget(self, job_ids: Iterable[bytes]) -> None:
        """Drops from memory all but these jobs."""
        kept = set(job_ids)
        self._findings = {job: what for job, what in self._findings.items() if job in kept}
        self._hopeless = {job: why for job, why in self._hopeless.items() if job in kept}
        self._failures = {job: why for job, why in self._failures.items() if job in kept}

    def _begin(self, want: Want, now_s: int) -> None:
        record, wall_s = want.record, float(want.until_s - now_s)
        self._doing = want
        self._worker.start("execute", record.id, lambda: self._bench.execute(record, wall_s))

    def _is_due(self, want: Want) -> bool:
        return self._retries(want).due(want.record.id)

    def _retries(self, want: Want) -> Retries:
        """A seat is tried at once, and for as long as it takes, however samples fared."""
        return self._for_seats if want.stake else self._for_samples

    def _make_way(self, todo: list[Want]) -> None:
        doing = self._doing
        if doing is None:
            return
        turn = self._turn(doing)
        before = (want for want in todo if want.stake and self._turn(want) < turn)
        if any(want.record.id != doing.record.id and self._is_due(want) for want in before):
            self._bench.interrupt()

    def _turn(self, want: Want) -> tuple[int, int, int]:
        """By which wants are sorted. Stakes count by their size within a factor of 2: else whoever
        opens many cheap cases could keep us from a dear one. Of alike ones those come first that
        failed less often: else two whose inputs trickle could keep us from all others."""
        failures = self._retries(want).failures(want.record.id)
        return -want.stake.bit_length(), failures, want.until_s

    def _collect(self, now_s: int) -> None:
        done = self._worker.take()
        doing, self._doing = self._doing, None if done is not None else self._doing
        if done is None or doing is None:
            return
        record = doing.record
        if done.error is None:
            self._take_in(record, done.value, now_s)
        elif isinstance(done.error, Cancelled):
            return
        elif isinstance(done.error, Unfit):
            self._give_up(record, str(done.error))
        else:
            self._failed(doing, done.error)

    def _take_in(self, record: JobRecord, opening: bytes, now_s: int) -> None:
        before = self._findings.get(record.id)
        if before is not None and before.opening != opening:
            self._give_up(
                record,
                "executed twice, it gave two results: this machine, or the engine on it, fails",
                Level.ERROR,
            )
            return
        finding = Finding(opening, 1 if before is None else before.times + 1)
        self._findings[record.id] = finding
        with contextlib.suppress(NotebookFailed):  # then it is executed again after a restart
            self._notebook.found(record.id, finding, now_s)
        if _opens(record, opening):
            self._tally.right += 1
            self._say(record, "executed again: the claim is right", "RIGHT")
        elif finding.times < AGREEING:
            self._say(
                record,
                "executed again, it has another result than was claimed: once more, to be sure",
                "DIFFERS",
                Level.WARNING,
            )
        else:
            self._tally.wrong += 1
            self._say(record, "executed twice: the claim is wrong", "WRONG", Level.WARNING)

    def _failed(self, want: Want, error: BaseException) -> None:
        record = want.record
        self._retries(want).failed(record.id)
        reason = self._failures[record.id] = str(error) or type(error).__name__
        self._journal.remark(
            (record.id, "failed"),
            f"job 0x{record.id.hex()}: not executed: {reason}",
            type(error).__name__,
            code="FAILED",
            level=Level.WARNING,
            job=record.id,
        )

    def _give_up(self, record: JobRecord, why: str, level: Level = Level.WARNING) -> None:
        self._hopeless[record.id] = why
        self._say(record, f"can't be executed here: {why}", "GIVEN_UP", level)

    def _say(self, record: JobRecord, text: str, code: str, level: Level = Level.INFO) -> None:
        line = f"job 0x{record.id.hex()}: {text}"
        self._journal.remark((record.id, code), line, code=code, level=level, job=record.id)


def _opens(record: JobRecord, opening: bytes) -> bool:
    """Whether D opens the claim's seal."""
    job = record.live_job()
    return seal(job.provider, record.id, opening) == job.seal
