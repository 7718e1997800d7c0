"""The climate program, run as a provider runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbond.demo.climate import data_dir
from workbond.executor.runner import Executor, Limits, Task, TaskResult
from workbond.jobfile import load_job_file

JOB = load_job_file(data_dir() / "job.toml")
LIMITS = Limits(JOB.limits.units, JOB.limits.memory, JOB.limits.output)

Run = Callable[[list[Path]], list[TaskResult]]


@pytest.fixture(scope="session")
def run_climate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function that runs the program on input files and returns the results in their order."""
    folder = tmp_path_factory.mktemp("executor")
    with Executor(folder / "cache", folder / "work", cores=2, wall_clock_s=60) as executor:
        program = executor.prepare(data_dir() / "climate.wasm")

        def run(inputs: list[Path]) -> list[TaskResult]:
            tasks = [
                Task(index, b"\0" * 32, path, LIMITS, JOB.arguments)
                for index, path in enumerate(inputs)
            ]
            return sorted(executor.run(program, tasks), key=lambda result: result.index)

        yield run


@pytest.fixture(scope="session")
def results(run_climate: Run) -> list[TaskResult]:
    """The 48 tasks of the committed job."""
    return run_climate([*JOB.input_paths])
