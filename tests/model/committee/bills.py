"""Who is paid what for a case (docs/protocol.md section 8): nothing here moves money.

A bill is made from the docket of a case that is over, and from what its provider had sealed.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..hashing import keccak
from ..words import NOBODY, ZERO32
from . import rules
from .words import Challenge, Docket, Outcome, Round

Punish = Callable[[str, int], int]  # (verifier, penalty) to what it could lose


class Seat(NamedTuple):
    """What a seat has said: None if it did not reveal."""

    round: int
    seat: int
    verifier: str
    vote: bytes | None


@dataclass
class Bill:
    """All that closing a case pays, in the order in which it is told."""

    outcome: Outcome
    winner: bytes = ZERO32
    champion: str = NOBODY  # whom the market is told of
    income: int = 0
    challenges: list[tuple[Challenge, int]] = field(default_factory=list)  # what returns of each
    cranks: list[tuple[str, int]] = field(default_factory=list)
    appeals: list[tuple[str, int, int]] = field(default_factory=list)  # returned, repaid
    seats: list[tuple[Seat, int, int]] = field(default_factory=list)  # fee, penalty
    to_requester: int = 0
    to_provider: int = 0
    burned: int = 0


def seal_over(owner: str, id_: bytes, digest: bytes) -> bytes:
    """keccak256(owner ‖ job id ‖ D)."""
    return keccak(bytes.fromhex(owner[2:]) + id_ + digest)


def winner_of(round_: Round) -> bytes:
    """The D that most of all seats of a round have revealed; zero if there is none."""
    spoken = (vote for seat, vote in enumerate(round_.votes) if round_.spoke(seat))
    votes = Counter(vote for vote in spoken if vote != ZERO32)
    best = votes.most_common(1)
    return best[0][0] if best and 2 * best[0][1] > len(round_.votes) else ZERO32


def outcome_of(docket: Docket, id_: bytes, provider: str, seal: bytes) -> Bill:
    """What most seats of the last drawn round say of the claim."""
    drawn = [round_ for round_ in docket.rounds if round_.drawn]
    winner = winner_of(drawn[-1]) if drawn else ZERO32
    if winner == ZERO32:
        return Bill(Outcome.UNDECIDED)
    if seal_over(provider, id_, winner) == seal:
        first = docket.challenges[0].challenger if docket.challenges else NOBODY
        return Bill(Outcome.UPHELD, winner, first)
    right = (one.challenger for one in docket.challenges if is_right(one, id_, winner))
    return Bill(Outcome.REJECTED, winner, next(right, NOBODY))


def is_right(challenge: Challenge, id_: bytes, winner: bytes) -> bool:
    return seal_over(challenge.challenger, id_, winner) == challenge.seal


def settle(
    bill: Bill, docket: Docket, id_: bytes, case_fee: int, closer: str, punish: Punish
) -> None:
    """Complete a bill that says how the case ended."""
    fees = rules.fees_of(case_fee, docket.head.first_seats)
    drawn = [round_ for round_ in docket.rounds if round_.drawn]
    seats = [
        Seat(number, seat, verifier, round_.votes[seat] if round_.spoke(seat) else None)
        for number, round_ in enumerate(drawn)
        for seat, verifier in enumerate(round_.verifiers)
    ]
    settle_challenges(bill, docket, id_, case_fee)

    # Penalties, and what becomes of them.
    lost = {
        seat: punish(seat.verifier, rules.penalty_of(fees))
        if bill.winner not in (ZERO32, seat.vote)
        else 0
        for seat in seats
    }
    bill.burned += sum(lost[seat] for seat in seats if seat.vote is None)
    pool = sum(lost[seat] for seat in seats if seat.vote is not None)

    # Cranks.
    openers = [docket.opener] if docket.opener != NOBODY else []
    turned = [(who, fees.tip) for who in (*openers, *(round_.drawer for round_ in drawn))]
    turned.append((closer, fees.tip * len(docket.rounds)))
    bill.cranks = [one for one in turned if one[1]]

    # Rounds: the first is paid by the income, the others by who asked for them.
    costs = [
        round_.revealed.bit_count() * fees.seat + (2 if round_.drawn else 1) * fees.tip
        for round_ in docket.rounds
    ]
    rest = bill.income - costs[0] - fees.tip * len(openers)
    if bill.outcome == Outcome.UPHELD and docket.challenges:
        bill.to_provider = rest
    else:
        bill.to_requester = rest
    for number, round_ in enumerate(docket.rounds[1:], 1):
        cost, repaid = costs[number], 0
        if bill.winner not in (ZERO32, winner_of(docket.rounds[number - 1])):
            repaid = min(cost, pool)
            pool -= repaid
        bill.appeals.append((round_.appellant, round_.prepaid - cost, repaid))

    coherent = sum(seat.vote == bill.winner != ZERO32 for seat in seats)
    share = pool // coherent if coherent else 0
    bill.burned += pool - share * coherent
    for seat in seats:
        fee = fees.seat if seat.vote is not None else 0
        fee += share if seat.vote == bill.winner != ZERO32 else 0
        bill.seats.append((seat, fee, lost[seat]))


def settle_challenges(bill: Bill, docket: Docket, id_: bytes, case_fee: int) -> None:
    """Whose bonds return; lost ones pay for a case that they began for nothing, or are burned."""
    for one in docket.challenges:
        right = bill.outcome == Outcome.REJECTED and is_right(one, id_, bill.winner)
        back = right or bill.outcome == Outcome.UNDECIDED
        bill.challenges.append((one, one.bond if back else 0))
    forfeited = sum(one.bond - returned for one, returned in bill.challenges)
    if bill.outcome == Outcome.UPHELD and docket.challenges:
        bill.income = forfeited
    else:
        bill.income, bill.burned = case_fee, forfeited
