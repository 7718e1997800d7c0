"""`workbond provider run`: the node."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from workbond.cli.asking import confirm, yes_option
from workbond.cli.group import sectioned
from workbond.cli.options import Settings, table_options, with_settings
from workbond.cli.output import note, note_or_lose
from workbond.cli.provider_bill import run_bill
from workbond.cli.provider_orders import BOOKING, make_booking
from workbond.cli.provider_terms import SECTIONS, TERMS, make_terms, node_home, party
from workbond.errors import UsageError

APPEALS = ("max_appeal",)
SERVING = ("gateways", "listen", "public_url", "keep_bytes")
RUN_SECTIONS = SECTIONS | {
    "Who may judge results": ("resolvers", "max_appeal"),
    "How inputs are fetched": ("gateways", "allow_private"),
    "How results are served": ("listen", "public_url", "keep_bytes"),
    "Order books": ("books", "fill_after", "standing_offers", "request"),
    "With an operator's key": ("owner", "offers"),
    "How long it runs": ("once", "max_jobs"),
}


@click.command(cls=sectioned(RUN_SECTIONS))
@click.option("--once", is_flag=True, help="Take the open jobs that fit, finish them, end.")
@click.option(
    "--max-jobs", type=click.IntRange(1), metavar="N", help="Accept N jobs, finish them, end."
)
@click.option(
    "--request",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A signed request to take, beside those of books; may be repeated.",
)
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
@table_options("provider", (*TERMS, *APPEALS, *SERVING, *BOOKING))
def run(
    settings: Settings,
    chosen: dict[str, Any],
    once: bool,
    max_jobs: int | None,
    request: tuple[Path, ...],
    yes: bool,
) -> None:
    """Take open jobs that fit, execute them, get paid.

    Shows what is at stake and asks; then tells what it does, and why it does not take a job. Ctrl-C
    or SIGTERM stops it. Jobs under way stay on the chain: started again, it finishes them. With
    --json, each line is also a JSON object on standard output. What stands here as an option can
    be set under [provider] in your settings file.

    With --book it also looks at the signed requests that an order book lists, and deals there for
    those that fit. With --owner it works for a provider whose operator the account is.

    \b
    Examples:
      workbond provider run --account provider --min-price 1000
      workbond provider run --account provider --min-price 1000 \\
        --listen 0.0.0.0:8480 --public-url http://provider.example.org:8480
      workbond provider run --account provider --min-price 1000 \\
        --book https://book.example.org
    """
    from workbond.blobs.http import checked_base
    from workbond.executor.host import require_host
    from workbond.provider.card import make_card
    from workbond.provider.journal import Journal, json_lines
    from workbond.provider.machine import describe
    from workbond.provider.plan import Plan
    from workbond.provider.run import Address, require_delegate
    from workbond.provider.run import run as run_provider
    from workbond.provider.stakes import read_stakes
    from workbond.provider.work import Fetching

    require_host()
    fetching = Fetching(tuple(map(checked_base, chosen["gateways"])), settings.allow_private)
    (host, port), public_url = chosen["listen"], chosen["public_url"]
    terms = make_terms(chosen)
    hardware = describe(terms.cores, terms.memory_bytes)
    # refused before anything is shown or asked
    make_card(hardware=hardware, region=terms.region, gateway=public_url or "http://localhost")
    # an operator's node goes by the prices of the offers that its owner signed
    priceless = chosen["min_price"] is None and not terms.min_flat and not chosen["owner"]
    if yes and priceless:
        raise UsageError(
            "nobody is asked with --yes, and without --min-price the node would take unpaid work: "
            "give a price like --min-price 1000, or --min-price 0 if that is what you want"
        )
    place, operator = settings.place(), settings.address()
    owner = party(settings, chosen["owner"]) if chosen["owner"] else operator
    require_delegate(place.market, owner, operator)
    terms = make_terms(chosen, place.deployment)
    booking = make_booking(chosen, request, place.market, owner, operator)
    stakes = read_stakes(place.market, owner, operator, terms)
    if yes or sys.stdin.isatty():
        note(run_bill(stakes, terms, booking))
    confirm("Start the node on these terms?", yes)
    signer = settings.signer()
    run_provider(
        place.market,
        signer,
        place.deployment.market.block,
        node_home(settings, owner),
        Address(host, port, public_url),
        terms,
        Plan(once=once, max_jobs=max_jobs or 0, keep_bytes=chosen["keep_bytes"]),
        fetching,
        Journal(note_or_lose, json_lines if settings.json else None),
        owner,
        booking,
    )
