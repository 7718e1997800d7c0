"""What the executor is asked for and what it answers, on the parent's side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbond.errors import InvalidProgram, UsageError
from workbond.executor.cache import Program
from workbond.executor.profile import MAX_MEMORY_BYTES, MAX_OUTPUT_BYTES, MAX_UNITS
from workbond.executor.types import Limits
from workbond.tree import MAX_TASKS, Leaf, invalid_leaf


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a job.

    Args:
        index: from 0.
        spec: SHA-256 of the job's spec, 32 bytes; seeds the random bytes.
        input: file for standard input; None is the empty input.
        limits: what it may use.
        arguments: the guest's argv, the program's own name first by custom.
        environment: the guest's variables, in any order.
    """

    index: int
    spec: bytes
    input: Path | None
    limits: Limits
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """How a task ended; the files live until they are moved or the executor is closed.

    Args:
        index: of the task.
        cls: 0 exit, 1 out of units, 2 trap.
        exit_code: 0 unless `cls` is 0.
        units: metered units.
        output: file with the bytes of standard output.
        length: of the output in bytes.
        digest: output digest, 32 bytes.
        log: file with the first bytes of standard error; not part of the result.
    """

    index: int
    cls: int
    exit_code: int
    units: int
    output: Path
    length: int
    digest: bytes
    log: Path

    @property
    def leaf(self) -> Leaf:
        """The task's leaf of the result tree."""
        return Leaf(self.index, self.cls, self.exit_code, self.units, self.length, self.digest)


def invalid_leaves(tasks: int) -> list[Leaf]:
    """The one right result of a job of `tasks` tasks whose spec or program is invalid."""
    if not 1 <= tasks <= MAX_TASKS:
        raise UsageError(f"a job has 1 to {MAX_TASKS} tasks, not {tasks}")
    return [invalid_leaf(index) for index in range(tasks)]


def check_task(program: Program, task: Task) -> None:
    """Refuses what can't be asked for.

    Raises:
        InvalidProgram: the program starts with more memory than the task may use; known before
            anything runs, and to every executor alike.
        UsageError: limits outside the profile, or texts that C strings can't hold.
    """
    limits = task.limits
    _between("task", task.index, 0, MAX_TASKS - 1)
    _between("units", limits.units, 1, MAX_UNITS)
    _between("memory_bytes", limits.memory_bytes, 1, MAX_MEMORY_BYTES)
    _between("output_bytes", limits.output_bytes, 0, MAX_OUTPUT_BYTES)
    _between("length of spec", len(task.spec), 32, 32)
    for text in (*task.arguments, *task.environment, *task.environment.values()):
        if "\0" in text:
            raise UsageError(f"{text[:40]!r} holds a zero byte, which no argument or variable can")
    if program.memory_bytes > limits.memory_bytes:
        raise InvalidProgram(
            f"the program starts with {program.memory_bytes} bytes of memory, its tasks may use "
            f"{limits.memory_bytes}: raise the job's memory limit"
        )


def _between(what: str, value: int, smallest: int, largest: int) -> None:
    if not smallest <= value <= largest:
        raise UsageError(f"{what} is {value}; profile wasm-1 allows {smallest} to {largest}")
