"""The task process: `python -m workbond.executor.task PARENT ORDER`.

Runs one task of one program on its main thread (a smaller stack would turn a guest's stack overflow
into a crash) under the limits of `sandbox`, then ends. ORDER is a JSON file written by the runner.
Reports `{"cls", "exit_code", "units", "length", "digest"}` or `{"error": why}`. Whatever is not the
guest's doing ends as an error: a full disk, missing memory, a bug here.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from workbond.chunks import OutputDigest
from workbond.errors import ExecutionError
from workbond.executor import sandbox
from workbond.executor.profile import MAX_LOG_BYTES, MAX_TABLE_ELEMENTS, MAX_TABLES
from workbond.executor.types import Limits
from workbond.executor.wasi import Job, random_seed

OWN_BYTES = 256 * 1024 * 1024
"""What engine and interpreter may need while the guest runs; copies go in steps of 1 MiB."""


def run_task(order: dict[str, Any]) -> dict[str, object]:
    """Runs the task that `order` describes (see `runner`); returns the report."""
    limits = Limits(*order["limits"])
    file_bytes = max(limits.output_bytes, MAX_LOG_BYTES) + 1
    sandbox.limit(order["cpu_s"], file_bytes)
    from workbond.executor import engine  # late: the limits above hold for the engine's start too

    sandbox.limit_data(limits.memory_bytes + MAX_TABLES * MAX_TABLE_ELEMENTS * 8, OWN_BYTES)
    digest = OutputDigest()
    with (
        open(order["input"], "rb", buffering=0) as stdin,  # noqa: PTH123 - no Path needed here
        open(order["output"], "xb") as output,  # noqa: PTH123
        open(order["log"], "xb") as log,  # noqa: PTH123
    ):

        def write(data: bytes) -> None:
            output.write(data)
            digest.update(data)

        job = Job(
            arguments=order["arguments"],
            environment=order["environment"],
            seed=random_seed(bytes.fromhex(order["spec"]), order["index"]),
            stdin=stdin.fileno(),
            input_bytes=os.fstat(stdin.fileno()).st_size,
            output_bytes=limits.output_bytes,
            output=write,
            log=log.write,
        )
        outcome = engine.execute(order["code"], job, limits)
    return {**outcome._asdict(), "length": digest.length, "digest": digest.digest().hex()}


def main(arguments: list[str]) -> None:
    """Runs one task and prints its report."""
    parent, order_path = arguments
    report: dict[str, object]
    try:
        sandbox.die_with_parent(int(parent))
        report = run_task(json.loads(Path(order_path).read_bytes()))
    except ExecutionError as error:
        report = {"error": str(error)}
    except (MemoryError, OSError) as error:
        report = {"error": f"this machine failed: {error!r}"}
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
