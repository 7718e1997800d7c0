"""Strategies: what each role, and each pair that colludes, could do instead of what is honest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from .course import Party, Vote

R, P, C, V = Party.REQUESTER, Party.PROVIDER, Party.CHALLENGER, Party.KIN


class Claim(Enum):
    """What a provider that deviates does with its job."""

    HONEST = "honest"
    CORRUPT = "corrupt"
    """Executes all, and changes one task's output."""
    INVENTED = "invented"
    """Executes nothing."""
    WITHHELD = "withheld"
    """Executes nothing, claims, and shows no outputs when they are demanded."""
    DROPPED = "dropped"
    """Never claims."""


class Challenge(Enum):
    """What a challenger that deviates does."""

    NONE = "none"
    TRUE = "true"
    """Challenges what it has found to be wrong, with the right result: honest."""
    FALSE = "false"
    """Challenges whatever was claimed, with a result that is wrong."""
    BACKED = "backed"
    """Joins a case that the lottery opened, with the right result, for the challenger's share."""


class When(Enum):
    """In which rounds the owner's seats deviate."""

    NEVER = "never"
    ALWAYS = "always"
    MOST = "most"
    """Where they see that they have most seats of a round: seats are drawn in public."""


@dataclass(frozen=True)
class Play:
    """A strategy.

    Args:
        members: whose gains count together. Who deviates also turns all cranks, and did so before.
        vote: of the owner's seats where they deviate; a false one is for another wrong result where
            the claim is wrong by a stranger's doing.
        echoes: they vote for what was claimed, and don't execute.
        appeals: how often the members appeal a tally that is right.
        hides: inputs are kept from the other seats of rounds in which the owner has most. An
            honest provider serves them all the same.
        knows: the challenger has executed the job anyway; honest, it challenges what is wrong.
        waives: the requester approves before the lottery is known.
        unserved: in a world in which no provider serves inputs.
        answers: how many appeals those can pay who know a tally to be wrong; None: all.
    """

    name: str
    members: frozenset[Party]
    claim: Claim = Claim.HONEST
    challenge: Challenge = Challenge.NONE
    when: When = When.NEVER
    vote: Vote = Vote.RIGHT
    echoes: bool = False
    appeals: int = 0
    hides: bool = False
    knows: bool = False
    waives: bool = False
    unserved: bool = False
    answers: int | None = None

    def __str__(self) -> str:
        return f"{self.who}: {self.name}"

    @property
    def who(self) -> str:
        """`provider + verifiers`."""
        return " + ".join(party.value for party in Party if party in self.members)


def play(name: str, *members: Party, **how: Any) -> Play:
    return Play(name, frozenset(members), **how)


INVENTED: dict[str, Any] = {"claim": Claim.INVENTED}
FALSELY: dict[str, Any] = {"challenge": Challenge.FALSE}
ALWAYS: dict[str, Any] = {"when": When.ALWAYS, "vote": Vote.FALSE}
MOST: dict[str, Any] = {"when": When.MOST, "vote": Vote.FALSE}
ABSENT, SILENT = {"vote": Vote.UNAVAILABLE}, {"vote": Vote.SILENT}

PLAYS = (
    play("corrupts one task", P, claim=Claim.CORRUPT),
    play("invents the result", P, **INVENTED),
    play("claims, and withholds outputs", P, claim=Claim.WITHHELD),
    play("never claims", P, claim=Claim.DROPPED),
    play("withholds inputs from the seats", R, hides=True),
    play("denies what is right", R),
    play("challenges what is right", C, **FALSELY),
    play("keeps quiet about what it found wrong", C, knows=True),
    play("lazy: guesses, as D is sealed", V, **ALWAYS),
    play("votes UNAVAILABLE always", V, when=When.ALWAYS, **ABSENT),
    play("votes UNAVAILABLE with most seats", V, when=When.MOST, **ABSENT),
    play("silent always", V, when=When.ALWAYS, **SILENT),
    play("silent with most seats", V, when=When.MOST, **SILENT),
    play("votes falsely with most seats", V, **MOST),
    play("bribed: votes falsely, before its bribe", V, **ALWAYS),
    play("works, and tells its seats", P, V, echoes=True, when=When.ALWAYS),
    play("invents, seats echo it", P, V, **INVENTED, **ALWAYS),
    play("invents, seats echo it with most seats", P, V, **INVENTED, **MOST),
    play("the same, and appeals once", P, V, **INVENTED, **MOST, appeals=1),
    play("invents, seats UNAVAILABLE with most", P, V, **INVENTED, when=When.MOST, **ABSENT),
    play("a made-up job", R, P, **INVENTED),
    play("invents, challenged falsely", P, C, **INVENTED, **FALSELY),
    play("invents, insured by a challenge", P, C, **INVENTED, challenge=Challenge.BACKED),
    play("rejected by its own seats with most", R, V, **MOST),
    play("the same, and appeals once", R, V, **MOST, appeals=1),
    play("withholds inputs where its seats are most", R, V, hides=True),
    play("challenges by a second name", R, C, **FALSELY),
    play("challenges, seats agree", C, V, **FALSELY, **ALWAYS),
    play("challenges, seats agree with most", C, V, **FALSELY, **MOST),
    play("the same, and appeals once", C, V, **FALSELY, **MOST, appeals=1),
    play("invents, insured and echoed", P, C, V, **INVENTED, **MOST, challenge=Challenge.BACKED),
    play("challenges by a second name, seats agree", R, C, V, **FALSELY, **MOST),
    play("a job whose inputs only its seats get", R, P, V, hides=True),
)
"""Each is compared with honest play of the same members."""

ECHO = play("lazy: D has leaked, and it echoes it", V, echoes=True, when=When.ALWAYS)
CHEATS = [one for one in PLAYS if one.claim in (Claim.CORRUPT, Claim.INVENTED)]
HOARD = next(one for one in PLAYS if one.hides and one.members == {R, V})
CAPTURES = [one for one in PLAYS if one.when is When.MOST and not one.appeals]
UNANSWERED = [replace(one, name=f"{one.name}; nobody appeals", answers=0) for one in CAPTURES]
ANSWERED_ONCE = [
    replace(one, name=f"{one.name}; one appeal", answers=1)
    for one in CAPTURES
    if P not in one.members
]
ANSWERED_TWICE = [
    replace(one, name=one.name.replace("; one appeal", "; two appeals"), answers=2)
    for one in ANSWERED_ONCE
]
"""The provider of a right claim, or a seat, can pay for so many appeals and no more."""
EXPOSED = (
    ECHO,
    replace(HOARD, name="withholds inputs, which nobody else serves", unserved=True),
    *UNANSWERED,
    *ANSWERED_ONCE,
)
"""Where an assumption of honest play does not hold: what it is worth."""
