"""`workbond provider run`: the node."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import confirm, gas_coin, yes_option
from workbond.cli.group import sectioned
from workbond.cli.options import Settings, table_options, with_settings
from workbond.cli.output import note, table
from workbond.cli.provider_terms import SECTIONS, TERMS, make_terms, node_home
from workbond.errors import UsageError
from workbond.money import tokens

if TYPE_CHECKING:
    from workbond.provider.stakes import Stakes
    from workbond.provider.terms import Terms

SERVING = ("gateways", "listen", "public_url", "keep_bytes")
RUN_SECTIONS = SECTIONS | {
    "How inputs are fetched": ("gateways", "allow_private"),
    "How results are served": ("listen", "public_url", "keep_bytes"),
    "How long it runs": ("once", "max_jobs"),
}


@click.command(cls=sectioned(RUN_SECTIONS))
@click.option("--once", is_flag=True, help="Take the open jobs that fit, finish them, end.")
@click.option(
    "--max-jobs", type=click.IntRange(1), metavar="N", help="Accept N jobs, finish them, end."
)
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
@table_options("provider", (*TERMS, *SERVING))
def run(
    settings: Settings,
    chosen: dict[str, Any],
    once: bool,
    max_jobs: int | None,
    yes: bool,
) -> None:
    """Take open jobs that fit, execute them, get paid.

    Shows what is at stake and asks; then tells what it does, and why it does not take a job. Ctrl-C
    or SIGTERM stops it. Jobs under way stay on the chain: started again, it finishes them. With
    --json, each line is also a JSON object on standard output. What stands here as an option can
    be set under [provider] in your settings file.

    \b
    Examples:
      workbond provider run --account provider --min-price 1000
      workbond provider run --account provider --min-price 1000 \\
        --listen 0.0.0.0:8480 --public-url http://provider.example.org:8480
    """
    from workbond.blobs.http import checked_base
    from workbond.executor.host import require_host
    from workbond.provider.card import make_card
    from workbond.provider.journal import Journal, json_lines
    from workbond.provider.machine import describe
    from workbond.provider.node import Plan
    from workbond.provider.run import Address
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
    if yes and chosen["min_price"] is None and not terms.min_flat:
        raise UsageError(
            "nobody is asked with --yes, and without --min-price the node would take unpaid work: "
            "give a price like --min-price 1000, or --min-price 0 if that is what you want"
        )
    place, address = settings.place(), settings.address()
    stakes = read_stakes(place.market, address)
    if yes or sys.stdin.isatty():
        note(_bill(stakes, terms))
    confirm("Start the node on these terms?", yes)
    signer = settings.signer()
    run_provider(
        place.market,
        signer,
        place.deployment.market.block,
        node_home(settings, signer.address),
        Address(host, port, public_url),
        terms,
        Plan(once=once, max_jobs=max_jobs or 0, keep_bytes=chosen["keep_bytes"]),
        fetching,
        Journal(_tell, json_lines if settings.json else None),
    )


def _tell(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the terminal is gone: work on
        note(line)


def _bill(stakes: Stakes, terms: Terms) -> str:
    """What the node puts at risk, pays and asks for, itemised."""
    price = tokens(terms.min_price)
    if terms.min_price == terms.min_flat == 0:
        asks = "nothing"
        text = "UNPAID WORK IS TAKEN TOO: a price keeps it away, like --min-price 1000"
    elif terms.min_price:
        asks, text = price, "per 10^12 units, at least; what is used is paid"
    else:
        asks, text = price, "per 10^12 units: only what a job pays as a whole counts"
    locked = f"of which live jobs lock {tokens(stakes.account.bonded)}"
    rows = [
        ["stake", tokens(stakes.account.staked), locked],
        ["", tokens(stakes.account.unbonded), "can be locked at once, as bonds of new jobs"],
        ["you ask for", asks, text],
        ["", tokens(terms.min_flat), "for a job as a whole, at least"],
        ["a job released", stakes.released, "of its bond: given back, the later the more"],
        ["a job expired", stakes.expired, "of its bond: no result in time"],
        ["a job void", stakes.voided, "of its bond: its result not opened within a day"],
        ["worst case", f"-{tokens(stakes.worst)}", "if all that can be locked ended void"],
        ["network fee", f"-{gas_coin(stakes.job_fee)}", "gas coin a job: accept, submit, finalize"],
        ["gas coin", gas_coin(stakes.gas), _enough(stakes)],
    ]
    parts = [f"Provider {stakes.address}", table(["", "amount", ""], rows, right=["amount"])]
    if not stakes.account.unbonded:
        parts.append("No stake is free: only jobs without a bond can be taken.")
    return "\n".join(parts)


def _enough(stakes: Stakes) -> str:
    if stakes.jobs_payable is None:
        return "transactions cost nothing here at present"
    return f"enough for {stakes.jobs_payable:,} jobs at present fees"
