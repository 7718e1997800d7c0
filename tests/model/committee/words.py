"""The nouns of the committee, in the shapes in which its views show them."""

from dataclasses import dataclass, field
from enum import IntEnum

from ..words import NOBODY, ZERO32

UNAVAILABLE = ZERO32  # the vote of a seat that can't get the inputs


class Phase(IntEnum):
    """Where a case stands."""

    NONE = 0
    DRAWING = 1
    VOTING = 2
    CLOSED = 3


class Outcome(IntEnum):
    """How a case ended."""

    UPHELD = 0
    REJECTED = 1
    UNDECIDED = 2
    ABANDONED = 3


@dataclass
class Case:
    """A case's head. `deadline` is when a draw has failed, or when nobody commits any more."""

    phase: Phase = Phase.NONE
    round: int = 0
    first_seats: int = 0
    redraws: int = 0
    challenges: int = 0
    seed_block: int = 0
    epoch: int = 0
    deadline: int = 0
    commit_for: int = 0


@dataclass(frozen=True)
class Challenge:
    """Somebody says that a claim is wrong, and has another result."""

    challenger: str = NOBODY
    bond: int = 0
    seal: bytes = ZERO32


@dataclass
class Round:
    """Seats, once they are drawn. `votes` are commitments until they are revealed."""

    drawer: str = NOBODY
    committed: int = 0  # bit i: seat i
    revealed: int = 0
    appellant: str = NOBODY
    prepaid: int = 0
    verifiers: list[str] = field(default_factory=list)
    votes: list[bytes] = field(default_factory=list)

    @property
    def drawn(self) -> bool:
        return bool(self.verifiers)

    def spoke(self, seat: int) -> bool:
        """Whether the seat has revealed."""
        return bool(self.revealed >> seat & 1)


@dataclass
class Docket:
    """All about one case."""

    head: Case = field(default_factory=Case)
    opener: str = NOBODY  # by the lottery
    challenges: list[Challenge] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=lambda: [Round()])


@dataclass
class Verifier:
    """An account's money in the committee."""

    free: int = 0
    active: int = 0  # in this epoch's draws
    staked: int = 0  # in all later ones
    leaving: int = 0
    matures_at: int = 0
    place: int = 0  # in the tree, counted from 1
