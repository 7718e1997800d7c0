"""Threads beside the main one, which leave signals to it.

The kernel hands a signal to whichever thread runs just then, while Python's handlers run in the
main thread. If that one sleeps in a system call, waiting for a server's answer, it sleeps on, and
Ctrl-C would end the command when the answer comes. So all other threads block signals, from their
birth on.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


def start(work: Callable[[], None], name: str | None = None) -> threading.Thread:
    """Runs `work` in a daemon thread: nobody waits for it at the end of the process."""
    return _started(threading.Thread(target=work, name=name, daemon=True))


def start_after(seconds: float, work: Callable[[], None]) -> threading.Timer:
    """As `start`, but later, unless the timer is cancelled before."""
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    _started(timer)
    return timer


def _started(thread: threading.Thread) -> threading.Thread:
    with _signals_blocked():  # a thread inherits what blocks its parent, and so do its own
        thread.start()
    return thread


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # not POSIX
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
