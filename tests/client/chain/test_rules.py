"""The formulas in `rules` give to the unit what the contracts do."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from workbond.chain import refusals, rules
from workbond.chain.types import ZERO_ADDRESS, State, Verdict, VoidReason, pair

WORK = 10**18
ROOT = b"\x05" * 32
CONTRACTS = Path(__file__).parents[3] / "contracts"


def _constants():
    """Every `internal constant` number of the market, days and powers worked out; those of the
    committee are compared in test_committee.py."""
    found = {}
    others = {CONTRACTS / "libraries" / "Courses.sol", *(CONTRACTS / "committee").glob("*.sol")}
    for path in {*CONTRACTS.rglob("*.sol")} - others:
        pattern = r"uint256 internal constant (\w+) =\s+([^;]+);"
        for name, text in re.findall(pattern, path.read_text()):
            text = text.replace("_", "").replace("type(uint8).max", str(2**8 - 1))
            text = re.sub(r"(\d+) days", lambda m: str(int(m[1]) * 86_400), text)
            is_power = "e" in text and not text.startswith("0x")
            found[name] = int(float(text)) if is_power else int(text, 0)
    return found


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("UNITS_PER_PRICE", "UNITS_PER_PRICE"),
        ("MAX_TASKS", "MAX_TASKS"),
        ("MAX_UNITS", "MAX_UNITS"),
        ("MIN_BOND", "MIN_BOND"),
        ("MAX_TIP_SHARE", "MAX_TIP_SHARE"),
        ("MAX_CASE_FEE_SHARE", "MAX_CASE_FEE_SHARE"),
        ("MAX_OPEN_FOR_S", "MAX_OPEN_FOR"),
        ("MAX_RUN_FOR_S", "MAX_RUN_FOR"),
        ("MAX_CHALLENGE_FOR_S", "MAX_CHALLENGE_FOR"),
        ("MAX_CASE_FOR_S", "MAX_CASE_FOR"),
        ("MAX_COOLDOWN_S", "MAX_COOLDOWN"),
        ("GRACE_S", "GRACE"),
        ("ANSWER_FOR_S", "ANSWER_FOR"),
        ("MAX_PAIRS", "MAX_PAIRS"),
        ("ALL_ANSWERED", "ALL_ANSWERED"),
        ("ERC1271_GAS", "ERC1271_GAS"),
        ("MAX_GATEWAY_BYTES", "MAX_GATEWAY_BYTES"),
        ("MIN_CARD_BYTES", "MIN_CARD_BYTES"),
        ("MAX_CARD_BYTES", "MAX_CARD_BYTES"),
        ("RELEASE_PERCENT", "RELEASE_PERCENT"),
        ("RELEASE_ELAPSED_PERCENT", "RELEASE_ELAPSED_PERCENT"),
        ("EXPIRE_PERCENT", "EXPIRE_PERCENT"),
        ("VOID_PERCENT", "VOID_PERCENT"),
        ("REJECTED_REQUESTER_PERCENT", "REJECTED_REQUESTER_PERCENT"),
        ("REJECTED_CHALLENGER_PERCENT", "REJECTED_CHALLENGER_PERCENT"),
        ("CALLER_PERCENT", "CALLER_PERCENT"),
    ],
)
def test_constants_are_those_of_the_contracts(mine, theirs):
    assert getattr(rules, mine) == _constants()[theirs]


def test_the_sink_is_the_contracts():
    assert f"SINK = {rules.SINK}" in (CONTRACTS / "market" / "Ledger.sol").read_text()


@pytest.mark.parametrize("wait_s", [0, 1, 333, 999, 1_000, 1_500])
def test_the_ramp_prices_acceptance_as_the_contract_does(world, wait_s):
    start = world.now() + 50
    request = world.posted(
        min_unit_price=WORK, max_unit_price=3 * WORK + 7, ramp_start=start, ramp_end=start + 1_000
    )
    world.advance(start + wait_s - world.now())
    (event,) = world.market.accept(world.provider, request).events
    at = event.args["acceptedAt"]
    assert event.args["unitPrice"] == rules.unit_price(request, at)
    job = rules.Job.accepted(request, world.provider.address, event.args["unitPrice"], at)
    assert event.args["refund"] == rules.escrow(request) - rules.job_escrow(job)


def test_a_match_locks_the_price_of_its_moment_and_pays_the_tip(world):
    before = world.market.account_of(world.requester.address).free
    paid = world.market.account_of(world.stranger.address).free
    request, _, job = world.matched(tip=WORK // 10)
    assert before - world.market.account_of(world.requester.address).free == rules.match_escrow(
        request, job.unit_price
    )
    assert world.market.account_of(world.stranger.address).free - paid == request.tip


def test_posting_locks_the_escrow(world):
    before = world.market.account_of(world.requester.address).free
    request = world.posted(tip=WORK // 10, max_units=10**12 + 1, max_unit_price=WORK + 1)
    after = world.market.account_of(world.requester.address).free
    assert before - after == rules.escrow(request)


@pytest.mark.parametrize("units", [0, 1, 10**12 - 1, 2 * 10**12, 2**63 - 1])
def test_a_result_is_paid_by_its_units_up_to_the_maximum(world, units):
    _, job_id, job = world.claimed(ROOT, units, max_unit_price=3 * WORK + 1)
    receipt = world.market.approve(world.requester, job_id, job, ROOT, units)
    (event,) = receipt.events
    paid = rules.payment(job, units)
    assert (event.args["payment"], event.args["refund"]) == (paid, rules.job_escrow(job) - paid)


@pytest.mark.parametrize("wait_s", [0, 1, 299, 590])
@pytest.mark.parametrize("bond", [0, 10_000, 10 * WORK + 7])
def test_releasing_costs_what_the_rule_says(world, wait_s, bond):
    _, job_id, job = world.accepted(bond=bond)
    if wait_s:
        world.advance(wait_s)
    receipt = world.market.release(world.provider, job_id, job)
    (event,) = receipt.events
    split = rules.released(job, world.connection.block(receipt.block_number).timestamp)
    assert _split(event) == (VoidReason.RELEASED, split.total, *_parts(split))


@pytest.mark.parametrize("bond", [0, 10_000, 10 * WORK + 99])
def test_expiring_costs_what_the_rule_says(world, bond):
    _, job_id, job = world.accepted(bond=bond)
    world.advance(rules.runs_until(job) - world.now())
    (event,) = world.market.expire(world.stranger, job_id, job).events
    split = rules.expired(bond)
    assert _split(event) == (VoidReason.EXPIRED, split.total, *_parts(split))


@pytest.mark.parametrize("bond", [0, 10_000, 10 * WORK + 99])
def test_an_unopened_claim_costs_what_the_rule_says(world, bond):
    _, job_id, job = world.claimed(ROOT, 1, bond=bond)
    world.advance(rules.opens_until(job) - world.now())
    (event,) = world.market.void(world.stranger, job_id, job).events
    split = rules.voided(bond)
    assert _split(event) == (VoidReason.UNOPENED, split.total, *_parts(split))


def test_an_unanswered_demand_costs_as_much_as_an_unopened_claim(world):
    _, job_id, job = world.demanded([pair(0, 0), pair(1, 7)])
    world.advance(rules.voids_from(job) - world.now())
    (event,) = world.market.void(world.stranger, job_id, job).events
    split = rules.voided(job.bond)
    assert _split(event) == (VoidReason.UNANSWERED, split.total, *_parts(split))
    assert event.args["refund"] == rules.job_escrow(job)
    assert rules.job_escrow(job) - rules.job_escrow(replace(job, answered=255)) == 2 * WORK // 10


@pytest.mark.parametrize("challenged", [True, False])
@pytest.mark.parametrize(("bond", "fee"), [(0, 0), (10_000, 2_500), (10 * WORK + 99, WORK + 1)])
def test_a_rejected_result_costs_what_the_rule_says(world, bond, fee, challenged):
    judge, named = world.stranger, world.pauper.address if challenged else ZERO_ADDRESS
    terms = {"resolver": judge.address, "case_for": 600, "case_fee": fee}
    _, job_id, job = world.claimed(ROOT, 1, bond=bond, **terms)
    job = _disputed(world, judge, job_id, job)
    receipt = world.market.resolve(judge, job_id, job, Verdict.REJECTED, named)
    verdict, end = (event.args for event in receipt.events)
    due = rules.rejected(job, challenged=challenged)
    assert (verdict["toResolver"], verdict["toChallenger"]) == (due.to_resolver, due.to_challenger)
    assert (end["compensation"], end["burned"]) == (due.to_requester, due.burned)
    assert end["slashed"] == bond
    assert end["refund"] == rules.job_escrow(job)
    assert VoidReason(end["reason"]) is VoidReason.REJECTED


def test_a_silent_resolver_is_timed_out_at_the_second_that_the_rule_says(world):
    judge = world.stranger
    terms = {"resolver": judge.address, "case_for": 600, "case_fee": WORK}
    _, job_id, job = world.claimed(ROOT, 1, **terms)
    job = _disputed(world, judge, job_id, job)
    world.advance(rules.resolves_until(job) - world.now() - 60)
    with pytest.raises(refusals.TooEarly):
        world.market.timeout(world.provider, job_id, job)
    world.advance(rules.resolves_until(job) - world.now())
    (event,) = world.market.timeout(world.provider, job_id, job).events
    assert (event.args["timedOut"], event.args["feeRefund"]) == (True, WORK)
    job = job.upheld(event.args["windowEnd"])
    assert world.market.check(job_id, job) is State.CLAIMED


def _disputed(world, judge, job_id, job):
    (event,) = world.market.dispute(judge, job_id, job).events
    job = job.disputed(event.args["disputedAt"])
    assert world.market.check(job_id, job) is State.DISPUTED
    return job


def test_worse_acts_cost_more():
    for bond in (10_000, 12_345, 10 * WORK + 7):
        job = rules.Job("", "", "", 0, 0, 0, bond, 0, 0, 1, 600, 0, 0, 1_000, 0)
        worst_release = rules.released(job, 1_599).total
        expire, void = rules.expired(bond), rules.voided(bond)
        assert worst_release < expire.total - expire.to_caller < void.total - void.to_caller < bond


def _split(event):
    names = ("reason", "slashed", "compensation", "reward", "burned")
    return tuple(event.args[name] for name in names)


def _parts(split):
    return split.to_requester, split.to_caller, split.burned
