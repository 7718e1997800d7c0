"""`python -m workbond.demo.corrupt ...`: the `workbond` command of a provider that cheats.

Its executor runs every task, and then changes the last digit of the first one's output: as somebody
would who saved that task's work and guessed. All that follows (digest, seal, manifest, gateway) is
the ordinary node's, so nobody can tell without executing the task again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbond.chunks import output_digest
from workbond.executor.runner import Executor, Program, Task, TaskResult
from workbond.provider import work

CORRUPTED = 0  # the task


class Corrupting(Executor):
    """An executor that changes one output."""

    def run(self, program: Program, tasks: Iterable[Task]) -> Iterator[TaskResult]:
        """As `Executor.run`, but for task `CORRUPTED`."""
        for result in super().run(program, tasks):
            yield spoiled(result) if result.index == CORRUPTED else result


def spoiled(result: TaskResult) -> TaskResult:
    """The result with the last digit of its output changed, and a digest that fits."""
    output = bytearray(result.output.read_bytes())
    at = max(place for place, byte in enumerate(output) if chr(byte).isdigit())
    output[at] ^= 1  # an ASCII digit stays one
    result.output.write_bytes(output)
    return replace(result, digest=output_digest(bytes(output)))


def main() -> int:
    from workbond.cli.main import run

    vars(work)["Executor"] = Corrupting
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
