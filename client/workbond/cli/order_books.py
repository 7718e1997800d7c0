"""`workbond order send`, `status` and `list`: orders in books, and on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workbond.cli.job_common import desk_of
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.order_common import books_option, chosen_books, kept_of, say_answers
from workbond.cli.output import emit, next_step, say, short_id, table
from workbond.errors import BookError, UsageError

if TYPE_CHECKING:
    from workbond.requester.books import BookAnswer
    from workbond.requester.drawer import Kept
    from workbond.requester.standing import OrderStanding

LISTED = 100


@click.command()
@click.argument("orders", nargs=-1, required=True, metavar="FILE|ID...")
@click.option("--book", "books", multiple=True, metavar="URL", help="To this book; repeatable.")
@with_settings("rpc", "deployments", "account", "json")
def send(settings: Settings, orders: tuple[str, ...], books: tuple[str, ...]) -> None:
    """Send signed orders to one or several books.

    Each book answers for itself; exit code 6 if no book took one of the orders. Nobody is trusted
    with anything: a book can only use an order as its signer allows, or leave it.

    \b
    Example:
      workbond order send offer.json --book https://book.example \\
        --book https://other.example
    """
    from workbond.requester import books as library
    from workbond.requester.matching import rests

    desk, _ = desk_of(settings)
    found = [kept_of(settings, desk, text) for text in orders]
    urls = chosen_books(settings, books, None)
    if not urls:
        raise UsageError("no book is named: give --book URL, or set requester.books")
    results, refused = [], []
    for kept in found:
        answers = library.send(urls, kept.signed)
        taken = tuple(answer.url for answer in answers if answer.listing is not None)
        if taken:  # what every book refused must not replace the order of that id that is sound
            desk.drawer.keep(kept.signed, taken)
        if not rests(answers):
            refused.append(kept)
        results.append(_sent_json(kept, answers))
        if not settings.json:
            say(f"{kept.signed.kind} {short_id(kept.signed.id)}:")
            say_answers(settings, answers)
    if settings.json:
        emit(results)
    if refused:
        names = ", ".join(short_id(kept.signed.id) for kept in refused)
        raise BookError(f"no book took {names}: see what each said, and use another book")
    if not settings.json:
        next_step(f"workbond order status {short_id(found[0].signed.id)}")


@click.command()
@click.argument("order", metavar="FILE|ID")
@books_option
@with_settings("rpc", "deployments", "account", "json")
def status(settings: Settings, order: str, books: tuple[str, ...]) -> None:
    """Show where an order stands, on the chain and in books.

    The chain decides: which jobs it became, whether it is used up, revoked, or not covered. The
    books say why it was not matched, with coded reasons.

    \b
    Examples:
      workbond order status 0x3f2a91
      workbond order status offer.json --book https://book.example --json
    """
    from workbond.requester import books as library
    from workbond.requester.standing import checked_standing

    desk, _ = desk_of(settings)
    kept = kept_of(settings, desk, order)
    standing = checked_standing(desk, kept.signed)
    answers = library.ask(chosen_books(settings, books, kept), kept.signed.id)
    if settings.json:
        emit(
            _head_json(kept)
            | {"chain": standing.to_json(), "books": [a.to_json() for a in answers]}
        )
        return
    _say_status(kept, standing, answers)
    name = short_id(kept.signed.id)
    if standing.jobs:
        suggest(settings, f"workbond job status {short_id(standing.jobs[0])}")
    elif not standing.code.lives:
        suggest(settings, "workbond order list")
    elif not answers:
        next_step(f"workbond order send {name} --book URL")
    else:
        suggest(settings, f"workbond order cancel {name}")


def _say_status(kept: Kept, standing: OrderStanding, answers: list[BookAnswer]) -> None:
    signed = kept.signed
    rows = [
        ["kind", signed.kind],
        ["author", signed.author],
        ["on the chain", f"{standing.code.name}: {standing.words}"],
    ]
    rows += [["job", f"0x{job.hex()}"] for job in standing.jobs]
    rows += [[answer.url, answer.words] for answer in answers]
    say(f"Order 0x{signed.id.hex()}")
    say(table(["", ""], rows))


@click.command("list")
@with_settings("rpc", "deployments", "account", "json")
def list_(settings: Settings) -> None:
    """List the orders that this machine signed.

    With their state on the chain, the latest first, 100 at most; of the account, if one is chosen.
    Books are not asked: `status` does that.

    \b
    Example:
      workbond order list --account provider
    """
    import itertools

    from workbond.requester.standing import standing_of

    desk, _ = desk_of(settings)
    own = settings.address() if settings.account is not None else None
    here = desk.drawer.all(desk.market.connection.chain_id, desk.market.address)
    mine = (kept for kept in here if own in (None, kept.signed.author))
    found = [(kept, standing_of(desk, kept.signed)) for kept in itertools.islice(mine, LISTED)]
    if settings.json:
        emit([_head_json(kept) | {"chain": standing.to_json()} for kept, standing in found])
        return
    if not found:
        say("No orders were signed here yet.")
        next_step("workbond order sign --help")
        return
    rows = [
        [short_id(kept.signed.id), kept.signed.kind, standing.code.name, standing.words]
        for kept, standing in found
    ]
    say(table(["order", "kind", "state", ""], rows))
    suggest(settings, f"workbond order status {short_id(found[0][0].signed.id)}")


def _head_json(kept: Kept) -> dict[str, Any]:
    signed = kept.signed
    return {"id": "0x" + signed.id.hex(), "kind": signed.kind, "author": signed.author}


def _sent_json(kept: Kept, answers: list[BookAnswer]) -> dict[str, Any]:
    return _head_json(kept) | {"books": [answer.to_json() for answer in answers]}
