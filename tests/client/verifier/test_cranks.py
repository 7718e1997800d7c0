"""The cranks that a verifier turns: lottery, draw, close, abandon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbond.chain import cases
from workbond.chain.cases import EPOCH_S, Outcome, Phase, Policy
from workbond.chain.types import State
from workbond.verifier.plan import Plan

from .conftest import FEE, WORK, WRONG, Court, Judge

CROWD = Plan(poll_s=0.05, stagger_s=100_000)  # waits for others all the test


def turns(judge: Judge, count: int = 5) -> None:
    for _ in range(count):
        judge.turn()


def test_a_claim_that_must_be_audited_is(court: Court, judge: Judge) -> None:
    job_id = court.claimed(policy=Policy(3, 10_000))
    judge.start()
    judge.turn_until_said("AUDITED")
    assert court.state(job_id) is State.DISPUTED
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    court.to_closing(job_id)
    judge.turn_until_said("VERDICT")
    (closed,) = court.events("CaseClosed")
    assert closed["outcome"] == Outcome.UPHELD
    assert [each["amount"] for each in court.events("CrankPaid")] == [cases.tip(FEE)] * 3


def test_the_lottery_s_claims_are_audited_and_no_others(court: Court, judge: Judge) -> None:
    ids = [court.claimed(policy=Policy(3, 5_000)) for _ in range(6)]
    court.mine(4)
    drawn = set()
    for job_id in ids:
        job = court.job(job_id)
        block = court.world.connection.block(job.claim_block + 2)
        if cases.is_audited(block.hash, job_id, job.seal, 5_000):
            drawn.add(job_id)
    judge.start()
    opened = judge.turn_until(
        lambda: {each["id"] for each in court.events("CaseOpened")} == drawn, "the audits"
    )
    assert opened
    turns(judge)
    assert {each["id"] for each in court.events("CaseOpened")} == drawn
    assert not judge.said("RETRYING")


def test_a_missed_seed_is_asked_for_again(court: Court, judge: Judge) -> None:
    now = court.world.now()
    court.world.advance(EPOCH_S - now % EPOCH_S - 300)  # five minutes to midnight
    job_id = court.claimed()
    court.challenge(job_id, WRONG)
    court.world.advance(400)
    judge.start()
    judge.turn_until_said("COMMITTED")
    assert len(court.events("SeedRequested")) == 2
    assert court.committee.case_of(job_id).redraws == 1
    assert judge.said("DRAWN")[0].startswith(f"job 0x{job_id.hex()}: another seed is asked for")


def test_a_case_without_verifiers_is_closed_when_its_draw_has_failed(
    court: Court, judges: Callable[..., Judge]
) -> None:
    judge = judges(stake=0)
    job_id = court.claimed()
    court.challenge(job_id, WRONG)
    judge.start()
    turns(judge)
    court.world.advance(4 * 3_600)
    judge.turn_until_said("CLOSED")
    (closed,) = court.events("CaseClosed")
    assert (closed["id"], closed["outcome"]) == (job_id, Outcome.UNDECIDED)


def test_tips_below_the_gas_are_left_to_others(court: Court, judges: Callable[..., Judge]) -> None:
    judge = judges(stake=0)
    job_id = court.claimed(policy=Policy(3, 10_000))
    judge.start(coin_price=10**9 * WORK)
    court.mine(3)
    turns(judge)
    assert court.state(job_id) is State.CLAIMED


def test_others_have_their_turn_first_unless_something_of_ours_is_in_the_case(
    court: Court, judge: Judge
) -> None:
    job_id = court.claimed(policy=Policy(3, 10_000))
    judge.start(CROWD)
    court.mine(3)
    turns(judge)
    assert court.state(job_id) is State.CLAIMED
    other = court.claimed(WRONG)
    judge.start(CROWD, sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    judge.turn_until_said("DRAWN")
    assert court.committee.case_of(other).phase is Phase.VOTING


def test_a_case_that_the_market_timed_out_is_abandoned_for_its_bonds(
    world: Any, court: Court, judge: Judge
) -> None:
    job_id = court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    bond = cases.challenge_bond(FEE, 40 * WORK)
    assert court.committee.verifier_of(judge.signer.address).free == 0
    judge.stop()
    world.advance(court.job(job_id).case_for)
    world.market.timeout(world.stranger, job_id, court.job(job_id))
    judge.start()
    judge.turn_until_said("ABANDONED")
    judge.turn_until_said("VERDICT")
    assert court.committee.verifier_of(judge.signer.address).free == bond


def test_a_bond_in_a_case_that_nobody_ended_in_time_is_fetched_back(
    world: Any, court: Court, judge: Judge
) -> None:
    job_id = court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    world.advance(court.job(job_id).case_for)
    judge.turn_until_said("ABANDONED")
    assert court.state(job_id) is State.CLAIMED
    bond = cases.challenge_bond(FEE, 40 * WORK)
    assert court.committee.verifier_of(judge.signer.address).free == bond
    assert not judge.said("RETRYING")


def test_the_seal_of_another_claim_hides_none_from_the_lottery(court: Court, judge: Judge) -> None:
    world, half = court.world, Policy(3, 5_000)

    def is_drawn(job_id: bytes) -> bool:
        job = court.job(job_id)
        block = world.connection.block(job.claim_block + 2)
        return cases.is_audited(block.hash, job_id, job.seal, 5_000)

    sealed, passed, drawn = b"\x05" * 32, set(), set()
    while not (passed and drawn):
        job_id = court.post(policy=half)
        world.market.accept(world.provider, court.shop.posted[job_id])
        world.market.submit(world.provider, job_id, court.job(job_id), sealed, b"\x04" * 32)
        court.mine(3)
        (drawn if passed and is_drawn(job_id) else passed).add(job_id)
        passed = {each for each in passed if not is_drawn(each)}
    court.mine(64)
    judge.start()
    turns(judge)
    assert {each["id"] for each in court.events("CaseOpened")} >= drawn
