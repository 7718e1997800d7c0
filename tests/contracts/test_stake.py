"""Stake, its cooldown, and the part that bonds lock."""

import pytest
from chainkit import account, event, moves, now, out_of_range, refused, send
from conftest import COOLDOWN, FUNDS, STAKE

DAY = 86_400
MAX96 = 2**96 - 1
BOND = 1_000_007  # of deals.REQUEST


def test_staking_moves_free_to_staked(market, stranger):
    with moves(market, [stranger], {(stranger, "free"): -700, (stranger, "staked"): 700}):
        tx = send(market.stake, 700, by=stranger)
    assert event(tx, "Staked") == {"account": stranger, "amount": 700}
    with refused("InsufficientFree", stranger, FUNDS - 700, FUNDS):
        send(market.stake, FUNDS, by=stranger)


def test_nothing_cannot_be_staked_or_unstaked(market, provider):
    for function in (market.stake, market.unstake):
        with out_of_range("amount", 0, 1, MAX96):
            send(function, 0, by=provider)


def test_unstaking_moves_staked_to_unbonding(market, provider):
    at = now() + 10
    with moves(market, [provider], {(provider, "staked"): -700, (provider, "unbonding"): 700}):
        tx = send(market.unstake, 700, by=provider, at=at)
    said = {"account": provider, "amount": 700, "maturesAt": at + COOLDOWN}
    assert event(tx, "Unstaked") == said
    assert account(market, provider)["maturesAt"] == at + COOLDOWN


def test_stake_can_be_withdrawn_from_the_end_of_the_cooldown_on(market, provider):
    at = now() + 10
    send(market.unstake, 700, by=provider, at=at)
    with refused("TooEarly", at + COOLDOWN - 1, at + COOLDOWN):
        send(market.withdrawStake, by=provider, at=at + COOLDOWN - 1)
    with moves(market, [provider], {(provider, "unbonding"): -700, (provider, "free"): 700}):
        tx = send(market.withdrawStake, by=provider, at=at + COOLDOWN)
    assert event(tx, "StakeWithdrawn") == {"account": provider, "amount": 700}
    assert account(market, provider)["maturesAt"] == 0
    with out_of_range("unbonding", 0, 1, MAX96):
        send(market.withdrawStake, by=provider)


def test_unstaking_again_restarts_the_cooldown_for_all_of_it(market, provider):
    at = now() + 10
    send(market.unstake, 700, by=provider, at=at)
    send(market.unstake, 11, by=provider, at=at + COOLDOWN)
    with refused("TooEarly", at + COOLDOWN + 1, at + 2 * COOLDOWN):
        send(market.withdrawStake, by=provider, at=at + COOLDOWN + 1)
    with moves(market, [provider], {(provider, "unbonding"): -711, (provider, "free"): 711}):
        send(market.withdrawStake, by=provider, at=at + 2 * COOLDOWN)


def test_bonded_stake_cannot_leave(market, provider, deal):
    job = deal().until("Running")
    with refused("InsufficientStake", provider, STAKE - BOND, STAKE - BOND + 1):
        send(market.unstake, STAKE - BOND + 1, by=provider)
    send(market.unstake, STAKE - BOND, by=provider)
    job.submit()
    job.approve()
    send(market.unstake, BOND, by=provider)
    assert account(market, provider)["staked"] == 0


def test_unbonding_stake_cannot_be_slashed_or_bonded(market, provider, deal):
    send(market.unstake, STAKE - BOND + 1, by=provider)
    job = deal()
    job.post()
    with refused("InsufficientStake", provider, BOND - 1, BOND):
        job.accept()


@pytest.mark.parametrize("cooldown", [0, 90 * DAY])
def test_a_cooldown_is_fixed_at_deployment(Market, token, accounts, cooldown):
    assert accounts[0].deploy(Market, token, cooldown).cooldown() == cooldown


def test_a_cooldown_above_90_days_is_refused(Market, token, accounts):
    with out_of_range("cooldown", 90 * DAY + 1, 0, 90 * DAY):
        accounts[0].deploy(Market, token, 90 * DAY + 1)


def test_without_cooldown_stake_leaves_at_once(Market, token, accounts, stranger):
    market = accounts[0].deploy(Market, token, 0)
    token.approve(market, 50, {"from": stranger})
    at = now() + 10
    for function, *given in ((market.deposit, 50), (market.stake, 50)):
        send(function, *given, by=stranger)
    send(market.unstake, 50, by=stranger, at=at)
    send(market.withdrawStake, by=stranger, at=at)
    assert account(market, stranger)["free"] == 50
