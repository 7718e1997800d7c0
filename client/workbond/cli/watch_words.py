"""A followed job in words: what its events say, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workbond.cli.case_words import CASE_WORDS
from workbond.cli.output import short_address
from workbond.money import rounded, tokens
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.chain.abi import Event
    from workbond.requester.watch import View


def event_words(event: Event) -> str:
    """What happened, short enough for a line of 60 characters in nearly all cases."""
    return _WORDS[event.name](event.args)


def price_words(price: int) -> str:
    return f"{tokens(rounded(price))} per 10^12 units"


def plain_lines(view: View, *, first: bool) -> Iterator[str]:
    """A line for each change, with the chain's time (UTC) and the job's state."""
    from workbond.audit.events import utc
    from workbond.requester.labels import state_label
    from workbond.requester.watch import Change
    from workbond.requester.why.lookout import headline

    status = view.status
    now = utc(status.now_s)
    for dated in view.news:
        yield f"{utc(dated.at_s)}  {event_words(dated.event)}"
    if first or Change.STATE in view.changes or Change.DUE in view.changes:
        yield f"{now}  {state_label(status.record)}: {status.words}"
        if status.then is not None:
            yield f"{now}  {status.then}"
    for answer in view.books if Change.WHY in view.changes else ():
        yield f"{now}  {answer.line}"
    if Change.WHY in view.changes and not view.books:
        yield f"{now}  {headline(view.reasons or ())}"


def _posted(args: Mapping[str, Any]) -> str:
    request = args["request"]
    return f"posted: {plural(request.tasks, 'task')}, bond {tokens(request.bond)}"


def _matched(args: Mapping[str, Any]) -> str:
    provider, price = short_address(args["provider"]), price_words(args["unitPrice"])
    how = "taken by" if set(args["matcher"][2:]) == {"0"} else "matched with"
    return f"{how} {provider} at {price}"


def _demanded(args: Mapping[str, Any]) -> str:
    return f"{plural(len(args['pairs']), 'piece')} of output demanded"


def _answered(args: Mapping[str, Any]) -> str:
    rest = "all demanded output is shown" if args["answered"] == 255 else "demanded output is shown"
    return f"{rest}, for {tokens(args['fees'])}"


def _accepted(args: Mapping[str, Any]) -> str:
    return f"accepted by {short_address(args['provider'])} at {price_words(args['unitPrice'])}"


def _claimed(args: Mapping[str, Any]) -> str:
    return "result sealed on the chain"


def _settled(args: Mapping[str, Any]) -> str:
    how = "approved" if args["approved"] else "settled"
    return f"{how}: {tokens(args['payment'])} paid, {tokens(args['refund'])} back"


def _cancelled(args: Mapping[str, Any]) -> str:
    return f"cancelled: {tokens(args['refund'])} back"


def _voided(args: Mapping[str, Any]) -> str:
    compensated = (
        f", and {tokens(args['compensation'])} of the bond" if args["compensation"] else ""
    )
    return f"void: {tokens(args['refund'])} back{compensated}"


def _resolved(args: Mapping[str, Any]) -> str:
    if args["rejected"]:
        got = f", {tokens(args['toChallenger'])} of the bond to who challenged it"
        return f"the result is rejected{got if args['toChallenger'] else ''}"
    if args["timedOut"]:
        return "nobody decided in time: the result stands"
    return "the result stands"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "JobPosted": _posted,
    "JobMatched": _matched,
    "JobAccepted": _accepted,
    "JobClaimed": _claimed,
    "OutputDemanded": _demanded,
    "OutputAnswered": _answered,
    "JobSettled": _settled,
    "JobCancelled": _cancelled,
    "JobVoided": _voided,
    "JobDisputed": lambda args: "disputed: its resolver opened a case",
    "CaseResolved": _resolved,
    **CASE_WORDS,
}
