"""Task processes: several at once, killed by time, signals and the end of their parent.

A task whose input is a named pipe waits for this test to open it, so that the test knows that the
task's process is there, without sleeping.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbond.errors import Cancelled, ExecutionError
from workbond.executor import engine
from workbond.executor.runner import Executor, Limits, Program, Task, TaskResult

ENDLESS = '(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))'
QUICK = '(module (memory (export "memory") 1) (func (export "_start")))'
LIMITS = Limits(2**53 - 1, 65_536, 1000)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Executor]]:
    made = []

    def build(cores: int = 1, wall_clock_s: float = 120.0) -> Executor:
        made.append(Executor(tmp_path / "cache", tmp_path / "work", cores, wall_clock_s))
        return made[-1]

    yield build
    for executor in made:
        executor.close()


def prepare(executor: Executor, tmp_path: Path, text: str) -> Program:
    path = tmp_path / "program.wasm"
    path.write_bytes(engine.wat2wasm(text))
    return executor.prepare(path)


def task(index: int, stdin: Path | None = None) -> Task:
    return Task(index, bytes(32), stdin, LIMITS)


def pipe(tmp_path: Path, name: str = "pipe") -> Path:
    os.mkfifo(tmp_path / name)
    return tmp_path / name


def children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            ours = b"workbond.executor" in (entry / "cmdline").read_bytes()
        except OSError:  # no process, or one that has just ended
            continue
        if ours and int(status[1]) == parent and status[0] != "Z":
            found.append(int(entry.name))
    return found


def has_ended(pidfd: int) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(60_000))


def test_tasks_run_at_once_on_as_many_cores_as_were_given(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    """Each of two tasks waits for its pipe; both have opened theirs before either can end."""
    executor = make(cores=2)
    program = prepare(executor, tmp_path, QUICK)
    pipes = [pipe(tmp_path, "a"), pipe(tmp_path, "b")]
    results: list[TaskResult] = []
    tasks = [task(0, pipes[0]), task(1, pipes[1]), task(2)]
    runner = threading.Thread(target=lambda: results.extend(executor.run(program, tasks)))
    runner.start()
    ends = [os.open(path, os.O_WRONLY) for path in pipes]
    for end in ends:
        os.close(end)
    runner.join()
    assert sorted(result.index for result in results) == [0, 1, 2]
    assert {result.cls for result in results} == {0}


def test_one_core_runs_one_task_after_the_other(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    executor = make(cores=1)
    program = prepare(executor, tmp_path, QUICK)
    asked = []

    def tasks() -> Iterator[Task]:
        for index in range(4):
            asked.append(index)
            yield task(index)

    for count, result in enumerate(executor.run(program, tasks())):
        assert result.index == count
        assert len(asked) == count + 1


def test_a_task_beyond_the_wall_clock_is_killed_and_no_result(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    executor = make(wall_clock_s=1.0)
    program = prepare(executor, tmp_path, ENDLESS)
    with pytest.raises(ExecutionError, match="was killed"):
        list(executor.run(program, [task(0)]))
    assert children_of(os.getpid()) == []


def test_a_task_killed_by_someone_is_no_result(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    executor = make()
    program = prepare(executor, tmp_path, ENDLESS)
    path = pipe(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(lambda: list(executor.run(program, [task(0, path)])))
        end = os.open(path, os.O_WRONLY)
        (child,) = children_of(os.getpid())
        os.kill(child, signal.SIGKILL)
        with pytest.raises(ExecutionError, match=r"task 0 failed: .* SIGKILL"):
            outcome.result()
        os.close(end)


def test_stop_ends_all_tasks_and_the_run(make: Callable[..., Executor], tmp_path: Path) -> None:
    executor = make(cores=2)
    program = prepare(executor, tmp_path, ENDLESS)
    pipes = [pipe(tmp_path, "a"), pipe(tmp_path, "b")]
    with ThreadPoolExecutor(1) as pool:
        tasks = [task(0, pipes[0]), task(1, pipes[1])]
        outcome = pool.submit(lambda: list(executor.run(program, tasks)))
        ends = [os.open(path, os.O_WRONLY) for path in pipes]
        executor.stop()
        with pytest.raises(Cancelled):
            outcome.result()
        for end in ends:
            os.close(end)
    assert children_of(os.getpid()) == []
    with pytest.raises(Cancelled):
        list(executor.run(program, [task(0)]))


def test_leaving_a_run_early_ends_its_tasks_and_removes_their_files(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    executor = make(cores=2)
    quick = prepare(executor, tmp_path, QUICK)
    waiting = pipe(tmp_path)
    opened = os.open(waiting, os.O_RDWR)  # the second task opens it at once and never sees its end
    results = executor.run(quick, [task(0), task(1, waiting), task(2, waiting)])
    first = next(results)
    results.close()  # type: ignore[attr-defined]
    os.close(opened)
    assert children_of(os.getpid()) == []
    assert list((tmp_path / "work").glob("run-*/task-*")) == [first.output.parent]


def test_a_failed_task_ends_the_others(make: Callable[..., Executor], tmp_path: Path) -> None:
    executor = make(cores=2)
    program = prepare(executor, tmp_path, ENDLESS)
    with pytest.raises(ExecutionError, match="task 1 failed: this machine failed"):
        list(executor.run(program, [task(0), task(1, tmp_path / "no such file")]))
    assert children_of(os.getpid()) == []


def test_files_live_until_the_executor_is_closed(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    executor = make()
    program = prepare(executor, tmp_path, QUICK)
    (result,) = executor.run(program, [task(0)])
    assert sorted(path.name for path in result.output.parent.iterdir()) == ["log", "output"]
    executor.close()
    assert not result.output.exists()
    assert list((tmp_path / "work").glob("run-*")) == []


def test_a_work_directory_belongs_to_one_executor_and_is_cleaned_for_the_next(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    first = make()
    with pytest.raises(ExecutionError, match="in use by another executor"):
        make()
    first.close()
    left = tmp_path / "work" / "run-left-by-a-crash"
    (left / "task-0-x").mkdir(parents=True)
    make()
    assert not left.exists()


def test_tasks_die_with_a_provider_that_is_killed(tmp_path: Path) -> None:
    path, module = pipe(tmp_path), tmp_path / "program.wasm"
    module.write_bytes(engine.wat2wasm(ENDLESS))
    provider = f"""
from pathlib import Path
from workbond.executor.runner import Executor, Limits, Task
executor = Executor(Path({str(tmp_path / "cache")!r}), Path({str(tmp_path / "work")!r}), 1, 600)
program = executor.prepare(Path({str(module)!r}))
list(executor.run(program, [Task(0, bytes(32), Path({str(path)!r}), Limits(2**53 - 1, 65536, 0))]))
"""
    process = subprocess.Popen([sys.executable, "-c", provider])
    end = os.open(path, os.O_WRONLY)
    (child,) = children_of(process.pid)
    pidfd = os.pidfd_open(child)
    process.kill()
    process.wait()
    assert has_ended(pidfd)
    os.close(pidfd)
    os.close(end)


def test_a_task_process_has_no_environment_terminal_or_file_of_its_parent(
    make: Callable[..., Executor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBOND_SECRET", "hunter2")
    (tmp_path / "secret").touch()
    secret = os.open(tmp_path / "secret", os.O_RDONLY)
    os.set_inheritable(secret, True)
    executor = make()
    program = prepare(executor, tmp_path, ENDLESS)
    path = pipe(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(lambda: list(executor.run(program, [task(0, path)])))
        end = os.open(path, os.O_WRONLY)
        (child,) = children_of(os.getpid())
        proc = Path(f"/proc/{child}")
        variables = (proc / "environ").read_bytes().split(b"\0")
        files = [link.readlink() for link in (proc / "fd").iterdir()]
        stdin, session = (proc / "fd/0").readlink(), os.getsid(child)
        limits = (proc / "limits").read_text().splitlines()
        status = (proc / "status").read_text()
        executor.stop()
        with pytest.raises(Cancelled):
            outcome.result()
    os.close(end)
    os.close(secret)
    assert [name.partition(b"=")[0] for name in variables if name] == [b"PYTHONPATH"]
    assert (stdin, session) == (Path("/dev/null"), child)
    assert tmp_path / "secret" not in files
    assert "NoNewPrivs:\t1" in status
    values = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    assert values["Max core file size"] == ["0", "0"]
    assert values["Max processes"] == ["0", "0"]
    assert values["Max file size"] == [str(2**20 + 1)] * 2
    assert values["Max data size"][0].isdigit()
    assert values["Max open files"] == ["32", "32"]
    assert values["Max stack size"] == [str(2**23)] * 2
    assert values["Max cpu time"] == ["130", "130"]


def test_a_wall_clock_of_thirty_days_is_possible(
    make: Callable[..., Executor], tmp_path: Path
) -> None:
    executor = make(wall_clock_s=30 * 86_400.0)
    (result,) = executor.run(prepare(executor, tmp_path, QUICK), [task(0)])
    assert result.cls == 0
