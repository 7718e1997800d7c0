"""Depositing with a permit: one transaction, and no failure where the allowance stands already."""

import pytest
from brownie import chain
from chainkit import event, moves, now, out_of_range, refused, send
from conftest import COOLDOWN
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from keys import parts, sign
from orders import ZERO32

AMOUNT = 12_345
MEMBERS = "owner:address spender:address value:uint256 nonce:uint256 deadline:uint256"
PERMIT = [dict(zip(("name", "type"), part.split(":"), strict=True)) for part in MEMBERS.split()]


@pytest.fixture
def saver(accounts, token):
    """An account with tokens that allows nobody to take them."""
    token.transfer(accounts[6], AMOUNT, {"from": accounts[0]})
    return accounts[6]


def permit_of(token, owner, spender, deadline=None, value=AMOUNT, signer=None):
    """deadline, v, r and s of a permit of `owner` for the spender."""
    deadline = now() + 100 if deadline is None else deadline
    values = {"owner": str(owner), "spender": str(spender), "value": value}
    message = encode_typed_data(
        {"name": "Workbond Work", "version": "1", "chainId": chain.id}
        | {"verifyingContract": str(token)},
        {"Permit": PERMIT},
        values | {"nonce": token.nonces(owner), "deadline": deadline},
    )
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    r, s, v = parts(sign(signer or owner, digest))
    return deadline, v, r.to_bytes(32, "big"), s.to_bytes(32, "big")


@pytest.fixture
def permit(market, token):
    """As `permit_of`, for the market."""

    def make(owner, spender=None, **changes):
        return permit_of(token, owner, spender or market, **changes)

    return make


def test_a_permit_and_a_deposit_are_one_transaction(market, token, saver, permit):
    with moves(market, [saver], {(saver, "free"): AMOUNT}):
        tx = send(market.depositWithPermit, AMOUNT, *permit(saver), by=saver)
    assert [entry.name for entry in tx.events] == ["Approval", "Transfer", "Deposited"]
    assert dict(tx.events["Deposited"]) == {"account": saver, "amount": AMOUNT}
    assert token.allowance(saver, market) == 0


def test_a_permit_that_somebody_used_before_is_no_failure(market, token, saver, stranger, permit):
    signed = permit(saver)
    send(token.permit, saver, market, AMOUNT, *signed, by=stranger)
    with moves(market, [saver], {(saver, "free"): AMOUNT}):
        send(market.depositWithPermit, AMOUNT, *signed, by=saver)


def test_a_permit_is_worth_nothing_to_others(market, saver, stranger, accounts, permit):
    """Who sends it deposits its own tokens, which nobody allowed."""
    thief = accounts[5]
    with refused("ERC20InsufficientAllowance", market.address, 0, AMOUNT):
        send(market.depositWithPermit, AMOUNT, *permit(saver), by=thief)


@pytest.mark.parametrize("wrong", ["expired", "stranger's", "spender", "amount", "garbage"])
def test_without_a_good_permit_the_allowance_decides(market, token, saver, stranger, permit, wrong):
    made = {
        "expired": lambda: permit(saver, deadline=now() - 1),
        "stranger's": lambda: permit(saver, signer=stranger),
        "spender": lambda: permit(saver, spender=stranger),
        "amount": lambda: permit(saver, value=AMOUNT - 1),
        "garbage": lambda: (now() + 100, 99, ZERO32, ZERO32),
    }[wrong]()
    with refused("ERC20InsufficientAllowance", market.address, 0, AMOUNT):
        send(market.depositWithPermit, AMOUNT, *made, by=saver)
    token.approve(market, AMOUNT, {"from": saver})
    with moves(market, [saver], {(saver, "free"): AMOUNT}):
        send(market.depositWithPermit, AMOUNT, *made, by=saver)


def test_a_permit_of_less_is_not_enough_and_stays_unused(market, token, saver, permit):
    with refused("ERC20InsufficientAllowance", market.address, 0, AMOUNT):
        send(market.depositWithPermit, AMOUNT, *permit(saver, value=AMOUNT - 1), by=saver)
    assert token.nonces(saver) == 0


def test_a_token_without_permits_can_be_deposited_so_too(Market, SilentToken, accounts, stranger):
    token = accounts[0].deploy(SilentToken, 10**30)
    market = accounts[0].deploy(Market, token, COOLDOWN)
    token.transfer(stranger, 10_000, {"from": accounts[0]})
    token.approve(market, 10_000, {"from": stranger})
    with moves(market, [stranger], {(stranger, "free"): 10_000}):
        tx = send(market.depositWithPermit, 10_000, 0, 27, ZERO32, ZERO32, by=stranger)
    assert event(tx, "Deposited") == {"account": stranger, "amount": 10_000}


def test_nothing_cannot_be_deposited_so_either(market, saver, permit):
    with out_of_range("amount", 0, 1, 2**96 - 1):
        send(market.depositWithPermit, 0, *permit(saver, value=0), by=saver)


def test_a_token_cannot_reenter_this_door(Market, ReentrantToken, accounts, stranger):
    token = accounts[0].deploy(ReentrantToken, 10**30)
    market = accounts[0].deploy(Market, token, COOLDOWN)
    token.transfer(stranger, 10_000, {"from": accounts[0]})
    token.approve(market, 10_000, {"from": stranger})
    token.join(market, 700)
    void = (0, 27, ZERO32, ZERO32)
    token.arm(market, market.depositWithPermit.encode_input(500, *void))
    with moves(market, [stranger, token], {(stranger, "free"): 1_000}):
        send(market.depositWithPermit, 1_000, *void, by=stranger)
    assert str(token.answer()) == "0x3ee5aeb5"  # ReentrancyGuardReentrantCall()
