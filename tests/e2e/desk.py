"""Where a walk is walked: a directory with the examples, and the environment of a new user."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def new_desk(place: Path) -> tuple[Path, dict[str, str]]:
    """The directory to type in, and the environment, both of a user whose home is `place`."""
    desk = place / "desk"
    shutil.copytree(ROOT / "examples", desk / "examples")
    (place / "password").write_text("correct horse battery staple\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORKBOND_", "ETH_"))}
    return desk, kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),
        "XDG_DATA_HOME": str(place / "data"),
        "XDG_CONFIG_HOME": str(place / "config"),
        "WORKBOND_PASSWORD_FILE": str(place / "password"),
        "TERM": "dumb",
        "COLUMNS": "160",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
