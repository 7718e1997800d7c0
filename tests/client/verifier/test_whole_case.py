"""A verifier's work from the first look at a claim to its pay, on a real chain."""

from __future__ import annotations

from typing import Any

from workbond.chain import cases
from workbond.chain.types import State

from .conftest import BOND, FEE, WRONG, Court, Judge


def test_a_wrong_claim_is_found_challenged_judged_and_paid_for(
    world: Any, court: Court, judge: Judge
) -> None:
    job_id = court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    assert court.state(job_id) is State.DISPUTED
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    court.to_closing(job_id)
    free = world.market.account_of(judge.signer.address).free
    judge.turn_until_said("VERDICT")
    assert court.state(job_id) is State.VOID
    (closed,) = court.events("CaseClosed")
    assert closed["outcome"] == cases.Outcome.REJECTED
    reward = (BOND - FEE) * 30 // 100
    assert world.market.account_of(judge.signer.address).free - free == reward
    fees = 3 * cases.seat_fee(FEE, 3) + 2 * cases.tip(FEE)
    bond = cases.challenge_bond(FEE, BOND)
    assert court.committee.verifier_of(judge.signer.address).free == bond + fees
    (verdict,) = (each for each in judge.records if each["code"] == "VERDICT")
    assert verdict["numbers"] == {"earned": str(reward + fees), "lost": "0"}


def test_a_true_claim_is_left_alone(court: Court, judge: Judge) -> None:
    job_id = court.claimed()
    judge.start(sample_bps=10_000)
    judge.turn_until_said("RIGHT")
    for _ in range(3):
        judge.turn()
    assert court.state(job_id) is State.CLAIMED
    assert not judge.said("CHALLENGED")
