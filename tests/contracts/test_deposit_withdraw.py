"""Tokens come and go only here."""

import pytest
from chainkit import SINK, moves, out_of_range, refused, send
from conftest import COOLDOWN, FUNDS
from orders import ZERO

MAX96 = 2**96 - 1


@pytest.fixture
def market_of(Market, accounts, stranger):
    """A market for another token, of which the stranger has 10,000 and approved them all."""

    def deploy(Token):
        token = accounts[0].deploy(Token, 10**30)
        market = accounts[0].deploy(Market, token, COOLDOWN)
        token.transfer(stranger, 10_000, {"from": accounts[0]})
        token.approve(market, 2**256 - 1, {"from": stranger})
        token.approve(market, 2**256 - 1, {"from": accounts[0]})
        return market, token

    return deploy


def test_a_deposit_is_credited_and_withdrawn_to_anybody(market, token, stranger, accounts):
    with moves(market, [stranger], {(stranger, "free"): 5_000}):
        tx = send(market.deposit, 5_000, by=stranger)
    assert dict(tx.events["Deposited"]) == {"account": stranger, "amount": 5_000}
    with moves(market, [stranger], {(stranger, "free"): -4_000}):
        tx = send(market.withdraw, accounts[7], 4_000, by=stranger)
    withdrawn = {"account": stranger, "to": accounts[7], "amount": 4_000}
    assert dict(tx.events["Withdrawn"]) == withdrawn
    assert token.balanceOf(accounts[7]) == 4_000


def test_nothing_cannot_be_deposited_or_withdrawn(market, stranger):
    with out_of_range("amount", 0, 1, MAX96):
        send(market.deposit, 0, by=stranger)
    with out_of_range("amount", 0, 1, MAX96):
        send(market.withdraw, stranger, 0, by=stranger)


def test_more_than_the_free_balance_cannot_be_withdrawn(market, stranger):
    with refused("InsufficientFree", stranger, FUNDS, FUNDS + 1):
        send(market.withdraw, stranger, FUNDS + 1, by=stranger)
    with moves(market, [stranger], {(stranger, "free"): -FUNDS}):
        send(market.withdraw, stranger, FUNDS, by=stranger)


def test_no_withdrawal_to_nobody_or_to_the_market_itself(market, stranger):
    for to in (ZERO, market.address):
        with refused("RecipientRefused", to):
            send(market.withdraw, to, 1, by=stranger)


def test_without_allowance_the_tokens_own_error_is_shown(market, token, accounts):
    with refused("ERC20InsufficientAllowance", market.address, 0, 9):
        send(market.deposit, 9, by=accounts[0])


def test_a_token_that_takes_a_fee_is_refused(market_of, FeeToken, stranger):
    market, _ = market_of(FeeToken)
    with refused("DepositMismatch", 9_000, 8_910):
        send(market.deposit, 9_000, by=stranger)


def test_more_than_was_asked_is_refused_too(market_of, ReentrantToken, stranger, accounts):
    """What would be nobody's must not come in with a deposit."""
    market, token = market_of(ReentrantToken)
    token.transfer(token, 5, {"from": accounts[0]})
    token.arm(token, token.transfer.encode_input(market, 5))
    with refused("DepositMismatch", 9_000, 9_005):
        send(market.deposit, 9_000, by=stranger)


def test_a_token_that_returns_nothing_works(market_of, SilentToken, stranger, accounts):
    market, token = market_of(SilentToken)
    send(market.deposit, 9_000, by=stranger)
    send(market.withdraw, accounts[7], 8_000, by=stranger)
    assert (token.balanceOf(market), token.balanceOf(accounts[7])) == (1_000, 8_000)


def test_a_token_that_returns_false_is_refused(market_of, RefusingToken, stranger):
    market, token = market_of(RefusingToken)
    with refused("SafeERC20FailedOperation", token.address):
        send(market.deposit, 9_000, by=stranger)


def test_the_sum_of_all_deposits_fits_96_bits(market_of, SilentToken, stranger, accounts):
    market, _ = market_of(SilentToken)
    send(market.deposit, MAX96 - 1, by=accounts[0])
    with out_of_range("total", MAX96 + 1, 0, MAX96):
        send(market.deposit, 2, by=stranger)
    send(market.deposit, 1, by=stranger)


@pytest.mark.parametrize("door", ["deposit", "withdraw"])
@pytest.mark.parametrize("again", ["deposit", "withdraw"])
def test_a_token_cannot_reenter(market_of, ReentrantToken, stranger, refusals, door, again):
    market, token = market_of(ReentrantToken)
    token.join(market, 700)
    send(market.deposit, 5_000, by=stranger)
    inner = {
        "deposit": lambda: market.deposit.encode_input(500),
        "withdraw": lambda: market.withdraw.encode_input(token.address, 500),
    }[again]()
    token.arm(market, inner)
    outer = {"deposit": (market.deposit, 1_000), "withdraw": (market.withdraw, stranger, 1_000)}
    moved = {(stranger, "free"): 1_000 if door == "deposit" else -1_000}
    with moves(market, [stranger, token], moved):
        tx = send(*outer[door], by=stranger)
    refusals.look_into(tx.txid)  # the token keeps to itself what it was told
    assert not token.succeeded()
    assert str(token.answer()) == "0x3ee5aeb5"  # ReentrancyGuardReentrantCall()


def test_a_token_may_use_other_functions_in_between(market_of, ReentrantToken, stranger):
    """Whatever runs inside a transfer sees and leaves a sound ledger."""
    market, token = market_of(ReentrantToken)
    token.join(market, 700)
    token.arm(market, market.stake.encode_input(600))
    moved = {(stranger, "free"): 1_000, (token, "free"): -600, (token, "staked"): 600}
    with moves(market, [stranger, token], moved):
        send(market.deposit, 1_000, by=stranger)


def test_a_market_needs_a_token_with_code(Market, accounts):
    with refused("NoTokenAt", SINK):
        accounts[0].deploy(Market, SINK, COOLDOWN)


def test_tokens_sent_directly_are_nobodys(market, token, stranger, everybody):
    with moves(market, everybody, {}):
        token.transfer(market, 5_000, {"from": stranger})
    with moves(market, everybody, {(stranger, "free"): 1}):
        send(market.deposit, 1, by=stranger)
