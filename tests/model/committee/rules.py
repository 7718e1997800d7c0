"""Every constant and every formula of the committee: integers in, integers out, rounded down.

Section numbers are those of docs/protocol.md.
"""

from typing import NamedTuple

from ..errors import require
from ..hashing import keccak, word
from ..rules import DAY_S, HOUR_S

MAX_SEATS = 31
FIRST_SEATS = (3, 7, 15, 31)
MAX_RATE = 10_000  # basis points: every claim

EPOCH_S = DAY_S
DRAW_FOR_S = 4 * HOUR_S
MIN_COMMIT_FOR_S = HOUR_S
REVEAL_FOR_S = 2 * HOUR_S
APPEAL_FOR_S = 6 * HOUR_S
MAX_CASE_FOR_S = 28 * DAY_S
LEAVES_FOR_S = MAX_CASE_FOR_S + EPOCH_S  # in reach for as long as any case of its seats

SEED_DELAY = 2  # blocks
MAX_REDRAWS = 3
MAX_CHALLENGES = 16

TIP_PERCENT = 5  # of the case fee, for each crank
CHALLENGE_PERCENT = 10  # of the provider's bond, beside the case fee
PENALTY_FEES = 5  # what a seat loses, in seat fees


class Policy(NamedTuple):
    """What a request's policy says."""

    seats: int  # of the first round
    rate: int  # of the lottery, in basis points


class Fees(NamedTuple):
    """What one seat and one turned crank are paid."""

    seat: int
    tip: int


def pack_policy(seats: int, rate: int) -> bytes:
    return (rate << 8 | seats).to_bytes(32, "big")


def read_policy(policy: bytes) -> Policy:
    """What `pack_policy` packed; PolicyInvalid if it is none."""
    number = int.from_bytes(policy, "big")
    read = Policy(number & 255, number >> 8)
    valid = read.seats in FIRST_SEATS and read.rate <= MAX_RATE
    require(valid, "PolicyInvalid", policy)
    return read


# ──────────────────────────────── seats and times ────────────────────────────


def seats_of(first_seats: int, round_: int) -> int:
    """Each round has 2n + 1 seats of the one before."""
    return (first_seats + 1) * 2**round_ - 1


def rounds_of(first_seats: int) -> int:
    """How many rounds a case can have."""
    return 4 - FIRST_SEATS.index(first_seats)


def commit_for(run_for: int) -> int:
    return max(MIN_COMMIT_FOR_S, run_for)


def course_of(first_seats: int, run_for: int) -> int:
    """The longest that a case can take."""
    one = DRAW_FOR_S + commit_for(run_for) + REVEAL_FOR_S + APPEAL_FOR_S
    return rounds_of(first_seats) * one


# ─────────────────────────────────── money ───────────────────────────────────


def fees_of(case_fee: int, first_seats: int) -> Fees:
    """Three tips (opening, drawing, closing) and the first round's seats take at most all."""
    tip = case_fee * TIP_PERCENT // 100
    return Fees((case_fee - 3 * tip) // first_seats, tip)


def challenge_bond(case_fee: int, bond: int) -> int:
    return case_fee + bond * CHALLENGE_PERCENT // 100


def prepaid(fees: Fees, seats: int) -> int:
    """What an appeal costs at most: all its seats, a draw and a closing."""
    return seats * fees.seat + 2 * fees.tip


def penalty_of(fees: Fees) -> int:
    return PENALTY_FEES * fees.seat


# ────────────────────────────────── chances ──────────────────────────────────


def is_drawn(block_hash: bytes, id_: bytes, seal: bytes, rate: int) -> bool:
    """Whether the lottery chose a claim: its number, as a fraction, lies below the rate."""
    number = int.from_bytes(keccak(block_hash + id_ + seal), "big") >> 128
    return number * MAX_RATE < rate << 128


def ticket_of(seed: bytes, id_: bytes, round_: int, seat: int) -> int:
    """The number whose place in the stakes says whose the seat is."""
    return int.from_bytes(keccak(seed + id_ + bytes([round_, seat])), "big")


def commitment_of(
    committee: str, id_: bytes, round_: int, seat: int, vote: bytes, salt: bytes
) -> bytes:
    """What a seat commits to."""
    head = bytes.fromhex(committee[2:]) + id_ + bytes([round_, seat])
    return keccak(head + word(vote) + word(salt))
