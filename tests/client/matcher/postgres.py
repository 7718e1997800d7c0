"""A PostgreSQL of the tests' own, where there is one on PATH or where Debian puts it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0
_DEBIAN = "/usr/lib/postgresql/*/bin"


def programs() -> Path | None:
    """The directory of `initdb` and `postgres`, if there is one."""
    found = shutil.which("postgres")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/").glob(_DEBIAN[1:]), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


@contextmanager
def cluster(place: Path) -> Iterator[str]:
    """A private server on loopback; gives the URL of an empty database.

    PostgreSQL refuses to run as root: then it runs as `nobody`.
    """
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="workbond-pg-") as name:
        home = Path(name)
        if user is not None:
            shutil.chown(home, user)
        data = home / "data"
        init = [place / "initdb", "-D", data, "-U", "book", "-A", "trust", "--no-sync"]
        subprocess.run(init, check=True, capture_output=True, user=user, cwd=home)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [place / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)]
        command += ["-k", home, "-F"]
        log = subprocess.DEVNULL
        server = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd=home)
        try:
            _await(place, port)
            yield f"postgresql://book@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(START_S)


def _await(place: Path, port: int) -> None:
    ends = time.monotonic() + START_S
    ready = [place / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
    while subprocess.run(ready, check=False).returncode:
        if time.monotonic() > ends:
            raise AssertionError("PostgreSQL did not start")
        time.sleep(0.05)
