"""Running some of a job's tasks on this machine, to see what they use before money is locked.

Metered units are the same on every machine, so a sampled task tells exactly what it will be billed
(if the job is posted with the same files and limits: a program's random bytes come from the spec).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbond import threads
from workbond.cid import cid_of_digest
from workbond.errors import Cancelled, InvalidProgram, UsageError
from workbond.executor.host import require_host
from workbond.executor.types import EXIT
from workbond.jobfile import JobFile
from workbond.progress import progress
from workbond.requester.result import CLASS_NAMES

if TYPE_CHECKING:
    from workbond.executor.runner import Executor, TaskResult

HASHED_BYTES_MAX = 4 << 30  # more input is not read for the sake of random bytes
LOG_TAIL_BYTES = 4_096
LINE_CHARS = 200
NEAR_PERCENT = 80  # of the limit: other tasks may well need more than the sampled ones
STALE_AFTER_S = 8 * 86_400  # longer than any sample may run: left by a process that was killed
FAR_FACTOR = 4  # the limit above the largest sampled task: escrow is locked for nothing


@dataclass(frozen=True)
class SampledTask:
    """How one task ended here; `complaint` is the last line of its standard error."""

    index: int
    name: str
    cls: int
    exit_code: int
    units: int
    output_bytes: int
    complaint: str

    @property
    def succeeded(self) -> bool:
        return self.cls == EXIT and self.exit_code == 0

    @property
    def ending(self) -> str:
        """As `fetch` will show it: `exit 0`, `trap`."""
        name = CLASS_NAMES[self.cls]
        return f"{name} {self.exit_code}" if self.cls == EXIT else name

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "name": self.name,
            "class": CLASS_NAMES[self.cls],
            "exit_code": self.exit_code,
            "units": str(self.units),
            "output_bytes": self.output_bytes,
            "complaint": self.complaint or None,
        }


@dataclass(frozen=True)
class Sample:
    """The tasks that were run, in order, of `of` in all; `cut_short` if the time was over first."""

    tasks: tuple[SampledTask, ...]
    of: int
    cut_short: bool = False

    @property
    def failed(self) -> tuple[SampledTask, ...]:
        return tuple(task for task in self.tasks if not task.succeeded)

    @property
    def least(self) -> int:
        return min(task.units for task in self.tasks)

    @property
    def most(self) -> int:
        return max(task.units for task in self.tasks)

    @property
    def mean(self) -> int:
        """Units of a task, rounded down."""
        return sum(task.units for task in self.tasks) // len(self.tasks)

    @property
    def expected_units(self) -> int | None:
        """Of all tasks, if the others are like these; exact if these are all. None without any."""
        if not self.tasks:
            return None
        return sum(task.units for task in self.tasks) * self.of // len(self.tasks)

    def near(self, limit: int) -> bool:
        """Whether a sampled task needed nearly the `limit` of units."""
        return bool(self.tasks) and self.most * 100 >= limit * NEAR_PERCENT

    def tighter(self, limit: int) -> int | None:
        """A limit of units that would do and is far below `limit`; None if there is no cause."""
        if not self.tasks or self.failed or self.most * FAR_FACTOR > limit:
            return None
        wanted = self.most * 11 // 10 if len(self.tasks) == self.of else self.most * 2
        return _rounded_up(max(1, wanted))


def spread(count: int, tasks: int) -> list[int]:
    """`count` task numbers (or all), evenly spread, the first and the last among them."""
    if count >= tasks:
        return list(range(tasks))
    if count == 1:
        return [tasks // 2]
    return [i * (tasks - 1) // (count - 1) for i in range(count)]


def run_sample(job: JobFile, indices: Sequence[int], folder: Path, *, timeout_s: float) -> Sample:
    """Runs the tasks `indices` of `job` as a provider would, under the job's own limits.

    Args:
        job: the job file.
        indices: see `spread`.
        folder: private directory of this machine: compiled programs are kept there, and while it
            runs the tasks' outputs.
        timeout_s: real seconds for all of it.

    Raises:
        UsageError: the program breaks the execution profile: providers would refuse it too.
        ExecutionError: this machine can't execute the profile, or failed to.
    """
    require_host()
    from workbond.executor.cache import private_directory
    from workbond.executor.runner import Executor
    from workbond.provider.machine import available_cores, default_memory_bytes

    fitting = max(1, default_memory_bytes() // job.limits.memory)
    cores = max(1, min(len(indices), available_cores(), fitting))
    private_directory(folder)
    _remove_stale(folder)
    done: dict[int, SampledTask] = {}
    with (
        tempfile.TemporaryDirectory(prefix="sample-", dir=folder) as work,
        # the timer below ends it earlier
        Executor(folder / "programs", Path(work), cores, 2 * timeout_s + 60) as executor,
        _stopped_after(executor, timeout_s) as over,
    ):
        try:
            for result in _results(executor, job, indices):
                done[result.index] = _told(job, result)
                shutil.rmtree(result.output.parent, ignore_errors=True)
        except InvalidProgram as error:
            raise UsageError(f"{job.program_path}: {error}") from error
        except Cancelled:
            if not over.is_set():
                raise
    ordered = tuple(done[index] for index in indices if index in done)
    return Sample(ordered, job.tasks, cut_short=len(ordered) < len(indices))


def _remove_stale(folder: Path) -> None:
    for left in folder.glob("sample-*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > STALE_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)


def _results(executor: Executor, job: JobFile, indices: Sequence[int]) -> Iterator[TaskResult]:
    from workbond.executor.runner import Limits, Task

    with progress("compiling the program"):
        program = executor.prepare(job.program_path)
    spec = _spec_digest(job, program.digest)
    limits = Limits(job.limits.units, job.limits.memory, job.limits.output)
    tasks = (
        Task(
            index=index,
            spec=spec,
            input=job.input_paths[index],
            limits=limits,
            arguments=job.arguments,
            environment=job.environment,
        )
        for index in indices
    )
    with progress("running sampled tasks here", total=len(indices)) as bar:
        for result in executor.run(program, tasks):
            bar.advance()
            yield result


def _spec_digest(job: JobFile, program: bytes) -> bytes:
    """The digest that posting these files would give; any other one if they are too large."""
    if job.input_bytes > HASHED_BYTES_MAX:
        return program
    inputs = []
    with progress("hashing inputs", total=job.tasks) as bar:
        for path in job.input_paths:
            try:
                with path.open("rb") as file:
                    inputs.append(cid_of_digest(hashlib.file_digest(file, "sha256").digest()))
            except OSError as error:
                raise UsageError(f"the input {path} can't be read: {error.strerror}") from error
            bar.advance()
    spec, _ = job.make_spec(cid_of_digest(program), inputs)
    return spec.digest


@contextmanager
def _stopped_after(executor: Executor, timeout_s: float) -> Iterator[threading.Event]:
    """Stops the executor when the time is over; yields what is set then."""
    over = threading.Event()

    def stop() -> None:
        over.set()
        executor.stop()

    timer = threads.start_after(timeout_s, stop)
    try:
        yield over
    finally:
        timer.cancel()


def _told(job: JobFile, result: TaskResult) -> SampledTask:
    return SampledTask(
        index=result.index,
        name=job.input_paths[result.index].name,
        cls=result.cls,
        exit_code=result.exit_code,
        units=result.units,
        output_bytes=result.length,
        complaint=_last_line(result.log),
    )


def _last_line(log: Path) -> str:
    """The last line of a log that says something; the program chooses what, so it is bounded."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        text = file.read(LOG_TAIL_BYTES).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:LINE_CHARS] if lines else ""


def _rounded_up(units: int) -> int:
    """To two digits, as people write limits: 4,876,543 becomes 4,900,000."""
    step = int("1".ljust(len(str(units)) - 1, "0"))
    return -(-units // step) * step
