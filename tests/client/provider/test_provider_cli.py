"""`workbond provider stake | unstake | withdraw | status`, and the options of `run`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ECHO

BOB = ("--account", "bob")


@pytest.fixture
def bob(world: Any, world_cli: Any) -> Any:
    """The command line, with the world's provider as the account `bob`."""
    assert world_cli("account", "import", "bob", "--dev", "2", "--light-kdf").code == 0
    return world_cli


def test_stake_unstake_and_withdraw_move_the_money(world: Any, bob: Any) -> None:
    before = world.market.account_of(world.provider.address)
    staked = bob("provider", "stake", "1.5", *BOB)
    assert staked.code == 0, staked.err
    assert "Staked 1.5 WORK; in all 501.5 WORK." in staked.out

    left = json.loads(bob("provider", "unstake", "2", *BOB, "--json").out)
    assert left["unbonding"] == str(2 * 10**18)
    early = bob("provider", "withdraw", *BOB)
    assert early.code == 5
    assert "too early by" in early.err

    world.advance(60)
    out = json.loads(bob("provider", "withdraw", *BOB, "--json").out)
    assert out["withdrawn"] == str(2 * 10**18)
    after = world.market.account_of(world.provider.address)
    assert (after.staked, after.free) == (before.staked - 10**18 // 2, before.free + 10**18 // 2)


def test_a_stake_beyond_the_free_balance_names_the_command_to_deposit(bob: Any) -> None:
    ran = bob("provider", "stake", "5000", *BOB)
    assert ran.code == 5
    assert "workbond account deposit" in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_status_shows_money_and_live_jobs_with_their_deadlines(world: Any, bob: Any) -> None:
    _, running, job = world.accepted()
    _, claimed, record = world.claimed(b"\x05" * 32, 7, salt=b"\x0a" * 32)
    world.accepted(salt=b"\x0b" * 32, bond=0)
    shown = bob("provider", "status", *BOB)
    assert shown.code == 0, shown.err
    assert "0x" + running.hex() in shown.out

    found = json.loads(bob("provider", "status", *BOB, "--json").out)
    assert found["bonded"] == str(20 * 10**18)
    jobs = {entry["id"]: entry for entry in found["jobs"]}
    assert len(jobs) == 3
    first, second = jobs["0x" + running.hex()], jobs["0x" + claimed.hex()]
    assert (first["state"], first["deadline"]) == ("Running", job.accepted_at + job.run_for)
    assert (second["state"], second["deadline"]) == ("Claimed", record.window_end)


def test_status_of_an_idle_provider(bob: Any) -> None:
    assert "No live jobs." in bob("provider", "status", *BOB).out
    assert json.loads(bob("provider", "status", *BOB, "--json").out)["jobs"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--listen", "nowhere"), "HOST:PORT"),
        (("--cores", "0"), "0"),
        (("--max-memory", "lots"), "lots"),
        (("--min-price", "-1"), "-1"),
        (("--region", "Mars", "--listen", "127.0.0.1:0"), "region"),
        (("--public-url", "ftp://x", "--listen", "127.0.0.1:0"), "gateway"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(bob: Any, options: tuple[str, ...], words: str) -> None:
    ran = bob("provider", "run", "--once", *options, *BOB)
    assert ran.code == 2
    (line,) = ran.err.strip().splitlines()
    assert words in line


def test_run_once_in_this_process_takes_a_job_and_ends(world: Any, shop: Any, bob: Any) -> None:
    job_id = shop.post(shop.spec(ECHO))
    ran = bob("provider", "run", "--once", "--listen", "127.0.0.1:0", *BOB)
    assert ran.code == 0, ran.err
    assert f"job 0x{job_id.hex()}: settled, earned" in ran.err
    assert ran.out == ""
