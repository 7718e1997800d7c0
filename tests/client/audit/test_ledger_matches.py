"""An honest node: the ledger rebuilt from events is what the contract stores."""

import json

import pytest

from workbond import accounts

WORK = 10**18


def test_a_history_with_every_kind_of_event_matches_storage(told, audit):
    ran = audit("ledger", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["matches_storage"] is True
    assert report["solvent"] is True
    assert report["findings"] == []
    assert report["owed"] == report["balance"]
    assert report["surplus"] == "0"
    assert report["chain"] == 31337
    assert report["market"] == told.world.market.address
    assert report["jobs"] == {
        "Open": 1,
        "Running": 2,
        "Claimed": 2,
        "Disputed": 1,
        "Settled": 9,
        "Cancelled": 2,
        "Void": 6,
    }
    assert (report["offers_used"], report["orders_cancelled"]) == (2, 3)


def test_the_history_holds_every_event_that_this_market_can_emit(told):
    assert {event.name for event in told.events} == {
        "Deposited",
        "Withdrawn",
        "Staked",
        "Unstaked",
        "StakeWithdrawn",
        "JobPosted",
        "JobAccepted",
        "JobClaimed",
        "JobSettled",
        "JobCancelled",
        "JobVoided",
        "CardAnnounced",
        "JobMatched",
        "CounterRaised",
        "OrderCancelled",
        "DelegateSet",
        "EntrySkipped",
        "OutputDemanded",
        "OutputAnswered",
        "JobDisputed",
        "CaseResolved",
    }


def test_accounts_are_those_of_storage(told, audit):
    report = json.loads(audit("ledger", "--json").out)
    market = told.world.market
    assert len(report["accounts"]) == 5  # three funded ones, the pauper, the sink
    for row in report["accounts"]:
        stored = market.account_of(row["account"], report["block"])
        assert (row["free"], row["staked"]) == (str(stored.free), str(stored.staked))
        assert (row["bonded"], row["unbonding"]) == (str(stored.bonded), str(stored.unbonding))
        assert row["matures_at"] == stored.matures_at
        assert row["counter"] == str(stored.counter)
        assert row["delegate"] == market.delegate_of(row["account"])
    assert {row["counter"] for row in report["accounts"]} == {"0", "2"}
    assert {row["delegate"] for row in report["accounts"]} == {None, told.world.pauper.address}


def test_the_table_shows_accounts_totals_and_both_verdicts(told, audit):
    ran = audit("ledger")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert any(told.world.provider.address in line for line in lines)
    assert any("dEaD" in line and line.endswith("burned") for line in lines)
    assert "Jobs: 1 Open, 2 Running, 2 Claimed, 1 Disputed, 9 Settled, 2 Cancelled, 6 Void" in lines
    assert "Matches storage: yes" in lines
    assert "Solvent: yes" in lines


def test_every_block_of_the_history_can_be_audited(told, audit):
    blocks = sorted({event.block_number for event in told.events})
    for block in blocks[:: len(blocks) // 6]:
        ran = audit("ledger", "--to-block", block, "--json")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)["block"] == block


def test_a_block_before_the_market_or_after_the_head_is_refused(told, audit):
    head = told.world.connection.block().number
    for block in (told.world.deployment.market.block - 1, head + 1_000):
        ran = audit("ledger", "--to-block", block)
        assert ran.code == 2
        assert f"block {block} can't be audited" in ran.err


@pytest.mark.parametrize("known", [True, False], ids=["of an account", "of an outsider"])
def test_tokens_sent_without_a_deposit_are_a_surplus_and_no_fault(told, audit, known):
    world = told.world
    giver = world.stranger if known else accounts.dev_signer(0)
    world.token.transfer(giver, world.market.address, 3 * WORK)
    ran = audit("ledger", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["surplus"] == str(3 * WORK)
    assert int(report["balance"]) == int(report["owed"]) + 3 * WORK
    assert report["solvent"] is True
    assert report["findings"] == []
