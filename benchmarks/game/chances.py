"""Chances that need no money: captured rounds, chosen seeds, an evaded lottery."""

from __future__ import annotations

from fractions import Fraction

from workbond.chain.cases import MAX_REDRAWS, ROUND_SEATS

from .odds import binomial

SHARES = tuple(Fraction(percent, 100) for percent in (10, 20, 25, 30, 40, 50))
ASLEEP = Fraction(1, 10)
TRIES = (1, 2, 1 + MAX_REDRAWS, 16, 256)


def captured(seats: int, share: Fraction) -> Fraction:
    """Most of the seats belong to that share of the stake."""
    return sum(binomial(seats, share)[seats // 2 + 1 :], Fraction(0))


def outvoted(first: int, share: Fraction) -> Fraction:
    """Every round from the first on is captured: what a claim's judgement comes to if whoever is
    right appeals each time, and nobody else does."""
    chance = Fraction(1)
    for seats in ROUND_SEATS[ROUND_SEATS.index(first) :]:
        chance *= captured(seats, share)
    return chance


def chosen(chance: Fraction, tries: int) -> Fraction:
    """At least one of so many seeds brings what has that chance."""
    return 1 - (1 - chance) ** tries


def caught(rate: Fraction, builders: Fraction, tries: int) -> Fraction:
    """A wrong claim is audited although its provider's friends build that share of the blocks, and
    try so many variants of theirs."""
    return rate * (1 - builders) + builders * rate**tries
