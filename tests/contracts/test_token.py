"""WorkToken: fixed supply, EIP-2612 permits, nothing else."""

import pytest
from brownie import chain
from chainkit import now, refused, send
from conftest import SUPPLY
from eth_account import Account
from eth_account.messages import encode_typed_data

AMOUNT = 12_345
PERMIT = [("owner", "address"), ("spender", "address"), ("value", "uint256")]
PERMIT += [("nonce", "uint256"), ("deadline", "uint256")]


@pytest.fixture(scope="module")
def owner():
    return Account.create()


@pytest.fixture
def permit(token, owner, stranger):
    """Signs and returns the arguments of `permit`."""

    def sign(deadline, signer=owner, nonce=0):
        domain = {"name": "Workbond Work", "version": "1", "chainId": chain.id}
        values = dict.fromkeys(("owner",), owner.address) | {"spender": str(stranger)}
        values |= {"value": AMOUNT, "nonce": nonce, "deadline": deadline}
        signed = signer.sign_message(
            encode_typed_data(
                domain | {"verifyingContract": str(token)},
                {"Permit": [{"name": name, "type": kind} for name, kind in PERMIT]},
                values,
            )
        )
        r, s = (number.to_bytes(32, "big") for number in (signed.r, signed.s))
        return owner.address, stranger, AMOUNT, deadline, signed.v, r, s

    return sign


def test_the_whole_supply_goes_to_the_named_recipient(WorkToken, accounts):
    token = accounts[0].deploy(WorkToken, accounts[5], SUPPLY)
    assert token.totalSupply() == token.balanceOf(accounts[5]) == SUPPLY
    assert token.balanceOf(accounts[0]) == 0
    assert (token.name(), token.symbol(), token.decimals()) == ("Workbond Work", "WORK", 18)


def test_nobody_can_mint_burn_or_stop_it(token):
    names = {entry["name"] for entry in token.abi if entry["type"] == "function"}
    standard = {"allowance", "approve", "balanceOf", "decimals", "name", "symbol"}
    standard |= {"totalSupply", "transfer", "transferFrom"}
    assert names == standard | {"DOMAIN_SEPARATOR", "eip712Domain", "nonces", "permit"}


def test_a_permit_works_until_its_deadline_included(token, owner, stranger, permit):
    deadline = now() + 100
    send(token.permit, *permit(deadline), by=stranger, at=deadline)
    assert token.allowance(owner.address, stranger) == AMOUNT
    assert token.nonces(owner.address) == 1


def test_an_expired_permit_is_refused(token, stranger, permit):
    deadline = now() + 100
    with refused("ERC2612ExpiredSignature", deadline):
        send(token.permit, *permit(deadline), by=stranger, at=deadline + 1)


def test_a_permit_signed_by_another_is_refused(token, owner, stranger, permit):
    thief = Account.create()
    with refused("ERC2612InvalidSigner", thief.address, owner.address):
        send(token.permit, *permit(now() + 100, signer=thief), by=stranger)


def test_a_permit_cannot_be_used_twice(token, stranger, permit):
    given = permit(now() + 100)
    send(token.permit, *given, by=stranger)
    with pytest.raises(Exception, match="ERC2612InvalidSigner"):
        send(token.permit, *given, by=stranger)


def test_a_permitted_amount_can_be_deposited(token, market, owner, accounts, permit):
    token.transfer(owner.address, AMOUNT, {"from": accounts[0]})
    spender = accounts[3]
    send(token.permit, *permit(now() + 100), by=spender)
    token.transferFrom(owner.address, spender, AMOUNT, {"from": spender})
    send(market.deposit, AMOUNT, by=spender)
    assert token.balanceOf(owner.address) == 0
