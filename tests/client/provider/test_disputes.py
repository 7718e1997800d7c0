"""A provider whose claim is judged: waits, answers, appeals what it may, and is paid or slashed."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

import pytest

from workbond.chain import cases, rules
from workbond.chain.types import State, VoidReason, pair
from workbond.provider.defence import APPEAL_BY_S
from workbond.provider.status import next_deadline
from workbond.provider.terms import Terms
from workbond.tree import opening_digest

from .court import CASE_FEE, WORK, WRONG, Court, claim, court, judged

__all__ = ["court"]  # a fixture

# Seven seats, two tips: what appealing a first round of three prepays.
SECOND_ROUND = cases.appeal_price(CASE_FEE, 3, 1)


@pytest.fixture
def claimed(operator: Any, court: Court, shop: Any) -> bytes:
    """A claim that the committee can judge; `operator`'s node runs on."""
    judged(operator, court)
    return claim(operator, court, shop)


def found(operator: Any, court: Court, job_id: bytes) -> bytes:
    """The D that the provider sealed."""
    sealed = operator.workshop.opening(court.record(job_id))
    return opening_digest(sealed.root, sealed.total_units)


def rejected(world: Any, court: Court, operator: Any, job_id: bytes) -> None:
    """A case against a right claim goes wrong, and nobody appeals."""
    court.challenge(job_id)
    court.judge(job_id, WRONG)
    operator.turn()
    court.close(job_id)


def test_a_challenged_claim_is_defended_by_waiting_and_paid_after_the_verdict(
    world: Any, operator: Any, court: Court, claimed: bytes
) -> None:
    own = found(operator, court, claimed)
    court.challenge(claimed)
    operator.turn_until_said("1 challenge opened a case about its result: 10 WORK of bond")
    court.draw(claimed)
    operator.turn_until_said("3 seats judge its result, within 3 h")
    court.vote(claimed, own)
    operator.turn_until_said("most of 3 seats found our result: the claim stands")
    assert world.market.state_of(claimed) is State.DISPUTED
    court.close(claimed)
    operator.turn_until_state(claimed, State.SETTLED)
    gained = court.committee.verifier_of(world.provider.address).free
    assert gained == cases.challenge_bond(CASE_FEE, 10 * WORK) - 3 * cases.seat_fee(
        CASE_FEE, 3
    ) - 2 * cases.tip(CASE_FEE)
    (line,) = [line for line in operator.lines if "its case is over" in line]
    assert "the claim stands: nothing was shown against it; of failed challenges it left" in line
    assert operator.node._books.tally.done == 1


def test_without_leave_a_wrong_verdict_is_only_told_but_loudly(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court, max_appeal=0)
    claimed = claim(operator, court, shop)
    rejected(world, court, operator, claimed)
    (line,) = [line for line in operator.lines if "ANOTHER RESULT" in line]
    assert "all 10 WORK of bond are lost, unless somebody appeals within" in line
    assert f"workbond job appeal 0x{claimed.hex()}" in line
    assert "--max-appeal leaves 0 WORK" in line
    operator.turn_until_said("void, the resolver found the result wrong, lost 10 WORK")
    assert world.market.state_of(claimed) is State.VOID
    assert court.record(claimed).reason is VoidReason.REJECTED
    tally = operator.node._books.tally
    assert (tally.failed, tally.lost) == (1, 10 * WORK)


def test_a_wrong_verdict_is_appealed_once_the_result_was_found_again(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court)
    job_id = claim(operator, court, shop)
    own = found(operator, court, job_id)
    court.challenge(job_id)
    court.judge(job_id, WRONG)
    operator.turn_until_said("another result than ours: executing it again, to appeal if")
    operator.turn_until_said("another result than ours: appealing, which prepays")
    assert court.committee.case_of(job_id).round == 1
    round_ = court.committee.seating_of(job_id, 1).round
    assert (round_.appellant, round_.prepaid) == (world.provider.address, SECOND_ROUND)
    operator.turn_until_said("its case was appealed: 7 seats are to be drawn")
    court.judge(job_id, own)
    operator.turn_until_said("most of 7 seats found our result")
    court.close(job_id)
    operator.turn_until_state(job_id, State.SETTLED)


def test_a_second_appeal_is_bounded_by_what_the_first_left(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court, max_appeal=SECOND_ROUND + 1)
    job_id = claim(operator, court, shop)
    court.challenge(job_id)
    court.judge(job_id, WRONG)
    operator.turn_until(lambda: court.committee.case_of(job_id).round == 1, "an appeal")
    court.judge(job_id, WRONG)
    operator.turn_until_said("ANOTHER RESULT")
    assert court.committee.case_of(job_id).round == 1
    assert any("--max-appeal leaves 0.000000000000000001 WORK" in line for line in operator.lines)


def test_a_machine_that_erred_does_not_appeal(
    world: Any, operator: Any, court: Court, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(operator, court)
    job_id = claim(operator, court, shop)
    court.challenge(job_id)
    court.judge(job_id, WRONG)
    genuine = operator.workshop.execute

    def changed(*args: Any) -> Any:
        return dataclasses.replace(genuine(*args), seal=bytes(32))

    monkeypatch.setattr(operator.workshop, "execute", changed)
    operator.turn_until_said("executed again the job has another one than was claimed: not app")
    operator.turn()
    assert court.committee.case_of(job_id).round == 0


def test_with_no_time_left_for_executing_again_the_result_is_believed(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court)
    job_id = claim(operator, court, shop)
    court.challenge(job_id)
    operator.stop()
    court.judge(job_id, WRONG)
    court.reach(court.committee.case_of(job_id).appeals_until - APPEAL_BY_S)
    operator.start().turn()
    assert court.committee.case_of(job_id).round == 1


def test_by_default_one_further_round_can_be_asked_for_whatever_the_case_fee() -> None:
    terms = Terms(cores=1, memory_bytes=1)
    bond = 10_000 * WORK
    for seats in cases.ROUND_SEATS[:-1]:
        most = bond // rules.MAX_CASE_FEE_SHARE
        assert cases.appeal_price(most, seats, 1) <= terms.appeal_limit(bond)


def test_an_appeal_takes_first_what_is_free_in_the_committee_and_last_the_market_s(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court, max_appeal=SECOND_ROUND)
    job_id = claim(operator, court, shop)
    me = world.provider
    court.fund(me, WORK)
    world.token.transfer(me, world.pauper.address, world.token.balance(me.address) - WORK // 2)
    free = world.market.account_of(me.address).free
    court.challenge(job_id)
    court.judge(job_id, WRONG)
    operator.turn_until(lambda: court.committee.case_of(job_id).round == 1, "an appeal")
    assert court.committee.verifier_of(me.address).free == 0
    assert world.token.balance(me.address) == 0
    assert world.market.account_of(me.address).free == free - (SECOND_ROUND - WORK - WORK // 2)


def test_an_appeal_that_can_t_be_paid_is_told_and_tried_again(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court, max_appeal=SECOND_ROUND)
    job_id = claim(operator, court, shop)
    me = world.provider
    world.token.transfer(me, world.pauper.address, world.token.balance(me.address))
    world.market.withdraw(me, world.pauper.address, world.market.account_of(me.address).free)
    court.challenge(job_id)
    court.judge(job_id, WRONG)
    operator.turn_until_said("could not appeal the verdict on it: the appeal prepays")
    world.token.transfer(world.pauper, me.address, SECOND_ROUND)
    operator.turn_until(lambda: court.committee.case_of(job_id).round == 1, "an appeal")


def test_a_silent_resolver_is_timed_out(
    world: Any, operator: Any, court: Court, claimed: bytes
) -> None:
    court.challenge(claimed)
    operator.turn()
    until_s = rules.resolves_until(court.record(claimed).live_job())
    assert next_deadline(court.record(claimed)) == ("a verdict before", until_s)
    court.reach(until_s)
    operator.turn_until_said("its resolver stayed silent: timing it out")
    operator.turn_until_state(claimed, State.SETTLED)
    assert any("the claim stands: its resolver stayed silent" in line for line in operator.lines)


def test_a_demand_is_answered_while_a_case_is_open(
    world: Any, operator: Any, court: Court, claimed: bytes
) -> None:
    world.market.demand(world.requester, claimed, court.record(claimed).live_job(), [pair(0, 0)])
    court.challenge(claimed)
    operator.turn_until_said("1 chunk shown on the chain")
    record = court.record(claimed)
    assert (record.state, record.live_job().unanswered) == (State.DISPUTED, 0)


def test_a_case_that_was_opened_while_the_node_was_off_is_followed_by_the_next(
    world: Any, operator: Any, court: Court, claimed: bytes
) -> None:
    own = found(operator, court, claimed)
    operator.stop()
    court.challenge(claimed)
    court.judge(claimed, own)
    operator.start()
    operator.turn_until_said("found Disputed, going on")
    operator.turn_until_said("most of 3 seats found our result")
    operator.stop()
    court.close(claimed)
    operator.start()
    operator.turn_until_state(claimed, State.SETTLED)


def test_a_result_that_was_lost_in_a_case_is_made_again(
    world: Any, operator: Any, court: Court, claimed: bytes
) -> None:
    court.challenge(claimed)
    operator.stop()
    for path in (operator.home / "results").rglob("bafkrei*"):
        path.unlink()
    operator.start()
    operator.turn_until_said("found Disputed")
    court.reach(rules.resolves_until(court.record(claimed).live_job()))
    operator.turn_until_state(claimed, State.SETTLED)


def test_no_verifier_at_all_costs_the_provider_nothing(
    world: Any, operator: Any, court: Court, claimed: bytes
) -> None:
    court.committee.unstake(court.verifier, 200 * WORK)
    court.challenge(claimed)
    court.reach(court.committee.case_of(claimed).deadline)
    court.committee.close(court.verifier, claimed, court.record(claimed).live_job())
    operator.turn_until_state(claimed, State.SETTLED)
    assert world.market.account_of(world.provider.address).staked == 500 * WORK


def test_an_admitted_resolver_of_another_kind_is_waited_for(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judge = world.stranger
    judged(operator, court, resolvers=frozenset({judge.address}))
    job_id = claim(operator, court, shop, resolver=judge.address, case_for=1_000)
    world.market.dispute(judge, job_id, court.record(job_id).live_job())
    operator.turn_until_said(f"its resolver {judge.address} holds a case: 10 WORK of bond")
    world.advance(1_000)
    operator.turn_until_state(job_id, State.SETTLED)


def test_a_job_that_names_another_resolver_is_not_taken(
    world: Any, operator: Any, court: Court, shop: Any
) -> None:
    judged(operator, court)
    other = court.terms | {"resolver": world.stranger.address, "salt": os.urandom(32)}
    job_id = shop.post(shop.spec(), **other)
    operator.start()
    operator.turn_until_said("RESOLVER: its resolver is neither the deployment's committee")
    assert world.market.state_of(job_id) is State.OPEN


def test_status_tells_the_case_and_what_the_committee_holds(
    world: Any, operator: Any, court: Court, claimed: bytes, world_cli: Any
) -> None:
    account = ("--account", "provider")
    assert world_cli("account", "import", "provider", "--dev", "2", "--light-kdf").code == 0
    court.fund(world.provider, WORK)
    court.challenge(claimed)
    shown = world_cli("provider", "status", *account).out
    assert "its case: opened by 1 challenge, round 1, 3 seats are to be drawn" in shown
    assert "workbond account withdraw AMOUNT --committee" in shown
    court.draw(claimed)
    assert "round 1, 3 seats vote" in world_cli("provider", "status", *account).out
    told = json.loads(world_cli("provider", "status", *account, "--json").out)
    (job,) = told["jobs"]
    assert told["committee"] == str(WORK)
    assert (job["state"], job["case"]["phase"], job["case"]["seats"]) == ("Disputed", "Voting", 3)
    assert job["waits_for"] == "a verdict before"
