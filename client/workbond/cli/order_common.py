"""What the commands of `workbond order` share."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.options import Settings
from workbond.cli.order_files import read_order, write_order
from workbond.cli.output import next_step, note, printable, say
from workbond.errors import UsageError
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.orders import SignedOrder
    from workbond.requester.books import BookAnswer
    from workbond.requester.desk import Desk
    from workbond.requester.drawer import Kept

MIN_ID_DIGITS = 6
CLOCK_AHEAD_MAX_S = 3_600
LAST = "last"
_DIGITS = re.compile(rf"(?:0x)?([0-9a-fA-F]{{{MIN_ID_DIGITS},64}})")

output_option = click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the signed order there; default: standard output.",
)
matcher_option = click.option(
    "--matcher", metavar="ADDRESS", help="The only one that may match it; default: anybody."
)
books_option = click.option(
    "--book",
    "books",
    multiple=True,
    metavar="URL",
    help="Ask this order book; may be repeated; default: those that it was sent to.",
)


def valid_for_option(words: str, default: int | None = None) -> Callable[[Any], Any]:
    """The option --valid-for."""
    return click.option(
        "--valid-for",
        "valid_for_s",
        type=click.IntRange(1, 90 * 86_400),
        metavar="SECONDS",
        default=default,
        show_default=default is not None,
        help=words,
    )


def require_clock(desk: Desk) -> None:
    """Raises `UsageError` where the node's time is not ours: an order that is signed by the clock
    of a node that lies could be used long after its signer thinks that it is over."""
    connection = desk.market.connection
    ahead_s = desk.now_s() - int(time.time())
    if ahead_s > CLOCK_AHEAD_MAX_S and not connection.is_on_this_machine:
        raise UsageError(
            f"the chain at {connection.label} is {duration(ahead_s)} ahead of this machine's "
            "clock, and what is signed would hold as much longer: check the clock, or use another "
            "node with --rpc"
        )


def hand_out(settings: Settings, signed: SignedOrder, output: Path | None) -> None:
    """Writes a fresh order where the user wants it, and says what comes next."""
    name = f"0x{signed.id.hex()}"
    if output is None:
        click.echo(signed.to_bytes().decode())
        note(f"Signed {signed.kind} {name}.")
        next_step(f"workbond order send {name[:18]} --book URL")
        return
    write_order(output, signed)
    if settings.json:
        click.echo(signed.to_bytes().decode())
        return
    say(f"Signed {signed.kind} {name}")
    say(f"It is in {printable(output)}.")
    next_step(f"workbond order send {shlex.quote(str(output))} --book URL")


def kept_of(settings: Settings, desk: Desk, text: str) -> Kept:
    """The order that a file holds, or that `text` names by its id or the beginning of it; `last`
    is the one signed or sent last, by the account if one is chosen.

    Raises:
        UsageError: neither; or it is for another chain or market.
    """
    from workbond.requester.drawer import Kept

    match = _DIGITS.fullmatch(text)
    if text == LAST and not Path(text).exists():
        return _last(settings, desk)
    if match is None or Path(text).exists():
        signed = read_order(text)
        known = desk.drawer.find(signed.id)
        kept = Kept(signed, () if known is None else known.books)
    else:
        kept = _by_digits(desk, match[1].lower())
    _require_here(desk, kept.signed)
    return kept


def as_author(settings: Settings, author: str) -> Settings:
    """The settings with the account of an order's author, who alone may do what follows; as they
    are if it is not among the accounts here."""
    from workbond.errors import AuthError

    try:
        name = settings.entry(author).name
        same = settings.entry(name).known_address == author
    except AuthError:
        return settings
    return replace(settings, account=name if same else author)


def _last(settings: Settings, desk: Desk) -> Kept:
    own = settings.address() if settings.account is not None else None
    for kept in desk.drawer.all(desk.market.connection.chain_id, desk.market.address):
        if own in (None, kept.signed.author):
            return kept
    raise UsageError("no order was signed here yet: see `workbond order sign --help`")


def _by_digits(desk: Desk, digits: str) -> Kept:
    found = [order_id for order_id in desk.drawer.ids() if order_id.hex().startswith(digits)]
    if len(found) > 1:
        raise UsageError(f"{len(found)} orders signed here begin with 0x{digits}: give more digits")
    kept = desk.drawer.find(found[0]) if found else None
    if kept is None:
        raise UsageError(
            f"no order that begins with 0x{digits} was signed on this machine: give its file, or "
            "see `workbond order list`"
        )
    return kept


def _require_here(desk: Desk, signed: SignedOrder) -> None:
    here = (desk.market.connection.chain_id, desk.market.address)
    if (signed.chain_id, signed.market) != here:
        same = signed.chain_id == here[0]
        cure = "market's file with --deployments" if same else "chain with --rpc"
        raise UsageError(
            f"order 0x{signed.id.hex()} is for the market {signed.market} on chain "
            f"{signed.chain_id}, and this is {here[1]} on chain {here[0]}: name its {cure}"
        )


def chosen_books(settings: Settings, given: Sequence[str], kept: Kept | None) -> tuple[str, ...]:
    """The books to talk to: those given, else those that have the order, else the settings'."""
    from workbond.requester.books import check_books

    if given:
        return check_books(given)
    if kept is not None and kept.books:
        return kept.books
    return check_books(settings.layers.find("requester.books", None).value)


def say_answers(settings: Settings, answers: Sequence[BookAnswer]) -> None:
    """What each book says of an order; notes where standard output is a program's."""
    tell = note if settings.json else say
    for answer in answers:
        tell(printable(answer.line))
