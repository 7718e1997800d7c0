"""Every argument of every event, altered by itself: noticed, or named here as beyond the logs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbond.chain.abi import Abi
from workbond.chain.anvil import DEV_ADDRESSES
from workbond.chain.artifacts import artifact
from workbond.chain.orders import Terms
from workbond.chain.types import Request, State

# What neither a rule nor storage pins down (see `workbond.audit.jobrules`); none of it is money.
BEYOND = {
    "CardAnnounced.account",
    "JobPosted.gateway",
    "JobClaimed.manifest",
    "JobClaimed.seal of an ended job",  # that was never opened
    "JobClaimed.claimBlock of an ended job",
    "JobSettled.approved of an ended job",  # when it could have been either
    "JobCancelled.caller of an ended job",  # when anyone could
    "CaseResolved.challenger of an ended job",  # whose challenge of a sound claim failed
    "OrderCancelled.author",  # of an offer that was never used, or of a request
    "EntrySkipped.entry",
    "EntrySkipped.id",  # where the reason does not name it
}


@pytest.fixture
def missed(replays):
    """The altered arguments that an audit of the rest of the history does not object to."""
    events = replays.events
    assert not replays.findings(events).total
    found = set()
    for place, event in enumerate(events):
        record = replays.jobs.get(event.args.get("id"))
        ended = record is not None and record.state >= State.SETTLED
        for name, value in event.args.items():
            altered = replace(event, args=_told(event.args | {name: _other(value)}, name))
            if not replays.findings((*events[:place], altered, *events[place + 1 :])).total:
                found.add(f"{event.name}.{name}" + (" of an ended job" if ended else ""))
    return found


def _told(args, name):
    """As `Market.decode` gives them: what a match's `terms` pack stands beside them."""
    if name != "terms":
        return args
    terms = Terms.unpack(args["requester"], args["terms"])
    return args | {"request": terms.request}


def _other(value):
    if isinstance(value, Request):
        return replace(value, demand_fee=value.demand_fee + 1)
    if isinstance(value, tuple):
        return (_other(value[0]), *value[1:])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return DEV_ADDRESSES[8] if value.startswith("0x") else value + "x"


def test_an_argument_that_is_altered_unnoticed_is_none_of_money_or_state(missed):
    assert {name.removesuffix(" of an ended job") for name in missed} == {
        name.removesuffix(" of an ended job") for name in BEYOND
    }
    live = {name for name in missed if not name.endswith(" of an ended job")}
    assert live <= BEYOND


def test_no_amount_is_altered_unnoticed(missed):
    shapes = Abi(artifact("Market").abi).events
    kinds = {f"{name}.{c['name']}": c["type"] for name, e in shapes.items() for c in e.inputs}
    assert not {name for name in missed if kinds[name.split()[0]] == "uint96"}
    assert sum(kind == "uint96" for kind in kinds.values()) > 15
