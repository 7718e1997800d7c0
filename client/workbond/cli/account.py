"""`workbond account`: which accounts there are; keys and money are in files of their own."""

from __future__ import annotations

import click

from workbond.cli.account_keys import add, as_json, export, import_, new
from workbond.cli.account_money import balance, deposit, faucet, withdraw
from workbond.cli.group import OrderedGroup
from workbond.cli.options import Settings, with_settings
from workbond.cli.output import emit, next_step, say, table


@click.group(cls=OrderedGroup)
def account() -> None:
    """Keys, balances, and money in and out of the market.

    Accounts of Foundry and geth are found where they are; `add` brings those of Web3Signer or Clef.

    \b
    Example, on a local chain:
      workbond account new me
      workbond account faucet me
      workbond account deposit 100 --account me
    """


@click.command("list")
@with_settings("home", "json")
def list_(settings: Settings) -> None:
    """List the accounts on this machine, and where they are from.

    Workbond's own are in --home; those of Foundry and geth are read where they are.

    \b
    Example:
      workbond account list
    """
    from workbond import accounts

    found = accounts.entries(settings.home, settings.keystores)
    if settings.json:
        emit([as_json(entry) for entry in found])
        return
    if not found:
        say(f"No account in {settings.home}.")
        next_step("workbond account new NAME")
        return
    rows = [[e.name, e.known_address or "known when opened", e.source] for e in found]
    say(table(["name", "address", "from"], rows))
    closed = [entry.name for entry in found if entry.known_address is None]
    if closed:
        next_step(f"workbond account address {closed[0]}")
    else:
        next_step(f"workbond account balance {found[0].name}")


@click.command()
@click.argument("who", required=False, metavar="[NAME]")
@with_settings("account", "password", "json")
def address(settings: Settings, who: str | None) -> None:
    """Show an account's address.

    Foundry's keystores don't tell it: the first time, the password is asked for to learn it.

    \b
    Examples:
      workbond account address me
      workbond account address ~/.foundry/keystores/deployer
    """
    found = settings.address(who)
    if settings.json:
        emit({"name": settings.entry(who).name, "address": found})
    else:
        say(found)
        next_step(f"workbond account balance {settings.entry(who).name}")


for _command in (new, import_, add, export, list_, address, balance, deposit, withdraw, faucet):
    account.add_command(_command)
