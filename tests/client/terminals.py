"""`workbond` at a real terminal, by default wide enough for every line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

WAIT_S = 60
ROWS, COLUMNS = 50, 200
Run = Callable[..., pexpect.spawn]


@pytest.fixture
def surroundings(world: Any, tmp_path: Path) -> dict[str, str]:
    """The environment of a process that meets the world, its home in `tmp_path / "home"`."""
    return {k: v for k, v in os.environ.items() if not k.startswith("WORKBOND_")} | {
        "WORKBOND_RPC": world.url,
        "WORKBOND_HOME": str(tmp_path / "home"),
        "WORKBOND_DEPLOYMENTS": str(world.directory),
        "NO_COLOR": "1",
    }


@pytest.fixture
def at_terminal(surroundings: dict[str, str], tmp_path: Path) -> Iterator[Run]:
    """Starts `workbond ARGS...` at a terminal."""
    started = []

    def start(*args: str, columns: int = COLUMNS) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "workbond", *args],
            env=surroundings | {"COLUMNS": str(columns)},
            cwd=str(tmp_path),
            encoding="utf-8",
            timeout=WAIT_S,
            dimensions=(ROWS, columns),
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def ends(child: pexpect.spawn, code: int) -> str:
    """What is shown until the end, which comes with exit code `code`."""
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code, child.before
    return str(child.before)
