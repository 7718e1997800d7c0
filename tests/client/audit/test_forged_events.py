"""A node that alters, reorders or invents events, or serves another storage."""

import copy
import json
import random
from dataclasses import fields, replace

import pytest

from workbond.audit.ledger import replay
from workbond.audit.problems import Rules
from workbond.chain.types import Request

# Every word of the events' data that rules or storage pin down: event, word, code of a finding.
WORDS = [
    ("Deposited", 0, "token"),
    ("Withdrawn", 0, "token"),
    ("Staked", 0, "storage"),
    ("Unstaked", 0, "storage"),
    ("Unstaked", 1, "rule"),  # maturesAt
    ("StakeWithdrawn", 0, "rule"),
    ("JobPosted", 1, "identity"),  # the request's spec
    ("JobPosted", 4, "identity"),  # flat
    ("JobPosted", 9, "identity"),  # maxUnits
    ("JobPosted", 10, "identity"),  # bond
    ("JobAccepted", 0, "rule"),  # unitPrice
    ("JobAccepted", 1, "rule"),  # acceptedAt
    ("JobAccepted", 2, "rule"),  # refund
    ("JobAccepted", 4, "rule"),  # tipPaid
    ("JobClaimed", 0, "storage"),  # seal, in the record's hash
    ("JobClaimed", 2, "rule"),  # claimedAt
    ("JobClaimed", 3, "storage"),  # claimBlock
    ("JobSettled", 0, "rule"),  # payment
    ("JobSettled", 1, "rule"),  # refund
    ("JobSettled", 2, "identity"),  # root
    ("JobSettled", 3, "identity"),  # totalUnits
    ("JobCancelled", 1, "rule"),  # refund
    ("JobVoided", 0, "rule"),  # reason
    ("JobVoided", 1, "rule"),  # refund
    ("JobVoided", 2, "rule"),  # slashed
    ("JobVoided", 3, "rule"),  # compensation
    ("JobVoided", 4, "storage"),  # caller
    ("JobVoided", 5, "rule"),  # reward
    ("JobVoided", 6, "rule"),  # burned
    ("JobMatched", 2, "identity"),  # the terms: spec
    ("JobMatched", 3, "identity"),  # profile
    ("JobMatched", 13, "storage"),  # in the offer's digest
    ("JobMatched", 14, "storage"),  # in the matcher, whose tip it is
    ("CounterRaised", 0, "rule"),
    ("OutputDemanded", 0, "rule"),  # demandHash
    ("OutputDemanded", 2, "rule"),  # fees
    ("OutputDemanded", 3, "rule"),  # answerBy
    ("OutputDemanded", 5, "rule"),  # the first pair
    ("OutputAnswered", 0, "rule"),  # answered
    ("OutputAnswered", 1, "rule"),  # fees
    ("OutputAnswered", 2, "rule"),  # windowEnd
    ("EntrySkipped", 2, "rule"),  # the reason
    ("JobDisputed", 0, "rule"),  # disputedAt
    ("CaseResolved", 0, "rule"),  # rejected
    ("CaseResolved", 2, "rule"),  # toResolver
    ("CaseResolved", 3, "rule"),  # toChallenger
    ("CaseResolved", 4, "rule"),  # feeRefund
    ("CaseResolved", 5, "rule"),  # windowEnd
]
POSITION = ("blockNumber", "blockHash", "transactionHash", "transactionIndex", "logIndex")


def _codes(ran):
    assert ran.code == 9, ran.out + ran.err
    return {finding["code"] for finding in json.loads(ran.out)["findings"]}


def _add_one(log, word):
    data = log["data"][2:]
    begin, end = 64 * word, 64 * word + 64
    value = int(data[begin:end], 16) + 1
    log["data"] = f"0x{data[:begin]}{value:064x}{data[end:]}"


@pytest.mark.parametrize(("name", "word", "code"), WORDS)
def test_one_more_in_any_word_of_an_event_is_noticed(told, proxy, audit, name, word, code):
    def alter(logs):
        _add_one(told.last_log(logs, name), word)
        return logs

    proxy.edit_logs(told.world.market.address, alter)
    assert code in _codes(audit("ledger", "--json"))


def test_another_account_in_an_event_is_noticed(told, proxy, audit):
    other = "0x" + told.world.provider.address[2:].lower().rjust(64, "0")

    def alter(logs):
        told.last_log(logs, "Staked")["topics"][1] = other
        return logs

    proxy.edit_logs(told.world.market.address, alter)
    assert "storage" in _codes(audit("ledger", "--json"))


@pytest.mark.parametrize(
    ("first", "second"), [("JobAccepted", "JobClaimed"), ("JobPosted", "JobAccepted")]
)
def test_two_events_in_swapped_order_are_noticed(told, proxy, audit, first, second):
    def swap(logs):
        a, b = told.last_log(logs, first), told.last_log(logs, second)
        for key in POSITION:
            a[key], b[key] = b[key], a[key]
        return logs

    proxy.edit_logs(told.world.market.address, swap)
    assert "gap" in _codes(audit("ledger", "--json"))


@pytest.mark.parametrize(
    ("name", "code"),
    [("Deposited", "token"), ("JobSettled", "gap"), ("JobPosted", "gap"), ("Staked", "storage")],
)
def test_an_event_told_twice_is_noticed(told, proxy, audit, name, code):
    def repeat(logs):
        extra = copy.deepcopy(told.last_log(logs, name))
        extra["logIndex"] = hex(int(extra["logIndex"], 16) + 50)
        return [*logs, extra]

    proxy.edit_logs(told.world.market.address, repeat)
    assert code in _codes(audit("ledger", "--json"))


def test_an_invented_slash_is_noticed(told, proxy, audit):
    def invent(logs):
        extra = copy.deepcopy(told.last_log(logs, "JobVoided"))
        extra["topics"][1] = "0x" + told.ids["claimed"].hex()
        for key in POSITION:
            extra[key] = logs[-1][key]
        extra["logIndex"] = hex(int(extra["logIndex"], 16) + 1)
        return [*logs, extra]

    proxy.edit_logs(told.world.market.address, invent)
    assert {"rule", "storage"} <= _codes(audit("ledger", "--json"))


def test_a_dispute_of_no_job_is_not_passed_over(told, proxy, audit):
    def invent(logs):
        extra = copy.deepcopy(told.last_log(logs, "Staked"))
        extra["topics"] = [told.topic("JobDisputed"), *(f"0x{n:064x}" for n in (1, 2, 3))]
        extra["data"] = f"0x{1:064x}"
        extra["logIndex"] = hex(int(extra["logIndex"], 16) + 50)
        return [*logs, extra]

    proxy.edit_logs(told.world.market.address, invent)
    assert _codes(audit("ledger", "--json")) == {"gap"}


def test_a_card_that_is_not_what_its_digest_says_is_noticed(told, proxy, audit):
    def alter(logs):
        card = told.last_log(logs, "CardAnnounced")
        card["data"] = card["data"].replace(b'"version"'.hex(), b'"virsion"'.hex())
        return logs

    proxy.edit_logs(told.world.market.address, alter)
    assert _codes(audit("ledger", "--json")) == {"identity"}


@pytest.mark.parametrize("contract", ["market", "token"])
def test_events_of_a_block_that_the_chain_does_not_have_are_noticed(told, proxy, audit, contract):
    def alter(logs):
        for log in logs:
            log["blockHash"] = "0x" + "ab" * 32
        return logs

    proxy.edit_logs(getattr(told.world, contract).address, alter)
    assert _codes(audit("ledger", "--json")) == {"block"}


@pytest.mark.parametrize("seed", range(40))
def test_no_history_makes_the_replay_fail(told, seed):
    """Whatever a node tells, the auditor objects and goes on."""
    chance = random.Random(seed)
    world = told.world
    events = [_garbled(event, chance) for event in told.events if chance.random() < 0.9]
    for _ in range(10):
        a, b = chance.randrange(len(events)), chance.randrange(len(events))
        events[a], events[b] = events[b], events[a]
    events += chance.choices(events, k=10)
    times_s = {event.block_number: chance.randrange(2**64) for event in events}
    ledger = replay(events, times_s, Rules(31337, world.market.address, 60))
    assert ledger.findings.total > 10
    assert isinstance(ledger.owed, int)


def _garbled(event, chance):
    args = {name: _other(value, chance) for name, value in event.args.items()}
    return replace(event, args=args)


def _other(value, chance):
    if isinstance(value, Request):
        members = ((f.name, getattr(value, f.name)) for f in fields(Request))
        return Request(**{name: _other(member, chance) for name, member in members})
    if chance.random() < 0.8:
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice([0, 1, 2, value + 1, 200])
    if isinstance(value, bytes):
        return chance.randbytes(len(value))
    return value
