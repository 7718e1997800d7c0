"""Solidity errors as Python errors that say what to do.

Every error of the shipped contracts' ABIs that a user can meet has a class and a line of advice
(`ADVICE`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from workbond.chain import advice, caseadvice
from workbond.chain.abi import Abi, decode
from workbond.chain.answers import CallReverted
from workbond.chain.artifacts import artifact
from workbond.chain.refusals import (
    AlreadyDemanded,
    AnswerRefused,
    CaseOpen,
    CaseRefused,
    CommitmentMismatch,
    ContractFailed,
    CounterMismatch,
    DemandMismatch,
    DemandOpen,
    DepositMismatch,
    FieldOutOfRange,
    HashUnknown,
    InsufficientFree,
    InsufficientStake,
    JobMismatch,
    NotAllowed,
    NotAppealable,
    NotDisputed,
    NotDrawn,
    NoVerifiers,
    OfferExceeded,
    OfferRevoked,
    OfferUsedUp,
    PairNotOpen,
    ProviderNotAllowed,
    RecipientRefused,
    SealMismatch,
    SeatNotOpen,
    SignatureRefused,
    StakeTooLow,
    TokenRefused,
    TooEarly,
    TooLate,
    WrongPhase,
    WrongState,
)
from workbond.chain.rpc import clip
from workbond.errors import ChainError, Reverted

_ERROR_STRING, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")

ADVICE: dict[str, tuple[type[Reverted], Callable[..., str]]] = {
    "FieldOutOfRange": (FieldOutOfRange, advice.field),
    "InsufficientFree": (InsufficientFree, advice.free),
    "InsufficientStake": (InsufficientStake, advice.stake),
    "StakeTooLow": (StakeTooLow, advice.low_stake),
    "NoTokenAt": (TokenRefused, advice.no_token),
    "RecipientRefused": (RecipientRefused, advice.recipient),
    "DepositMismatch": (DepositMismatch, advice.deposit),
    "WrongState": (WrongState, advice.state),
    "JobMismatch": (JobMismatch, advice.mismatch),
    "NotAllowed": (NotAllowed, advice.owner),
    "ProviderNotAllowed": (ProviderNotAllowed, advice.provider),
    "TooEarly": (TooEarly, advice.early),
    "TooLate": (TooLate, advice.late),
    "CounterMismatch": (CounterMismatch, advice.counter),
    "SealMismatch": (SealMismatch, advice.seal),
    "SignatureRefused": (SignatureRefused, advice.unsigned),
    "OfferExceeded": (OfferExceeded, advice.exceeded),
    "OfferUsedUp": (OfferUsedUp, advice.used_up),
    "OfferRevoked": (OfferRevoked, advice.revoked),
    "BatchMalformed": (ContractFailed, advice.malformed),
    "PairNotOpen": (PairNotOpen, advice.answered),
    "AlreadyDemanded": (AlreadyDemanded, advice.demanded),
    "DemandOpen": (DemandOpen, advice.open_demand),
    "DemandMismatch": (DemandMismatch, advice.other_demand),
    "AnswerLength": (AnswerRefused, advice.answer_length),
    "LeafMismatch": (AnswerRefused, advice.answer_leaf),
    "ChunkMismatch": (AnswerRefused, advice.answer_chunk),
    "PolicyInvalid": (CaseRefused, caseadvice.policy),
    "CaseTooLong": (CaseRefused, caseadvice.course),
    "WrongPhase": (WrongPhase, caseadvice.phase),
    "NotDrawn": (NotDrawn, caseadvice.not_drawn),
    "HashUnknown": (HashUnknown, caseadvice.unknown_hash),
    "NoVerifiers": (NoVerifiers, caseadvice.no_verifiers),
    "SeatNotOpen": (SeatNotOpen, caseadvice.seat),
    "CommitmentMismatch": (CommitmentMismatch, caseadvice.commitment),
    "NotAppealable": (NotAppealable, caseadvice.not_appealable),
    "JoinTooLate": (TooLate, caseadvice.join),
    "NotDisputed": (NotDisputed, caseadvice.not_disputed),
    "CaseOpen": (CaseOpen, caseadvice.still_open),
    "ERC20InsufficientBalance": (TokenRefused, advice.balance),
    "ERC20InsufficientAllowance": (TokenRefused, advice.allowance),
    "ERC20InvalidApprover": (TokenRefused, advice.token_address),
    "ERC20InvalidReceiver": (TokenRefused, advice.token_address),
    "ERC20InvalidSender": (TokenRefused, advice.token_address),
    "ERC20InvalidSpender": (TokenRefused, advice.token_address),
    "SafeERC20FailedOperation": (TokenRefused, advice.token_failed),
    "ReentrancyGuardReentrantCall": (TokenRefused, advice.reentered),
}


# What the committee says in the market's words, about its own balances.
OF_COMMITTEE: dict[str, Callable[..., str]] = {
    "FieldOutOfRange": caseadvice.field,
    "InsufficientFree": caseadvice.free,
    "InsufficientStake": caseadvice.stake,
    "RecipientRefused": caseadvice.recipient,
}


@contextmanager
def about_committee() -> Iterator[None]:
    """Errors of a call of the committee, raised again with advice about its balances."""
    try:
        yield
    except Reverted as error:
        advise = OF_COMMITTEE.get(error.name)
        if advise is None:
            raise
        raise type(error)(advise(*error.values), error.name, error.values) from error


def explain_reason(reason: bytes) -> Reverted:
    """The typed error in an `EntrySkipped` event."""
    return explain(CallReverted("no reason given", reason))


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
    known = (Abi(artifact(name).abi) for name in ("WorkToken", "Committee", "Market"))
    return {selector: error for abi in known for selector, error in abi.errors_by_selector.items()}


def _reason(data: bytes) -> str:
    try:
        (text,) = decode([{"type": "string"}], data, "reason")
    except ChainError:
        return "no readable reason"
    return clip(text)


def _plain(values: tuple[Any, ...]) -> str:
    shown = (f"0x{v.hex()}" if isinstance(v, bytes) else str(v) for v in values)
    return f"({', '.join(shown)})"
