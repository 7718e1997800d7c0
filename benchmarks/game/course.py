"""What can happen to a claim: words for one course of a case, from its opening to its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Party(Enum):
    """Whose money is counted."""

    REQUESTER = "requester"
    PROVIDER = "provider"
    CHALLENGER = "challenger"
    KIN = "verifiers"
    """Verifiers of one owner: those that deviate, or the same in honest play."""
    OTHERS = "other verifiers"
    WITNESS = "a seat of the first round"
    """The first of the others' seats there: whoever of them appeals."""
    CRANKS = "cranks"
    """Whoever opens audits, draws seats and closes cases."""


class Vote(Enum):
    """What a seat says."""

    RIGHT = "right"
    FALSE = "false"
    """The one wrong result that the deviation is about: the provider's, if its claim is wrong."""
    OTHER = "other"
    """Another wrong result, where the claim is wrong by somebody else's doing."""
    UNAVAILABLE = "unavailable"
    SILENT = "silent"


@dataclass(frozen=True)
class Round:
    """A round's seats, of which `kin` belong to the one owner.

    Args:
        appellant: who asked for it; None for the first.
    """

    seats: int
    kin: int
    kin_vote: Vote
    others_vote: Vote = Vote.RIGHT
    appellant: Party | None = None

    @property
    def others(self) -> int:
        return self.seats - self.kin

    @property
    def winner(self) -> Vote | None:
        """What a strict majority of the seats found."""
        for vote in (Vote.RIGHT, Vote.FALSE, Vote.OTHER):
            count = self.kin * (self.kin_vote is vote) + self.others * (self.others_vote is vote)
            if 2 * count > self.seats:
                return vote
        return None


@dataclass(frozen=True)
class Course:
    """A claim, and the case that was opened about it.

    Args:
        right: whether the claim is.
        audited: whether the lottery opened the case; else the challenger did.
        challenge: what the challenger's seal hides; None: it has no part in it.
        rounds: that were heard.
    """

    right: bool
    audited: bool
    challenge: Vote | None
    rounds: tuple[Round, ...]

    @property
    def claimed(self) -> Vote:
        return Vote.RIGHT if self.right else Vote.FALSE

    @property
    def winner(self) -> Vote | None:
        return self.rounds[-1].winner

    @property
    def rejected(self) -> bool:
        return self.winner not in (None, self.claimed)
