"""A verifier keeps up with the chain: reorganisations, outages, nodes that misbehave."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest

from workbond.chain import anvil as local
from workbond.chain.committee import Committee
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.errors import ChainError
from workbond.verifier.notebook import KEEP_S, Notebook, NotebookFailed

from ..nodes import Line, refusal
from .conftest import BOND, WRONG, Court, Judge


def turns(judge: Judge, count: int = 5) -> None:
    for _ in range(count):
        judge.turn()


@pytest.fixture
def far(world: Any, court: Court, judge: Judge, line: Line) -> Line:
    """Between the judge's nodes and the chain."""
    connection = Connection(line.url)
    changed = {
        "connection": connection,
        "market": Market(connection, world.market.address),
    }
    distant = Court(
        type(world)(**{**vars(world), **changed}),
        court.shop,
        court.home,
        Committee(connection, court.committee.address),
    )
    judge.court = distant
    return line


def test_a_reveal_waits_for_the_end_of_an_outage(court: Court, judge: Judge, far: Line) -> None:
    job_id = court.seated()
    judge.start()
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    far.cut = True
    turns(judge, 3)
    assert judge.said("OUTAGE")
    far.cut = False
    judge.turn_until_said("RECOVERED")
    judge.turn_until_said("REVEALED")
    assert not judge.said("MISSED")


def test_seats_are_served_while_the_events_can_t_be_read(
    court: Court, judge: Judge, far: Line
) -> None:
    job_id = court.seated()
    judge.start()
    judge.turn_until_said("COMMITTED")
    far.broken["eth_getLogs"] = refusal("the index is being rebuilt")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")


def test_what_a_reorganisation_took_back_is_done_again(court: Court, judge: Judge) -> None:
    world, job_id = court.world, court.seated()
    before = local.snapshot(world.connection)
    judge.start()
    judge.turn_until_said("COMMITTED")
    turns(judge)
    local.revert(world.connection, before)
    assert not court.events("VoteCommitted")
    court.mine(8)  # past what it saw
    judge.turn_until(lambda: len(court.events("VoteCommitted")) == 3, "the commits again")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")


def test_a_case_that_a_reorganisation_took_back_is_forgotten_and_found_again(
    court: Court, judge: Judge
) -> None:
    world, job_id = court.world, court.claimed()
    before = local.snapshot(world.connection)
    court.challenge(job_id, WRONG)
    node = judge.start(challenge_bond=0)
    turns(judge, 2)
    assert node._watch.docket.find(job_id) is not None
    local.revert(world.connection, before)
    court.mine(8)
    turns(judge, 2)
    assert node._watch.docket.find(job_id) is None
    record = node._watch.claims.find(job_id)
    assert record is not None
    assert record.state is State.CLAIMED
    court.challenge(job_id, WRONG)
    judge.turn_until_said("COMMITTED")


def test_jobs_that_others_judge_are_not_followed(world: Any, court: Court, judge: Judge) -> None:
    world.claimed(b"\x05" * 32, 1_000)
    node = judge.start(sample_bps=10_000)
    turns(judge, 2)
    assert not node._watch.claims.claimed()


def test_nothing_is_committed_that_is_not_in_the_notebook(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    court.seated()

    def fail(*_: Any) -> None:
        raise NotebookFailed("the notebook fails (disk is full)")

    with monkeypatch.context() as patched:
        patched.setattr(Notebook, "prepare", fail)
        judge.start()
        judge.turn_until_said("RETRYING")
        turns(judge)
        assert not court.events("VoteCommitted")
    judge.turn_until_said("COMMITTED")


def test_an_odd_turn_does_not_end_the_work(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    court.seated()
    node = judge.start()
    with monkeypatch.context() as patched:
        patched.setattr(node._cranks, "tend", lambda head: 1 // 0)
        judge.turn()
        assert "internal error ZeroDivisionError" in judge.said("OUTAGE")[0]
    judge.turn_until_said("COMMITTED")


def test_a_seat_whose_job_the_node_has_no_events_of_is_not_forgotten(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = court.seated()
    node = judge.start()
    with monkeypatch.context() as patched:
        patched.setattr(node._watch.claims, "find", lambda _: None)
        patched.setattr(node._watch.claims, "reload", lambda *_: None)
        turns(judge)
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")


def test_a_node_that_lies_about_the_time_has_no_salt_forgotten(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = court.seated()
    node = judge.start()
    judge.turn_until_said("COMMITTED")
    turns(judge, 2)
    monkeypatch.setattr("workbond.verifier.node.TIDY_BLOCKS", 0)
    head = court.world.connection.block()
    with contextlib.suppress(ChainError):
        node._act(replace(head, timestamp=head.timestamp + 10 * KEEP_S))
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")


def test_jobs_that_name_large_bonds_which_nobody_put_up_push_no_claim_out(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbond.verifier.claims.JOBS_MAX", 2)
    monkeypatch.setattr("workbond.verifier.claims.TRIM_EVERY", 1)
    job_id = court.claimed()
    for _ in range(3):
        court.post(bond=BOND * 1_000_000)
    node = judge.start()
    turns(judge, 1)
    assert [record.id for record in node._watch.claims.claimed()] == [job_id]
