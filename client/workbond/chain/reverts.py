"""Solidity errors as Python errors that say what to do.

Every error of the shipped contracts' ABIs that a user can meet has a class and a line of advice
(`ADVICE`); `workbond.errors.Reverted` catches them all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from workbond.chain.abi import Abi, decode
from workbond.chain.answers import CallReverted
from workbond.chain.artifacts import artifact
from workbond.chain.rpc import clip
from workbond.chain.types import State
from workbond.errors import ChainError, Reverted
from workbond.money import format_amount, tokens

_ERROR_STRING, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")
_AMOUNT_FIELDS = {"amount", "total", "bond", "tip", "caseFee"}


class FieldOutOfRange(Reverted):
    """A field of a request, or an argument, lies outside its range."""


class InsufficientFree(Reverted):
    """The free balance does not cover it."""


class InsufficientStake(Reverted):
    """The unbonded stake does not cover it."""


class StakeTooLow(Reverted):
    """The provider's whole stake is below what the request asks for."""


class RecipientRefused(Reverted):
    """Tokens can't be withdrawn to that address."""


class DepositMismatch(Reverted):
    """The token delivered another amount than it was asked for."""


class WrongState(Reverted):
    """The job is in another state than the call is for."""

    @property
    def actual(self) -> State:
        return State(int(str(self.values[2])))


class JobMismatch(Reverted):
    """The passed record is not the one in storage."""


class NotAllowed(Reverted):
    """Somebody else's job."""


class ProviderNotAllowed(Reverted):
    """The request admits other providers only."""


class TooEarly(Reverted):
    """Before the time from which it is allowed."""


class TooLate(Reverted):
    """After the time until which it is allowed."""


class CounterMismatch(Reverted):
    """The order was signed under a counter that is not current."""


class SealMismatch(Reverted):
    """The opening is not that of the claim's seal."""


class TokenRefused(Reverted):
    """The token contract refused a transfer or an approval."""


class ContractFailed(Reverted):
    """A refusal that no correct client meets."""


def explain(refusal: CallReverted) -> Reverted:
    """The typed error for what a contract returned when it refused a call."""
    data = refusal.data
    if data[:4] == _ERROR_STRING:
        return ContractFailed(f"the contract refused: {_reason(data[4:])}", "Error")
    if data[:4] == _PANIC:
        code = int.from_bytes(data[4:36], "big")
        return ContractFailed(f"the contract failed with panic code {code:#x}", "Panic", (code,))
    shape = _errors().get(data[:4])
    if shape is None:
        said = f"0x{data[:4].hex()}" if data else clip(str(refusal))
        return ContractFailed(f"the contract refused without a known reason ({said})")
    try:
        values = decode(shape.inputs, data[4:], f"error {shape.name}")
    except ChainError:
        return ContractFailed(f"the contract refused with a broken {shape.name}", shape.name)
    kind, advise = ADVICE.get(shape.name, (ContractFailed, None))
    if advise is None:
        said = clip(f"the contract refused with {shape.name}{_plain(values)}")
        return kind(said, shape.name, values)
    return kind(advise(*values), shape.name, values)


@lru_cache
def _errors() -> dict[bytes, Any]:
    token, market = Abi(artifact("WorkToken").abi), Abi(artifact("Market").abi)
    return token.errors_by_selector | market.errors_by_selector


def _reason(data: bytes) -> str:
    try:
        (text,) = decode([{"type": "string"}], data, "reason")
    except ChainError:
        return "no readable reason"
    return clip(text)


def _plain(values: tuple[Any, ...]) -> str:
    shown = (f"0x{v.hex()}" if isinstance(v, bytes) else str(v) for v in values)
    return f"({', '.join(shown)})"


# ─────────────────────────────── what to do next ──────────────────────────────


def _field(field: bytes, value: int, low: int, high: int) -> str:
    name = clip(field.rstrip(b"\0").decode("ascii", "replace"))
    if name == "unbonding":
        return "nothing is leaving the stake: start with `workbond provider unstake`"
    if name == "matcher":
        return "a request that names a matcher can't be posted: leave the matcher empty"
    if name == "amount" and value == 0:
        return "the amount is 0: give more"
    if name in _AMOUNT_FIELDS:
        shown = tuple(map(tokens, (value, low, high)))
    else:
        shown = (str(value), str(low), str(high))
    return f"{name} is {shown[0]} but must lie between {shown[1]} and {shown[2]}: change it"


def _free(account: str, free: int, needed: int) -> str:
    return (
        f"account {account} has {tokens(free)} free but {tokens(needed)} are needed: "
        f"deposit {format_amount(needed - free)} more with `workbond account deposit`"
    )


def _stake(account: str, available: int, needed: int) -> str:
    return (
        f"account {account} has {tokens(available)} of unbonded stake but "
        f"{tokens(needed)} are needed: add {format_amount(needed - available)} with "
        "`workbond provider stake`, or wait until live jobs free their bonds"
    )


def _low_stake(account: str, staked: int, wanted: int) -> str:
    return (
        f"account {account} stakes {tokens(staked)} but the request asks for "
        f"{tokens(wanted)}: add {format_amount(wanted - staked)} with "
        "`workbond provider stake`"
    )


def _recipient(to: str) -> str:
    return f"tokens can't be withdrawn to {to} (the zero address or the market): give another --to"


def _deposit(asked: int, arrived: int) -> str:
    return (
        f"the token delivered {format_amount(arrived)} of {tokens(asked)}: it takes a "
        "fee or rebases, and the market refuses such tokens"
    )


def _state(job_id: bytes, expected: int, actual: int) -> str:
    return (
        f"job 0x{job_id.hex()} is {_label(actual)}, but this needs it {_label(expected)}: "
        f"see `workbond job status 0x{job_id.hex()}`"
    )


def _label(state: int) -> str:
    return State(state).label if state <= State.VOID else f"in state {state}"


def _mismatch(job_id: bytes, stored: int, given: int) -> str:
    return (
        f"the record of job 0x{job_id.hex()} changed meanwhile (stored hash {stored:#x}, given "
        f"{given:#x}): read it again and repeat"
    )


def _owner(caller: str, owner: str) -> str:
    return f"only {owner} may do this, not {caller}: choose that account with --account"


def _provider(provider: str, providers: bytes) -> str:
    return (
        f"the request does not admit provider {provider} (its providers field is "
        f"0x{providers.hex()}): take another job"
    )


def _early(now: int, start: int) -> str:
    return f"too early by {start - now} s of chain time (it is {now}, allowed from {start}): wait"


def _late(now: int, end: int) -> str:
    return f"too late by {now - end} s of chain time (it is {now}, allowed before {end})"


def _counter(current: int, given: int) -> str:
    return f"the order carries counter {given} but the account's is {current}: make a new order"


def _seal(seal: bytes, given: bytes) -> str:
    return (
        f"this result seals to 0x{given.hex()} but the provider claimed 0x{seal.hex()}: "
        "don't pay for it; check where the manifest comes from"
    )


def _balance(account: str, balance: int, needed: int) -> str:
    return (
        f"account {account} owns {tokens(balance)} but {format_amount(needed)} are needed: "
        f"get {format_amount(needed - balance)} more (on a local chain with "
        "`workbond account faucet`)"
    )


def _allowance(spender: str, allowance: int, needed: int) -> str:
    return (
        f"{spender} may take {tokens(allowance)} but {format_amount(needed)} are "
        "needed: deposit with `workbond account deposit`, which approves first"
    )


def _token_address(account: str) -> str:
    return f"the token refuses the address {account}: give another one"


def _no_token(token: str) -> str:
    return f"there is no contract at {token}: deploy the market with the address of a token"


def _token_failed(token: str) -> str:
    return f"the token {token} refused the transfer: check balance and approval there"


def _reentered() -> str:
    return "the token called the market back during a transfer: the market refuses such tokens"


ADVICE: dict[str, tuple[type[Reverted], Callable[..., str]]] = {
    "FieldOutOfRange": (FieldOutOfRange, _field),
    "InsufficientFree": (InsufficientFree, _free),
    "InsufficientStake": (InsufficientStake, _stake),
    "StakeTooLow": (StakeTooLow, _low_stake),
    "NoTokenAt": (TokenRefused, _no_token),
    "RecipientRefused": (RecipientRefused, _recipient),
    "DepositMismatch": (DepositMismatch, _deposit),
    "WrongState": (WrongState, _state),
    "JobMismatch": (JobMismatch, _mismatch),
    "NotAllowed": (NotAllowed, _owner),
    "ProviderNotAllowed": (ProviderNotAllowed, _provider),
    "TooEarly": (TooEarly, _early),
    "TooLate": (TooLate, _late),
    "CounterMismatch": (CounterMismatch, _counter),
    "SealMismatch": (SealMismatch, _seal),
    "ERC20InsufficientBalance": (TokenRefused, _balance),
    "ERC20InsufficientAllowance": (TokenRefused, _allowance),
    "ERC20InvalidApprover": (TokenRefused, _token_address),
    "ERC20InvalidReceiver": (TokenRefused, _token_address),
    "ERC20InvalidSender": (TokenRefused, _token_address),
    "ERC20InvalidSpender": (TokenRefused, _token_address),
    "SafeERC20FailedOperation": (TokenRefused, _token_failed),
    "ReentrancyGuardReentrantCall": (TokenRefused, _reentered),
}
