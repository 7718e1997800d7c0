"""`workbond order sign`: requests and offers are in files of their own."""

from __future__ import annotations

import click

from workbond.cli.group import LazyGroup

COMMANDS = {
    "request": ("workbond.cli.order_request", "Sign a job as a request for order books."),
    "offer": ("workbond.cli.order_offer", "Sign what a provider is ready to be bound to."),
}


@click.group(cls=LazyGroup, found=COMMANDS)
def sign() -> None:
    """Sign a request or an offer; nothing is sent.

    The signed order is JSON, on standard output or in a file, for `workbond order send`.

    \b
    Examples:
      workbond order sign request job.toml --gateway https://gateway.example
      workbond order sign offer --min-price 1000 --any-spec
    """
