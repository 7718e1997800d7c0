"""The contracts' refusals as Python errors, one for each that a user can meet.

`workbond.chain.reverts` raises them; `workbond.errors.Reverted` catches them all.
"""

from __future__ import annotations

from workbond.chain.cases import Phase
from workbond.chain.types import State
from workbond.errors import Reverted


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


class SignatureRefused(Reverted):
    """The order is not signed by its author."""


class OfferExceeded(Reverted):
    """The request asks for more than the offer binds its provider to."""


class OfferUsedUp(Reverted):
    """The offer was matched as often as its provider signed it for."""


class OfferRevoked(Reverted):
    """The offer's provider cancelled it."""


class PairNotOpen(Reverted):
    """The pair was not demanded, or was answered."""


class AlreadyDemanded(Reverted):
    """Output was demanded of this claim before."""


class DemandOpen(Reverted):
    """Demanded pairs wait for their answers."""


class DemandMismatch(Reverted):
    """The given pairs are not the demand's."""


class AnswerRefused(Reverted):
    """The answer does not prove the demanded bytes."""


class SealMismatch(Reverted):
    """The opening is not that of the claim's seal."""


class CaseRefused(Reverted):
    """The request's terms are none that the committee judges by."""


class WrongPhase(Reverted):
    """The case is in another phase than the call is for."""

    @property
    def actual(self) -> Phase:
        return Phase(int(str(self.values[2])))


class NotDrawn(Reverted):
    """The lottery did not choose the job for an audit."""


class HashUnknown(Reverted):
    """The hash of a block is not on record."""


class NoVerifiers(Reverted):
    """No stake is active in this epoch."""


class SeatNotOpen(Reverted):
    """The round has no such seat, or it has done this before."""


class CommitmentMismatch(Reverted):
    """Vote and salt are not what the seat committed to."""


class NotAppealable(Reverted):
    """The round is the last, or not complete yet."""


class NotDisputed(Reverted):
    """The market holds no open case of the job."""


class CaseOpen(Reverted):
    """The market has not ended the case."""


class TokenRefused(Reverted):
    """The token contract refused a transfer or an approval."""


class ContractFailed(Reverted):
    """A refusal that no correct client meets."""
