"""`job watch` at a real terminal of 80 columns: what a person sees, cell by cell."""

from __future__ import annotations

import os
import re
import sys

import pexpect
import pyte
import pytest

from workbond import accounts
from workbond.chain.types import Job
from workbond.executor.profile import PROFILE_ID

WAIT_S = 60
WORK = 10**18


class Terminal:
    """A terminal in which Python runs with `args`."""

    def __init__(self, args, environment, rows, columns):
        self.screen = pyte.HistoryScreen(columns, rows, history=1_000)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self.child = pexpect.spawn(
            sys.executable,
            list(args),
            env=environment,
            encoding="utf-8",
            timeout=WAIT_S,
            dimensions=(rows, columns),
        )

    def see(self, pattern):
        """Waits until the terminal shows `pattern`; returns all of its lines then."""
        while not re.search(pattern, self.text()):
            try:
                self._feed(self.child.read_nonblocking(65_536, timeout=WAIT_S))
            except pexpect.EOF:
                assert re.search(pattern, self.text()), self.text()
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def end(self):
        """Waits for the end; returns the exit code."""
        self.child.expect(pexpect.EOF)
        self._feed(self.child.before)
        self.child.close()
        return self.child.exitstatus

    def _feed(self, text):
        self.raw += text
        self._stream.feed(text)


@pytest.fixture
def terminal(world, tmp_path):
    accounts.import_dev_key(tmp_path / "home", "me", 1, "pw")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WORKBOND_")}
    for name in ("NO_COLOR", "COLUMNS", "LINES"):  # the terminal's own size and colours count
        kept.pop(name, None)
    own = {
        "WORKBOND_RPC": world.url,
        "WORKBOND_HOME": str(tmp_path / "home"),
        "WORKBOND_DEPLOYMENTS": str(world.directory),
        "TERM": "xterm-256color",
    }
    started = []

    def start(*args, program=("-m", "workbond"), rows=24, columns=80, **environment):
        made = Terminal([*program, *args], kept | own | environment, rows, columns)
        started.append(made)
        return made

    yield start
    for made in started:
        made.child.close(force=True)


@pytest.fixture
def open_job(world):
    """A job whose gateway is a stranger's text that would steer a terminal."""
    request = world.request(profile=PROFILE_ID)
    world.market.post(world.requester, request, "http://x/\x1b[2J\x07\u202e")
    return request, world.id_of(request)


def accept(world, request):
    (event,) = world.market.accept(world.provider, request).events
    args = event.args
    return Job.accepted(request, args["provider"], args["unitPrice"], args["acceptedAt"])


def test_the_view_follows_the_job_in_place(terminal, world, open_job):
    request, job_id = open_job
    shown = terminal("job", "watch", job_id.hex())
    lines = shown.see("Ctrl-C ends the watching")
    assert lines[0] == f"Job 0x{job_id.hex()[:16]}  Open"
    assert lines[2].startswith("Waits for a provider, ")
    assert set(lines[3]) == {"░"}
    assert lines[3] == "░" * 80
    assert re.fullmatch(r"unit price  1\S* WORK per 10\^12 units, rising to 3 in .*", lines[5])

    job = accept(world, request)
    lines = shown.see(r"at work(.|\n)*If no result(.|\n)*Ctrl-C ends")  # a whole frame
    assert lines[0].endswith("  Running")
    assert f"provider    {world.provider.address}" in lines
    assert any(line[10:].startswith("accepted by 0x") for line in lines)
    assert any(line.startswith("If no result comes in ") for line in lines)

    world.market.release(world.provider, job_id, job)
    shown.see("Error: ")
    assert shown.end() == 8
    text = shown.text()
    assert text.count(f"Job 0x{job_id.hex()[:16]}") == 1  # drawn in place, not one below the other
    assert "Void" in text.splitlines()[0]
    assert "Ctrl-C" not in text


def test_nothing_of_a_stranger_reaches_the_terminal(terminal, open_job):
    shown = terminal("job", "watch", open_job[1].hex())
    shown.see("Ctrl-C ends the watching")
    assert "\x1b[2J" not in shown.raw
    assert "\x07" not in shown.raw
    assert "\u202e" not in shown.raw


def test_ctrl_c_leaves_the_last_view_and_the_way_on(terminal, open_job):
    shown = terminal("job", "watch", open_job[1].hex())
    shown.see("Ctrl-C ends the watching")
    shown.child.sendintr()
    shown.see("Stopped: interrupted; job")
    assert shown.end() == 130
    assert "Waits for a provider" in shown.text()
    assert not shown.screen.cursor.hidden


@pytest.mark.parametrize(("rows", "columns"), [(8, 80), (24, 40), (12, 30)])
def test_a_small_terminal_shows_what_matters_without_wrapping(terminal, open_job, rows, columns):
    shown = terminal("job", "watch", open_job[1].hex(), rows=rows, columns=columns)
    lines = shown.see("Waits for a provider")
    assert lines[0].startswith("Job 0x")
    assert len(lines[3]) <= columns
    assert not shown.screen.history.top  # nothing was pushed out above


def test_without_colours_the_view_has_none(terminal, open_job):
    shown = terminal("job", "watch", open_job[1].hex(), NO_COLOR="1")
    shown.see("Ctrl-C ends the watching")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown.raw)


def test_a_dumb_terminal_gets_lines(terminal, open_job):
    shown = terminal("job", "watch", open_job[1].hex(), TERM="dumb")
    shown.see("Open: waits for a provider")
    assert "\x1b" not in shown.raw


IMPATIENT = """
from workbond import progress
from workbond.requester.why import lookout
progress.SHOWN_AFTER_S, lookout.FIRST_S = 0.0, 1.0
from workbond.cli.main import main
main()
"""


def test_a_wait_keeps_its_bar_apart_from_what_it_is_told(terminal, open_job):
    shown = terminal("job", "fetch", open_job[1].hex(), "--wait", program=("-c", IMPATIENT))
    lines = shown.see(r"(?s)What to do.*waiting for a provider at")
    told = next(n for n, line in enumerate(lines) if line.startswith("No provider has taken it"))
    bars = [n for n, line in enumerate(lines) if "waiting for a provider at" in line]
    assert len(bars) == 1
    assert told < bars[0]
