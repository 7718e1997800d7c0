"""`workbond provider stake | unstake | withdraw | status`, and the options of `run`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import ECHO

ACCOUNT = ("--account", "provider")


@pytest.fixture
def own_cli(world: Any, world_cli: Any) -> Any:
    """The command line, with the world's provider as the account `provider`."""
    assert world_cli("account", "import", "provider", "--dev", "2", "--light-kdf").code == 0
    return world_cli


def test_stake_unstake_and_withdraw_move_the_money(world: Any, own_cli: Any) -> None:
    before = world.market.account_of(world.provider.address)
    staked = own_cli("provider", "stake", "1.5", *ACCOUNT, "--yes")
    assert staked.code == 0, staked.err
    assert "Staked 1.5 WORK; in all 501.5 WORK." in staked.out

    left = json.loads(own_cli("provider", "unstake", "2", *ACCOUNT, "--yes", "--json").out)
    assert left["unbonding"] == str(2 * 10**18)
    early = own_cli("provider", "withdraw", *ACCOUNT, "--yes")
    assert early.code == 5
    assert "too early by" in early.err

    world.advance(60)
    out = json.loads(own_cli("provider", "withdraw", *ACCOUNT, "--yes", "--json").out)
    assert out["withdrawn"] == str(2 * 10**18)
    after = world.market.account_of(world.provider.address)
    assert (after.staked, after.free) == (before.staked - 10**18 // 2, before.free + 10**18 // 2)


def test_a_stake_beyond_the_free_balance_names_the_command_to_deposit(own_cli: Any) -> None:
    ran = own_cli("provider", "stake", "5000", *ACCOUNT, "--yes")
    assert ran.code == 5
    assert "workbond account deposit" in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_status_shows_money_and_live_jobs_with_their_deadlines(world: Any, own_cli: Any) -> None:
    _, running, job = world.accepted()
    _, claimed, record = world.claimed(b"\x05" * 32, 7, salt=b"\x0a" * 32)
    world.accepted(salt=b"\x0b" * 32, bond=0)
    shown = own_cli("provider", "status", *ACCOUNT)
    assert shown.code == 0, shown.err
    assert "0x" + running.hex() in shown.out

    found = json.loads(own_cli("provider", "status", *ACCOUNT, "--json").out)
    assert found["bonded"] == str(20 * 10**18)
    jobs = {entry["id"]: entry for entry in found["jobs"]}
    assert len(jobs) == 3
    first, second = jobs["0x" + running.hex()], jobs["0x" + claimed.hex()]
    assert (first["state"], first["deadline"]) == ("Running", job.accepted_at + job.run_for)
    assert (second["state"], second["deadline"]) == ("Claimed", record.window_end)


def test_status_of_an_idle_provider(own_cli: Any) -> None:
    assert "No live jobs." in own_cli("provider", "status", *ACCOUNT).out
    assert json.loads(own_cli("provider", "status", *ACCOUNT, "--json").out)["jobs"] == []


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
def test_a_wrong_option_is_told_in_one_line(
    own_cli: Any, options: tuple[str, ...], words: str
) -> None:
    ran = own_cli("provider", "run", "--once", *options, *ACCOUNT)
    assert ran.code == 2
    (line,) = ran.err.strip().splitlines()
    assert words in line


def test_run_once_in_this_process_takes_a_job_and_ends(world: Any, shop: Any, own_cli: Any) -> None:
    job_id = shop.post(shop.spec(ECHO))
    ran = own_cli("provider", "run", "--once", "--listen", "127.0.0.1:0", *ACCOUNT)
    assert ran.code == 0, ran.err
    assert f"job 0x{job_id.hex()}: settled, earned" in ran.err
    assert ran.out == ""
