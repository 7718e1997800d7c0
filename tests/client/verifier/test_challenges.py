"""Which claims a verifier looks at unasked, and which it challenges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from workbond.chain import cases
from workbond.chain.cases import Policy
from workbond.chain.types import State
from workbond.tree import seal
from workbond.verifier.bench import Bench

from .conftest import BOND, FEE, WORK, WRONG, Court, Judge


def turns(judge: Judge, count: int = 5) -> None:
    for _ in range(count):
        judge.turn()


def test_its_seal_is_its_own_and_hides_what_it_found(court: Court, judge: Judge) -> None:
    job_id = court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    (challenge,) = court.committee.challenges_of(job_id)
    assert challenge.challenger == judge.signer.address
    assert challenge.seal == seal(judge.signer.address, job_id, court.truth_of(job_id))
    assert challenge.bond == cases.challenge_bond(FEE, BOND)


def test_a_result_is_challenged_only_when_it_came_out_twice(
    court: Court, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = court.claimed()
    results = iter([b"\x01" * 32, b"\x02" * 32])
    monkeypatch.setattr(Bench, "execute", lambda *_: next(results))
    judge.start(sample_bps=10_000)
    judge.turn_until_said("GIVEN_UP")
    turns(judge)
    assert court.state(job_id) is State.CLAIMED


def test_without_samples_nothing_is_executed(court: Court, judge: Judge) -> None:
    court.claimed(WRONG)
    node = judge.start(sample_bps=0)
    turns(judge)
    assert not list(node._challenges.wants(court.world.now()))


def test_samples_are_the_share_that_was_asked_for_and_others_in_another_notebook(
    court: Court, judges: Callable[..., Judge]
) -> None:
    job_id = court.claimed()
    record, chosen = court.record(job_id), []
    for judge in (judges(stake=0), judges(stake=0)):
        challenges = judge.start(sample_bps=2_500)._challenges
        names = [n.to_bytes(32, "big") for n in range(4_000)]
        sampled = set()
        for record.id in names:
            if challenges.is_sampled(record):
                sampled.add(record.id)
        assert 800 < len(sampled) < 1_200
        chosen.append(sampled)
        again = judge.start(sample_bps=2_500)._challenges
        for record.id in names[:100]:
            assert again.is_sampled(record) == (record.id in sampled)
    assert chosen[0] != chosen[1]


def test_claims_too_large_or_too_late_to_execute_are_no_samples(court: Court, judge: Judge) -> None:
    court.claimed()
    now = court.world.now()
    node = judge.start(sample_bps=10_000)
    turns(judge, 1)
    assert list(node._challenges.wants(now))
    assert not list(node._challenges.wants(now + 3_600 - 60))
    for bounds in ({"sample_units": 100}, {"units_per_second": 1}):
        node = judge.start(sample_bps=10_000, **bounds)
        turns(judge, 1)
        assert not list(node._challenges.wants(now))


def test_a_claim_whose_case_the_committee_would_refuse_is_no_sample(
    court: Court, judge: Judge
) -> None:
    court.claimed(case_for=3_600)
    court.claimed(policy=Policy(31, 0), case_for=60 * 86_400)
    node = judge.start(sample_bps=10_000)
    turns(judge, 1)
    assert not list(node._challenges.wants(court.world.now()))


def test_a_challenge_above_the_bound_is_left_and_told(court: Court, judge: Judge) -> None:
    job_id = court.claimed(WRONG)
    judge.start(sample_bps=10_000, challenge_bond=9 * WORK)
    line = judge.turn_until_said("LEFT")
    assert "its challenge takes 10 WORK, above --max-challenge-bond" in line
    assert court.state(job_id) is State.CLAIMED


def test_a_challenge_that_it_can_t_pay_is_told(court: Court, judges: Callable[..., Judge]) -> None:
    judge = judges(stake=0, wallet=WORK)
    job_id = court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    assert "send it some" in judge.turn_until_said("POOR")
    assert court.state(job_id) is State.CLAIMED


def test_a_reward_worth_less_than_its_gas_is_left(court: Court, judge: Judge) -> None:
    court.claimed(WRONG)
    judge.start(sample_bps=10_000, coin_price=10**9 * WORK, withdraw_above=0)
    assert "worth less than the gas" in judge.turn_until_said("LEFT")
    turns(judge)
    us = judge.signer.address
    assert not [each for each in court.events("Deposited") if each["account"] == us][
        1:
    ]  # its stake


def test_an_audited_claim_that_is_found_wrong_at_a_seat_is_challenged_too(
    world: Any, court: Court, judge: Judge
) -> None:
    job_id = court.claimed(WRONG, policy=Policy(3, 10_000))
    judge.start()
    judge.turn_until_said("AUDITED")
    judge.turn_until_said("CHALLENGED")
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    court.to_closing(job_id)
    free = world.market.account_of(judge.signer.address).free
    judge.turn_until_said("VERDICT")
    reward = (BOND - FEE) * 30 // 100
    assert world.market.account_of(judge.signer.address).free - free == reward


def test_what_another_challenged_is_not_challenged_again(court: Court, judge: Judge) -> None:
    job_id = court.claimed(WRONG)
    court.challenge(job_id, b"\x77" * 32)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("COMMITTED")
    turns(judge)
    assert len(court.events("Challenged")) == 1


def test_a_claim_that_was_upheld_once_is_no_sample(court: Court, judge: Judge) -> None:
    job_id = court.claimed()
    court.challenge(job_id, WRONG)
    court.world.advance(4 * 3_600 + 60)
    court.committee.close(court.world.stranger, job_id, court.job(job_id))
    assert court.state(job_id) is State.CLAIMED
    node = judge.start(sample_bps=10_000)
    turns(judge, 2)
    assert not list(node._challenges.wants(court.world.now()))
