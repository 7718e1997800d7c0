"""A case of all the tokens that a market can hold: nothing overflows, and no unit is lost."""

import pytest
from cases import CLAIMED, REJECTED, RIGHT, UPHELD, Case, course, midnight, policy
from chainkit import rpc, send
from conftest import COOLDOWN
from deals import DAY, Deal

MAX96 = 2**96 - 1
BOND = 2**94 + 1
FEE = BOND // 4
STAKE = 2**94


@pytest.fixture
def dear(Market, Committee, SilentToken, accounts, requester, provider, stranger, verifiers):
    """A challenged case in a market that holds 2^96 - 1 tokens; one verifier has all stake."""
    token = accounts[0].deploy(SilentToken, MAX96)
    market = accounts[0].deploy(Market, token, COOLDOWN)
    committee = accounts[0].deploy(Committee, market, 0)

    def fund(place, who, amount):
        token.transfer(who, amount, {"from": accounts[0]})
        token.approve(place, amount, {"from": who})
        send(place.deposit, amount, by=who)

    fund(market, provider, BOND)
    send(market.stake, BOND, by=provider)
    fund(market, requester, 2 * FEE)
    fund(committee, verifiers[0], STAKE)
    send(committee.stake, STAKE, by=verifiers[0])
    fund(committee, stranger, MAX96 - BOND - 2 * FEE - STAKE)
    assert token.balanceOf(market) == MAX96
    rpc("evm_setNextBlockTimestamp", midnight() + 3_600)
    rpc("evm_mine")
    terms = {"resolver": str(committee), "policy": policy(3), "caseFor": course(3, 1_000)}
    terms |= {"flat": FEE - 10**18, "bond": BOND, "tip": 0, "caseFee": FEE, "challengeFor": DAY}
    case = Case(committee, Deal(market, requester, provider, **terms).until("Claimed"))
    case.challenge(by=stranger)
    return case


def test_a_rejected_claim_of_all_tokens(dear, stranger, settles):
    dear.hear([RIGHT, CLAIMED, RIGHT])
    assert settles(dear, stranger).events["CaseClosed"]["outcome"] == REJECTED


def test_an_upheld_claim_of_all_tokens_after_an_appeal(dear, stranger, settles):
    dear.hear([RIGHT, RIGHT])
    dear.appeal(by=stranger)
    dear.hear([CLAIMED] * 6)
    assert settles(dear, stranger).events["CaseClosed"]["outcome"] == UPHELD


def test_rounds_that_would_cost_more_than_there_is_are_not_for_sale(dear, stranger):
    """Their price is no number modulo something."""
    dear.hear([])
    dear.appeal(by=stranger)
    dear.hear([])
    with pytest.raises(Exception, match="InsufficientFree"):
        dear.appeal(by=stranger)
