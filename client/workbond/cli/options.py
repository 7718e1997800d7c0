"""Options that many commands share, and what they open: connection, market, account.

A command says which it takes and gets them as one `Settings`:

    @click.command()
    @with_settings("rpc", "deployments", "account", "json")
    def status(settings: Settings) -> None:
        place = settings.place()
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.output import next_step, note
from workbond.errors import AuthError, Cancelled
from workbond.money import parse_amount

if TYPE_CHECKING:  # imported when used: they take a second
    from workbond.accounts import Entry, Signer
    from workbond.chain.connection import Connection
    from workbond.chain.market import Market
    from workbond.chain.token import Token
    from workbond.deployments import Deployment

DEFAULT_RPC_URL = "http://127.0.0.1:8545"
PASSWORD_TRIES = 3


@dataclass(frozen=True)
class Place:
    """A checked deployment on a chain, opened."""

    connection: Connection
    deployment: Deployment
    market: Market
    token: Token


@dataclass(frozen=True)
class Settings:
    """The shared options' values; those a command doesn't take keep their defaults."""

    rpc: str = DEFAULT_RPC_URL
    deployments: Path = Path("deployments")
    home: Path = Path()
    account: str | None = None
    password_file: Path | None = None
    keystores: tuple[Path, ...] = ()
    json: bool = False

    def connect(self) -> Connection:
        """A connection to the node at --rpc."""
        from workbond.chain.connection import Connection

        return Connection(self.rpc)

    def place(self, connection: Connection | None = None) -> Place:
        """The market of the connected chain, after checking its deployment file."""
        from workbond import deployments
        from workbond.chain.market import Market
        from workbond.chain.token import Token

        connection = connection or self.connect()
        deployment = deployments.load(connection, self.deployments)
        return Place(
            connection,
            deployment,
            Market(connection, deployment.market.address),
            Token(connection, deployment.token.address),
        )

    def entry(self, name: str | None = None) -> Entry:
        """The account `name`, or of --account, or the only one there is; no password needed."""
        from workbond import accounts

        return accounts.find(self.home, name or self.account, self.keystores)

    def signer(self, name: str | None = None) -> Signer:
        """That account, open; a keystore's password is asked again if mistyped on a terminal."""
        from workbond import accounts

        entry = self.entry(name)
        return accounts.open_entry(
            self.home,
            entry,
            lambda: self.password(f"Password of {entry.name}"),
            tries=1 if self.password_file is not None else PASSWORD_TRIES,
            told=note,
        )

    def password(self, prompt: str, *, confirm: bool = False) -> str:
        """From --password-file, else asked for on the terminal."""
        from workbond import accounts

        if self.password_file is not None:
            return accounts.read_password(self.password_file)
        return ask_secret(prompt, "give --password-file FILE", confirm=confirm)


def ask_secret(prompt: str, otherwise: str, *, confirm: bool = False) -> str:
    """Asks on the terminal without echo; without one the error says what to do `otherwise`."""
    if not sys.stdin.isatty():
        raise AuthError(f"there is no terminal to ask on ({prompt}): {otherwise}")
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def suggest(settings: Settings, command: str, *others: str) -> None:
    """Names the next useful command (and `others`), for the same account."""
    account = "" if settings.account is None else f" --account {settings.account}"
    next_step(command + account, *(other + account for other in others))


@contextlib.contextmanager
def sending() -> Iterator[None]:
    """Around transactions: Ctrl-C ends the command, but may not undo what was sent."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise Cancelled(
            "interrupted; a transaction that was sent already still counts: see `workbond account "
            "balance` before you repeat the command"
        ) from interrupt


def default_home() -> Path:
    """Where accounts are kept unless --home or WORKBOND_HOME says otherwise."""
    import platformdirs

    return Path(platformdirs.user_data_dir("workbond", appauthor=False))


def default_rpc() -> str:
    """WORKBOND_RPC, ETH_RPC_URL, or a local chain."""
    return os.environ.get("WORKBOND_RPC") or os.environ.get("ETH_RPC_URL") or DEFAULT_RPC_URL


# Option type: an amount of tokens as people write it, in base units (18 decimals).
TOKENS = parse_amount

_PATH = click.Path(path_type=Path)

_OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "rpc": (
        ("--rpc",),
        {
            "default": default_rpc,
            "metavar": "URL",
            "help": "JSON-RPC of an Ethereum node (or WORKBOND_RPC, ETH_RPC_URL); default: "
            f"{DEFAULT_RPC_URL}.",
        },
    ),
    "deployments": (
        ("--deployments",),
        {
            "default": "deployments",
            "envvar": "WORKBOND_DEPLOYMENTS",
            "type": _PATH,
            "metavar": "DIR",
            "help": "Directory of deployment files (or WORKBOND_DEPLOYMENTS); default: "
            "./deployments.",
        },
    ),
    "home": (
        ("--home",),
        {
            "default": default_home,
            "envvar": "WORKBOND_HOME",
            "type": _PATH,
            "metavar": "DIR",
            "help": "Directory of keystores and caches (or WORKBOND_HOME); default: workbond in "
            "your data directory, like ~/.local/share.",
        },
    ),
    "account": (
        ("--account",),
        {
            "envvar": "WORKBOND_ACCOUNT",
            "metavar": "NAME",
            "help": "Account to act as (or WORKBOND_ACCOUNT); needed if there are several.",
        },
    ),
    "password": (
        ("--password-file",),
        {
            "envvar": "WORKBOND_PASSWORD_FILE",
            "type": _PATH,
            "metavar": "FILE",
            "help": "File whose first line is the password (or WORKBOND_PASSWORD_FILE); without "
            "it you are asked.",
        },
    ),
    "json": (("--json",), {"is_flag": True, "help": "Print JSON; amounts are base units."}),
}


def with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the named shared options and passes them as the first argument, a `Settings`.

    Names: rpc, deployments, home, account (brings home), password, json.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        wanted = [n for n in _OPTIONS if n in names or (n == "home" and "account" in names)]
        fields = [_OPTIONS[n][0][0].removeprefix("--").replace("-", "_") for n in wanted]

        @functools.wraps(command)
        def wrapper(**kwargs: Any) -> Any:
            settings = Settings(**{field: kwargs.pop(field) for field in fields})
            return command(settings, **kwargs)

        wrapped: Callable[..., Any] = wrapper
        for name in reversed(wanted):
            flags, attributes = _OPTIONS[name]
            wrapped = click.option(*flags, **attributes)(wrapped)
        return wrapped

    return decorate
