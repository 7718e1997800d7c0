"""A node that hides events: the real command, over a proxy that removes them, notices every one."""

import json

import pytest

from workbond import accounts
from workbond.chain import funds

WORK = 10**18
MONEY_AND_STATE = [
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
    "JobMatched",
    "CounterRaised",
    "DelegateSet",
    "OutputDemanded",
    "OutputAnswered",
    "JobDisputed",
    "CaseResolved",
]


def _assert_noticed(ran):
    assert ran.code == 9, ran.out + ran.err
    assert "does not hold" in ran.err
    report = json.loads(ran.out)
    assert report["findings"]
    return report


@pytest.mark.parametrize("name", MONEY_AND_STATE)
def test_hiding_all_events_of_a_kind_is_noticed(told, proxy, audit, name):
    hidden = told.topic(name)
    proxy.edit_logs(
        told.world.market.address,
        lambda logs: [log for log in logs if log["topics"][0] != hidden],
    )
    report = _assert_noticed(audit("ledger", "--json"))
    assert report["matches_storage"] is False


@pytest.mark.parametrize("name", MONEY_AND_STATE)
def test_hiding_the_last_event_of_a_kind_is_noticed(told, proxy, audit, name):
    def hide(logs):
        hidden = told.last_log(logs, name)
        return [log for log in logs if log is not hidden]

    proxy.edit_logs(told.world.market.address, hide)
    report = _assert_noticed(audit("ledger", "--json"))
    assert report["matches_storage"] is False


def test_hiding_any_single_event_of_money_or_state_is_noticed(replays):
    events = replays.events
    hidden = [place for place, event in enumerate(events) if event.name in MONEY_AND_STATE]
    assert len(hidden) == 113
    for place in hidden:
        assert replays.findings((*events[:place], *events[place + 1 :])).total, events[place]


def test_hiding_that_an_offer_was_cancelled_is_noticed_if_it_was_used(replays):
    """Else nothing else tells of it, in the events or by name in storage."""
    events = replays.events
    used = {event.args["offer"] for event in events if event.name == "JobMatched"}
    noticed = {
        event.args["digest"] in used: replays.findings((*events[:n], *events[n + 1 :])).total > 0
        for n, event in enumerate(events)
        if event.name == "OrderCancelled"
    }
    assert noticed == {True: True, False: False}


def test_without_hidden_events_the_table_says_so_too(told, proxy, audit):
    hidden = told.topic("JobSettled")
    proxy.edit_logs(
        told.world.market.address,
        lambda logs: [log for log in logs if log["topics"][0] != hidden],
    )
    ran = audit("ledger")
    assert ran.code == 9
    assert "Matches storage: no" in ran.out.splitlines()
    assert "is Claimed by the events but Settled in storage" in ran.out


def test_hiding_the_only_event_of_an_account_is_noticed_by_the_tokens_own_transfer(
    told, proxy, audit
):
    world, newcomer = told.world, accounts.dev_signer(5)
    funds.give_tokens(world.token, newcomer.address, 2 * WORK)
    funds.deposit(world.market, world.token, newcomer, 2 * WORK)
    proxy.edit_logs(world.market.address, lambda logs: logs[:-1])
    report = _assert_noticed(audit("ledger", "--json"))
    assert [finding["code"] for finding in report["findings"]] == ["storage"]
    assert newcomer.address in report["findings"][0]["text"]
    assert report["surplus"] == str(2 * WORK)


def test_hiding_a_deposit_together_with_its_transfer_is_noticed_by_the_balance(told, proxy, audit):
    world, newcomer = told.world, accounts.dev_signer(5)
    funds.give_tokens(world.token, newcomer.address, 2 * WORK)
    funds.deposit(world.market, world.token, newcomer, 2 * WORK)
    head = world.connection.block().number
    *_, last = world.market.events(0, head, names=["Deposited"])

    def edit(method, params, result):
        if method == "eth_getLogs":
            return [log for log in result if int(log["blockNumber"], 16) != last.block_number]
        return result

    proxy.edit = edit
    report = _assert_noticed(audit("ledger", "--json"))
    assert [finding["code"] for finding in report["findings"]] == ["token"]


def test_a_withdrawal_hidden_from_the_tokens_log_is_noticed(told, proxy, audit):
    proxy.edit_logs(told.world.token.address, lambda logs: [])
    report = _assert_noticed(audit("ledger", "--json"))
    assert {finding["code"] for finding in report["findings"]} == {"token"}


@pytest.mark.parametrize(
    ("job", "name"),
    [
        *(("approved", name) for name in ("JobPosted", "JobAccepted", "JobClaimed", "JobSettled")),
        ("answered", "JobMatched"),
        ("demanding", "OutputDemanded"),
        ("demanding", "OutputAnswered"),
        *(("rejected", name) for name in ("JobDisputed", "CaseResolved", "JobVoided")),
        *(("disputed", name) for name in ("OutputDemanded", "JobDisputed")),
    ],
)
def test_a_story_with_a_hidden_event_fails(told, proxy, audit, job, name):
    hidden = told.topic(name)
    proxy.edit_logs(
        told.world.market.address,
        lambda logs: [log for log in logs if log["topics"][0] != hidden],
    )
    ran = audit("job", "0x" + told.ids[job].hex())
    assert ran.code == 9, ran.out + ran.err
    assert "Matches storage: no" in ran.out.splitlines()
