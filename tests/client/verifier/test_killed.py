"""Verifiers that are killed, SIGKILL, at every step of every act, and started again."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbond.chain.cases import Phase
from workbond.chain.types import State

from ..patience import until
from .conftest import WRONG, Court
from .processes import Process, make_home

Start = Callable[..., Process]


@pytest.fixture
def start(world: Any, court: Court, tmp_path: Path) -> Iterator[Start]:
    """Starts verifiers of one account, the committee's only one, in one home."""
    signer = court.enrol(5)
    court.tomorrow()
    home = make_home(tmp_path / "home", 5)
    assert signer.address
    started: list[Process] = []

    def begin(*options: str, act: str = "nothing", moment: str = "done") -> Process:
        started.append(Process(world, home, "--sample", "100%", *options, act=act, moment=moment))
        return started[-1]

    yield begin
    for process in started:
        process.end()


@pytest.mark.parametrize("moment", ["unsigned", "signed", "sent", "done"])
def test_killed_at_this_moment_of_every_act_it_misses_nothing_and_does_nothing_twice(
    court: Court, start: Start, moment: str
) -> None:
    job_id = court.claimed(WRONG)
    committee = court.committee

    def killed_at(act: str) -> None:
        process = start(act=act, moment=moment)
        between(act, process)
        assert process.await_end() == -signal.SIGKILL, process.lines

    def between(act: str, process: Process) -> None:
        """Moves the clock when what came before this act is done."""

        def every(bits: str) -> bool:
            seating = committee.seating_of(job_id, 0)
            return seating.round.is_drawn and getattr(seating.round, bits) == 0b111

        if act == "reveal":
            until(lambda: every("committed"), f"all commits; it said {process.lines}")
            court.to_reveals(job_id)
        elif act == "close":
            until(lambda: every("revealed"), f"all reveals; it said {process.lines}")
            court.to_closing(job_id)

    for act in ("challenge", "draw", "commit", "reveal", "close"):
        killed_at(act)
    last = start()
    until(lambda: court.state(job_id) is State.VOID, f"the verdict; it said {last.lines}")
    assert committee.case_of(job_id).phase is Phase.CLOSED
    assert len(court.events("Challenged")) == 1
    assert len(court.events("SeatsDrawn")) == 1
    assert len(court.events("VoteCommitted")) == 3
    truth = court.truth_of(job_id)
    assert [vote["vote"] for vote in court.events("VoteRevealed")] == [truth] * 3


def test_killed_with_votes_prepared_it_commits_to_them_as_they_were(
    court: Court, start: Start
) -> None:
    job_id = court.seated()
    first = start("--max-challenge-bond", "0", act="commit", moment="prepared")
    assert first.await_end() == -signal.SIGKILL
    second = start("--max-challenge-bond", "0")
    second.await_line("committed to a result")
    assert not any("executed again: " in line for line in second.lines)  # nor works twice
    court.to_reveals(job_id)
    second.await_line("3 seats revealed")


def test_stopped_by_sigterm_it_says_what_it_leaves(court: Court, start: Start) -> None:
    process = start()
    process.await_line("follows the committee")
    process.process.terminate()
    assert process.await_end() == 0
    assert any("stopping; seats of open cases" in line for line in process.lines)
