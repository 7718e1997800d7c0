"""Moving tokens into the market, and out of thin air on a local chain."""

from __future__ import annotations

from workbond import accounts
from workbond.accounts import dev_signer
from workbond.chain import anvil
from workbond.chain.connection import Connection
from workbond.chain.permits import permit_terms, sign_permit
from workbond.chain.refusals import TokenRefused
from workbond.chain.token import Token
from workbond.chain.transactions import Fee, Receipt
from workbond.chain.treasury import Treasury
from workbond.errors import ChainError, UsageError
from workbond.money import format_amount, tokens

# A deposit can't be estimated before its tokens are approved. WorkToken's takes 48,450 gas in
# benchmarks/results/gas.json, and a first one writes two more new slots (17,100 each).
DEPOSIT_GAS = 120_000
# What a permit takes beyond the approval it stands for: its nonce's slot (22,100) and a check.
PERMIT_GAS = 40_000


def deposit_fees(treasury: Treasury, token: Token, owner: str, amount: int) -> tuple[Fee, int]:
    """What `deposit` could cost `owner`, and in how many transactions; raises as it does."""
    _require_owned(token, owner, amount)
    if token.allowance(owner, treasury.address) >= amount:
        return treasury.fee(owner, "deposit", amount), 1
    permits = permit_terms(token, owner) is not None
    then_gas = DEPOSIT_GAS + PERMIT_GAS if permits else DEPOSIT_GAS
    fee = token.fee(owner, "approve", treasury.address, amount, then_gas=then_gas)
    return fee, 1 if permits else 2


def deposit(
    treasury: Treasury, token: Token, signer: accounts.Signer, amount: int
) -> list[Receipt]:
    """Deposits `amount` base units into the market or a committee: as they are approved, else by a
    signed permit where the token takes permits, else after an approval.

    Raises:
        ChainError: the signer owns less; noticed before anything is sent.
    """
    _require_owned(token, signer.address, amount)
    if token.allowance(signer.address, treasury.address) >= amount:
        return [treasury.deposit(signer, amount)]
    terms = permit_terms(token, signer.address)
    if terms is not None:
        permit = sign_permit(token, signer, terms, treasury.address, amount)
        try:
            return [treasury.deposit_with_permit(signer, amount, permit)]
        except TokenRefused:
            pass  # what it calls a permit is something else
    return [token.approve(signer, treasury.address, amount), treasury.deposit(signer, amount)]


def _require_owned(token: Token, owner: str, amount: int) -> None:
    owned = token.balance(owner)
    if owned < amount:
        remedy = (
            "get more with `workbond account faucet`"
            if token.connection.is_local
            else "get more or deposit less"
        )
        raise ChainError(
            f"account {owner} owns {tokens(owned)} but {tokens(amount)} are to be "
            f"deposited: {remedy}"
        )


def give_gas(connection: Connection, account: str, wei: int) -> None:
    """Adds `wei` of gas coin to `account`; local chains only."""
    require_local(connection)
    held = connection.balance(account)
    anvil.set_balance(connection, account, held + wei)


def give_tokens(token: Token, account: str, amount: int) -> Receipt:
    """Sends `amount` from dev account 0, which holds a local deployment's supply."""
    require_local(token.connection)
    giver = dev_signer(0)
    held = token.balance(giver.address)
    if held < amount:
        raise ChainError(
            f"the faucet (dev account 0) holds {tokens(held)}, fewer than "
            f"{format_amount(amount)}: ask for fewer, or transfer from the "
            "recipient that `workbond deploy --recipient` named"
        )
    return token.transfer(giver, account, amount)


def require_local(connection: Connection) -> None:
    """Raises `UsageError` unless the chain is a throw-away anvil."""
    if not connection.is_local:
        raise UsageError(
            f"chain {connection.chain_id} at {connection.label} is no local anvil: free coins and "
            "dev accounts exist only there (start one with `workbond chain`)"
        )
