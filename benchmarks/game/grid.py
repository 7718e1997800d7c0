"""The points at which every strategy is computed, and which of them are recommended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from workbond.chain.cases import ALL_BPS
from workbond.chain.rules import MAX_CASE_FEE_SHARE
from workbond.requester import judging
from workbond.requester.judging import AtStake, Terms

from .setting import PAYMENT, RUN_FOR_S, Setting

SEATS = 3
BONDS = (10, 20, 40, 120)  # in payments
VALUES = (0, 1, 10)  # in payments
AUDITS_BPS = (100, 500, 1_000, 2_500, 10_000)
STAKES = (Fraction(1, 10), Fraction(1, 5), Fraction(1, 3), Fraction(2, 5))
FRAUDS = (Fraction(0), Fraction(1, 100), Fraction(1, 10))
A_THIRD = Fraction(judging.DISHONEST, judging.ALL_STAKE)
AT_STAKE = AtStake(PAYMENT, judging.suggested_bond(PAYMENT), RUN_FOR_S)
"""A job of which its requester says nothing but the payment, with the bond that is suggested."""
WORTHS = (0, 1, 3, 10, 30, 100)  # values at risk of the tables, in payments


@dataclass(frozen=True)
class Point:
    """A setting of the grid."""

    setting: Setting
    recommended: bool

    @property
    def where(self) -> dict[str, float]:
        """In words of the report: payments, and shares."""
        s = self.setting
        return {
            "bond": s.bond / PAYMENT,
            "value": s.value / PAYMENT,
            "audited": float(s.audited),
            "stake": round(float(s.stake), 4),
            "fraud": float(s.fraud),
        }


def points() -> Iterator[Point]:
    """All of them, the last axis fastest: bonds, values, audits, stakes, frauds."""
    for bond in BONDS:
        for value in VALUES:
            for bps in AUDITS_BPS:
                at_stake = AtStake(PAYMENT, bond * PAYMENT, RUN_FOR_S, value * PAYMENT)
                fee = case_fee(at_stake)
                for stake in STAKES:
                    for fraud in FRAUDS:
                        setting = Setting.of(at_stake, Terms(SEATS, bps, fee, 0), stake, fraud)
                        yield Point(setting, is_recommended(setting))


def case_fee(at_stake: AtStake) -> int:
    """The least that is recommended, or what the bond allows."""
    least = judging.least_case_fee(at_stake, SEATS)
    return at_stake.bond // MAX_CASE_FEE_SHARE if least is None else least


def is_recommended(setting: Setting) -> bool:
    """Whether the client would say nothing, and no more stake is dishonest than it assumes."""
    ranges = judging.ranges(setting.at_stake, setting.seats, setting.case_fee)
    return (
        ranges is not None
        and setting.case_fee in ranges.case_fee
        and int(setting.audited * ALL_BPS) in ranges.audit_bps
        and setting.stake <= A_THIRD
    )


def by_default(
    stake: Fraction, fraud: Fraction = Fraction(0), at_stake: AtStake = AT_STAKE
) -> Setting:
    """A job with the client's defaults."""
    return Setting.of(at_stake, judging.defaults(at_stake), stake, fraud)
