"""The committee's events in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from workbond.chain.cases import UNAVAILABLE, Outcome, Policy
from workbond.errors import UsageError
from workbond.money import tokens
from workbond.words import plural

Args = Mapping[str, Any]
SHOWN_DIGITS = 16  # of a vote


def policy_words(word: bytes) -> str:
    """What a request's policy asks of the committee."""
    try:
        policy = Policy.decode(word)
    except UsageError:
        return f"policy 0x{word.hex()}"
    rate = f"{policy.rate_bps / 100:g}% of claims audited"
    return f"{policy.seats} seats at first, {rate}"


def vote_words(vote: bytes) -> str:
    """A vote: the beginning of a D, or that there was none to be found."""
    if vote == UNAVAILABLE:
        return "could not get the inputs"
    return f"found D 0x{vote.hex()[:SHOWN_DIGITS]}..."


def _opened(args: Args) -> str:
    how = "the lottery chose it, said" if args["audited"] else "challenged by"
    policy = policy_words(args["policy"])
    return f"{how} {args['opener']}; claim of {args['provider']}, {policy}"


def _drawn(args: Args) -> str:
    held: Counter[str] = Counter(args["verifiers"])
    seats = ", ".join(f"{who} {count}" if count > 1 else who for who, count in held.items())
    return f"round {args['round']}: {plural(len(args['verifiers']), 'seat')}: {seats}"


def _revealed(args: Args) -> str:
    return f"seat {args['seat']} of round {args['round']} {vote_words(args['vote'])}"


def _closed(args: Args) -> str:
    known = args["outcome"] <= max(Outcome)
    outcome = Outcome(args["outcome"]).label if known else f"outcome {args['outcome']}"
    parts = [f"income {tokens(args['income'])}"]
    for member, whose in (
        ("toRequester", f"back to {args['requester']}"),
        ("toProvider", f"to {args['provider']}"),
        ("burned", "burned"),
    ):
        if args[member]:
            parts.append(f"{tokens(args[member])} {whose}")
    return f"{outcome}: {', '.join(parts)}"


def _seat(args: Args) -> str:
    lost = f", loses {tokens(args['penalty'])}" if args["penalty"] else ""
    place = f"seat {args['seat']} of round {args['round']}"
    return f"{place}: {tokens(args['fee'])} to {args['verifier']}{lost}"


def _challenge(args: Args) -> str:
    return f"{args['challenger']} gets back {tokens(args['returned'])} of {tokens(args['bond'])}"


def _appeal(args: Args) -> str:
    repaid = f", {tokens(args['repaid'])} repaid out of penalties" if args["repaid"] else ""
    return f"round {args['round']}: {tokens(args['returned'])} back to {args['appellant']}{repaid}"


CASE_WORDS: dict[str, Callable[[Args], str]] = {
    "CaseOpened": _opened,
    "Challenged": lambda a: f"by {a['challenger']}, bond {tokens(a['bond'])}",
    "SeedRequested": lambda a: f"round {a['round']} is drawn by the hash of block {a['seedBlock']}",
    "SeatsDrawn": _drawn,
    "VoteCommitted": lambda a: f"seat {a['seat']} of round {a['round']}: {a['verifier']}",
    "VoteRevealed": _revealed,
    "CaseAppealed": lambda a: f"by {a['appellant']}: round {a['round']} for {tokens(a['prepaid'])}",
    "CaseClosed": _closed,
    "CrankPaid": lambda a: f"{tokens(a['amount'])} to {a['account']}",
    "SeatSettled": _seat,
    "ChallengeSettled": _challenge,
    "AppealSettled": _appeal,
}
