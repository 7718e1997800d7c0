"""A node that drops, alters or garbles the committee's events: the audit notices, and goes on."""

import random
from dataclasses import replace

import pytest

from workbond.audit.committee.examine import replay_both
from workbond.audit.ledger import Ledger
from workbond.audit.problems import Rules
from workbond.chain.anvil import DEV_ADDRESSES
from workbond.chain.types import Request

# What neither a rule nor storage pins down, since logs show no salts; it is no money.
BEYOND = {"VoteCommitted.commitment"}  # of a seat that has revealed since


@pytest.fixture(scope="module")
def places(tried, retrials):
    """Where the committee's events stand in the history."""
    events = enumerate(retrials.events)
    return [place for place, event in events if event.address == tried.committee.address]


def test_hiding_any_single_event_of_the_committee_is_noticed(retrials, places):
    events = retrials.events
    assert len(places) > 100
    for place in places:
        assert retrials.findings((*events[:place], *events[place + 1 :])).total, events[place]


def test_hiding_any_single_event_of_the_market_about_a_case_is_noticed(tried, retrials):
    events = retrials.events
    own = {"JobDisputed", "CaseResolved", "Deposited", "Withdrawn"}
    for place, event in enumerate(events):
        if event.address != tried.committee.address and event.name in own:
            assert retrials.findings((*events[:place], *events[place + 1 :])).total, event


def test_hiding_a_whole_case_is_noticed(tried, retrials):
    for case_id in tried.ids.values():
        rest = [
            event
            for event in retrials.events
            if event.address != tried.committee.address or event.args.get("id") != case_id
        ]
        codes = set(retrials.findings(rest).counts)
        assert {"rule", "storage"} <= codes


def test_an_argument_that_is_altered_unnoticed_is_none_of_money_or_state(retrials, places):
    events, missed = retrials.events, set()
    for place in places:
        event = events[place]
        for name, value in event.args.items():
            altered = replace(event, args=event.args | {name: _other(value)})
            if not retrials.findings((*events[:place], altered, *events[place + 1 :])).total:
                missed.add(f"{event.name}.{name}")
    assert missed == BEYOND


def test_an_event_of_the_committee_told_twice_is_noticed(retrials, places):
    events = retrials.events
    for place in places:
        again = replace(events[place], log_index=events[place].log_index + 500)
        assert retrials.findings((*events, again)).total, events[place]


@pytest.mark.parametrize("seed", range(40))
def test_no_history_of_cases_makes_the_replay_fail(tried, retrials, seed):
    """Whatever a node tells, the auditor objects and goes on."""
    chance, events = random.Random(seed), list(retrials.events)
    events = [_garbled(event, chance) for event in events if chance.random() < 0.95]
    for _ in range(10):
        a, b = chance.randrange(len(events)), chance.randrange(len(events))
        events[a], events[b] = events[b], events[a]
    events += chance.choices(events, k=10)
    times_s = {event.block_number: chance.randrange(2**40) for event in events}
    ledger = Ledger(Rules(31337, tried.world.market.address, 60))
    judged = replay_both(ledger, retrials.case_by, events, times_s)
    assert ledger.findings.total > 10
    assert isinstance(judged.owed, int)


def _garbled(event, chance):
    args = {name: _garbled_value(value, chance) for name, value in event.args.items()}
    return replace(event, args=args)


def _garbled_value(value, chance):
    if chance.random() < 0.9 or isinstance(value, Request):
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice([0, 1, 2, value + 1, 200])
    if isinstance(value, bytes):
        return chance.randbytes(len(value))
    return value[:-1] if isinstance(value, tuple) else value


def _other(value):
    if isinstance(value, tuple):
        return (_other(value[0]), *value[1:])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return DEV_ADDRESSES[0] if value != DEV_ADDRESSES[0] else DEV_ADDRESSES[1]
