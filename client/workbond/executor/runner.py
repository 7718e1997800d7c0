"""The executor as a provider or verifier uses it: programs in, results out.

    with Executor(cache_dir, work_dir, cores=2, wall_clock_s=600) as executor:
        program = executor.prepare(path_of_module)
        for result in executor.run(program, tasks):
            ...  # in the order in which tasks end; move result.output away to keep it

`InvalidProgram` means that the job's one right result is `invalid_leaves`. Every other
`ExecutionError` is this machine's failure and never a result.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from workbond.errors import Cancelled, ExecutionError, InvalidProgram, UsageError
from workbond.executor import profile
from workbond.executor.cache import Cache, Program, file_sha256, private_directory
from workbond.executor.host import require_host
from workbond.executor.process import Child
from workbond.executor.tasks import Task, TaskResult, check_task, invalid_leaves
from workbond.executor.types import Limits

__all__ = ["Executor", "Limits", "Program", "Task", "TaskResult", "invalid_leaves"]

COMPILE_MEMORY_BYTES = 2 * 1024**3
"""Address space: CPython (26 MB) compiles in it, a bomb doesn't."""
COMPILE_CPU_S = 120
"""CPython takes about 8 s."""
CPU_SPARE_S = 10
"""The wall clock ends a task first; the CPU limit is for a runner that died."""
POLL_MAX_S = 3600.0
"""The system's call takes less than 25 days, and a job may run for 30."""


class _Live(NamedTuple):
    child: Child
    task: Task
    folder: Path
    deadline_s: float


class Executor:
    """Runs tasks in processes of their own, `cores` at once.

    Args:
        cache_dir: private directory of compiled programs; may be shared between executors.
        work_dir: private directory of this executor alone; what a crash left there is removed.
        cores: processes at once; the memory they need is `cores` times the tasks' limit.
        wall_clock_s: real seconds after which a task is killed.
        compile_memory_bytes: address space of the compile process.
        compile_cpu_s: CPU seconds of the compile process.

    Raises:
        ExecutionError: this machine can't execute the profile, or a directory can't be used.
    """

    def __init__(
        self,
        cache_dir: Path,
        work_dir: Path,
        cores: int,
        wall_clock_s: float,
        *,
        compile_memory_bytes: int = COMPILE_MEMORY_BYTES,
        compile_cpu_s: int = COMPILE_CPU_S,
    ) -> None:
        require_host()
        if cores < 1 or wall_clock_s <= 0:
            raise UsageError(f"{cores} cores and {wall_clock_s} s per task: both must be above 0")
        self._cores = cores
        self._wall_clock_s = wall_clock_s
        self._compile_memory_bytes = compile_memory_bytes
        self._compile_cpu_s = compile_cpu_s
        self._children: set[Child] = set()
        self._stopping = False
        self._cache = Cache(cache_dir)
        self._work = private_directory(work_dir)
        self._lock = _lock(self._work)
        for left in self._work.glob("run-*"):
            shutil.rmtree(left)
        self._run_dir = Path(tempfile.mkdtemp(prefix="run-", dir=self._work))

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stop(self) -> None:
        """Kills every child now; `run` and `prepare` then raise `Cancelled`, for good.

        May be called from a signal handler or another thread.
        """
        self._stopping = True
        for child in tuple(self._children):
            child.kill()

    def close(self) -> None:
        """Stops, and removes all work files, also those of results."""
        self.stop()
        if self._lock >= 0:
            shutil.rmtree(self._run_dir, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def prepare(self, wasm_path: Path) -> Program:
        """The compiled program of a module, from the cache if it is there.

        Raises:
            InvalidProgram: it breaks the profile, as every executor finds.
            ExecutionError: it can't be compiled within this machine's limits.
        """
        try:
            digest = file_sha256(wasm_path, profile.MAX_MODULE_BYTES)
        except ExecutionError:
            if wasm_path.is_file() and wasm_path.stat().st_size > profile.MAX_MODULE_BYTES:
                raise InvalidProgram(
                    f"the program has more than {profile.MAX_MODULE_BYTES} bytes: shrink it"
                ) from None
            raise
        return self._cache.find(digest) or self._compile(wasm_path.absolute(), digest)

    def _compile(self, wasm_path: Path, digest: bytes) -> Program:
        code = self._cache.new_file()
        arguments = [str(wasm_path), str(code)]
        arguments += [str(self._compile_memory_bytes), str(self._compile_cpu_s)]
        child = self._start("workbond.executor.compile", arguments, self._run_dir / "compile.err")
        try:
            poll = select.poll()
            poll.register(child.pidfd, select.POLLIN)
            if not poll.poll(1000 * (4 * self._compile_cpu_s + CPU_SPARE_S)):
                raise ExecutionError(
                    "compiling took too long on this busy machine: try again later"
                )
            report = self._report(child, "compiling the program")
            if "invalid" in report:
                raise InvalidProgram(str(report["invalid"]))
            if report.pop("module_sha256") != digest.hex():
                raise ExecutionError(f"{wasm_path} changed while it was compiled: try again")
            return self._cache.add(digest, code, report)
        finally:
            self._end(child)
            code.unlink(missing_ok=True)

    def run(self, program: Program, tasks: Iterable[Task]) -> Iterator[TaskResult]:
        """Results in the order in which tasks end; iterate in one thread, to the end or close it.

        Children die with the thread that iterates (a rule of Linux), so it must outlive the loop.

        Raises:
            InvalidProgram: the program starts with more memory than the tasks' limit.
            ExecutionError: a task could not be executed here; the others are killed.
            Cancelled: `stop` was called.
        """
        waiting = iter(tasks)
        live: dict[int, _Live] = {}
        poll = select.poll()
        try:
            while True:
                while len(live) < self._cores and (task := next(waiting, None)) is not None:
                    started = self._start_task(program, task)
                    live[started.child.pidfd] = started
                    poll.register(started.child.pidfd, select.POLLIN)
                if not live:
                    return
                deadline_s = min(one.deadline_s for one in live.values())
                wait_s = min(max(0.0, deadline_s - time.monotonic()), POLL_MAX_S)
                ready = poll.poll(wait_s * 1000)
                if not ready and time.monotonic() >= deadline_s:
                    raise ExecutionError(
                        f"a task was not done after {self._wall_clock_s} s and was killed: accept "
                        "jobs with fewer units or give more time"
                    )
                for pidfd, _ in ready:
                    poll.unregister(pidfd)
                    yield self._finish(live.pop(pidfd))
        finally:
            for one in live.values():
                one.child.kill()
            for one in live.values():
                self._end(one.child)
                shutil.rmtree(one.folder, ignore_errors=True)

    def _start_task(self, program: Program, task: Task) -> _Live:
        check_task(program, task)
        folder = Path(tempfile.mkdtemp(prefix=f"task-{task.index}-", dir=self._run_dir))
        order = {
            "index": task.index,
            "spec": task.spec.hex(),
            "code": str(program.code_path),
            "input": str(task.input.absolute()) if task.input else os.devnull,
            "output": str(folder / "output"),
            "log": str(folder / "log"),
            "limits": task.limits,
            "arguments": [*task.arguments],
            "environment": {**task.environment},
            "cpu_s": int(self._wall_clock_s) + CPU_SPARE_S,
        }
        (folder / "order.json").write_text(json.dumps(order))
        deadline_s = time.monotonic() + self._wall_clock_s
        errors = folder / "errors"
        child = self._start("workbond.executor.task", [str(folder / "order.json")], errors)
        return _Live(child, task, folder, deadline_s)

    def _finish(self, one: _Live) -> TaskResult:
        try:
            report = self._report(one.child, f"task {one.task.index}")
        except BaseException:
            shutil.rmtree(one.folder, ignore_errors=True)
            raise
        for name in ("order.json", "errors"):
            (one.folder / name).unlink()
        return TaskResult(
            one.task.index,
            report["cls"],
            report["exit_code"],
            report["units"],
            one.folder / "output",
            report["length"],
            bytes.fromhex(report["digest"]),
            one.folder / "log",
        )

    def _start(self, module: str, arguments: list[str], errors: Path) -> Child:
        if self._stopping:
            raise Cancelled("the executor was stopped")
        child = Child(module, arguments, errors)
        self._children.add(child)
        if self._stopping:  # stop() ran while the child was being made
            child.kill()
        return child

    def _report(self, child: Child, what: str) -> dict[str, Any]:
        try:
            return child.report(what)
        except ExecutionError:
            if self._stopping:
                raise Cancelled("the executor was stopped") from None
            raise
        finally:
            self._children.discard(child)

    def _end(self, child: Child) -> None:
        self._children.discard(child)
        child.close()


def _lock(directory: Path) -> int:
    """Takes the directory for this executor alone, until the descriptor is closed."""
    descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise ExecutionError(
            f"{directory} is in use by another executor: name another work directory"
        ) from None
    return descriptor
