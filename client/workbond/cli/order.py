"""`workbond order`: signed requests and offers, each command in a file of its own."""

from __future__ import annotations

import click

from workbond.cli.group import LazyGroup

COMMANDS = {
    "sign": ("workbond.cli.order_sign", "Sign a request or an offer; nothing is sent."),
    "send": ("workbond.cli.order_books", "Send signed orders to one or several books."),
    "status": (
        "workbond.cli.order_books",
        "Show where an order stands, on the chain and in books.",
    ),
    "list": ("workbond.cli.order_books:list_", "List the orders that this machine signed."),
    "cancel": ("workbond.cli.order_cancel", "Withdraw orders from books and revoke them for good."),
}


@click.group(cls=LazyGroup, found=COMMANDS)
def order() -> None:
    """Sign requests and offers, send them to order books.

    A signed order costs no gas. Whoever has it can use it within its limits, until it is used up,
    its time is over, or it is revoked on the chain. An ID may be shortened to its first digits, six
    at least, of orders that this machine signed; `last` is the last of them.

    \b
    Example:
      workbond order sign offer --min-price 1000 --any-spec --output offer.json
      workbond order send offer.json --book https://book.example
      workbond order status offer.json
    """
