"""`workbond verifier stake`, `unstake`, `withdraw` and `status`, against a real committee."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.chain.cases import EPOCH_S, LEAVING_FOR_S

from ..conftest import Cli, Ran
from .conftest import WORK, Court, Judge

MINE = ("--account", "verifier")


@pytest.fixture
def mine(world: Any, court: Court, world_cli: Cli, tmp_path: Path) -> Cli:
    """`workbond verifier` as dev account 5, which has 1,000 tokens and no stake."""
    court.enrol(5, stake=0)
    accounts.import_dev_key(tmp_path / "home", "verifier", 5, "pw")

    def call(*args: object, stdin: str = "") -> Ran:
        return world_cli("verifier", *args, *MINE, stdin=stdin)

    return call


def said(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_stake_comes_from_the_wallet_in_one_go(mine: Cli, court: Court) -> None:
    ran = mine("stake", 150, "--yes")
    assert ran.code == 0, ran.err
    assert "Staked 150 WORK; in all 150 WORK, drawn from midnight UTC on." in ran.out
    assert "workbond verifier run --account verifier" in ran.err
    account = court.committee.verifier_of(accounts.dev_signer(5).address)
    assert (account.staked, account.active, account.free) == (150 * WORK, 0, 0)


def test_a_stake_uses_what_is_free_there_first(mine: Cli, court: Court) -> None:
    said(mine("stake", 250, "--yes", "--json"))
    said(mine("unstake", 100, "--yes", "--json"))
    court.world.advance(LEAVING_FOR_S)
    said(mine("withdraw", 40, "--yes", "--json"))
    after = said(mine("stake", 70, "--yes", "--json"))
    assert (after["staked"], after["free"]) == (str(220 * WORK), "0")
    assert len(after["transactions"]) == 2  # 60 were free, 10 are deposited
    assert court.world.token.balance(after["address"]) == (1_000 - 250 + 40 - 10) * WORK


def test_a_stake_below_the_least_is_refused_before_anything_is_sent(
    mine: Cli, court: Court
) -> None:
    ran = mine("stake", "0.5", "--yes")
    assert ran.code == 2
    assert "is too little, the committee takes" in ran.err
    assert court.world.token.balance(accounts.dev_signer(5).address) == 1_000 * WORK


def test_more_than_is_staked_can_t_leave(mine: Cli) -> None:
    ran = mine("unstake", 10, "--yes")
    assert ran.code == 5
    assert "stakes 0 WORK in the committee, 10 WORK can't leave: unstake less" in ran.err


def test_a_rest_that_is_no_stake_can_t_stay(mine: Cli) -> None:
    said(mine("stake", 150, "--yes", "--json"))
    ran = mine("unstake", 60, "--yes")
    assert ran.code == 2
    assert "90 WORK would stay, but a stake is 100 WORK or more" in ran.err
    assert "unstake 50 at most, or all 150" in ran.err


def test_what_leaves_can_be_withdrawn_after_29_days(mine: Cli, court: Court) -> None:
    said(mine("stake", 150, "--yes", "--json"))
    left = said(mine("unstake", 150, "--yes", "--json"))
    assert left["leaving"] == str(150 * WORK)
    ran = mine("withdraw", "--yes")
    assert ran.code == 2
    assert "nothing more can be withdrawn" in ran.err
    court.world.advance(LEAVING_FOR_S)
    ran = mine("withdraw", "--yes")
    assert ran.code == 0, ran.err
    assert "150 WORK are in the wallet; free in the committee: 0 WORK." in ran.out


def test_status_without_a_node_tells_what_the_chain_knows(mine: Cli, court: Court) -> None:
    assert "workbond verifier stake AMOUNT" in mine("status").err
    said(mine("stake", 150, "--yes", "--json"))
    court.world.advance(EPOCH_S)
    text = mine("status").out
    assert "none ever ran here" in text
    assert "150 WORK  of which 150 WORK drawn now, 100.0% of all" in text
    assert "No seat and no challenge in an open case." in text
    found = said(mine("status", "--json"))
    assert (found["running"], found["node"], found["duties"]) == (False, None, [])
    assert found["active"] == found["total_active"] == str(150 * WORK)


def test_status_tells_seats_deadlines_and_earnings(
    mine: Cli, court: Court, judge: Judge, tmp_path: Path
) -> None:
    judge.home = tmp_path / "home" / "verifier" / judge.signer.address.lower()
    job_id = court.seated()
    judge.start()
    judge.turn_until_said("COMMITTED")
    text = mine("status").out
    assert f"0x{job_id.hex()}" in text
    assert "Voting, round 1, 3 seats of ours, reveal from" in text
    (duty,) = said(mine("status", "--json"))["duties"]
    assert (duty["seats"], duty["committed"], duty["revealed"]) == (3, 3, 0)
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    court.to_closing(job_id)
    judge.turn_until_said("VERDICT")
    judge.stop()
    found = said(mine("status", "--json"))
    assert found["seats"] == 3
    assert int(found["earned"]) == int(found["free"]) > 0
    assert found["node"]["counts"]["revealed"] == 3
    ran = mine("status")
    assert "not running; the last one ended" in ran.out
    assert "by 3 seats, tips and 0 won challenges" in ran.out
    assert "workbond verifier run" in ran.err


def test_status_tells_what_the_node_says_even_if_the_chain_is_away(
    mine: Cli, judge: Judge, tmp_path: Path
) -> None:
    judge.home = tmp_path / "home" / "verifier" / judge.signer.address.lower()
    judge.start()
    judge.turn()
    ran = mine("status", "--rpc", "http://127.0.0.1:9")
    assert ran.code == 5
    assert "following claims and cases" in ran.out


def test_running_asks_after_telling_what_is_at_stake(mine: Cli) -> None:
    ran = mine("run")
    assert ran.code == 2
    assert "there is no terminal to confirm on" in ran.err
