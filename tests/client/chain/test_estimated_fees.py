"""What a transaction could cost, said before anything is signed."""

from __future__ import annotations

import pytest

from workbond.accounts import dev_signer
from workbond.chain import anvil, funds
from workbond.chain.refusals import InsufficientFree
from workbond.errors import ChainError

WORK = 10**18


def test_a_transaction_costs_at_most_what_was_estimated(world):
    who = world.requester.address
    fee = world.market.fee(who, "withdraw", who, 5)
    receipt = world.market.withdraw(world.requester, who, 5)
    assert receipt.gas_used <= fee.gas
    assert receipt.fee <= fee.most


def test_an_estimate_sends_nothing(world):
    nonce = world.connection.nonce(world.requester.address)
    world.market.fee(world.requester.address, "withdraw", world.requester.address, 5)
    assert world.connection.nonce(world.requester.address) == nonce


def test_a_refused_call_has_the_contracts_reason_and_no_fee(world):
    who = world.requester.address
    with pytest.raises(InsufficientFree, match="deposit"):
        world.market.fee(who, "withdraw", who, 10**27)


def test_too_little_gas_coin_is_told_with_the_remedy(world):
    who = world.requester.address
    anvil.set_balance(world.connection, who, 10**9)
    with pytest.raises(ChainError, match="workbond account faucet"):
        world.market.fee(who, "withdraw", who, 5)


@pytest.mark.parametrize("way", ["permit", "approved before", "approval"])
def test_a_first_deposit_costs_at_most_what_was_said(world, way):
    """Of an account that the market has never seen, which writes the most."""
    if way == "approval":
        world.forget_permits()
    newcomer = dev_signer(7)
    world.token.transfer(dev_signer(0), newcomer.address, 7 * WORK)
    if way == "approved before":
        world.token.approve(newcomer, world.market.address, 7 * WORK)
    fee, count = funds.deposit_fees(world.market, world.token, newcomer.address, 7 * WORK)
    receipts = funds.deposit(world.market, world.token, newcomer, 7 * WORK)
    assert len(receipts) == count == (2 if way == "approval" else 1)
    if way != "permit":
        assert receipts[-1].gas_used <= funds.DEPOSIT_GAS
    assert sum(receipt.fee for receipt in receipts) <= fee.most


def test_gas_for_both_transactions_of_a_deposit_is_asked_for_at_once(world):
    """Else the approval would be sent, and the deposit could not follow."""
    world.forget_permits()
    who = world.requester.address
    fee, _ = funds.deposit_fees(world.market, world.token, who, WORK)
    anvil.set_balance(world.connection, who, fee.most // 2)
    with pytest.raises(ChainError, match="gas coin"):
        funds.deposit_fees(world.market, world.token, who, WORK)
