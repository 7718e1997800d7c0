"""The committee's words (contracts/interfaces/ICommitteeTypes.sol) and its rules, in integers.

Types, policies, hashes, times and fees, as the contract computes them; docs/protocol.md section 8
says why. Who is paid what when a case closes is `workbond.chain.settlement`. Amounts are base
units, rounded down; times Unix seconds; rounds and seats are counted from 0, and a vote is the D of
a result (32 bytes), or `UNAVAILABLE`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Self

from eth_hash.auto import keccak

from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Struct
from workbond.errors import ChainError, UsageError

ROUND_SEATS = (3, 7, 15, 31)  # each further round has 2n + 1
ALL_BPS = 10_000  # an audit rate of 100%

DRAW_FOR_S = 4 * 3_600  # after its opening or appeal, a round that is not drawn has failed
MIN_COMMIT_FOR_S = 3_600
REVEAL_FOR_S = 2 * 3_600
APPEAL_FOR_S = 6 * 3_600  # after the reveals' time
MAX_COURSE_S = 28 * 86_400  # the longest caseFor whose cases are taken
EPOCH_S = 86_400
LEAVING_FOR_S = 29 * 86_400  # the longest case, and an epoch
SEED_AFTER_BLOCKS = 2  # the seed is the hash of the block so many after the opening
HASHES_ON_RECORD = 8_191  # blocks, where the chain has EIP-2935; else 256
MAX_REDRAWS = 3
MAX_CHALLENGES = 16

BOND_PERCENT = 10  # of the provider's bond, that a challenge puts up beside the case fee
TIP_PERCENT = 5  # of the case fee, for a turned crank
TIPS = 3  # of round 0, that the case fee pays before its seats: lottery, draw, close
LATER_TIPS = 2  # of every further round: draw, close
PENALTY_FEES = 5  # seat fees that a seat without or against the winner costs its verifier

UNAVAILABLE = ZERO_WORD  # the vote of a seat that could not get the inputs


class Phase(IntEnum):
    """Where a case stands."""

    NONE = 0
    DRAWING = 1
    VOTING = 2
    CLOSED = 3

    @property
    def label(self) -> str:
        """The name in the protocol's own spelling (`Voting`)."""
        return self.name.capitalize()

    @property
    def is_open(self) -> bool:
        return self in (Phase.DRAWING, Phase.VOTING)


class Outcome(IntEnum):
    """How a case ended; but for `REJECTED` the claim stands."""

    UPHELD = 0
    REJECTED = 1
    UNDECIDED = 2
    ABANDONED = 3

    @property
    def label(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True)
class Policy:
    """What a request's `policy` tells the committee: `seats` of the first round, `rate_bps`: how
    many of 10,000 claims the lottery audits."""

    seats: int
    rate_bps: int

    def encode(self) -> bytes:
        """The request's word; raises `UsageError` for seats or a rate that there are not."""
        if self.seats not in ROUND_SEATS:
            known = ", ".join(map(str, ROUND_SEATS))
            raise UsageError(f"a first round has {known} seats, not {self.seats}: choose of these")
        if not 0 <= self.rate_bps <= ALL_BPS:
            raise UsageError(
                f"the audit rate is {self.rate_bps} of 10,000: give one from 0 to {ALL_BPS}"
            )
        return (self.rate_bps << 8 | self.seats).to_bytes(32, "big")

    @classmethod
    def decode(cls, word: bytes) -> Policy:
        """The policy in `word`; raises `UsageError` if the committee would refuse it."""
        number = int.from_bytes(word, "big")
        policy = cls(number & 0xFF, number >> 8)
        try:
            policy.encode()
        except UsageError as error:
            raise UsageError(f"the policy 0x{word.hex()} is not the committee's: {error}") from None
        return policy

    def course_s(self, run_for: int) -> int:
        """The longest that a case can take, in seconds; `caseFor` must leave it as much."""
        rounds = len(ROUND_SEATS) - ROUND_SEATS.index(self.seats)
        return rounds * (DRAW_FOR_S + commit_for(run_for) + REVEAL_FOR_S + APPEAL_FOR_S)


@dataclass(frozen=True)
class Case(Struct):
    """A case; `deadline` is when the draw has failed (Drawing), or nobody commits (Voting)."""

    phase: Phase
    round: int
    first_seats: int
    redraws: int
    challenges: int
    seed_block: int
    epoch: int
    deadline: int
    commit_for: int

    @classmethod
    def from_args(cls, values: Sequence[Any]) -> Self:
        """As `Struct.from_args`; also raises `ChainError` for a phase that no case has."""
        case = super().from_args(values)
        if case.phase > max(Phase):
            raise ChainError(
                f"the committee answered phase {case.phase}, which no case has: check the "
                "deployment"
            )
        return replace(case, phase=Phase(case.phase))

    @property
    def seats(self) -> int:
        """Of the current round."""
        return seats_of(self.first_seats, self.round)

    @property
    def is_last_round(self) -> bool:
        """Whether nobody can appeal the current round."""
        return self.seats >= ROUND_SEATS[-1]

    @property
    def reveals_until(self) -> int:
        """First second in which no seat of a drawn round can reveal any more."""
        return self.deadline + REVEAL_FOR_S

    @property
    def appeals_until(self) -> int:
        """First second in which a drawn round can't be appealed any more, but closed."""
        return self.reveals_until + APPEAL_FOR_S

    def is_complete(self, round: Round, now_s: int) -> bool:
        """Whether no seat of the current, drawn `round` can reveal any more."""
        return self.phase is Phase.VOTING and is_complete(round, self.deadline, now_s)

    def is_appealable(self, round: Round, now_s: int) -> bool:
        return (
            not self.is_last_round and self.is_complete(round, now_s) and now_s < self.appeals_until
        )

    def is_closable(self, round: Round, now_s: int) -> bool:
        """Whether its time is over. A round that has no active stake, or missed its last seed, can
        be closed before."""
        if self.phase is Phase.DRAWING:
            return now_s >= self.deadline
        decided = self.is_last_round and self.is_complete(round, now_s)
        return self.phase is Phase.VOTING and (decided or now_s >= self.appeals_until)


@dataclass(frozen=True)
class Round(Struct):
    """A round: bit i of `committed` and `revealed` is seat i's; the zero address in `drawer`: its
    seats are not drawn; in `appellant`: it is the first."""

    drawer: str
    committed: int
    revealed: int
    appellant: str
    prepaid: int

    @property
    def is_drawn(self) -> bool:
        return self.drawer != ZERO_ADDRESS


@dataclass(frozen=True)
class Seating:
    """A round with its seats: the `verifiers` they belong to, and each seat's commitment or, once
    it has revealed, vote (`words`)."""

    round: Round
    verifiers: tuple[str, ...]
    words: tuple[bytes, ...]

    def seats_of(self, account: str) -> tuple[int, ...]:
        """The seats that `account` holds."""
        return tuple(seat for seat, held in enumerate(self.verifiers) if held == account)

    def has_committed(self, seat: int) -> bool:
        return bool(self.round.committed >> seat & 1)

    def has_revealed(self, seat: int) -> bool:
        return bool(self.round.revealed >> seat & 1)

    def vote(self, seat: int) -> bytes | None:
        """What the seat revealed; None if it has not."""
        return self.words[seat] if self.has_revealed(seat) else None

    @property
    def votes(self) -> tuple[bytes | None, ...]:
        """Of every seat, in order."""
        return tuple(map(self.vote, range(len(self.verifiers))))

    @property
    def winner(self) -> bytes | None:
        """The D with a strict majority by now."""
        return winner(self.votes)


@dataclass(frozen=True)
class Challenge(Struct):
    """A challenge; `seal` is keccak256(challenger ‖ job id ‖ D) of what the challenger found."""

    challenger: str
    bond: int
    seal: bytes


@dataclass(frozen=True)
class Verifier(Struct):
    """An account's money in the committee, whoever it is.

    `active` is its weight in the draws of this epoch, `staked` from the next one on; `leaving` can
    be withdrawn at `matures_at`; `place` (from 1; 0: never staked) is where the tree of stakes has
    it.
    """

    free: int
    active: int
    staked: int
    leaving: int
    matures_at: int
    place: int

    @property
    def at_risk(self) -> int:
        """What penalties can take."""
        return self.staked + self.leaving


# ────────────────────────────────── times ─────────────────────────────────────


def commit_for(run_for: int) -> int:
    """How long the seats of a round have to execute and commit, in seconds."""
    return max(MIN_COMMIT_FOR_S, run_for)


def is_complete(round: Round, commit_until: int, now_s: int) -> bool:
    """Whether all seats of a drawn round that committed have revealed, or their time is over."""
    waited = now_s >= commit_until and round.committed == round.revealed
    return waited or now_s >= commit_until + REVEAL_FOR_S


def epoch(now_s: int) -> int:
    return now_s // EPOCH_S


def seats_of(first_seats: int, round: int) -> int:
    """The seats of round `round` of a case that began with `first_seats`."""
    return ((first_seats + 1) << round) - 1


# ────────────────────────────────── money ─────────────────────────────────────


def tip(case_fee: int) -> int:
    """What turning a crank pays."""
    return case_fee * TIP_PERCENT // 100


def seat_fee(case_fee: int, first_seats: int) -> int:
    """What a seat that reveals is paid, in every round."""
    return (case_fee - TIPS * tip(case_fee)) // first_seats


def penalty(case_fee: int, first_seats: int) -> int:
    """What a seat costs that didn't reveal, or revealed another vote than the winner; a verifier
    that has less left loses that."""
    return PENALTY_FEES * seat_fee(case_fee, first_seats)


def challenge_bond(case_fee: int, bond: int) -> int:
    """What a challenge puts up, for a job with this case fee and provider's bond."""
    return case_fee + bond * BOND_PERCENT // 100


def appeal_price(case_fee: int, first_seats: int, round: int) -> int:
    """What asking for round `round` (from 1) prepays; what it doesn't cost comes back."""
    fees = seats_of(first_seats, round) * seat_fee(case_fee, first_seats)
    return fees + LATER_TIPS * tip(case_fee)


# ─────────────────────────────── draws and votes ──────────────────────────────


def is_audited(block_hash: bytes, job_id: bytes, seal: bytes, rate_bps: int) -> bool:
    """Whether the lottery chose a claim; the hash is that of block `claim_block` + 2."""
    number = int.from_bytes(keccak(block_hash + job_id + seal), "big") >> 128
    return number * ALL_BPS < rate_bps << 128


def ticket(seed: bytes, job_id: bytes, round: int, seat: int, total_active: int) -> int:
    """The unit of active stake (from 0) that a seat falls on; `seed` is a block's hash."""
    drawn = keccak(seed + job_id + bytes((round, seat)))
    return int.from_bytes(drawn, "big") % total_active


def commitment(
    committee: str, job_id: bytes, round: int, seat: int, vote: bytes, salt: bytes
) -> bytes:
    """What a seat commits to: hides `vote` as long as `salt` (32 random bytes) is secret."""
    place = bytes.fromhex(committee[2:]) + job_id + bytes((round, seat))
    return bytes(keccak(place + vote + salt))


def winner(votes: Sequence[bytes | None]) -> bytes | None:
    """The D for which a strict majority of the seats drawn voted; None: no result has one.

    Args:
        votes: one entry per seat, None for one that didn't reveal.
    """
    counted = Counter(vote for vote in votes if vote not in (None, UNAVAILABLE))
    if not counted:
        return None
    vote, count = counted.most_common(1)[0]
    return vote if 2 * count > len(votes) else None
