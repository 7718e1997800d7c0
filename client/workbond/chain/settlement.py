"""Who is paid what when a case closes, as contracts/committee/Verdicts.sol computes it.

paid = settle(terms, challenges, rounds, closer, at_risk)
paid.outcome, paid.seats, paid.received_by(account)

Everything is pure: the auditor compares it with what the committee did, and whoever wonders what a
case would bring now asks it with the votes known so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbond.chain import cases
from workbond.chain.cases import Challenge, Outcome, Seating
from workbond.chain.types import ZERO_ADDRESS, Job
from workbond.tree import seal


@dataclass(frozen=True)
class Terms:
    """What a settlement needs of the job and its case: `job` as it is while disputed; `opener` is
    who turned the lottery's crank, None in a case that a challenge opened."""

    id: bytes
    job: Job
    first_seats: int
    opener: str | None

    @property
    def tip(self) -> int:
        return cases.tip(self.job.case_fee)

    @property
    def seat_fee(self) -> int:
        return cases.seat_fee(self.job.case_fee, self.first_seats)

    def seals(self, account: str, winner: bytes, hidden: bytes) -> bool:
        """Whether `hidden` is `account`'s seal of `winner`."""
        return seal(account, self.id, winner) == hidden


@dataclass(frozen=True)
class SeatPay:
    """What a seat gets (its share of others' penalties included), and what it loses."""

    verifier: str
    round: int
    seat: int
    fee: int
    penalty: int


@dataclass(frozen=True)
class AppealPay:
    """Of what an appellant prepaid: what was not spent, and what penalties repay."""

    appellant: str
    round: int
    returned: int
    repaid: int


@dataclass(frozen=True)
class Settlement:
    """A closed case in base units; members as in the committee's events.

    `returned` are what of its bond each challenge gets back, in their order; `cranks` are tips in
    the order in which they are paid; `champion` is whom the market is told of.
    """

    outcome: Outcome
    winner: bytes | None
    champion: str
    income: int
    to_requester: int
    to_provider: int
    burned: int
    returned: tuple[int, ...]
    cranks: tuple[tuple[str, int], ...]
    appeals: tuple[AppealPay, ...]
    seats: tuple[SeatPay, ...]

    def received_by(self, account: str) -> int:
        """What `account` is paid for its work: as an opener, drawer or closer, and for its seats.
        What it had put up is not counted."""
        tips = sum(amount for paid, amount in self.cranks if paid == account)
        return tips + sum(pay.fee for pay in self.seats if pay.verifier == account)


def settle(
    terms: Terms,
    challenges: Sequence[Challenge],
    rounds: Sequence[Seating],
    closer: str,
    at_risk: Mapping[str, int],
) -> Settlement:
    """The settlement of a case that `closer` closes.

    Args:
        challenges: in their order.
        rounds: all that were asked for; the last may not have been drawn.
        at_risk: what penalties can take of each verifier, stake and leaving stake.
    """
    heard = [round for round in rounds if round.round.is_drawn]
    winner = heard[-1].winner if heard else None
    outcome = _outcome(terms, winner)
    right = [winner is not None and terms.seals(c.challenger, winner, c.seal) for c in challenges]
    returned = tuple(
        c.bond if outcome is Outcome.UNDECIDED or (outcome is Outcome.REJECTED and is_right) else 0
        for c, is_right in zip(challenges, right, strict=True)
    )
    forfeited = sum(challenge.bond for challenge in challenges) - sum(returned)
    by_challengers = outcome is Outcome.UPHELD and bool(challenges)
    income = forfeited if by_challengers else terms.job.case_fee

    penalties = _penalties(terms, winner, heard, at_risk)
    silent = sum(taken for spoke, taken in penalties.values() if not spoke)
    pool = sum(taken for spoke, taken in penalties.values() if spoke)
    cranks = _cranks(terms, heard, len(rounds), closer)
    spent = _cost(terms, rounds[0]) + (terms.tip if terms.opener else 0)
    appeals, pool = _appeals(terms, winner, rounds, pool)
    seats, crumbs = _seats(terms, winner, heard, penalties, pool)
    rest = income - spent
    return Settlement(
        outcome=outcome,
        winner=winner,
        champion=_champion(outcome, challenges, right),
        income=income,
        to_requester=0 if by_challengers else rest,
        to_provider=rest if by_challengers else 0,
        burned=silent + crumbs + (0 if by_challengers else forfeited),
        returned=returned,
        cranks=cranks,
        appeals=appeals,
        seats=seats,
    )


def _outcome(terms: Terms, winner: bytes | None) -> Outcome:
    if winner is None:
        return Outcome.UNDECIDED
    if terms.seals(terms.job.provider, winner, terms.job.seal):
        return Outcome.UPHELD
    return Outcome.REJECTED


def _champion(outcome: Outcome, challenges: Sequence[Challenge], right: Sequence[bool]) -> str:
    """The first who was right about a wrong claim, or the first who was wrong about a right one."""
    if outcome is Outcome.UPHELD and challenges:
        return challenges[0].challenger
    if outcome is Outcome.REJECTED:
        winners = (c.challenger for c, is_right in zip(challenges, right, strict=True) if is_right)
        return next(winners, ZERO_ADDRESS)
    return ZERO_ADDRESS


def _penalties(
    terms: Terms, winner: bytes | None, heard: Sequence[Seating], at_risk: Mapping[str, int]
) -> dict[tuple[int, int], tuple[bool, int]]:
    """Of each seat (round, number) that did not find the winner: whether it revealed, its loss."""
    if winner is None:
        return {}
    most = cases.penalty(terms.job.case_fee, terms.first_seats)
    left, found = dict(at_risk), {}
    for number, round in enumerate(heard):
        for seat, (verifier, vote) in enumerate(zip(round.verifiers, round.votes, strict=True)):
            if vote != winner:
                taken = min(most, left.get(verifier, 0))
                left[verifier] = left.get(verifier, 0) - taken
                found[number, seat] = vote is not None, taken
    return found


def _cranks(
    terms: Terms, heard: Sequence[Seating], rounds: int, closer: str
) -> tuple[tuple[str, int], ...]:
    """The opener, the drawers, and the closer, who looks at every round."""
    if not terms.tip:
        return ()
    openers = [(terms.opener, terms.tip)] if terms.opener else []
    drawers = [(round.round.drawer, terms.tip) for round in heard]
    return (*openers, *drawers, (closer, terms.tip * rounds))


def _cost(terms: Terms, round: Seating) -> int:
    """What a round cost: its seats that revealed, its draw, and its part of the closing."""
    tips = 2 if round.round.is_drawn else 1
    return round.round.revealed.bit_count() * terms.seat_fee + tips * terms.tip


def _appeals(
    terms: Terms, winner: bytes | None, rounds: Sequence[Seating], pool: int
) -> tuple[tuple[AppealPay, ...], int]:
    """Appellants' money, and what of the pool is left: those who changed the tally are repaid."""
    found = []
    for number, round in enumerate(rounds[1:], 1):
        cost, repaid = _cost(terms, round), 0
        if winner is not None and rounds[number - 1].winner != winner:
            repaid = min(cost, pool)
            pool -= repaid
        facts = round.round
        found.append(AppealPay(facts.appellant, number, facts.prepaid - cost, repaid))
    return tuple(found), pool


def _seats(
    terms: Terms,
    winner: bytes | None,
    heard: Sequence[Seating],
    penalties: Mapping[tuple[int, int], tuple[bool, int]],
    pool: int,
) -> tuple[tuple[SeatPay, ...], int]:
    """All seats' pay, and what of the pool could not be divided."""
    votes = [vote for round in heard for vote in round.votes]
    coherent = votes.count(winner) if winner is not None else 0
    share = pool // coherent if coherent else 0
    found = []
    for number, round in enumerate(heard):
        for seat, (verifier, vote) in enumerate(zip(round.verifiers, round.votes, strict=True)):
            fee = 0 if vote is None else terms.seat_fee
            if winner is not None and vote == winner:
                fee += share
            _, lost = penalties.get((number, seat), (False, 0))
            found.append(SeatPay(verifier, number, seat, fee, lost))
    return tuple(found), pool - share * coherent
