"""One background thread for what takes long, one piece of work at a time.

The node's loop stays free to follow the chain meanwhile. A piece of work never raises into the
node: whatever happens in it, bugs included, comes back as its outcome.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbond import threads


@dataclass(frozen=True)
class Done:
    """A finished piece: its kind, its job, and either a value or the error that ended it."""

    kind: str
    job_id: bytes
    value: Any
    error: BaseException | None


class Worker:
    """Runs pieces of work; `wake` is called from its thread when one is done.

    The threads are daemons: a download that hangs can't hold up the end of the process.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._done: Done | None = None
        self.kind = ""
        self.job_id = b""

    @property
    def busy(self) -> bool:
        """Whether a piece is under way, or done and not yet taken."""
        return self._thread is not None

    def working_on(self, job_id: bytes) -> bool:
        return self.busy and self.job_id == job_id

    def start(self, kind: str, job_id: bytes, work: Callable[[], Any]) -> None:
        """Begin `work`; only when not busy."""
        if self.busy:
            raise RuntimeError("the worker is busy")
        self.kind, self.job_id, self._done = kind, job_id, None

        def run() -> None:
            try:
                self._done = Done(kind, job_id, work(), None)
            except BaseException as error:  # a library's panic too: the node would wait for ever
                self._done = Done(kind, job_id, None, error)
            self._wake()

        self._thread = threads.start(run, f"provider-{kind}")

    def take(self) -> Done | None:
        """The finished piece, once; None while there is none."""
        if self._done is None or self._thread is None:
            return None
        self._thread.join()
        done, self._done, self._thread = self._done, None, None
        return done

    def join(self, timeout_s: float) -> None:
        """Wait for the piece under way, at most `timeout_s`."""
        if self._thread is not None:
            self._thread.join(timeout_s)
