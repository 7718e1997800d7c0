"""Where something begins to pay: roots of gains that are linear in the fraud rate, and appeals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from .course import Course, Party, Round, Vote
from .gains import expected, gain
from .money import settled
from .odds import Case
from .plays import ECHO, MOST, Claim, Play
from .setting import COST, Setting

NONE = Fraction(0)


def root(of: Callable[[Fraction], Fraction]) -> Fraction | None:
    """The fraud rate at which a linear gain changes its sign; None: it has the same everywhere."""
    low, high = of(NONE), of(Fraction(1))
    if (low > 0) == (high > 0):
        return None
    return low / (low - high)


def echo_ends(setting: Setting) -> Fraction | None:
    """Above it, seats lose by echoing a D that has leaked."""
    return root(lambda fraud: gain(replace(setting, fraud=fraud), ECHO))


def waiting_pays(setting: Setting) -> Fraction | None:
    """Above it, a requester gains by awaiting the lottery, rather than approving at once."""
    who = frozenset({Party.REQUESTER})

    def of(fraud: Fraction) -> Fraction:
        there = replace(setting, fraud=fraud)
        waived = expected(there, Play("approves", who, waives=True))
        return expected(there, Play("waits", who)) - waived

    return root(of)


def sampling_pays(setting: Setting) -> Fraction:
    """Above it, whoever executes claims again and challenges the wrong ones earns more than that
    costs; honest seats."""
    course = Course(False, False, Vote.RIGHT, (Round(setting.seats, 0, Vote.RIGHT),))
    won = settled(setting.bond, setting.case_fee, course).of(Party.CHALLENGER)
    return Fraction(COST, won)


def appeal_gains(setting: Setting, right: bool) -> Fraction:
    """What whoever knows better gains by appealing a first tally that a bare majority falsified,
    and every such tally after it: the provider, if the claim is right, else the outvoted seat."""
    owner, claim = (Party.REQUESTER, Claim.HONEST) if right else (Party.PROVIDER, Claim.INVENTED)
    play = Play("", frozenset({owner, Party.KIN}), claim, **MOST)
    case = Case(play, right, setting.seats, setting.stake)
    witness = Party.PROVIDER if right else Party.WITNESS
    total, weight = NONE, NONE
    first = Round(setting.seats, setting.seats // 2 + 1, Vote.FALSE)
    for chance, rounds in case.courses():
        if rounds[0] != first:
            continue
        total += chance * _money(setting, right, rounds, witness)
        weight += chance
    return total / weight - _money(setting, right, (first,), witness)


def _money(setting: Setting, right: bool, rounds: tuple[Round, ...], party: Party) -> int:
    course = Course(right, True, None, rounds)
    return settled(setting.bond, setting.case_fee, course).of(party)
