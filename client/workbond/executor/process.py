"""One child process of the executor: started clean, watched by a pidfd, ended by SIGKILL.

A child gets no environment, no open file and no terminal of its parent, works in a session of its
own, and reports one JSON object on its standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import workbond
from workbond.errors import ExecutionError

REPORT_BYTES = 4096
"""A report fits into a pipe, so a child never waits for its parent to read."""


class Child:
    """`python -m <module> <parent pid> <arguments>` and its report.

    Args:
        module: to run.
        arguments: for it.
        errors: file for its standard error; its last line explains a crash.
    """

    def __init__(self, module: str, arguments: list[str], errors: Path) -> None:
        self._errors = errors
        command = [sys.executable, "-sSP", "-m", module, str(os.getpid()), *arguments]
        with errors.open("wb") as stream:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        self.pidfd = os.pidfd_open(self._process.pid)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def kill(self) -> None:
        """Ends the child at once; harmless when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Kills, reaps, and releases what the parent holds; the report is lost."""
        if self.pidfd >= 0:
            self.kill()
            self._reap()

    def report(self, what: str) -> dict[str, Any]:
        """Waits for the end and returns the child's report.

        Args:
            what: names the work in messages.

        Raises:
            ExecutionError: a crash, a kill or the child's own complaint.
        """
        stream = self._process.stdout
        data = stream.read(REPORT_BYTES) if stream else b""
        code = self._reap()
        try:
            report = json.loads(data) if code == 0 else None
        except ValueError:
            report = None
        if not isinstance(report, dict):
            raise ExecutionError(f"{what} failed: {_ending(code)}{self._last_words()}")
        if "error" in report:
            raise ExecutionError(f"{what} failed: {report['error']}")
        return report

    def _reap(self) -> int:
        code = self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        os.close(self.pidfd)
        self.pidfd = -1
        return code

    def _last_words(self) -> str:
        try:
            with self._errors.open("rb") as stream:
                stream.seek(max(0, self._errors.stat().st_size - 1000))
                text = stream.read(1000).decode("utf-8", "replace").strip()
        except OSError:
            return ""
        lines = text.splitlines()
        clean = "".join(char if char.isprintable() else "?" for char in lines[-1]) if lines else ""
        return f" ({clean[-200:]})" if clean else ""


def _ending(code: int) -> str:
    if code >= 0:
        return f"the process ended with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the process was ended by {name}; a limit of this machine, or someone, stopped it"


def _environment() -> dict[str, str]:
    """Only where modules are; the child starts without `site`, which saves time and hooks."""
    package = str(Path(workbond.__file__).parents[1])
    return {"PYTHONPATH": os.pathsep.join([package, *(path for path in sys.path if path)])}
