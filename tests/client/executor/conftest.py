"""One executor for the tests of this folder, and a way to run a program given as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from workbond.executor import engine
from workbond.executor.runner import Executor, Limits, Task, TaskResult

SPEC = bytes(range(32))


@pytest.fixture(scope="session")
def session_executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    cache, work = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("work")
    cache.chmod(0o700)
    work.chmod(0o700)
    with Executor(cache, work, cores=2, wall_clock_s=120) as executor:
        yield executor


@pytest.fixture
def run_program(
    session_executor: Executor, tmp_path: Path
) -> Callable[..., tuple[TaskResult, bytes]]:
    """Runs one task of a program and returns its result with the bytes of its output."""

    def run(
        program: str | bytes,
        *,
        units: int = 10**9,
        memory: int = 2**24,
        output: int = 2**20,
        stdin: bytes = b"",
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        index: int = 0,
        spec: bytes = SPEC,
    ) -> tuple[TaskResult, bytes]:
        module = engine.wat2wasm(program) if isinstance(program, str) else program
        path, input_path = tmp_path / "program.wasm", tmp_path / "input"
        path.write_bytes(module)
        input_path.write_bytes(stdin)
        limits = Limits(units, memory, output)
        task = Task(index, spec, input_path, limits, arguments, environment or {})
        (result,) = session_executor.run(session_executor.prepare(path), [task])
        return result, result.output.read_bytes()

    return run
