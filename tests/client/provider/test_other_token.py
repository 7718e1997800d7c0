"""A market that is paid in somebody else's ERC-20: whatever tells an amount names that token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbond.demo.climate import data_dir
from workbond.money import use_unit


@pytest.fixture
def world(world: Any, tmp_path: Path) -> Any:
    return world.paid_in(b"COIN", tmp_path / "coin")


@pytest.fixture
def coin_cli(world_cli: Any) -> Any:
    """The command line, with the world's accounts by name. Each call begins with the unit of a new
    process, and must not end with it."""
    for index, name in enumerate(("requester", "provider"), 1):
        assert world_cli("account", "import", name, "--dev", index, "--light-kdf").code == 0

    def call(*args: object) -> Any:
        use_unit("WORK")
        ran = world_cli(*args)
        assert " WORK" not in ran.out + ran.err
        return ran

    return call


def test_a_balance_a_bill_an_error_and_a_quote_name_it(coin_cli: Any) -> None:
    account = ("--account", "requester")
    assert " COIN\n" in coin_cli("account", "balance", *account).out
    bill = coin_cli("account", "deposit", "1.5", "--yes", *account).out
    assert "COIN in the wallet " in bill
    assert "Deposited 1.5 COIN; free in the market: 1001.5 COIN." in bill
    refused = coin_cli("provider", "stake", "5000", "--yes", *account)
    assert (refused.code, refused.out) == (5, "")
    assert "has 1001.5 COIN free but 5000 COIN are needed: deposit 3998.5 more" in refused.err
    quote = coin_cli("job", "quote", data_dir() / "job.toml", "--sample", "0").out
    assert "costs (-) each side, in COIN:" in quote


def test_a_job_and_the_journal_of_its_node_name_it(shop: Any, coin_cli: Any) -> None:
    account = ("--account", "provider")
    poor = shop.post(shop.spec(), bond=600 * 10**18).hex()
    job_id = shop.post(shop.spec()).hex()
    waiting = coin_cli("job", "status", job_id)
    assert waiting.code == 0, waiting.err
    waiting = waiting.out
    assert "the escrow of 1.000006 COIN goes back" in " ".join(waiting.split())
    options = ("--once", "--listen", "127.0.0.1:0", "--min-price", "1", "--yes", *account)
    ran = coin_cli("provider", "run", *options)
    assert ran.code == 0, ran.err
    assert "takes jobs that pay at least 1 COIN per 10^12 units" in ran.err
    assert f"job 0x{job_id}: settled, earned 1.0" in ran.err
    assert " COIN (the window is over)" in ran.err
    assert "(bond 600 COIN, unlocked stake " in ran.err
    status = coin_cli("provider", "status", *account).out
    assert "staked  500 COIN" in status
    assert " COIN more would do" in status
    assert "Amounts are COIN" in coin_cli("provider", "why", *account).out
    assert "bond        10 COIN" in coin_cli("job", "status", job_id).out
    assert "its bond of 600 COIN" in coin_cli("job", "why", poor).out
    assert "amounts in COIN" in coin_cli("audit", "ledger").out
    assert "bond 600 COIN" in coin_cli("audit", "events").out
