"""What comes of a strategy: every course that its case can take, with its chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb

from workbond.chain.cases import ROUND_SEATS

from .course import Party, Round, Vote
from .plays import Play, When

Heard = tuple[Round, ...]


@cache
def binomial(seats: int, part: Fraction) -> tuple[Fraction, ...]:
    """Chances that 0, 1, ... of the seats belong to whoever has that part of the stake."""
    rest = 1 - part
    return tuple(
        comb(seats, held) * part**held * rest ** (seats - held) for held in range(seats + 1)
    )


@dataclass(frozen=True)
class Case:
    """A case about a claim that is `right` or not, in which somebody plays `play`.

    Whoever knows a tally to be wrong, and loses by it, appeals, up to the last round: the provider
    of a right claim that would be rejected, else a seat that has executed the job and was outvoted.

    Args:
        stake: the part of the stake that the owner has, if it deviates.
    """

    play: Play
    right: bool
    seats: int
    stake: Fraction

    def courses(self) -> Iterator[tuple[Fraction, Heard]]:
        """Chance and rounds of each."""
        yield from self._after((), None, Fraction(1), self.play.appeals)

    def _after(
        self, heard: Heard, appellant: Party | None, chance: Fraction, appeals: int
    ) -> Iterator[tuple[Fraction, Heard]]:
        """Every course with one more round than was heard; the members have `appeals` left."""
        seats = 2 * heard[-1].seats + 1 if heard else self.seats
        part = self.stake if Party.KIN in self.play.members else Fraction(0)
        for held, odds in enumerate(binomial(seats, part)):
            if not odds:
                continue
            rounds = (*heard, self._round(seats, held, appellant))
            following, left = self._appellant(rounds, appeals)
            if following is None:
                yield chance * odds, rounds
            else:
                yield from self._after(rounds, following, chance * odds, left)

    def _round(self, seats: int, held: int, appellant: Party | None) -> Round:
        play, most = self.play, 2 * held > seats
        deviates = play.when is When.ALWAYS or (play.when is When.MOST and most)
        stranger = not (play.unserved or Party.PROVIDER in play.members)
        hidden = play.hides and most and not stranger
        vote = self._wished() if deviates else Vote.RIGHT
        return Round(seats, held, vote, Vote.UNAVAILABLE if hidden else Vote.RIGHT, appellant)

    def _wished(self) -> Vote:
        ours = self.right or Party.PROVIDER in self.play.members
        if self.play.echoes:
            return Vote.RIGHT if self.right else Vote.FALSE
        return Vote.OTHER if self.play.vote is Vote.FALSE and not ours else self.play.vote

    def _appellant(self, heard: Heard, appeals: int) -> tuple[Party | None, int]:
        """Who asks for a further round, and how many the members can ask for after it."""
        last = heard[-1]
        if last.seats == ROUND_SEATS[-1]:
            return None, appeals
        if last.winner is not Vote.RIGHT:
            return self._witness(heard), appeals
        if appeals:
            return next(party for party in Party if party in self.play.members), appeals - 1
        return None, 0

    def _witness(self, heard: Heard) -> Party | None:
        """Who appeals a tally that is wrong; nobody, if nobody honest knows, or can pay."""
        members = self.play.members
        paid = sum(one.appellant not in (None, *members) for one in heard)
        if self.play.answers is not None and paid >= self.play.answers:
            return None
        rejected = self.right and heard[-1].winner is not None
        if rejected and Party.PROVIDER not in members:
            return Party.PROVIDER
        known = any(one.others and one.others_vote is Vote.RIGHT for one in heard)
        return Party.WITNESS if known else None
