"""Real verifiers: `workbond verifier run` as processes, some of them doomed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from workbond import accounts

from ..processes import Running

DOOMED = Path(__file__).with_name("doomed.py")


def make_home(home: Path, index: int) -> Path:
    """A home with the keystore of dev account `index`, called `verifier`."""
    home.mkdir()
    (home / "password").write_text("pw\n")
    accounts.import_dev_key(home, "verifier", index, "pw")
    return home


class Process(Running):
    """A verifier, killed at a moment of an act."""

    def __init__(
        self, world: Any, home: Path, *options: str, act: str = "nothing", moment: str = "done"
    ) -> None:
        command = [sys.executable, str(DOOMED), act, moment, "verifier", "run", "--yes"]
        command += ["--account", "verifier", "--cores", "2", "--rpc", world.url]
        command += ["--deployments", str(world.directory), "--home", str(home)]
        command += ["--password-file", str(home / "password"), *options]
        super().__init__(command)
