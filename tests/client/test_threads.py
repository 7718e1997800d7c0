"""Signals are for the main thread; accounts/test_accounts_at_work.py presses a real Ctrl-C."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import workbond
from workbond import threads

ROOT = Path(workbond.__file__).parent


def test_threads_and_those_that_they_start_block_signals_and_the_main_one_does_not():
    blocked: list[set[int]] = []

    def look() -> None:
        blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))

    def look_twice() -> None:
        look()
        inner = threading.Thread(target=look)
        inner.start()
        inner.join()

    threads.start(look_twice).join()
    threads.start_after(0, look).join()
    assert len(blocked) == 3
    assert all({signal.SIGINT, signal.SIGTERM} <= found for found in blocked)
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & {signal.SIGINT, signal.SIGTERM}


def test_all_threads_are_started_there():
    words = ("threading.Thread(", "threading.Timer(")
    sources = {path.name: path.read_text("utf-8") for path in ROOT.rglob("*.py")}
    starters = [name for name, text in sources.items() if any(word in text for word in words)]
    assert starters == ["threads.py"]
