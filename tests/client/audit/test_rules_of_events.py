"""Each rule that an event can break, broken by itself: the replay names it and both values."""

from dataclasses import replace

import pytest

from workbond.audit.ledger import replay
from workbond.audit.problems import Rules
from workbond.audit.transfers import match
from workbond.chain.abi import Abi
from workbond.chain.artifacts import artifact
from workbond.chain.types import ZERO_ADDRESS

HOUR_S = 3_600


def _replayed(told, spoil):
    """The findings' texts after `spoil(event, time_s)` has replaced events and times."""
    world = told.world
    by = Rules(world.connection.chain_id, world.market.address, 60)
    events, times_s = [], {}
    for event in told.events:
        time_s = world.connection.block(event.block_number).timestamp
        event, times_s[event.block_number] = spoil(event, time_s) or (event, time_s)
        events.append(event)
    return [finding.text for finding in replay(events, times_s, by).findings.kept]


def _error(name, *words):
    """A refusal's data; its values are numbers."""
    shape = Abi(artifact("Market").abi).errors[name]
    return shape.selector + b"".join(word.to_bytes(32, "big") for word in words)


def _is(told, event, job, name):
    return event.name == name and event.args["id"] == told.ids[job]


def _with(event, **args):
    return replace(event, args=event.args | args)


def test_the_history_as_it_is_breaks_no_rule(told):
    assert _replayed(told, lambda event, time_s: None) == []


@pytest.mark.parametrize(
    ("job", "name", "later_s", "text"),
    [
        ("running", "JobAccepted", HOUR_S, "the job was open until"),
        ("running", "JobAccepted", 1, "acceptedAt is"),
        ("claimed", "JobClaimed", 600, "but the job ran until"),
        ("claimed", "JobClaimed", 1, "claimedAt is"),
        ("finalized", "JobSettled", -100, "finalized at"),
        ("finalized", "JobSettled", 25 * HOUR_S, "finalized at"),
        ("lapsed", "JobCancelled", -HOUR_S, "cancelled at"),
        ("released", "JobVoided", 500, "reason Released at"),
        ("released", "JobVoided", 1, "slashed is"),
        ("expired", "JobVoided", -100, "reason Expired at"),
        ("voided", "JobVoided", -100, "reason Unopened at"),
        ("open", "JobPosted", HOUR_S, "openUntil is"),
        ("matched", "JobMatched", 1, "acceptedAt is"),
        ("matched", "JobMatched", HOUR_S, "openUntil is"),
        ("demanding", "OutputDemanded", 300, "but the window ended at"),
        ("demanding", "OutputDemanded", 1, "answerBy is"),
        ("demanding", "OutputAnswered", 24 * HOUR_S, "but the time was over at"),
        ("unanswered", "JobVoided", -HOUR_S, "reason Unanswered at"),
        ("answered", "JobSettled", -100, "finalized at"),
        ("disputed", "JobDisputed", 300, "but the window ended at"),
        ("disputed", "JobDisputed", 1, "disputedAt is"),
        ("rejected", "JobVoided", HOUR_S, "but the resolver had until"),
        ("upheld", "CaseResolved", 1, "windowEnd is"),
        ("timed out", "CaseResolved", -HOUR_S, "timed out at"),
    ],
)
def test_an_event_at_the_wrong_time_is_named(told, job, name, later_s, text):
    def spoil(event, time_s):
        return (event, time_s + later_s) if _is(told, event, job, name) else None

    assert any(text in found for found in _replayed(told, spoil))


def test_stake_that_leaves_before_it_matures_is_named(told):
    def spoil(event, time_s):
        return (event, time_s - 10) if event.name == "StakeWithdrawn" else None

    (found,) = _replayed(told, spoil)
    assert "but it matures at" in found


@pytest.mark.parametrize(
    ("job", "name", "args", "text"),
    [
        ("running", "JobAccepted", {"provider": "stranger"}, "provider is"),
        ("approved", "JobSettled", {"provider": "stranger"}, "provider is"),
        ("approved", "JobClaimed", {"requester": "stranger"}, "requester is"),
        ("open", "JobPosted", {"requester": "stranger"}, "requester is"),
        ("open", "JobPosted", {"resolver": "stranger"}, "resolver is"),
        ("open", "JobPosted", {"gateway": "x" * 513}, "the gateway has 513"),
        ("released", "JobVoided", {"caller": "stranger"}, "caller is"),
        ("released", "JobAccepted", {"tipPaid": 1}, "tipPaid is 1"),
        ("released", "JobAccepted", {"tipTo": "stranger"}, "tipTo is"),
        ("matched", "JobMatched", {"unitPrice": 1}, "unitPrice is 1"),
        ("matched", "JobMatched", {"offer": bytes(32)}, "without an offer"),
        ("matched", "JobMatched", {"matcher": ZERO_ADDRESS}, "offer is"),
        ("matched", "JobMatched", {"requester": "stranger"}, "requester is"),
        ("demanding", "OutputDemanded", {"demandHash": bytes(32)}, "demandHash is"),
        ("demanding", "OutputDemanded", {"pairs": ()}, "0 pairs are demanded"),
        ("demanding", "OutputDemanded", {"pairs": (1,) * 9}, "9 pairs are demanded"),
        ("demanding", "OutputDemanded", {"pairs": (2 << 32,)}, "task 2 is demanded of a job of 2"),
        ("demanding", "OutputDemanded", {"fees": 1}, "fees is 1"),
        ("demanding", "OutputAnswered", {"answered": 0}, "its bits only grow"),
        ("demanding", "OutputAnswered", {"answered": 252}, "its bits only grow"),
        ("demanding", "OutputAnswered", {"answered": 255}, "fees is"),
        ("demanding", "OutputAnswered", {"windowEnd": 1}, "windowEnd is 1"),
        ("demanding", "OutputAnswered", {"provider": "stranger"}, "provider is"),
        ("unanswered", "JobVoided", {"reason": 3}, "reason is Unopened in the event"),
        ("unanswered", "JobVoided", {"reason": 0}, "state before is Claimed"),
        ("voided", "JobVoided", {"reason": 2}, "reason is Unanswered in the event"),
        ("unanswered", "JobVoided", {"refund": 1}, "refund is 1"),
        ("waived", "JobSettled", {"approved": False}, "2 demanded pairs unanswered"),
        ("released", "JobVoided", {"reason": 1}, "reason Expired at"),
        ("released", "JobVoided", {"reason": 3}, "state before is Running"),
        ("released", "JobVoided", {"reason": 4}, "can't follow state Running"),
        ("rejected", "JobVoided", {"reason": 3}, "can't follow state Disputed"),
        ("rejected", "JobVoided", {"slashed": 1}, "slashed is 1"),
        ("rejected", "JobVoided", {"compensation": 1}, "compensation is 1"),
        ("rejected", "JobVoided", {"burned": 1}, "burned is 1"),
        ("rejected", "JobVoided", {"reward": 1}, "reward is 1"),
        ("rejected", "JobVoided", {"caller": "requester"}, "caller is"),
        ("rejected", "CaseResolved", {"challenger": ZERO_ADDRESS}, "toChallenger is"),
        ("rejected", "CaseResolved", {"toResolver": 0}, "toResolver is 0"),
        ("rejected", "CaseResolved", {"feeRefund": 1}, "feeRefund is 1"),
        ("rejected", "CaseResolved", {"windowEnd": 1}, "windowEnd is 1"),
        ("rejected", "CaseResolved", {"timedOut": True}, "rejected is True"),
        ("rejected", "CaseResolved", {"rejected": False}, "can't follow state Claimed"),
        ("condemned", "CaseResolved", {"toChallenger": 1}, "toChallenger is 1"),
        ("upheld", "CaseResolved", {"toResolver": 0}, "toResolver is 0"),
        ("upheld", "CaseResolved", {"challenger": "requester"}, "toResolver is"),
        ("upheld", "CaseResolved", {"resolver": "requester"}, "resolver is"),
        ("upheld", "CaseResolved", {"rejected": True}, "comes after the claim was rejected"),
        ("defended", "CaseResolved", {"feeRefund": 0}, "feeRefund is 0"),
        ("timed out", "CaseResolved", {"challenger": "requester"}, "challenger is"),
        ("timed out", "CaseResolved", {"timedOut": False}, "but the resolver had until"),
        ("disputed", "JobDisputed", {"resolver": "requester"}, "resolver is"),
        ("disputed", "JobDisputed", {"provider": "requester"}, "provider is"),
        ("released", "JobVoided", {"reason": 5}, "gives reason 5"),
        ("approved", "JobSettled", {"refund": 0}, "of its escrow, not 0"),
    ],
)
def test_an_event_with_a_wrong_value_is_named(told, job, name, args, text):
    given = {
        key: getattr(told.world, value).address if value in ("stranger", "requester") else value
        for key, value in args.items()
    }

    def spoil(event, time_s):
        return (_with(event, **given), time_s) if _is(told, event, job, name) else None

    assert any(text in found for found in _replayed(told, spoil))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tasks": 0}, "tasks is 0 but must lie in 1..65536"),
        ({"max_units": 2**63}, "maxUnits is"),
        ({"min_unit_price": 2**95}, "minUnitPrice is"),
        ({"ramp_start": 2**63}, "rampStart is"),
        ({"ramp_end": 2**63}, "rampEnd is"),
        ({"open_until": 2**63}, "openUntil is"),
        ({"run_for": 0}, "runFor is 0"),
        ({"challenge_for": 2**31}, "challengeFor is"),
        ({"bond": 9_999}, "bond is 9999"),
        ({"tip": 10**18}, "tip is"),
        ({"case_for": 1}, "caseFor is 1"),
        ({"case_fee": 1}, "caseFee is 1"),
        ({"policy": b"\x01" * 32}, "policy is"),
        ({"matcher": "0x" + "1" * 40}, "matcher is"),
        ({"counter": 1}, "counter is 1"),
        ({"min_stake": 10**24}, "asked 1000000000000000000000000"),
        ({"bond": 10**24}, "takes 1000000000000000000000000 of the unbonded stake"),
        ({"flat": 10**24}, "of the free balance"),
        ({"salt": b"\x99" * 32}, "the request's digest is"),
    ],
)
def test_a_request_that_the_market_would_refuse_is_named(told, changes, text):
    def spoil(event, time_s):
        if not _is(told, event, "running", "JobPosted"):
            return None
        return _with(event, request=replace(event.args["request"], **changes)), time_s

    assert any(text in found for found in _replayed(told, spoil))


@pytest.mark.parametrize(
    ("job", "changes", "text"),
    [
        ("matched", {"salt": b"\x99" * 32}, "the request's digest is"),
        ("matched", {"tasks": 0}, "tasks is 0"),
        ("matched", {"matcher": "0x" + "1" * 40}, "matcher is"),
        ("direct", {"matcher": "0x" + "1" * 40}, "must be zero here"),
        ("matched", {"counter": 1}, "JobMatched: counter is 1"),
        ("matched", {"min_stake": 10**24}, "asked 1000000000000000000000000"),
        ("matched", {"flat": 10**24}, "of the free balance"),
        ("matched", {"providers": bytes(31) + b"\x01"}, "provider is"),
    ],
)
def test_a_match_that_the_market_would_refuse_is_named(told, job, changes, text):
    def spoil(event, time_s):
        if not _is(told, event, job, "JobMatched"):
            return None
        return _with(event, request=replace(event.args["request"], **changes)), time_s

    assert any(text in found for found in _replayed(told, spoil))


def test_an_offer_that_binds_two_providers_is_named(told):
    first = next(event for event in told.events if event.name == "JobMatched")

    def spoil(event, time_s):
        if _is(told, event, "answered", "JobMatched"):
            assert event.args["offer"] == first.args["offer"]
            return _with(event, provider=told.world.stranger.address), time_s
        return None

    assert any("provider of the offer is" in found for found in _replayed(told, spoil))


def test_what_was_revoked_before_is_named(told):
    """An offer that is used, and a request that becomes a job, after their cancellation."""
    request_of = {told.ids["revoked"]: told.ids["matched"]}
    offers = [event.args["offer"] for event in told.events if event.name == "JobMatched"]

    def spoil(event, time_s):
        if event.name != "OrderCancelled":
            return None
        digest = request_of.get(event.args["digest"], offers[-1])
        return _with(event, digest=digest), time_s

    found = _replayed(told, spoil)
    assert any("which was revoked before" in text for text in found)
    assert any("which was cancelled before" in text for text in found)


def test_a_job_that_is_revoked_after_it_began_is_named(told):
    def spoil(event, time_s):
        if event.name != "OrderCancelled" or event.args["digest"] != told.ids["revoked"]:
            return None
        return _with(event, digest=told.ids["approved"]), time_s

    assert any("which had begun before" in found for found in _replayed(told, spoil))


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (b"", "the reason 0x is no such refusal"),
        (b"\xde\xad\xbe\xef", "the reason 0xdeadbeef is no such refusal"),
        (bytes.fromhex("4e487b71") + bytes(32), "is no such refusal"),
        (_error("OfferUsedUp", 0), "is no such refusal"),  # cut short
        (_error("DemandMismatch", 0, 0), "is no such refusal"),  # no batch answers
        (_error("DemandOpen", 0, 0), "the reason is about job"),
        (_error("WrongState", 0, 2, 1), "state is 1 in the event but"),
    ],
)
def test_an_entry_skipped_for_what_cannot_be_is_named(told, reason, text):
    def spoil(event, time_s):
        return (_with(event, reason=reason), time_s) if event.name == "EntrySkipped" else None

    assert any(text in found for found in _replayed(told, spoil))


@pytest.mark.parametrize("name", ["Deposited", "Withdrawn", "Staked", "Unstaked", "StakeWithdrawn"])
def test_an_amount_of_nothing_is_named(told, name):
    def spoil(event, time_s):
        return (_with(event, amount=0), time_s) if event.name == name else None

    assert f"{name} of amount 0, allowed from 1 on" in _replayed(told, spoil)


@pytest.mark.parametrize("name", ["Withdrawn", "Staked", "Unstaked"])
def test_more_than_a_balance_holds_is_named(told, name):
    def spoil(event, time_s):
        return (_with(event, amount=10**24), time_s) if event.name == name else None

    assert any(f"{name} takes {10**24} of the" in found for found in _replayed(told, spoil))


@pytest.mark.parametrize("to", ["zero", "market"])
def test_a_withdrawal_to_where_nobody_can_is_named(told, to):
    target = ZERO_ADDRESS if to == "zero" else told.world.market.address

    def spoil(event, time_s):
        return (_with(event, to=target), time_s) if event.name == "Withdrawn" else None

    assert _replayed(told, spoil) == [f"Withdrawn: nobody withdraws to {target}"]


def test_transfers_of_nothing_are_no_gifts(told):
    """Anybody can make the token log them, in anybody's name."""
    world = told.world
    block = world.token.transfer(world.stranger, world.market.address, 0).block_number
    (transfer,) = world.token.events(block, block, names=["Transfer"])
    flow = match([], [transfer], world.market.address, None)
    assert (flow.came, dict(flow.gifts)) == (0, {})
