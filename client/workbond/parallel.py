"""Doing many slow things at once, in threads that never keep the command from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from workbond import threads

T = TypeVar("T")


def each(
    work: Callable[[T], None], items: Iterable[T], at_once: int, done: Callable[[], None]
) -> None:
    """Calls `work` with every item, `done` after each; the first error ends it and is raised.

    The threads are daemons: after Ctrl-C or an error nobody waits for a server that is slow.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    count = 0
    for item in items:
        waiting.put(item)
        count += 1
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                work(item)
                ended.put(None)
            except BaseException as error:
                ended.put(error)

    try:
        for _ in range(min(at_once, count)):
            threads.start(run)
        for _ in range(count):
            error = ended.get()
            if error is not None:
                raise error
            done()
    finally:
        stop.set()
