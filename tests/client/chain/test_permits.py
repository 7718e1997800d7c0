"""Deposits by a signed permit (EIP-2612), and tokens whose permits can't be relied on."""

import dataclasses

import pytest
from eth_utils import keccak

from workbond.chain import funds
from workbond.chain.permits import permit_terms, sign_permit
from workbond.chain.refusals import TokenRefused
from workbond.chain.token import Token

WORK = 10**18


def _permit(world, amount=WORK):
    terms = permit_terms(world.token, world.requester.address)
    return sign_permit(world.token, world.requester, terms, world.market.address, amount)


def test_a_permit_is_for_the_tokens_own_domain_and_the_owners_next_nonce(world):
    terms = permit_terms(world.token, world.requester.address)
    assert terms.domain == {
        "name": "Workbond Work",
        "version": "1",
        "chainId": world.connection.chain_id,
        "verifyingContract": world.token.address,
    }
    before = terms.nonce
    world.market.deposit_with_permit(world.requester, WORK, _permit(world))
    assert permit_terms(world.token, world.requester.address).nonce == before + 1


def test_a_permit_that_somebody_used_before_still_deposits(world):
    permit, me = _permit(world), world.requester.address
    spend = (me, world.market.address, WORK, *permit.to_tuple())
    world.token.transact(world.stranger, "permit", *spend)
    (event,) = world.market.deposit_with_permit(world.requester, WORK, permit).events
    assert event.args == {"account": me, "amount": WORK}


def test_a_permit_is_worth_nothing_after_its_hour(world):
    permit = _permit(world)
    world.advance(3_601)
    with pytest.raises(TokenRefused, match="approves first"):
        world.market.deposit_with_permit(world.requester, WORK, permit)


def test_somebody_elses_permit_allows_nothing(world):
    permit = dataclasses.replace(_permit(world), v=27, r=b"\x01" * 32)
    with pytest.raises(TokenRefused):
        world.market.deposit_with_permit(world.requester, WORK, permit)


def test_a_token_that_does_not_tell_its_domain_is_signed_for_by_its_name(world):
    world.replace_in_token(bytes.fromhex("6384b0196e"), bytes.fromhex("63ffffffff"))
    assert world.token.eip712_domain() is None
    assert permit_terms(world.token, world.requester.address).domain["name"] == "Workbond Work"
    assert len(funds.deposit(world.market, world.token, world.requester, WORK)) == 1


def test_a_domain_that_the_token_does_not_confirm_is_not_signed_for(world):
    """A token that moved to another chain id, or that lies."""
    token = Token(world.connection, world.token.address)
    assert permit_terms(token, world.requester.address) is not None
    other = Token(world.connection, world.market.address)
    assert permit_terms(other, world.requester.address) is None
    token.__dict__["eip712_domain"] = lambda: (b"\x0f", "Another", "1")
    assert permit_terms(token, world.requester.address) is None
    token.__dict__["eip712_domain"] = lambda: (b"\x1f", "Workbond Work", "1")
    assert permit_terms(token, world.requester.address) is None
    token.__dict__["eip712_domain"] = lambda: (b"\x0f", "W" * 300, "1")
    assert permit_terms(token, world.requester.address) is None


def test_a_token_whose_permit_is_another_one_is_approved_instead(world):
    typehash = keccak(
        b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    )
    world.replace_in_token(typehash, keccak(b"Permit(address holder)"))
    assert permit_terms(world.token, world.requester.address) is not None
    free = world.market.account_of(world.requester.address).free
    assert len(funds.deposit(world.market, world.token, world.requester, WORK)) == 2
    assert world.market.account_of(world.requester.address).free == free + WORK


def test_a_deposit_by_permit_takes_at_most_the_gas_that_was_said(world):
    who = world.requester.address
    fee, count = funds.deposit_fees(world.market, world.token, who, WORK)
    assert count == 1
    receipts = funds.deposit(world.market, world.token, world.requester, WORK)
    assert receipts[0].gas_used <= fee.gas
