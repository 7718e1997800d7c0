"""WorkToken: fixed supply, EIP-2612 permits, nothing else."""

import pytest
from brownie import chain
from chainkit import error, now, refused, reverts, send
from conftest import SUPPLY
from eth_account import Account
from eth_account.messages import encode_typed_data
from orders import ZERO

AMOUNT = 12_345
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
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


def test_a_signature_of_nobody_is_refused(token, stranger, permit):
    """Neither v can be recovered from, nor the second of the two s that every signature has."""
    *terms, v, r, s = permit(now() + 100)
    with refused("ECDSAInvalidSignature"):
        send(token.permit, *terms, 29, r, s, by=stranger)
    other = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    with refused("ECDSAInvalidSignatureS", other):
        send(token.permit, *terms, 55 - v, r, other, by=stranger)


def test_nobody_is_no_account(token, accounts):
    holder = accounts[0]
    with refused("ERC20InvalidReceiver", ZERO):
        token.transfer(ZERO, 1, {"from": holder})
    with refused("ERC20InvalidSpender", ZERO):
        token.approve(ZERO, 1, {"from": holder})
    # Nobody has its key; a call needs none.
    sent = reverts(token.transfer, str(holder), 1, by=ZERO)
    assert sent == error("ERC20InvalidSender(address)", ZERO)
    approved = reverts(token.approve, str(holder), 1, by=ZERO)
    assert approved == error("ERC20InvalidApprover(address)", ZERO)


def test_no_more_is_moved_than_there_is_and_is_allowed(token, accounts, stranger):
    with refused("ERC20InsufficientBalance", accounts[9], 0, 1):
        token.transfer(stranger, 1, {"from": accounts[9]})
    with refused("ERC20InsufficientAllowance", stranger, 0, 1):
        token.transferFrom(accounts[0], stranger, 1, {"from": stranger})


def test_a_permitted_amount_can_be_deposited(token, market, owner, accounts, permit):
    token.transfer(owner.address, AMOUNT, {"from": accounts[0]})
    spender = accounts[3]
    send(token.permit, *permit(now() + 100), by=spender)
    token.transferFrom(owner.address, spender, AMOUNT, {"from": spender})
    send(market.deposit, AMOUNT, by=spender)
    assert token.balanceOf(owner.address) == 0
