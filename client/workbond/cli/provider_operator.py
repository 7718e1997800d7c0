"""`workbond provider operator`: a key that runs the node, while the owner's stays cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.chain.defaults import GAS_COIN
from workbond.cli.asking import Bill, yes_option
from workbond.cli.group import OrderedGroup
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.output import emit, next_step, say
from workbond.cli.provider_terms import party

if TYPE_CHECKING:
    from workbond.cli.options import Place


@click.group(cls=OrderedGroup)
def operator() -> None:
    """Let another key run the node.

    The provider's own key holds the stake and stays cold. The operator submits results and answers
    demands for it, finalizes, and pays the gas of that; it can't accept jobs, nor move money.

    \b
    Example:
      workbond provider operator set operator --account owner
      workbond order sign offer --account owner --any-spec --min-price 1000 \\
        --max-jobs 50 --output week.json
      workbond provider run --account operator --owner owner \\
        --offers week.json --book https://book.example
    """


@operator.command(name="set")
@click.argument("who", metavar="ADDRESS|NAME")
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def set_(settings: Settings, who: str, yes: bool) -> None:
    """Name the account's operator.

    It replaces the one before.

    \b
    Examples:
      workbond provider operator set operator --account owner
      workbond provider operator set 0x7099... --account owner
    """
    from workbond.chain.types import ZERO_ADDRESS
    from workbond.errors import UsageError

    delegate = party(settings, who)
    place, owner = settings.place(), settings.address()
    if delegate in (owner, ZERO_ADDRESS):
        raise UsageError(
            f"{delegate} can't be the operator of {owner}: name another account, or take the "
            "operator away with `workbond provider operator clear`"
        )
    if place.market.delegate_of(owner) == delegate:
        if settings.json:
            emit({"address": owner, "operator": delegate, "transactions": []})
        else:
            say(f"{delegate} is the operator of {owner} already.")
        return
    _change(
        settings,
        place,
        delegate,
        [
            f"{delegate} will be able to submit results and to answer demands for {owner}.",
            "It can't accept or give back jobs, sign offers, nor move money; but its results are "
            "yours: a wrong one, or none, costs your bond.",
            f"Send it some {GAS_COIN}: it pays for its transactions.",
        ],
        "Make it the operator?",
        yes,
    )
    if not settings.json:
        say(f"{delegate} is the operator of {owner} now. Its node lives on offers that you sign:")
        run = f"workbond provider run --account {who} --owner {settings.account or owner}"
        next_step(
            f"workbond order sign offer --account {settings.account or owner} --any-spec "
            "--min-price AMOUNT --output FILE",
            f"{run} --offers FILE --book URL",
        )


@operator.command()
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def clear(settings: Settings, yes: bool) -> None:
    """Take the operator away; only the account itself acts then.

    Jobs of a node that still runs under it can't be claimed any more.

    \b
    Example:
      workbond provider operator clear --account owner
    """
    from workbond.chain.types import ZERO_ADDRESS

    place, owner = settings.place(), settings.address()
    before = place.market.delegate_of(owner)
    if before is None:
        if settings.json:
            emit({"address": owner, "operator": None, "transactions": []})
        else:
            say(f"{owner} has no operator.")
        return
    words = [f"{before} can do nothing for {owner} any more: jobs that it works on are yours."]
    _change(settings, place, ZERO_ADDRESS, words, "Take the operator away?", yes)
    if not settings.json:
        say(f"{owner} has no operator any more.")


@operator.command()
@with_settings("rpc", "deployments", "account", "json")
def show(settings: Settings) -> None:
    """Show who the operator is, and its gas coin.

    \b
    Example:
      workbond provider operator show --account owner
    """
    from workbond.money import format_amount

    place, owner = settings.place(), settings.entry().address
    found = place.market.delegate_of(owner)
    gas = 0 if found is None else place.connection.balance(found)
    if settings.json:
        emit({"address": owner, "operator": found, "gas": str(gas)})
    elif found is None:
        say(f"{owner} has no operator: only its own key acts for it.")
        suggest(settings, "workbond provider operator set ADDRESS")
    else:
        say(f"{found} is the operator of {owner}; it has {format_amount(gas)} {settings.currency}.")


def _change(
    settings: Settings, place: Place, delegate: str, words: list[str], question: str, yes: bool
) -> None:
    """Sends the change after asking; with --json tells it."""
    from workbond.chain.types import ZERO_ADDRESS

    owner = settings.address()
    bill = Bill()
    bill.fee(place.connection.balance(owner), place.market.fee(owner, "setDelegate", delegate))
    for sentence in words:
        bill.say(sentence)
    bill.ask(question, yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = place.market.set_delegate(signer, delegate)
    if settings.json:
        named = None if delegate == ZERO_ADDRESS else delegate
        transactions = ["0x" + receipt.tx_hash.hex()]
        emit({"address": owner, "operator": named, "transactions": transactions})
