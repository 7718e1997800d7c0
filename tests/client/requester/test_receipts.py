"""What a job has cost so far, its receipt, and the bills that come before."""

from __future__ import annotations

import dataclasses
import io
import json
import re

import pytest

from workbond.answers import build_answer
from workbond.chain import rules
from workbond.chain.types import pair
from workbond.errors import ChainError, VerificationFailed
from workbond.requester.exits import cancel, end
from workbond.requester.receipt import MAX_STEPS, latest_end_s, receipt_of
from workbond.tree import Leaf, ResultTree, invalid_leaf, output_digest

WORK = 10**18
ESCROW = 14 * WORK // 10


@pytest.fixture
def receipt(desk, posted):
    return lambda: receipt_of(desk, desk.job(posted.id))


def settle(world, provider, posted, desk):
    """Pays what the played provider did, without fetching it."""
    manifest = provider.work(posted)
    record, tree = desk.job(posted.id), manifest.tree()
    job = record.live_job()
    world.market.approve(world.requester, posted.id, job, tree.root, tree.total_units)
    return tree.total_units


# ────────────────────────────────── the library ───────────────────────────────


def test_an_open_job_shows_what_is_locked_by_items(receipt):
    cost = receipt()
    assert (cost.flat, cost.units_charge, cost.tip) == (WORK // 2, 9 * WORK // 10, 0)
    assert cost.locked == cost.escrow == ESCROW
    assert [step.name for step in cost.steps] == ["posted"]


def test_what_acceptance_gives_back_is_shown(receipt, posted, provider):
    job = provider.accept(posted)
    cost = receipt()
    assert cost.locked == rules.job_escrow(job) == cost.flat + cost.units_charge
    assert cost.back_early == ESCROW - cost.locked > 0


def test_the_receipt_of_a_settled_job_adds_up(receipt, world, provider, posted, desk):
    before = world.market.account_of(world.requester.address).free + ESCROW  # it is posted already
    units = settle(world, provider, posted, desk)
    cost = receipt()
    assert cost.units == units == 6_000
    assert cost.paid == cost.flat + cost.units_charge
    assert cost.change == -cost.paid
    assert world.market.account_of(world.requester.address).free == before + cost.change
    assert [step.name for step in cost.steps] == ["posted", "accepted", "sealed", "settled"]
    assert cost.lasted_s == cost.steps[3].time_s - cost.steps[0].time_s


def test_network_fees_are_what_left_the_requesters_purse(
    world, desk, post_job, job, package, provider
):
    who = world.requester.address
    before = world.connection.balance(who)
    posted = post_job(job, package)
    settle(world, provider, posted, desk)
    cost = receipt_of(desk, desk.job(posted.id))
    assert cost.network_fees == before - world.connection.balance(who)
    assert [step.name for step in cost.own_steps] == ["posted", "settled"]


def test_a_transaction_of_somebody_else_is_not_the_requesters(
    receipt, world, desk, posted, provider
):
    provider.accept(posted)
    world.advance(301)
    end(desk, world.stranger, desk.job(posted.id))
    cost = receipt()
    assert [step.name for step in cost.own_steps] == ["posted"]
    assert cost.steps[-1].sender == world.stranger.address
    assert (cost.compensation, cost.reward, cost.burned) == (12 * WORK // 10, WORK // 20, 0)
    assert cost.change == cost.compensation


def test_a_cancelled_job_has_cost_nothing_but_gas(receipt, desk, world, posted):
    cancel(desk, world.requester, desk.job(posted.id))
    cost = receipt()
    assert (cost.change, cost.paid, cost.back_late) == (0, 0, ESCROW)
    assert len(cost.own_steps) == 2


@pytest.mark.parametrize("name", ["payment", "refund", "totalUnits"])
def test_events_that_do_not_add_up_are_refused(world, desk, posted, provider, name):
    settle(world, provider, posted, desk)
    record = desk.job(posted.id)
    assert record.ending is not None
    record.ending = record.ending | {name: record.ending[name] + 10**9}
    with pytest.raises(VerificationFailed, match=r"items add up to .* use another one with --rpc"):
        receipt_of(desk, record)


def test_a_forged_refund_at_acceptance_is_noticed(desk, posted, provider):
    provider.accept(posted)
    record = desk.job(posted.id)
    last = record.events[-1]
    record.events[-1] = dataclasses.replace(last, args=last.args | {"refund": 1})
    with pytest.raises(VerificationFailed, match="the escrow of job"):
        receipt_of(desk, record)


def test_a_node_without_old_receipts_still_gives_the_rest(desk, posted, monkeypatch, jobs_cli):
    from workbond.chain.connection import Connection

    monkeypatch.setattr(Connection, "receipt", lambda *_: None)
    cost = receipt_of(desk, desk.job(posted.id))
    assert (cost.network_fees, cost.untold_steps, cost.locked) == (0, 1, ESCROW)
    assert "the node tells no fee of 1 other." in jobs_cli("status", "last").out


def test_the_number_of_questions_to_the_node_is_bounded(desk, posted):
    record = desk.job(posted.id)
    record.events *= MAX_STEPS + 1
    with pytest.raises(ChainError, match="more than 16 events"):
        receipt_of(desk, record)


def test_the_latest_end_moves_nearer_with_every_step(world, desk, posted, provider):
    def latest() -> int:
        found = latest_end_s(desk.job(posted.id))
        assert found is not None
        return found

    open_s = latest()
    job = provider.accept(posted)
    running_s = latest()
    manifest, tree = provider.publish(posted.id)
    provider.claim(posted.id, job, tree.opening, manifest.to_bytes())
    claimed_s = latest()
    assert open_s > running_s > claimed_s
    assert claimed_s == rules.opens_until(desk.job(posted.id).live_job())
    world.advance(claimed_s - world.now())
    end(desk, world.requester, desk.job(posted.id))
    assert latest_end_s(desk.job(posted.id)) is None


# ────────────────────────────── signed and demanded ───────────────────────────


def claim(world, job_id, job, provider):
    """The played provider's result for a job that began with a signature; its record and tree."""
    manifest, tree = provider.publish(job_id)
    provider.claim(job_id, job, tree.opening, manifest.to_bytes())
    return tree


def test_a_matched_jobs_receipt_has_the_tip_and_no_refund_at_its_start(world, desk, provider):
    before = world.market.account_of(world.requester.address).free
    request, job_id, job = world.matched(tip=WORK // 10, tasks=2)
    cost = receipt_of(desk, desk.job(job_id))
    assert cost.escrow == rules.match_escrow(request, job.unit_price)
    assert (cost.tip, cost.back_early) == (WORK // 10, 0)
    assert cost.locked == cost.escrow - cost.tip
    tree = claim(world, job_id, job, provider)
    job = desk.job(job_id).live_job()
    world.market.approve(world.requester, job_id, job, tree.root, tree.total_units)
    cost = receipt_of(desk, desk.job(job_id))
    assert [step.name for step in cost.steps] == ["matched", "sealed", "settled"]
    assert cost.change == -cost.paid - cost.tip
    assert world.market.account_of(world.requester.address).free == before + cost.change


def test_a_filled_jobs_tip_is_never_charged(world, desk):
    _, job_id, job = world.filled(tip=WORK // 10)
    cost = receipt_of(desk, desk.job(job_id))
    assert cost.escrow == cost.locked == rules.job_escrow(job)
    assert cost.tip == 0
    assert [step.name for step in cost.steps] == ["filled"]


def test_fees_of_demands_are_in_the_receipt_answered_or_not(world, desk, jobs_cli):
    before = world.market.account_of(world.requester.address).free
    _, job_id, job = world.demanded([pair(0, 0), pair(1, 0)])
    fee = job.demand_fee
    cost = receipt_of(desk, desk.job(job_id))
    assert (cost.demand_fees, cost.answer_fees) == (2 * fee, 0)
    assert cost.locked == rules.job_escrow(job)
    assert [step.name for step in cost.own_steps] == ["posted", "demanded"]
    shown = jobs_cli("receipt", "0x" + job_id.hex()).out
    assert re.search(r"demanded +0.2  for chunks that are shown; else it comes back", shown)
    assert latest_end_s(desk.job(job_id)) == job.answer_by + job.challenge_for // 2 + rules.GRACE_S
    world.advance(job.answer_by - world.now())
    world.market.void(world.stranger, job_id, job)
    cost = receipt_of(desk, desk.job(job_id))
    assert cost.change == cost.compensation
    assert world.market.account_of(world.requester.address).free == before + cost.change
    shown = jobs_cli("receipt", "0x" + job_id.hex()).out
    assert "Receipt: the job is Void (Unanswered)" in shown
    assert re.search(r"locked +-0.2  for demanded chunks", shown)


def test_what_answers_earned_is_the_providers(world, desk, jobs_cli):
    output = b"shown"
    tree = ResultTree([Leaf(0, 0, 0, 5, len(output), output_digest(output)), invalid_leaf(1)])
    request, job_id, job = world.claimed(tree.root, tree.total_units)
    pairs = [pair(0, 0), pair(1, 0)]
    world.market.demand(world.requester, job_id, job, pairs)
    answers = [
        build_answer(0, pairs[0], tree, io.BytesIO(output)),
        build_answer(1, pairs[1], tree, None),
    ]
    opening = (tree.root, tree.total_units)
    for answer in answers:
        job = desk.job(job_id).live_job()
        world.market.answer(world.provider, job_id, job, pairs, *opening, [answer])
    job = desk.job(job_id).live_job()
    world.market.approve(world.requester, job_id, job, *opening)
    cost = receipt_of(desk, desk.job(job_id))
    assert cost.answer_fees == cost.demand_fees == 2 * request.demand_fee
    assert cost.change == -cost.paid - cost.answer_fees
    shown = jobs_cli("receipt", "0x" + job_id.hex()).out
    assert "0.2 WORK of it went to the provider for demanded chunks that it showed." in shown
    told = json.loads(jobs_cli("receipt", "0x" + job_id.hex(), "--json").out)
    assert (told["demand_fees"], told["answer_fees"]) == (str(2 * WORK // 10),) * 2


def test_a_matched_jobs_receipt_in_words_names_the_matcher(world, jobs_cli):
    _, job_id, _ = world.matched(tip=WORK // 10)
    shown = jobs_cli("receipt", "0x" + job_id.hex()).out
    assert f"0.1 WORK tipped the matcher {world.stranger.address}." in shown


# ───────────────────────────────── the commands ───────────────────────────────


def test_status_of_an_open_job_shows_its_cost_so_far(jobs_cli, posted):
    shown = jobs_cli("status", "last").out
    assert re.search(r"flat +0.5  for the job as a whole", shown)
    assert re.search(r"units +0.9  at most: 3,000,000,000 at 300 per 10\^12", shown)
    assert re.search(r"locked +1.4  of the requester's now: the most it can still cost", shown)
    assert re.search(r"The network took 0.0000\d+ gas coin for 1 transaction", shown)
    assert re.search(r"Whatever others do, it can be ended in 1 d \d+ min", shown)

    status = json.loads(jobs_cli("status", "last", "--json").out)
    assert status["cost"]["locked"] == status["money"]["locked"] == str(ESCROW)
    assert re.fullmatch(r"[1-9]\d+", status["cost"]["network_fees"])
    assert status["ends_at_the_latest"] > status["now"]


def test_approving_ends_with_the_receipt(jobs_cli, posted, provider, world):
    provider.work(posted)
    name = "0x" + posted.id.hex()
    approved = jobs_cli("approve", "last", "--yes").out
    assert f"Receipt: the job is Settled\njob       {name}\n" in approved
    assert re.search(r"units +0.0000006  6,000 at 100 per 10\^12\n", approved)
    assert re.search(r"in all +0.5000006  to the provider\n", approved)
    assert re.search(r"in all +-0.5000006  what the job has cost the requester\n", approved)
    assert re.search(r"settled, \+[\w ]+\n  0x[0-9a-f]{64}\n", approved)
    for args in (["receipt", "last"], ["status", "last"]):
        assert re.search(r"in all +-0.5000006  what the job", jobs_cli(*args).out)

    told = json.loads(jobs_cli("receipt", "last", "--json").out)
    assert told == json.loads(jobs_cli("status", "last", "--json").out)["cost"]
    assert (told["paid"], told["change"]) == ("500000600000000000", "-500000600000000000")
    assert [step["step"] for step in told["steps"]] == ["posted", "accepted", "sealed", "settled"]


def test_a_bill_foretells_the_balances_that_follow(jobs_cli, posted, provider, world):
    provider.work(posted)
    bill = jobs_cli("approve", "last", "--yes").out
    free, coin = (
        re.search(rf"{what} +[\d.]+ +\S+ +([\d.]+)  ", bill)
        for what in (r"WORK free in the market", "gas coin, 1 transaction")
    )
    assert free
    assert coin
    account = world.market.account_of(world.requester.address)
    assert round(float(free[1]) * 10**7) == account.free // 10**11
    assert int(coin[1].replace(".", "").ljust(13, "0")) * 10**9 <= world.connection.balance(
        world.requester.address
    )


def test_finalizing_shows_whom_the_money_goes_to(jobs_cli, posted, provider, world):
    provider.work(posted)
    world.advance(121)
    ended = jobs_cli("end", "last", "--yes")
    assert ended.code == 0, ended.err
    assert "The time for checking is over" in ended.out
    assert re.search(r"WORK free, the provider's +500 +\+0.5000006 +500.5000006", ended.out)


def test_voiding_shows_what_becomes_of_the_bond(jobs_cli, posted, provider, world):
    provider.work(posted)
    world.advance(121 + 86_400)
    ended = jobs_cli("end", "last", "--yes")
    assert ended.code == 0, ended.err
    assert re.search(r"staked, the provider's +500 +-2.5 +497.5  out of its bond of 5", ended.out)
    assert re.search(r"free in the market .* 2.5 WORK of it out of the bond", ended.out)
    assert re.search(r"compensation +2.45  out of the provider's bond", ended.out)


@pytest.mark.parametrize("command", ["cancel", "approve", "end"])
def test_nothing_moves_where_nobody_can_be_asked(jobs_cli, posted, provider, world, command):
    if command == "approve":
        provider.work(posted)
    if command == "end":
        world.advance(700)
    nonce = world.connection.nonce(world.requester.address)
    ran = jobs_cli(command, "last")
    assert ran.code == 2
    (line,) = [line for line in ran.err.splitlines() if not line.startswith("Note: ")]
    assert line == "Error: there is no terminal to confirm on: give --yes if you are sure"
    assert "WORK in the job's escrow" in ran.out
    silent = jobs_cli(command, "last", "--json")
    assert (silent.code, silent.out) == (2, "")
    assert world.connection.nonce(world.requester.address) == nonce


def test_the_contracts_refusal_comes_before_the_question(jobs_cli, posted):
    ran = jobs_cli("cancel", "0x" + posted.id.hex(), "--account", "stranger")
    assert (ran.code, ran.out) == (5, "")
    assert "choose that account with --account" in ran.err


def test_without_gas_coin_nothing_is_asked(jobs_cli, job_path, world):
    from workbond.chain import anvil

    anvil.set_balance(world.connection, world.requester.address, 10**9)
    ran = jobs_cli("submit", job_path)
    assert (ran.code, ran.out) == (5, "")
    assert "gas coin but up to" in ran.err
