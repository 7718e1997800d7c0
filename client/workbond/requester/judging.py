"""How a job should be judged: seats, audit rate and case fee for what is at stake.

    stake = AtStake(payment=WORK, bond=40 * WORK, run_for_s=3600)
    terms = defaults(stake)               # what makes cheating pay less than working, cheaply
    ranges(stake, terms.seats)            # what else is recommended

Pure arithmetic on integers of base units. The ranges follow from four conditions, each with its
function below; docs/security/economics.md says why, and the game that it prints, computed by the
executable model, shows that within them no strategy of anybody beats honest play while at most a
third of the committee's stake is dishonest.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb

from workbond.chain import cases
from workbond.chain.cases import ALL_BPS, ROUND_SEATS, Policy
from workbond.chain.rules import MAX_CASE_FEE_SHARE

DISHONEST, ALL_STAKE = 1, 3
"""The part of the stake that may be dishonest, all of it in one hand: a third."""
SHARE_PERCENT = 30  # of a rejected bond less the case fee: the requester's, and the challenger's
BOND_TIMES = 20
"""A good bond, in payments and values at risk: about a tenth of the claims is audited then."""
LEAST_BPS = 100
"""No default audits less: rare cases would let verifiers leave, and chances be misjudged."""
MARGIN_PERCENT = 125  # of the least audit rate, by default
APPEALABLE = ROUND_SEATS[:-1]
"""First rounds that leave an appeal."""
APPEALS = 2
"""That the provider of a right claim can pay; together 6.4 case fees after three seats."""
FEE_STEPS = 100  # tried between no case fee and the largest


@dataclass(frozen=True)
class AtStake:
    """What is to be judged; amounts in base units.

    Args:
        payment: what the job is expected to pay, or may pay at most. No provider's work costs more.
        bond: the provider's.
        run_for_s: seconds that it may take, and so may a seat.
        value: what a wrong result could be worth to whoever had it accepted, beside the work that
            was saved; as much as the payment if nobody says.
    """

    payment: int
    bond: int
    run_for_s: int
    value: int | None = None

    @property
    def temptation(self) -> int:
        """What cheating can bring: the work saved, which costs no more than its payment, and what
        the wrong result is worth."""
        return self.payment + (self.payment if self.value is None else self.value)


@dataclass(frozen=True)
class Terms:
    """How a request has its claim judged; `case_fee` in base units."""

    seats: int
    audit_bps: int
    case_fee: int
    case_for_s: int

    @property
    def policy(self) -> Policy:
        return Policy(self.seats, self.audit_bps)

    @property
    def audit_cost(self) -> int:
        """What audits are expected to cost the requester of an honest provider, at most."""
        return self.case_fee * self.audit_bps // ALL_BPS


@dataclass(frozen=True)
class Range:
    """Recommended values, both ends included."""

    least: int
    most: int

    def __contains__(self, value: int) -> bool:
        return self.least <= value <= self.most


@dataclass(frozen=True)
class Ranges:
    """What is recommended with so many seats: fees in base units, rates in basis points."""

    seats: int
    case_fee: Range
    audit_bps: Range
    case_for_s: Range


# ──────────────────────────── defaults and ranges ────────────────────────────


def defaults(stake: AtStake) -> Terms:
    """The cheapest terms within the recommended ranges.

    With a bond that no terms make enough: those that protect most, about which
    `workbond.requester.cautions` has something to say.
    """
    found = []
    for seats in APPEALABLE:
        fee = least_case_fee(stake, seats)
        if fee is None or least_audit_bps(stake, seats, fee) is None or not fits(stake, seats):
            continue
        rate = default_audit_bps(stake, seats, fee)
        found.append(Terms(seats, rate, fee, course_s(stake, seats)))
    if found:
        return min(found, key=lambda terms: (terms.audit_cost, terms.seats))
    seats = next((seats for seats in ROUND_SEATS if fits(stake, seats)), ROUND_SEATS[-1])
    fee = min(stake.bond // MAX_CASE_FEE_SHARE, _least_paying(stake, seats))
    rate = default_audit_bps(stake, seats, fee) if fee else 0
    return Terms(seats, rate, fee, course_s(stake, seats))


def default_audit_bps(stake: AtStake, seats: int, case_fee: int) -> int:
    """The least audit rate and a margin; all, if no rate is enough."""
    least = least_audit_bps(stake, seats, case_fee)
    if least is None:
        return ALL_BPS
    return min(ALL_BPS, max(LEAST_BPS, -(-least * MARGIN_PERCENT // 100)))


def suggested_bond(payment: int, value: int | None = None) -> int:
    """A bond, in base units, with which judging costs little; rounded up to few digits."""
    return few_digits(BOND_TIMES * AtStake(payment, 0, 0, value).temptation)


def ranges(stake: AtStake, seats: int, case_fee: int | None = None) -> Ranges | None:
    """What is recommended with `seats` in the first round; None: nothing, at this bond.

    Args:
        stake: what is to be judged.
        seats: of the first round.
        case_fee: for which the audit rate is told; the least recommended if not given.
    """
    least = least_case_fee(stake, seats)
    if least is None or seats not in APPEALABLE or not fits(stake, seats):
        return None
    rate = least_audit_bps(stake, seats, least if case_fee is None else case_fee)
    if rate is None:
        return None
    return Ranges(
        seats,
        Range(least, stake.bond // MAX_CASE_FEE_SHARE),
        Range(rate, ALL_BPS),
        Range(course_s(stake, seats), cases.MAX_COURSE_S),
    )


def least_case_fee(stake: AtStake, seats: int) -> int | None:
    """The least fee that pays a seat as much as the provider, and with which whoever has a right
    claim rejected loses by its appeals; None if the bond does not allow as much."""
    most = stake.bond // MAX_CASE_FEE_SHARE
    paying = _least_paying(stake, seats)
    steps = (most * step // FEE_STEPS for step in range(1, FEE_STEPS + 1))
    for fee in (paying, *(few_digits(step) for step in steps), most):
        if paying <= fee <= most and appeals_deter(stake, seats, fee):
            return fee
    return None


def least_audit_bps(stake: AtStake, seats: int, case_fee: int) -> int | None:
    """The least audit rate at which cheating pays no more than working; None: not even all.

    The cheater has all dishonest stake, and a friend that joins its case with the right result and
    gets the challenger's share back; it is paid if it has most seats, and takes the penalties of
    the others. Nobody appeals, nobody but the lottery opens the case.
    """
    rest = stake.bond - case_fee
    lost = stake.bond - rest * SHARE_PERCENT // 100
    honest, won, spoils = _odds(seats)
    deterrent = honest * (stake.temptation + lost) - spoils * cases.penalty(case_fee, seats)
    if deterrent <= 0:
        return None
    rate = -(-stake.temptation * ALL_BPS * (honest + won) // deterrent)
    return rate if rate <= ALL_BPS else None


def appeals_deter(stake: AtStake, seats: int, case_fee: int) -> bool:
    """Whether dishonest seats lose by having a right claim rejected whose provider can pay two
    appeals, or the one that there is.

    They see that they have most seats before they vote. Rejected, their requester has the result
    for nothing, its fee back and its share of the bond, and they the penalties of all others.
    Overruled, they pay theirs; what the appellant does not get of these goes to the seats that
    found the winner, fewer than half of which are theirs. Each appeal pays their new seats.
    """
    if seats not in APPEALABLE:
        return False
    tip, seat_fee = cases.tip(case_fee), cases.seat_fee(case_fee, seats)
    penalty = cases.penalty(case_fee, seats)
    chance, loss = Fraction(1), Fraction(0)  # that all rounds are theirs; expected
    wrong = seats // 2 + 1
    spoils, prepaid = (seats - wrong) * penalty, 0
    left = len(ROUND_SEATS) - ROUND_SEATS.index(seats) - 1
    for number in range(1, 1 + min(APPEALS, left)):
        further = cases.seats_of(seats, number)
        honest, won, _ = _odds(further)
        prepaid += cases.appeal_price(case_fee, seats, number)
        paid = wrong * penalty
        paid -= max(0, paid - prepaid) // 2
        loss += chance * Fraction(honest, honest + won) * paid
        loss -= chance * (Fraction(further * seat_fee * DISHONEST, ALL_STAKE) + 2 * tip)
        chance *= Fraction(won, honest + won)
        most = further // 2 + 1
        wrong += most
        spoils += (further - most) * penalty
    gain = (stake.bond - case_fee) * SHARE_PERCENT // 100 + stake.payment + case_fee
    return chance * (gain + spoils) <= loss


def capture(seats: int, part: int = DISHONEST, whole: int = ALL_STAKE) -> float:
    """The chance that `part` of `whole` stake has most of `seats`, drawn with replacement."""
    honest, won, _ = _odds(seats, part, whole)
    return won / (honest + won)


# ─────────────────────────────── what they share ─────────────────────────────


def _least_paying(stake: AtStake, seats: int) -> int:
    """A case fee of which each seat gets at least the payment."""
    kept = 100 - cases.TIPS * cases.TIP_PERCENT
    return few_digits(-(-stake.payment * seats * 100 // kept))


def course_s(stake: AtStake, seats: int) -> int:
    """The longest that a case with so many first seats can take."""
    return Policy(seats, 0).course_s(stake.run_for_s)


def fits(stake: AtStake, seats: int) -> bool:
    """Whether the committee takes so long a case."""
    return course_s(stake, seats) <= cases.MAX_COURSE_S


@lru_cache(maxsize=64)
def _odds(seats: int, part: int = DISHONEST, whole: int = ALL_STAKE) -> tuple[int, int, int]:
    """Weights of honest and of dishonest majorities, and of the honest seats beside the latter.

    Their unit is 1 / whole^seats, the sum of the first two.
    """
    honest = won = spoils = 0
    for held in range(seats + 1):
        weight = comb(seats, held) * part**held * (whole - part) ** (seats - held)
        if held > seats // 2:
            won += weight
            spoils += weight * (seats - held)
        else:
            honest += weight
    return honest, won, spoils


def few_digits(amount: int) -> int:
    """Rounded up to three digits that are not zero."""
    step = int(10 ** max(0, len(str(amount)) - 3))
    return -(-amount // step) * step
