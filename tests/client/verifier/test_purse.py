"""A verifier's money: what challenges take from the wallet, and what goes back there."""

from __future__ import annotations

from collections.abc import Callable

from workbond.chain import cases
from workbond.chain.cases import Policy

from .conftest import BOND, FEE, WORK, WRONG, Court, Judge

WALLET = 1_000 * WORK


def balance(judge: Judge) -> int:
    return int(judge.court.world.token.balance(judge.signer.address))


def free(judge: Judge) -> int:
    return judge.court.committee.verifier_of(judge.signer.address).free


def earn(court: Court, judge: Judge, **bounds: int) -> None:
    """The judge serves all seats of an audit."""
    job_id = court.claimed(policy=Policy(3, 10_000))
    judge.start(**bounds)
    judge.turn_until_said("COMMITTED")
    court.to_reveals(job_id)
    judge.turn_until_said("REVEALED")
    court.to_closing(job_id)
    judge.turn_until_said("VERDICT")


def test_what_a_challenge_lacks_comes_from_the_wallet_in_one_deposit(
    court: Court, judge: Judge
) -> None:
    court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    for _ in range(3):
        judge.turn()
    assert balance(judge) == WALLET - cases.challenge_bond(FEE, BOND)
    assert free(judge) == 0


def test_a_token_without_permits_is_approved(court: Court, judge: Judge) -> None:
    court.world.forget_permits()
    court.claimed(WRONG)
    judge.start(sample_bps=10_000)
    judge.turn_until_said("CHALLENGED")
    assert balance(judge) == WALLET - cases.challenge_bond(FEE, BOND)


def test_earnings_stay_in_the_committee_by_default(court: Court, judge: Judge) -> None:
    earn(court, judge)
    for _ in range(3):
        judge.turn()
    assert free(judge) == 3 * cases.seat_fee(FEE, 3) + 3 * cases.tip(FEE)
    assert balance(judge) == WALLET


def test_what_is_above_the_bound_goes_to_the_account(court: Court, judge: Judge) -> None:
    earn(court, judge, withdraw_above=WORK)
    earned = 3 * cases.seat_fee(FEE, 3) + 3 * cases.tip(FEE)
    judge.turn_until_said("WITHDRAWN")
    for _ in range(3):
        judge.turn()
    assert (free(judge), balance(judge)) == (WORK, WALLET + earned - WORK)
    assert len(judge.said("WITHDRAWN")) == 1


def test_a_little_above_the_bound_is_not_worth_a_transaction(court: Court, judge: Judge) -> None:
    earned = 3 * cases.seat_fee(FEE, 3) + 3 * cases.tip(FEE)
    earn(court, judge, withdraw_above=earned - earned // 20)
    for _ in range(3):
        judge.turn()
    assert free(judge) == earned


def test_gas_has_the_price_that_was_given(judges: Callable[..., Judge]) -> None:
    bounds = judges(stake=0).bounds
    assert bounds.gas_worth(10**18) == 0
    dear = type(bounds)(1, 1, coin_price=3 * WORK)
    assert dear.gas_worth(10**18) == 3 * WORK
    assert dear.gas_worth(1) == 3
