"""Progress bars on standard error, for whatever takes longer than a second.

    with progress("hashing inputs", total=48) as bar:
        for path in paths:
            ...
            bar.advance()

Nothing is shown before a second is over, nor where standard error is no terminal: scripts and logs
get no control characters. `rich` is imported only when a bar appears.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbond import threads

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SHOWN_AFTER_S = 1.0


class Bar:
    """What `progress` yields. Without a terminal it counts and shows nothing."""

    def __init__(self, text: str, total: int | None) -> None:
        self.text = text
        self.total = total
        self.done = 0
        self._lock = threading.Lock()
        self._shown: tuple[Progress, TaskID] | None = None
        self._over = False

    def advance(self, steps: int = 1) -> None:
        """`steps` more are done; may be called from several threads."""
        with self._lock:
            self.done += steps
            self._refresh()

    def describe(self, text: str) -> None:
        """Replaces the text beside the bar."""
        with self._lock:
            self.text = text
            self._refresh()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Takes the bar away while something else is printed."""
        with self._lock:
            if self._shown is not None:
                self._shown[0].stop()
            try:
                yield
            finally:
                if self._shown is not None:
                    self._shown[0].start()

    def _refresh(self) -> None:
        if self._shown is not None:
            display, task = self._shown
            display.update(task, completed=self.done, description=self.text)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        counted = [BarColumn(), MofNCompleteColumn()] if self.total is not None else []
        # markup off: texts name files and URLs, in which brackets are no formatting
        text = TextColumn("{task.description}", markup=False)
        with self._lock:
            if self._over:
                return
            display = Progress(
                SpinnerColumn(),
                text,
                *counted,
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._shown = (
                display,
                display.add_task(self.text, total=self.total, completed=self.done),
            )
            display.start()

    def _close(self) -> None:
        with self._lock:
            self._over = True
            if self._shown is not None:
                self._shown[0].stop()
                self._shown = None


_hidden = threading.Event()


@contextmanager
def no_progress() -> Iterator[None]:
    """Hides all bars: for a process that tells line by line what it does."""
    _hidden.set()
    try:
        yield
    finally:
        _hidden.clear()


@contextmanager
def progress(text: str, total: int | None = None) -> Iterator[Bar]:
    """A bar of `total` steps, or a spinner where nobody knows how many there will be."""
    bar = Bar(text, total)
    if _hidden.is_set() or not sys.stderr.isatty():
        yield bar
        return
    timer = threads.start_after(SHOWN_AFTER_S, bar._show)
    try:
        yield bar
    finally:
        timer.cancel()
        bar._close()
