"""One point of the grid: what is at stake, how it is judged, and who is dishonest."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from workbond.chain.cases import ALL_BPS
from workbond.requester.judging import AtStake, Terms

WORK = 10**18
PAYMENT = WORK
"""What the job pays; every amount of the tables is in payments."""
COST = PAYMENT
"""What executing it costs anybody. No provider's work costs more than it is paid, and the more it
costs, the more there is to gain by not doing it: the worst case."""
WORTH = 2 * PAYMENT
"""What a right result is worth to its requester."""
RUN_FOR_S = 3_600


@dataclass(frozen=True)
class Setting:
    """Amounts in base units.

    Args:
        bond: the provider's.
        value: what a wrong result brings whoever had it accepted, and costs its requester.
        case_fee, seats: of the request.
        audited: the chance of the lottery.
        stake: the part of the committee's stake that one owner has: the verifiers that deviate.
        fraud: the chance that a claim is wrong, of providers that are not among who deviates.
    """

    bond: int
    value: int
    case_fee: int
    seats: int
    audited: Fraction
    stake: Fraction
    fraud: Fraction

    @classmethod
    def of(cls, stake: AtStake, terms: Terms, dishonest: Fraction, fraud: Fraction) -> Setting:
        """With what the client makes of a job."""
        audited = Fraction(terms.audit_bps, ALL_BPS)
        value = stake.temptation - stake.payment
        return cls(stake.bond, value, terms.case_fee, terms.seats, audited, dishonest, fraud)

    @property
    def at_stake(self) -> AtStake:
        return AtStake(PAYMENT, self.bond, RUN_FOR_S, self.value)
