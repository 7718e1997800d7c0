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
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.chain.defaults import GAS_COIN, MAX_FEE
from workbond.cli.output import next_step, note, printable
from workbond.errors import AuthError, Cancelled, UsageError
from workbond.money import parse_amount, use_unit
from workbond.settings.declared import SETTINGS
from workbond.settings.layers import Layer, Layers
from workbond.settings.networks import Endpoint, Network, endpoint
from workbond.settings.setting import Setting

if TYPE_CHECKING:  # imported when used: they take a second
    from workbond.accounts import Entry, Signer
    from workbond.chain.committee import Committee
    from workbond.chain.connection import Connection
    from workbond.chain.market import Market
    from workbond.chain.token import Token
    from workbond.deployments import Deployment

PASSWORD_TRIES = 3


@dataclass(frozen=True)
class Place:
    """A checked deployment on a chain, opened; one of older times has no committee."""

    connection: Connection
    deployment: Deployment
    market: Market
    token: Token
    committee: Committee | None = None

    def require_committee(self) -> Committee:
        """The committee; raises `UsageError` if the deployment has none."""
        if self.committee is None:
            raise UsageError(
                f"the deployment file of chain {self.connection.chain_id} names no committee: get "
                "one that does, or make another market with `workbond deploy --replace`"
            )
        return self.committee


@dataclass(frozen=True)
class Settings:
    """The shared options' values; those a command doesn't take keep their defaults."""

    layers: Layers = field(default_factory=Layers)
    endpoint: Endpoint | None = None
    deployments: Path = Path("deployments")
    home: Path = Path()
    account: str | None = None
    password_file: Path | None = None
    keystores: tuple[Path, ...] = ()
    allow_private: bool = False
    max_fee: int = MAX_FEE
    json: bool = False
    _opened: dict[str, Signer] = field(default_factory=dict, repr=False)

    @property
    def network(self) -> Network | None:
        """The network that was named, if any."""
        return None if self.endpoint is None else self.endpoint.network

    @property
    def currency(self) -> str:
        """What the chain's own coin is called."""
        return GAS_COIN if self.network is None else self.network.currency

    def connect(self) -> Connection:
        """A connection to the RPC, which is of the named network if one was named."""
        from workbond.chain.connection import Connection

        assert self.endpoint is not None, "the command takes no --rpc"
        connection = Connection(
            self.endpoint.rpc.value, currency=self.currency, max_fee=self.max_fee
        )
        network = self.network
        if network is not None and connection.chain_id != network.chain_id:
            raise UsageError(
                f"the RPC at {connection.label} is chain {connection.chain_id}, but network "
                f"{network.name} ({self.endpoint.network_origin}) is chain {network.chain_id}: "
                "correct one of them"
            )
        return connection

    def place(self, connection: Connection | None = None) -> Place:
        """The market of the connected chain, after checking its deployment file.

        From now on amounts are shown in the symbol of its token.
        """
        from workbond import deployments
        from workbond.chain.committee import Committee
        from workbond.chain.market import Market
        from workbond.chain.token import Token

        connection = connection or self.connect()
        deployment = deployments.load(connection, self.deployments)
        token = Token(connection, deployment.token.address)
        if not deployment.token.is_ours:
            use_unit(token.symbol)
        market = Market(connection, deployment.market.address)
        judges = deployment.committee
        committee = None if judges is None else Committee(connection, judges.address)
        return Place(connection, deployment, market, token, committee)

    def entry(self, name: str | None = None) -> Entry:
        """The account `name`, or of --account, or the only one there is; no password needed."""
        from workbond import accounts

        return accounts.find(self.home, name or self.account, self.keystores)

    def address(self, name: str | None = None) -> str:
        """That account's address; a keystore that does not tell it is opened, and stays so."""
        return self.entry(name).known_address or self.signer(name).address

    def signer(self, name: str | None = None) -> Signer:
        """That account, open; a keystore's password is asked again if mistyped on a terminal."""
        from workbond import accounts

        entry = self.entry(name)
        if entry.name not in self._opened:
            self._warn_of_a_strangers_rpc()
            self._opened[entry.name] = accounts.open_entry(
                self.home,
                entry,
                lambda: self.password(f"Password of {entry.name}"),
                tries=1 if self.password_file is not None else PASSWORD_TRIES,
                told=note,
            )
        return self._opened[entry.name]

    def _warn_of_a_strangers_rpc(self) -> None:
        """A project's file may name an RPC, and what is signed is only as true as that one's word
        on the chain it is and on the contract that is called."""
        if self.endpoint is None or self.endpoint.rpc.origin.layer is not Layer.PROJECT:
            return
        from workbond.chain.rpc import HttpRpc
        from workbond.http import is_loopback_url

        distant = [url for url in self.endpoint.rpc.value if not is_loopback_url(url)]
        if distant:
            label = HttpRpc(distant[0], timeout_s=1).label  # without what may be a key
            note(
                f"Warning: {printable(self.endpoint.rpc.origin)} chooses the RPC {label}, which "
                "decides what you sign and for which chain; unless you trust who wrote that file, "
                "stop and name one of your own with --rpc"
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


# Option type: an amount of tokens as people write it, in base units (18 decimals).
TOKENS = parse_amount


def form(parse: Callable[[Any], Any], flag: str) -> Callable[[object], Any]:
    """One of the settings' forms as the type of a command's own option `flag`."""

    def convert(value: object) -> Any:
        try:
            return parse(value)
        except UsageError as error:
            raise UsageError(f"{flag}: {error}") from None

    return convert


def some_tokens(text: str) -> int:
    """As `TOKENS`, and more than nothing."""
    amount = parse_amount(text)
    if not amount:
        raise UsageError("the amount is 0: give more")
    return amount


# What one name of `with_settings` stands for, in the order of the help.
_EXPANDED = {
    "rpc": ("rpc", "network"),
    "deployments": ("deployments",),
    "home": ("home", "keystores"),
    "account": ("home", "account", "keystores"),
    "password": ("password_file",),
    "private": ("allow_private",),
    "fee": ("max_fee",),
}


# Hold for commands without their flag too.
_EVERYWHERE = ("allow_private", "max_fee")


def setting_option(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A click option for a declared setting; its value is what the flag says, or None."""
    setting = SETTINGS[name]
    attributes: dict[str, Any] = {"default": None, "help": _help(setting)}
    if setting.is_switch:
        return click.option(f"{setting.flag}/--no-{setting.flag[2:]}", setting.key, **attributes)
    attributes |= {"metavar": setting.metavar, "multiple": setting.many}
    if setting.name in _COMPLETED:
        attributes["shell_complete"] = _COMPLETED[setting.name]
    return click.option(setting.flag, setting.key, **attributes)


def with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the named shared options and passes them as the first argument, a `Settings`.

    Names: rpc (brings network), deployments, home, account (brings home), password, private,
    fee, json.
    """
    wanted = [key for name, keys in _EXPANDED.items() if name in names for key in keys]
    wanted = list(dict.fromkeys(wanted))

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def wrapper(**kwargs: Any) -> Any:
            given = {key: _given(kwargs.pop(key, None)) for key in wanted}
            layers = Layers()
            values: dict[str, Any] = {"layers": layers, "json": kwargs.pop("json", False)}
            if "rpc" in given:
                values["endpoint"] = endpoint(layers, given.pop("rpc"), given.pop("network"))
            given = dict.fromkeys(_EVERYWHERE) | given
            values |= {key: layers.find(key, value).value for key, value in given.items()}
            return command(Settings(**values), **kwargs)

        wrapped: Callable[..., Any] = wrapper
        if "json" in names:
            wrapped = json_option(wrapped)
        for key in reversed(wanted):
            if not SETTINGS[key].flagless:
                wrapped = setting_option(key)(wrapped)
        return wrapped

    return decorate


def table_options(
    table: str, names: Sequence[str]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the settings `names` of a file's `table`; the command gets their values by name in the
    parameter `chosen`. Stands below `with_settings`, whose `Settings` it needs."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def wrapper(settings: Settings, **kwargs: Any) -> Any:
            given = {name: _given(kwargs.pop(name)) for name in names}
            found = {
                name: settings.layers.find(f"{table}.{name}", value).value
                for name, value in given.items()
            }
            return command(settings, chosen=found, **kwargs)

        wrapped: Callable[..., Any] = wrapper
        for name in reversed(names):
            wrapped = setting_option(f"{table}.{name}")(wrapped)
        return wrapped

    return decorate


json_option = click.option(
    "--json", is_flag=True, help="Print JSON; amounts are decimal strings of base units."
)


def _given(value: Any) -> Any:
    """What a flag says; click gives an empty tuple for a repeatable one that is absent."""
    return None if value == () else value


def _help(setting: Setting) -> str:
    """The setting's help with where else it is set and what holds otherwise."""
    variables = "" if setting.table else f"{', '.join(setting.variables)}; "
    return f"{setting.help} ({variables}default: {setting.default_shown})"


def _complete_accounts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of Workbond's own accounts; without a word if the directory can't be read."""
    with contextlib.suppress(Exception):
        home = Layers().find("home", ctx.params.get("home")).value
        names = (path.stem for kind in ("keystores", "signers") for path in (home / kind).glob("*"))
        return sorted(name for name in names if name.startswith(incomplete))
    return []


def _complete_networks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from workbond.settings.networks import known_networks

    with contextlib.suppress(Exception):
        return [name for name in known_networks(Layers()) if name.startswith(incomplete)]
    return []


_COMPLETED = {"account": _complete_accounts, "network": _complete_networks}
