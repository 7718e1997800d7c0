"""What the sandbox costs: the climate job's 48 tasks on one core and on two, in one run.

    python benchmarks/tasks.py     # prints a table, writes benchmarks/results/tasks.json

Only the ratios carry over to another machine. A bare Python start is the floor of a process a task.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workbond.demo.climate import lay_out
from workbond.executor.runner import Executor
from workbond.executor.tasks import Task
from workbond.executor.types import Limits

RESULTS = Path(__file__).parent / "results" / "tasks.json"
ROUNDS = 3
SPEC = bytes(32)


def job_seconds(place: Path, job: Path, cores: int) -> float:
    """All tasks of the climate job, program compiled before."""
    inputs = sorted((job / "inputs").glob("*.csv"))
    limits = Limits(10_000_000, 1 << 20, 1 << 10)
    with Executor(place / "cache", place / "work", cores, 60.0) as executor:
        program = executor.prepare(job / "climate.wasm")
        tasks = [Task(i, SPEC, path, limits, ("climate",)) for i, path in enumerate(inputs)]
        started = time.perf_counter()
        done = sum(1 for _ in executor.run(program, tasks))
        taken = time.perf_counter() - started
    assert done == len(inputs)
    return taken


def python_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - started


def main() -> None:
    one, two, bare = [], [], []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        job = lay_out(place / "job").parent
        for _ in range(ROUNDS):
            one.append(job_seconds(place, job, 1))
            two.append(job_seconds(place, job, 2))
            bare.append(python_seconds())
    single, double, start = map(statistics.median, (one, two, bare))
    ratios = {
        "task_to_python_start": round(single / 48 / start, 1),
        "two_cores_speedup": round(single / double, 2),
    }
    print(f"48 tasks on one core   {single:6.2f} s ({single / 48 * 1000:.0f} ms a task)")
    print(f"48 tasks on two cores  {double:6.2f} s ({ratios['two_cores_speedup']} times as fast)")
    print(f"a task takes {ratios['task_to_python_start']} starts of a bare Python")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(ratios, indent=1) + "\n")


if __name__ == "__main__":
    main()
