"""Progress bars: on a terminal, on standard error, and only for what takes longer than a second."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from workbond import progress as module
from workbond.parallel import each
from workbond.progress import no_progress, progress

SCRIPT = """
import sys, threading
from workbond import progress
progress.SHOWN_AFTER_S = {after}
with progress.progress("counting [sheep]", total=3) as bar:
    bar.advance()
    if {after} < 1:
        while bar._shown is None:
            pass
    bar.advance(2)
assert "rich" in sys.modules or {after} >= 1
print("done")
"""


def on_a_terminal(after: float) -> tuple[str, str]:
    """Standard output, and what a terminal on standard error got to see."""
    ours, theirs = pty.openpty()
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(after=after)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        check=True,
    )
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    os.close(ours)
    return process.stdout, seen.decode()


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65_536)
    except OSError:  # the other end is closed and everything was read
        return b""


def test_what_takes_long_shows_a_bar_with_its_text_as_it_is():
    out, seen = on_a_terminal(after=0)
    assert out == "done\n"
    assert "counting [sheep]" in seen
    assert "/3" in seen


def test_what_is_quick_shows_nothing():
    assert on_a_terminal(after=60) == ("done\n", "")


def test_a_process_that_tells_by_lines_shows_no_bar(monkeypatch, capfd):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(module.threading, "Timer", lambda *_: pytest.fail("a bar was planned"))
    with no_progress(), progress("quiet", total=2) as bar:
        bar.advance(2)
    assert bar.done == 2
    assert capfd.readouterr().err == ""


def test_without_a_terminal_nothing_is_shown_but_counted(capfd):
    with progress("counting", total=2) as bar:
        bar.advance()
        bar.describe("still counting")
        bar.advance()
    assert bar.done == 2
    assert capfd.readouterr() == ("", "")


def test_work_in_threads_is_done_completely():
    done, steps = [], []
    each(done.append, range(100), 8, lambda: steps.append(None))
    assert sorted(done) == list(range(100))
    assert len(steps) == 100


def test_the_first_error_in_a_thread_ends_the_work():
    def work(item: int) -> None:
        if item == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        each(work, range(100), 2, lambda: None)
