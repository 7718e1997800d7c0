"""`workbond account`: keys; the commands that move money are in a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.account_money import balance, deposit, faucet, withdraw
from workbond.cli.group import OrderedGroup
from workbond.cli.options import Settings, ask_secret, with_settings
from workbond.cli.output import emit, next_step, say, table
from workbond.errors import AuthError, UsageError

if TYPE_CHECKING:
    from workbond.accounts import Entry

MAX_KEY_FILE_BYTES = 1024


@click.group(cls=OrderedGroup)
def account() -> None:
    """Keys, balances, and money in and out of the market.

    \b
    Example, on a local chain:
      workbond account new me
      workbond account faucet me
      workbond account deposit 100 --account me
    """


@account.command()
@click.argument("name")
@click.option(
    "--light-kdf", is_flag=True, help="Weak but fast key derivation, for play money only."
)
@with_settings("home", "password", "json")
def new(settings: Settings, name: str, light_kdf: bool) -> None:
    """Make a new key under NAME.

    A password protects it: without the password, nobody can use the key.

    \b
    Example:
      workbond account new me
    """
    from workbond import accounts

    accounts.require_new(settings.home, name)
    password = settings.password(f"New password for {name}", confirm=True)
    entry = accounts.create(settings.home, name, password, light_kdf=light_kdf)
    _stored(settings, entry)


@account.command("import")
@click.argument("name")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="File with the private key in hexadecimal; - reads standard input.",
)
@click.option(
    "--dev",
    type=click.IntRange(0, 9),
    metavar="N",
    help="Import anvil's public dev account N instead; local chains only.",
)
@click.option(
    "--light-kdf", is_flag=True, help="Weak but fast key derivation, for play money only."
)
@with_settings("rpc", "home", "password", "json")
def import_(
    settings: Settings, name: str, key_file: Path | None, dev: int | None, light_kdf: bool
) -> None:
    """Store an existing key under NAME.

    Asks for the key unless --key-file or --dev is given; it is never an argument.

    \b
    Examples:
      workbond account import me
      workbond account import provider --dev 1
    """
    from workbond import accounts
    from workbond.chain.funds import require_local

    if dev is not None:
        if key_file is not None:
            raise UsageError("--dev and --key-file exclude each other: give one")
        require_local(settings.connect())
    accounts.require_new(settings.home, name)
    key = _read_key(key_file) if dev is None else ""
    password = settings.password(f"New password for {name}", confirm=True)
    if dev is not None:
        entry = accounts.import_dev_key(settings.home, name, dev, password)
    else:
        entry = accounts.import_key(settings.home, name, key, password, light_kdf=light_kdf)
    _stored(settings, entry)


@account.command("list")
@with_settings("home", "json")
def list_(settings: Settings) -> None:
    """List the accounts on this machine (in --home).

    \b
    Example:
      workbond account list
    """
    from workbond import accounts

    found = accounts.entries(settings.home)
    if settings.json:
        emit([{"name": e.name, "address": e.address, "file": str(e.path)} for e in found])
    elif found:
        say(table(["name", "address"], [[e.name, e.address] for e in found]))
    else:
        say(f"No account in {settings.home}.")
        next_step("workbond account new NAME")


def _stored(settings: Settings, entry: Entry) -> None:
    if settings.json:
        emit({"name": entry.name, "address": entry.address, "file": str(entry.path)})
        return
    say(f"Account {entry.name}: {entry.address}")
    say(f"Its key is in {entry.path}")
    say("The password is kept nowhere: without it nobody can use the key, you included.")
    next_step(f"workbond account faucet {entry.name}   (on a local chain)")


def _read_key(source: Path | None) -> str:
    """The key's text; never from an argument, where other users of the machine could read it."""
    if source is None:
        return ask_secret("Private key (hexadecimal)", "give --key-file FILE, or --key-file -")
    try:
        with click.open_file(str(source), "rb") as file:
            return bytes(file.read(MAX_KEY_FILE_BYTES)).decode("ascii")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise AuthError(f"can't read a key from {source} ({reason}): check it") from None


for _command in (balance, deposit, withdraw, faucet):
    account.add_command(_command)
