"""`workbond account new`, `import`, `add`, `export`: where keys come from and go to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.options import Settings, ask_secret, with_settings
from workbond.cli.output import emit, next_step, say
from workbond.errors import AuthError, UsageError

if TYPE_CHECKING:
    from workbond.accounts import Entry

MAX_KEY_FILE_BYTES = 1024

_light_kdf = click.option(
    "--light-kdf", is_flag=True, help="Weak but fast key derivation, for play money only."
)


@click.command()
@click.argument("name")
@_light_kdf
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


@click.command("import")
@click.argument("name")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="File with the private key in hexadecimal; - reads standard input.",
)
@click.option(
    "--keystore",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Copy this keystore (of geth, Foundry, or an export) instead; it keeps its password.",
)
@click.option(
    "--dev",
    type=click.IntRange(0, 9),
    metavar="N",
    help="Import anvil's public dev account N instead; local chains only.",
)
@_light_kdf
@with_settings("rpc", "home", "password", "json")
def import_(
    settings: Settings,
    name: str,
    key_file: Path | None,
    keystore: Path | None,
    dev: int | None,
    light_kdf: bool,
) -> None:
    """Store an existing key under NAME.

    Asks for the key unless an option says where it is; it is never an argument.

    \b
    Examples:
      workbond account import me
      workbond account import me --keystore backup.json
      workbond account import provider --dev 1
    """
    from workbond import accounts
    from workbond.chain.funds import require_local

    if sum(source is not None for source in (key_file, keystore, dev)) > 1:
        raise UsageError("--key-file, --keystore and --dev exclude each other: give one")
    if dev is not None:
        require_local(settings.connect())
    accounts.require_new(settings.home, name)
    if keystore is not None:
        password = settings.password(f"Password of {keystore}")
        _stored(settings, accounts.import_keystore(settings.home, name, keystore, password))
        return
    key = _read_key(key_file) if dev is None else ""
    password = settings.password(f"New password for {name}", confirm=True)
    if dev is not None:
        entry = accounts.import_dev_key(settings.home, name, dev, password)
    else:
        entry = accounts.import_key(settings.home, name, key, password, light_kdf=light_kdf)
    _stored(settings, entry)


@click.command()
@click.argument("name")
@click.option("--signer", "url", required=True, metavar="URL", help="Where the signer listens.")
@click.option(
    "--address",
    metavar="ADDRESS",
    help="The account, if the signer has several. Clef then need not list them.",
)
@click.option(
    "--kind",
    type=click.Choice(["web3signer", "clef"]),
    help="What kind of signer it is; default: found out.",
)
@click.option(
    "--allow-http",
    is_flag=True,
    help="Plain http to another machine: who sits in between can have anything signed.",
)
@with_settings("home", "json")
def add(
    settings: Settings,
    name: str,
    url: str,
    address: str | None,
    kind: str | None,
    allow_http: bool,
) -> None:
    """Add an account whose key a remote signer holds, as NAME.

    Web3Signer or Clef signs what NAME does from then on; no password is asked for here. What the
    signer hands back is checked, field by field, before it is sent.

    \b
    Examples:
      workbond account add me --signer http://127.0.0.1:9000
      workbond account add me --signer http://127.0.0.1:8550 --kind clef
    """
    from workbond import accounts

    entry = accounts.add_signer(
        settings.home, name, url, address=address, kind=kind, allow_http=allow_http
    )
    if settings.json:
        emit(as_json(entry))
        return
    say(f"Account {entry.name}: {entry.address}")
    say(f"Its key stays with {entry.source} at {entry.url}")
    say(f"On record in {entry.path}; delete that file to forget the account.")
    next_step(f"workbond account balance {entry.name}")


@click.command()
@click.argument("who", metavar="NAME")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Where to write it; must not exist.",
)
@with_settings("home", "json")
def export(settings: Settings, who: str, out: Path) -> None:
    """Write an account's keystore to a file, as a backup.

    It stays under its password, which is not asked for; geth and Foundry read it too. The key in
    clear is never written.

    \b
    Example:
      workbond account export me --out backup.json
    """
    from workbond import accounts

    entry = settings.entry(who)
    accounts.export(entry, out)
    if settings.json:
        emit({"name": entry.name, "address": entry.known_address, "file": str(out)})
        return
    say(f"Account {entry.name} is in {out}, under its password.")
    next_step(f"workbond account import OTHER-NAME --keystore {out}   (on another machine)")


def as_json(entry: Entry) -> dict[str, str | None]:
    """An account as programs get it: `address` is null while a keystore keeps it to itself."""
    return {
        "name": entry.name,
        "address": entry.known_address,
        "from": entry.source,
        "file": str(entry.path),
        "url": entry.url,
    }


def _stored(settings: Settings, entry: Entry) -> None:
    if settings.json:
        emit(as_json(entry))
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
