"""`workbond verifier run`: the node."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.asking import confirm, yes_option
from workbond.cli.group import sectioned
from workbond.cli.options import Settings, table_options, with_settings
from workbond.cli.output import note, note_or_lose, table
from workbond.money import format_amount, rounded, tokens
from workbond.shares import format_share

if TYPE_CHECKING:
    from workbond.chain.cases import Verifier
    from workbond.verifier.bounds import Bounds

RUN_SECTIONS = {
    "What it looks at, and risks": (
        "sample",
        "max_units",
        "max_challenge_bond",
        "max_appeal",
        "min_seat_fee",
        "coin_price",
        "withdraw_above",
    ),
    "What this machine gives": (
        "cores",
        "max_memory",
        "max_download",
        "max_output",
        "units_per_second",
    ),
    "How inputs are fetched": ("gateways", "allow_private"),
}
OPTIONS = tuple(
    name for names in RUN_SECTIONS.values() for name in names if name != "allow_private"
)


@click.command(cls=sectioned(RUN_SECTIONS))
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
@table_options("verifier", OPTIONS)
def run(settings: Settings, chosen: dict[str, Any], yes: bool) -> None:
    """Look for wrong claims, and serve seats.

    Executes claims again, challenges wrong ones, commits and reveals for seats, turns cranks.
    Shows what is at stake and asks; then tells what it does. Ctrl-C or SIGTERM stops it. Seats of
    open cases are served by the next start, as long as it is in time; its notebook, which holds
    their salts, must not be lost. With --json, each line is also a JSON object on standard output.
    What stands here as an option can be set under [verifier] in your settings file.

    \b
    Examples:
      workbond verifier run --account verifier
      workbond verifier run --account verifier --sample 20% --withdraw-above 50
    """
    from workbond.blobs.http import checked_base
    from workbond.executor.host import require_host
    from workbond.provider.journal import Journal, json_lines
    from workbond.provider.work import Fetching
    from workbond.verifier.run import run as run_verifier

    require_host()
    fetching = Fetching(tuple(map(checked_base, chosen["gateways"])), settings.allow_private)
    bounds = make_bounds(chosen)
    place, owner = settings.place(), settings.address()
    committee = place.require_committee()
    if yes or sys.stdin.isatty():
        account, wallet = committee.verifier_of(owner), place.token.balance(owner)
        note(_run_bill(owner, account, wallet, place.connection.balance(owner), bounds))
    confirm("Start the verifier?", yes)
    signer = settings.signer()
    run_verifier(
        place.market,
        committee,
        place.token,
        signer,
        place.deployment.market.block,
        verifier_home(settings, owner),
        bounds,
        fetching,
        Journal(note_or_lose, json_lines if settings.json else None),
    )


def make_bounds(chosen: dict[str, Any]) -> Bounds:
    """The bounds that the settings' values come to on this machine."""
    from workbond.provider import machine
    from workbond.verifier.bounds import Bounds

    return Bounds(
        cores=chosen["cores"] or machine.available_cores(),
        memory_bytes=chosen["max_memory"] or machine.default_memory_bytes(),
        download_bytes=chosen["max_download"],
        output_bytes=chosen["max_output"],
        sample_bps=chosen["sample"],
        sample_units=chosen["max_units"],
        units_per_second=chosen["units_per_second"],
        challenge_bond=chosen["max_challenge_bond"],
        appeal=chosen["max_appeal"],
        seat_fee=chosen["min_seat_fee"],
        coin_price=chosen["coin_price"],
        withdraw_above=chosen["withdraw_above"],
    )


def verifier_home(settings: Settings, address: str) -> Path:
    """The directory of the verifier of account `address`."""
    return settings.home / "verifier" / address.lower()


def _run_bill(address: str, account: Verifier, wallet: int, gas: int, bounds: Bounds) -> str:
    """What the verifier puts at risk."""
    most = bounds.challenge_bond
    challenge = "what it has" if most is None else "none" if most == 0 else tokens(most)
    rows = [
        ["stake", tokens(account.staked), f"of which {format_amount(account.active)} drawn now"],
        ["", "5 seat fees", "lost of it by each seat missed, or in a minority"],
        ["a challenge", challenge, "at most; lost if the claim is found right"],
        ["appeals", tokens(bounds.appeal) if bounds.appeal else "none", _appeal_words(bounds)],
        ["wallet", tokens(wallet), "pays for challenges and appeals"],
        ["gas coin", format_amount(rounded(gas)), "for transactions; without, seats are missed"],
        ["samples", format_share(bounds.sample_bps), "of all claims are executed again"],
    ]
    parts = [f"Verifier {address}", table(["", "amount", ""], rows, right=["amount"])]
    if not account.staked:
        parts.append("No stake: it is drawn for no seat until `workbond verifier stake AMOUNT`.")
    return "\n".join(parts)


def _appeal_words(bounds: Bounds) -> str:
    if bounds.appeal:
        return "at most in one case; repaid if they turn the verdict"
    return "a wrong tally stands: see --max-appeal"
