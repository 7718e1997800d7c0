"""What a strategy gains against honest play, expected exactly: fractions, no chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from .course import Course, Party, Vote
from .money import settled
from .odds import Case, Heard
from .plays import Challenge, Claim, Play
from .setting import COST, PAYMENT, WORTH, Setting
from .unjudged import failed

NONE = Fraction(0)


def gain(setting: Setting, play: Play) -> Fraction:
    """Base units that the members expect beyond the best of what they could honestly expect.

    A requester may honestly approve at once what it has fetched, which waives its audit, or wait.
    """
    usual = Challenge.TRUE if play.knows else Challenge.NONE
    best = expected(setting, Play("honest", play.members, challenge=usual))
    if Party.REQUESTER in play.members:
        best = max(best, expected(setting, Play("approves", play.members, waives=True)))
    return expected(setting, play) - best


def expected(setting: Setting, play: Play) -> Fraction:
    """Base units that the members expect, from acceptance on."""
    if play.claim in (Claim.WITHHELD, Claim.DROPPED):
        return Fraction(failed(setting.bond, play.claim is Claim.WITHHELD))
    if Party.PROVIDER in play.members:
        return _claimed(setting, play, play.claim is Claim.HONEST)
    right, wrong = (_claimed(setting, play, right) for right in (True, False))
    return right + setting.fraud * (wrong - right)


def _claimed(setting: Setting, play: Play, right: bool) -> Fraction:
    """With a claim that is right, or not."""
    opened = NONE if play.waives else setting.audited
    if _opens(play, right):
        opened = Fraction(1)
    works = Party.PROVIDER in play.members and play.claim is not Claim.INVENTED
    unheard = _stands(setting, play, right) + _paid(play)
    total = (1 - opened) * unheard - COST * works
    if opened:
        terms = (setting.bond, setting.case_fee, setting.seats)
        stake = setting.stake if Party.KIN in play.members else NONE
        heard = hear(*terms, replace(play, name=""), right, stake)
        worth = WORTH * (right and Party.REQUESTER in play.members)
        result = heard.stands * _stands(setting, play, right) + (1 - heard.stands) * worth
        total += opened * (heard.money + result - COST * heard.executes)
    return total


@dataclass(frozen=True)
class Hearing:
    """What a case brings: the members' money, the chances that the claim stands, and that they must
    execute the job for it."""

    money: Fraction
    stands: Fraction
    executes: Fraction


@cache
def hear(bond: int, case_fee: int, seats: int, play: Play, right: bool, stake: Fraction) -> Hearing:
    """The mean over all courses of a case."""
    money = stands = executes = NONE
    audited, seal = not _opens(play, right), _seal(play, right)
    for chance, rounds in Case(play, right, seats, stake).courses():
        course = Course(right, audited, seal, rounds)
        paid = settled(bond, case_fee, course)
        money += chance * sum(paid.of(party) for party in (*play.members, Party.CRANKS))
        stands += chance * (not course.rejected)
        executes += chance * _executes(play, rounds)
    return Hearing(money, stands, executes)


def _opens(play: Play, right: bool) -> bool:
    """Whether the challenger opens the case, rather than the lottery."""
    true = play.challenge is Challenge.TRUE and not right
    return true or play.challenge is Challenge.FALSE


def _seal(play: Play, right: bool) -> Vote | None:
    """What the challenger's seal hides; one that knows nothing hits no provider's wrong result."""
    if play.challenge is Challenge.NONE or (play.challenge is Challenge.TRUE and right):
        return None
    if play.challenge in (Challenge.BACKED, Challenge.TRUE):
        return Vote.RIGHT
    return Vote.FALSE if right else Vote.OTHER


def _executes(play: Play, rounds: Heard) -> bool:
    """Once for all seats of the owner, unless a member has done so already."""
    if Party.PROVIDER in play.members and play.claim is not Claim.INVENTED:
        return False
    seated = Party.KIN in play.members and any(
        one.kin and one.kin_vote is Vote.RIGHT for one in rounds
    )
    return play.challenge is Challenge.BACKED or (seated and not play.echoes)


def _paid(play: Play) -> int:
    """The payment, among members."""
    return PAYMENT * ((Party.PROVIDER in play.members) - (Party.REQUESTER in play.members))


def _stands(setting: Setting, play: Play, right: bool) -> int:
    """What a claim that stands is worth beside its payment."""
    worth = 0
    if Party.REQUESTER in play.members:
        worth += WORTH if right else -setting.value
    if Party.PROVIDER in play.members and not right:
        worth += setting.value
    return worth
