"""`workbond order cancel`: taking orders back, softly at books and for good on the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.job_common import desk_of
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.order_common import (
    as_author,
    books_option,
    chosen_books,
    kept_of,
    say_answers,
)
from workbond.cli.output import emit, say, short_id
from workbond.errors import UsageError
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.requester.books import BookAnswer
    from workbond.requester.desk import Desk
    from workbond.requester.drawer import Kept

WITHDRAWN_MAX = 200  # orders that --all takes out of books; the chain revokes every one


@click.command()
@click.argument("orders", nargs=-1, metavar="FILE|ID...")
@click.option(
    "--all", "everything", is_flag=True, help="Whatever the account signed, by one transaction."
)
@click.option("--soft", is_flag=True, help="Only withdraw from books: no gas, but no guarantee.")
@click.option("--hard", is_flag=True, help="Only revoke on the chain.")
@books_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def cancel(
    settings: Settings,
    orders: tuple[str, ...],
    everything: bool,
    soft: bool,
    hard: bool,
    books: tuple[str, ...],
    yes: bool,
) -> None:
    """Withdraw orders from books and revoke them for good.

    \b
    Two ways, and both unless you choose one:
      soft  books are asked to forget the order: free and at once, but whoever
            has a copy of it can still use it
      hard  a transaction after which nobody can use it; --all raises the
            account's order counter, which revokes all that it ever signed

    \b
    Examples:
      workbond order cancel 0x3f2a91
      workbond order cancel offer.json --soft
      workbond order cancel --all
    """
    if bool(orders) == everything:
        raise UsageError("give the orders to cancel by file or id, or --all for every one")
    if soft and hard:
        raise UsageError("--soft and --hard are both done by default: give one, or none")
    desk, _ = desk_of(settings)
    found = [kept_of(settings, desk, text) for text in orders]
    if found and settings.account is None:
        settings = as_author(settings, found[0].signed.author)
    owner = settings.address()
    if everything:
        found = _all_of(desk, owner)
    else:
        for kept in found:
            _require_author(kept, owner)
    calls = [] if soft else _calls(desk, found, everything)
    bill = _bill(desk, owner, found, calls, everything=everything, hard=hard)
    bill.ask(_question(found, everything), yes=yes, json=settings.json)
    answers = [] if hard else _withdraw(settings, found, books)
    sent = []
    with sending():
        for function, args in calls:
            sent.append(desk.market.transact(settings.signer(), function, *args))
    if settings.json:
        emit(
            {
                "orders": ["0x" + kept.signed.id.hex() for kept in found],
                "books": [answer.to_json() for answer in answers],
                "transactions": ["0x" + receipt.tx_hash.hex() for receipt in sent],
            }
        )
        return
    say_answers(settings, answers)
    if sent:
        what = "Everything that the account signed" if everything else _names(found)
        say(f"{what} can't be used by anybody any more.")
    elif soft:
        say("Books were asked; who has a copy can still use it until its time is over.")
        suggest(settings, f"workbond order cancel {short_id(found[0].signed.id)} --hard")
        return
    else:
        say(f"{_names(found)} could not be used by anybody already.")
    suggest(settings, "workbond order list")


def _all_of(desk: Desk, owner: str) -> list[Kept]:
    """The account's orders that are in books, as far as this machine knows."""
    here = desk.drawer.all(desk.market.connection.chain_id, desk.market.address)
    found = []
    for kept in here:
        if kept.signed.author == owner and kept.books:
            found.append(kept)
        if len(found) == WITHDRAWN_MAX:
            break
    return found


def _require_author(kept: Kept, owner: str) -> None:
    if kept.signed.author != owner:
        raise UsageError(
            f"order 0x{kept.signed.id.hex()} is {kept.signed.author}'s, not {owner}'s: only its "
            "author cancels it; choose that account with --account"
        )


def _calls(desk: Desk, found: list[Kept], everything: bool) -> list[tuple[str, tuple[Any, ...]]]:
    """The transactions that revoke the orders; refuses those that can't be revoked."""
    from workbond.chain.types import Request
    from workbond.requester.standing import Code, standing_of

    if everything:
        return [("raiseCounter", ())]
    calls: list[tuple[str, tuple[Any, ...]]] = []
    for kept in found:
        standing, name = standing_of(desk, kept.signed), f"0x{kept.signed.id.hex()}"
        if standing.code is Code.POSTED:
            raise UsageError(f"order {name} was posted: `workbond job cancel {name[:18]}` ends it")
        if standing.code is Code.MATCHED:
            raise UsageError(
                f"order {name} became a job and can't be cancelled any more: see `workbond job "
                f"status {name[:18]}`"
            )
        if standing.code in (Code.CANCELLED, Code.USED_UP):
            continue
        order = kept.signed.order
        function = "cancel" if isinstance(order, Request) else "cancelOffer"
        calls.append((function, (order.to_tuple(),)))
    return calls


def _bill(
    desk: Desk,
    owner: str,
    found: list[Kept],
    calls: list[tuple[str, tuple[Any, ...]]],
    *,
    everything: bool,
    hard: bool,
) -> Bill:
    from workbond.chain.transactions import Fee

    bill = Bill()
    if everything:
        bill.say_first("Everything that the account signed and that is no job yet is revoked.")
    for function, args in calls:
        fee: Fee = desk.market.fee(owner, function, *args)
        bill.fee(desk.market.connection.balance(owner), fee)
    if not hard:
        where = plural(len({url for kept in found for url in kept.books}), "book")
        bill.say(f"{where} asked to forget {plural(len(found), 'order')}: free, no guarantee.")
    if calls:
        bill.say("The transaction is for good: nobody can use a copy afterwards.")
    return bill


def _withdraw(settings: Settings, found: list[Kept], books: tuple[str, ...]) -> list[BookAnswer]:
    """Asks each order's books to forget it."""
    from workbond.orders import sign_withdrawal
    from workbond.requester import books as library

    answers: list[BookAnswer] = []
    for kept in found:
        urls = chosen_books(settings, books, kept)
        if urls:
            place = (kept.signed.chain_id, kept.signed.market)
            withdrawal = sign_withdrawal(settings.signer(), kept.signed.id, *place)
            answers += library.withdraw(urls, withdrawal)
    return answers


def _question(found: list[Kept], everything: bool) -> str:
    return "Revoke all?" if everything else f"Cancel {_names(found)}?"


def _names(found: list[Kept]) -> str:
    if len(found) == 1:
        return f"{found[0].signed.kind} {short_id(found[0].signed.id)}"
    return plural(len(found), "order")
