"""`workbond matcher`: an order book that anyone can run."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import confirm, gas_coin, yes_option
from workbond.cli.group import OrderedGroup, sectioned
from workbond.cli.options import Place, Settings, json_option, table_options, with_settings
from workbond.cli.output import emit, next_step, note, note_or_lose, printable, say, table
from workbond.errors import BookError, UsageError
from workbond.money import tokens

if TYPE_CHECKING:
    from workbond.matcher.terms import Terms

EXTRA = ("fastapi", "numpy", "sqlalchemy")
SECTIONS = {
    "What pays": ("min_tip", "batch"),
    "How it is served": (
        "listen",
        "requests_per_minute",
        "orders_per_minute",
        "trust_proxy",
    ),
    "What it keeps": ("database", "max_orders", "max_per_author"),
}
TERMS = tuple(name for names in SECTIONS.values() for name in names)


@click.group(cls=OrderedGroup)
def matcher() -> None:
    """Run an order book that matches, for the tips.

    \b
    Example:
      workbond matcher run --account matcher --min-tip 0.05
    """


@matcher.command(cls=sectioned(SECTIONS))
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
@table_options("matcher", TERMS)
def run(settings: Settings, chosen: dict[str, Any], yes: bool) -> None:
    """Take signed orders over HTTP, match them, submit the matches.

    The account pays the gas and earns the requests' tips. Nobody has to trust it: the contract
    checks every match. Ctrl-C or SIGTERM stops it, and started again it goes on with the same
    book. With --json, each line is also a JSON object on standard output.

    \b
    Examples:
      workbond matcher run --account matcher --min-tip 0.05
      workbond matcher run --account matcher --min-tip 0.05 \\
        --listen 0.0.0.0:8580 --database postgresql://book@db.example.org/book
    """
    _require_extra()
    from workbond.matcher.database import database_url
    from workbond.matcher.run import Matcher
    from workbond.matcher.run import run as run_matcher
    from workbond.matcher.terms import Terms
    from workbond.provider.journal import Journal, json_lines

    terms = Terms(
        orders=chosen["max_orders"],
        per_author=chosen["max_per_author"],
        min_tip=chosen["min_tip"],
        batch=chosen["batch"],
        requests_per_minute=chosen["requests_per_minute"],
        orders_per_minute=chosen["orders_per_minute"],
        trust_proxy=chosen["trust_proxy"],
    )
    place, address = settings.place(), settings.address()
    market = place.market.address.lower()
    default = settings.home / "matcher" / f"{place.connection.chain_id}-{market}.sqlite"
    database = database_url(chosen["database"], default)
    if yes or sys.stdin.isatty():
        note(_bill(place, address, terms))
    confirm("Open the book on these terms?", yes)
    parts = Matcher(
        place.market,
        settings.signer(),
        place.deployment.market.block,
        database,
        terms,
        Journal(note_or_lose, json_lines if settings.json else None),
    )
    host, port = chosen["listen"]
    run_matcher(parts, host, port)


@matcher.command()
@click.argument("url", metavar="URL")
@json_option
def status(url: str, json: bool) -> None:
    """Show what the book at URL is and holds.

    \b
    Example:
      workbond matcher status http://127.0.0.1:8580
    """
    from workbond.orders.bookclient import BookClient

    with BookClient(url) as book:
        health = book.health()
    if json:
        emit(health)
        return
    try:
        orders = health["orders"]
        rows = [
            ["chain", health["chain"]],
            ["market", health["market"]],
            ["matcher", health["matcher"]],
            ["state", "open" if health["status"] == "ok" else "still reads the chain"],
            ["block", health["block"]],
            ["least tip", tokens(int(health["minTip"]))],
            *(
                [f"{kind}s", f"{orders[kind]['open']} open, {orders[kind]['dormant']} dormant"]
                for kind in ("request", "offer")
            ),
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BookError(f"{url:.100} does not answer as an order book: check it") from error
    say(f"Book at {book.url}")
    say(table(["", ""], [[name, printable(value)[:80]] for name, value in rows]))
    next_step(f"workbond order send ORDER.json --book {book.url}")


def _require_extra() -> None:
    missing = [name for name in EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"a matcher needs {', '.join(missing)}, which are not installed: pip install "
            "'workbond[matcher]'"
        )


def _bill(place: Place, address: str, terms: Terms) -> str:
    """What a match costs and brings."""
    from workbond.chain import fees
    from workbond.matcher.terms import BATCHED_GAS, MATCH_GAS

    connection = place.connection
    price = fees.price(connection, connection.block()).per_gas
    coin = connection.balance(address)
    alone, batched = gas_coin(MATCH_GAS * price), gas_coin(BATCHED_GAS * price)
    enough = f"enough for {coin // (MATCH_GAS * price):,} matches" if price else "no fees here"
    rows = [
        ["a match alone", f"-{alone}", "gas coin, at present fees"],
        [f"in a batch of {terms.batch}", f"-{batched}", "gas coin for each, about"],
        ["each brings", tokens(terms.min_tip), "at least: the request's tip, as free balance"],
        ["gas coin", gas_coin(coin), enough],
    ]
    parts = [f"Matcher {address}", table(["", "amount", ""], rows, right=["amount"])]
    if not terms.min_tip:
        parts.append("REQUESTS WITHOUT A TIP ARE MATCHED TOO, AT YOUR COST: see --min-tip")
    return "\n".join(parts)
