"""All figures of the tables, in payments and shares, rounded; what pays is told before that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from workbond.chain import cases
from workbond.chain.cases import ALL_BPS, ROUND_SEATS
from workbond.requester import judging
from workbond.requester.judging import APPEALABLE, AtStake

from . import chances, grid, thresholds
from .gains import gain
from .grid import A_THIRD, BONDS, STAKES, WORTHS, Point, by_default
from .plays import ANSWERED_TWICE, CHEATS, EXPOSED, PLAYS, Play
from .setting import PAYMENT, RUN_FOR_S, Setting

NONE, TENTH = Fraction(0), Fraction(1, 10)
FEES = (1, 2, 4)  # seat fees, in costs of the work


@dataclass(frozen=True)
class Extreme:
    """The most that a strategy gains among some points, and where."""

    gain: Fraction
    where: dict[str, float]
    paying: int
    of: int

    @classmethod
    def among(cls, found: list[tuple[Fraction, Point]]) -> Extreme:
        best, point = max(found, key=lambda one: one[0])
        return cls(best, point.where, sum(value > 0 for value, _ in found), len(found))

    def to_json(self) -> dict[str, Any]:
        return {
            "gain": payments(self.gain),
            "pays": self.paying,
            "of": self.of,
            "where": self.where,
        }


def report() -> dict[str, Any]:
    """Computes everything; some minutes."""
    points = list(grid.points())
    return {
        "grid": {
            "bond": BONDS,
            "value": grid.VALUES,
            "audited": [bps / ALL_BPS for bps in grid.AUDITS_BPS],
            "stake": shares(STAKES),
            "fraud": shares(grid.FRAUDS),
            "points": len(points),
            "recommended": sum(point.recommended for point in points),
        },
        "plays": [_play(play, points) for play in PLAYS],
        "cheating": [_cheating(bond, value, points) for bond in BONDS for value in grid.VALUES],
        "exposed": [_exposed(play) for play in EXPOSED],
        "answered": [_answered(play, points) for play in ANSWERED_TWICE],
        "defaults": [_default(value) for value in WORTHS],
        "ranges": [_range(value, times) for value in WORTHS for times in (10, 20, 40)],
        "appeals": [_appeal(stake) for stake in (Fraction(1, 100), *STAKES)],
        "prepaid": [_prepaid(seats) for seats in APPEALABLE],
        "leaks": [_leak(times) for times in FEES],
        "waiting": [_waiting(value) for value in WORTHS],
        "sampling": [_sampling(bond) for bond in BONDS],
        "chances": [_chance(share) for share in chances.SHARES],
        "seeds": [_seeds(tries) for tries in chances.TRIES],
        "lottery": [_lottery(bps) for bps in grid.AUDITS_BPS],
    }


def broken(figures: dict[str, Any]) -> list[str]:
    """Strategies that beat honest play within the recommended ranges, or at the defaults."""
    found = [
        row for row in figures["plays"] if row["recommended"]["pays"] or row["pays_by_default"]
    ]
    found += [row for row in figures["answered"] if row["pays"]]
    return [f"{row['who']}: {row['name']}" for row in found]


# ────────────────────────────────── strategies ────────────────────────────────


def _play(play: Play, points: list[Point]) -> dict[str, Any]:
    found = [(gain(point.setting, play), point) for point in points]
    inside = [one for one in found if one[1].recommended]
    outside = [one for one in found if not one[1].recommended]
    usual = [gain(by_default(stake), play) for stake in STAKES]
    assumed = [value for value, stake in zip(usual, STAKES, strict=True) if stake <= A_THIRD]
    stakes = [AtStake(PAYMENT, _bond(value), RUN_FOR_S, value * PAYMENT) for value in WORTHS]
    everywhere = [
        gain(by_default(A_THIRD, fraud, stake), play) for stake in stakes for fraud in (NONE, TENTH)
    ]
    return {
        "who": play.who,
        "name": play.name,
        "by_default": [payments(value) for value in usual],
        "most_by_default": payments(max(everywhere)),
        "pays_by_default": sum(value > 0 for value in (*everywhere, *assumed)),
        "recommended": Extreme.among(inside).to_json(),
        "elsewhere": Extreme.among(outside).to_json(),
        "gains": [payments(value) for value, _ in found],
    }


def _cheating(bond: int, value: int, points: list[Point]) -> dict[str, Any]:
    """What the best way to cheat gains a provider, by audit rate; a third of the stake helps."""
    there = [
        point
        for point in points
        if (point.setting.bond, point.setting.value) == (bond * PAYMENT, value * PAYMENT)
        and (point.setting.stake, point.setting.fraud) == (A_THIRD, NONE)
    ]
    return {
        "bond": bond,
        "value": value,
        "gains": [payments(max(gain(one.setting, play) for play in CHEATS)) for one in there],
        "recommended": [one.recommended for one in there],
    }


def _exposed(play: Play) -> dict[str, Any]:
    settings = [by_default(stake, fraud) for fraud in (NONE, TENTH) for stake in STAKES[:3]]
    return {
        "who": play.who,
        "name": play.name,
        "gains": [payments(gain(setting, play)) for setting in settings],
    }


def _answered(play: Play, points: list[Point]) -> dict[str, Any]:
    """With a provider that can pay two appeals, at all recommended points."""
    found = [(gain(point.setting, play), point) for point in points if point.recommended]
    return {"who": play.who, "name": play.name, **Extreme.among(found).to_json()}


# ──────────────────────────────── recommendations ─────────────────────────────


def _bond(value: int) -> int:
    return judging.suggested_bond(PAYMENT, value * PAYMENT)


def _default(value: int) -> dict[str, Any]:
    stake = AtStake(PAYMENT, _bond(value), RUN_FOR_S, value * PAYMENT)
    terms = judging.defaults(stake)
    seat_fee = cases.seat_fee(terms.case_fee, terms.seats)
    return {
        "value": value,
        "bond": payments(stake.bond),
        "seats": terms.seats,
        "case_fee": payments(terms.case_fee),
        "audited": terms.audit_bps / ALL_BPS,
        "audit_cost": payments(terms.audit_cost),
        "seat_fee": payments(seat_fee),
        "challenge_bond": payments(cases.challenge_bond(terms.case_fee, stake.bond)),
        "case_for_s": terms.case_for_s,
    }


def _range(value: int, times: int) -> dict[str, Any]:
    stake = AtStake(PAYMENT, times * (1 + value) * PAYMENT, RUN_FOR_S, value * PAYMENT)
    row: dict[str, Any] = {"value": value, "bond": payments(stake.bond), "by_seats": []}
    for seats in APPEALABLE:
        found = judging.ranges(stake, seats)
        if found is not None:
            row["by_seats"].append(
                {
                    "seats": seats,
                    "case_fee": [payments(found.case_fee.least), payments(found.case_fee.most)],
                    "audited": [found.audit_bps.least / ALL_BPS, 1],
                    "audit_cost": payments(
                        Fraction(found.case_fee.least * found.audit_bps.least, ALL_BPS)
                    ),
                }
            )
    return row


# ────────────────────────────────── thresholds ────────────────────────────────


def _appeal(stake: Fraction) -> dict[str, Any]:
    setting = by_default(stake)
    return {
        "stake": share(stake),
        "provider": payments(thresholds.appeal_gains(setting, True)),
        "seat": payments(thresholds.appeal_gains(setting, False)),
    }


def _prepaid(seats: int) -> dict[str, Any]:
    rounds = range(1, len(ROUND_SEATS) - ROUND_SEATS.index(seats))
    fee = 1_000_000
    return {
        "seats": seats,
        "rounds": [
            {
                "seats": cases.seats_of(seats, number),
                "case_fees": round(cases.appeal_price(fee, seats, number) / fee, 2),
            }
            for number in rounds
        ],
    }


def _leak(times: int) -> dict[str, Any]:
    """Seat fees of so many costs of the work, at a bond four times the case fee or the usual."""
    fee = -(-times * PAYMENT * 3 * 100 // 85)
    stake = AtStake(PAYMENT, max(_bond(1), 4 * fee), RUN_FOR_S)
    terms = judging.Terms(3, judging.least_audit_bps(stake, 3, fee) or ALL_BPS, fee, 0)
    found = [
        thresholds.echo_ends(Setting.of(stake, terms, part, NONE))
        for part in (Fraction(1, 100), *STAKES[:3])
    ]
    return {"seat_fee": times, "fraud": [None if f is None else share(f) for f in found]}


def _waiting(value: int) -> dict[str, Any]:
    stake = AtStake(PAYMENT, _bond(value), RUN_FOR_S, value * PAYMENT)
    found = thresholds.waiting_pays(by_default(NONE, at_stake=stake))
    return {"value": value, "fraud": None if found is None else share(found)}


def _sampling(bond: int) -> dict[str, Any]:
    stake = AtStake(PAYMENT, bond * PAYMENT, RUN_FOR_S)
    setting = Setting.of(stake, judging.Terms(3, 0, grid.case_fee(stake), 0), NONE, NONE)
    return {"bond": bond, "fraud": share(thresholds.sampling_pays(setting))}


# ─────────────────────────────────── chances ──────────────────────────────────


def _chance(part: Fraction) -> dict[str, Any]:
    return {
        "share": share(part),
        "captured": [figure(chances.captured(seats, part)) for seats in ROUND_SEATS],
        "blocked": [
            figure(chances.captured(seats, part + chances.ASLEEP)) for seats in ROUND_SEATS
        ],
        "outvoted": [figure(chances.outvoted(seats, part)) for seats in ROUND_SEATS],
    }


def _seeds(tries: int) -> dict[str, Any]:
    return {
        "tries": tries,
        "captured": [
            figure(chances.chosen(chances.captured(seats, A_THIRD), tries)) for seats in ROUND_SEATS
        ],
    }


def _lottery(bps: int) -> dict[str, Any]:
    rate = Fraction(bps, ALL_BPS)
    builders = (NONE, TENTH, Fraction(1, 2), Fraction(1))
    return {
        "audited": float(rate),
        "caught": [figure(chances.caught(rate, part, 16)) for part in builders],
    }


def payments(amount: int | Fraction) -> float:
    """Base units as payments, to the thousandth."""
    return round(float(Fraction(amount) / PAYMENT), 3) + 0.0


def share(part: Fraction) -> float:
    return round(float(part), 4)


def shares(parts: Iterable[Fraction]) -> list[float]:
    return [share(part) for part in parts]


def figure(chance: Fraction) -> float:
    """Three digits that are not zero."""
    return float(f"{float(chance):.3g}")
