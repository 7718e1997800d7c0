"""Real processes of `workbond` whose lines tests wait for."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence

from .patience import WAIT_S, until


class Running:
    """A process whose lines on standard error are collected while it runs."""

    def __init__(self, command: Sequence[str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.lines.append(line.rstrip("\n"))

    def await_line(self, text: str) -> str:
        def look() -> str | None:
            found = next((line for line in self.lines if text in line), None)
            if found is None and self.process.poll() is not None:
                raise AssertionError(f"it ended without saying {text!r}: {self.lines}")
            return found

        return str(until(look, f"{text!r} in {self.lines}"))

    def await_end(self) -> int:
        code = self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        return code

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
