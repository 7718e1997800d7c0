"""Options that say who judges a job's result: shared by `job quote`, `submit` and `order sign`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.options import TOKENS, Settings, form
from workbond.cli.output import note
from workbond.errors import UsageError
from workbond.shares import parse_share

if TYPE_CHECKING:
    from workbond.jobfile import JobFile
    from workbond.requester.desk import Desk
    from workbond.requester.judged import Choice

CASE_FOR_MAX_S = 28 * 86_400  # what a committee takes
SEATS = ("3", "7", "15", "31")
NAMES = ("resolver", "value", "audit_rate", "seats", "case_fee", "case_for_s")


def share(text: str) -> int:
    """The type of a share on the command line."""
    try:
        return parse_share(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


_OPTIONS = (
    click.option(
        "--resolver",
        metavar="WHO",
        help="Who judges a disputed result: committee, none, or another committee's address.",
    ),
    click.option(
        "--value",
        type=form(TOKENS, "--value"),
        metavar="AMOUNT",
        help="What a wrong result could be worth to somebody; default: what the job pays.",
    ),
    click.option(
        "--audit-rate",
        type=form(share, "--audit-rate"),
        metavar="PERCENT",
        help="Share of such results that a lottery has judged; default: by what is at risk.",
    ),
    click.option(
        "--seats",
        type=click.Choice(SEATS),
        help="Verifiers in a case's first round; default: the cheapest that bond and time allow.",
    ),
    click.option(
        "--case-fee",
        type=form(TOKENS, "--case-fee"),
        metavar="AMOUNT",
        help="What they are paid from, at most 1/4 of the bond; default: by what is at risk.",
    ),
    click.option(
        "--case-for",
        "case_for_s",
        type=click.IntRange(1, CASE_FOR_MAX_S),
        metavar="SECONDS",
        help="How long a case may take; default: as long as it can with all its appeals.",
    ),
)


def judging_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options and passes what they say as `choice`, a `Choice`."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from workbond.requester.judged import Choice

        given = {name: kwargs.pop(name) for name in NAMES}
        if given["seats"] is not None:
            given["seats"] = int(given["seats"])
        return command(*args, choice=Choice(**given), **kwargs)

    wrapped: Callable[..., Any] = wrapper
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def settled(settings: Settings, job: JobFile, choice: Choice, committee: str | None) -> JobFile:
    """The job with its judging settled; `committee` is the address of the deployment's."""
    from workbond.requester.judged import judged

    return judged(job, committee, choice, settings.layers.find("requester.resolver", None).value)


def settled_at(settings: Settings, desk: Desk, job: JobFile, choice: Choice) -> JobFile:
    """As `settled`, and a note for each thing outside what is recommended."""
    from workbond.requester.judged import cautions_of

    found = settled(settings, job, choice, desk.committee_address)
    ours = desk.committee is not None and found.judging.resolver == desk.committee.address
    least = desk.committee.min_stake if ours and desk.committee is not None else None
    for caution in cautions_of(found, least, desk.committee_address):
        note(f"Warning: {caution.text}.")
    return found
