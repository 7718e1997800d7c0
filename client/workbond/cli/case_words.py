"""What the committee's events say of a case, each short enough for a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbond.cli.output import short_address
from workbond.money import tokens
from workbond.words import plural

SHOWN_DIGITS = 8  # of a vote: to tell one from another
OUTCOMES = ("upheld", "rejected", "undecided", "abandoned")


def _opened(args: Mapping[str, Any]) -> str:
    who = short_address(args["opener"])
    return f"drawn for an audit, opened by {who}" if args["audited"] else f"case opened by {who}"


def _challenged(args: Mapping[str, Any]) -> str:
    bond = tokens(args["bond"])
    return f"challenged by {short_address(args['challenger'])}, with a bond of {bond}"


def _seed(args: Mapping[str, Any]) -> str:
    return f"the seats of round {args['round'] + 1} are drawn by block {args['seedBlock']}"


def _drawn(args: Mapping[str, Any]) -> str:
    holders = len(set(args["verifiers"]))
    seats = plural(len(args["verifiers"]), "seat")
    return f"{seats} of round {args['round'] + 1} drawn, of {plural(holders, 'verifier')}"


def _committed(args: Mapping[str, Any]) -> str:
    return f"seat {args['seat']} of {short_address(args['verifier'])} committed"


def _revealed(args: Mapping[str, Any]) -> str:
    if not any(args["vote"]):
        return f"seat {args['seat']} could not get the inputs"
    return f"seat {args['seat']} found 0x{args['vote'].hex()[:SHOWN_DIGITS]}"


def _appealed(args: Mapping[str, Any]) -> str:
    paid = tokens(args["prepaid"])
    return f"appealed by {short_address(args['appellant'])}, who prepaid {paid}"


def _closed(args: Mapping[str, Any]) -> str:
    outcome = args["outcome"]
    name = OUTCOMES[outcome] if outcome < len(OUTCOMES) else f"outcome {outcome}"
    return f"case closed: {name}"


def _crank(args: Mapping[str, Any]) -> str:
    return f"{short_address(args['account'])} got a tip of {tokens(args['amount'])}"


def _seat_settled(args: Mapping[str, Any]) -> str:
    who, lost = f"seat {args['seat']} of {short_address(args['verifier'])}", args["penalty"]
    return f"{who} got {tokens(args['fee'])}" + (f" and lost {tokens(lost)}" if lost else "")


def _challenge_settled(args: Mapping[str, Any]) -> str:
    who = short_address(args["challenger"])
    if args["returned"]:
        return f"{who} got the bond of its challenge back"
    return f"{who} lost the bond of its challenge, {tokens(args['bond'])}"


def _appeal_settled(args: Mapping[str, Any]) -> str:
    back = tokens(args["returned"] + args["repaid"])
    return f"{short_address(args['appellant'])} got {back} of its appeal back"


CASE_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "CaseOpened": _opened,
    "Challenged": _challenged,
    "SeedRequested": _seed,
    "SeatsDrawn": _drawn,
    "VoteCommitted": _committed,
    "VoteRevealed": _revealed,
    "CaseAppealed": _appealed,
    "CaseClosed": _closed,
    "CrankPaid": _crank,
    "SeatSettled": _seat_settled,
    "ChallengeSettled": _challenge_settled,
    "AppealSettled": _appeal_settled,
}
