"""`workbond verifier status`: the node and what it did; stake, seats and earnings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.node_words import last_said, life_rows
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.output import emit, say, table
from workbond.cli.verifier_run import verifier_home
from workbond.errors import ChainError
from workbond.money import tokens
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.verifier.status import Status
    from workbond.verifier.statusfile import Counts, Duty, VerifierStatus


@click.command()
@with_settings("rpc", "deployments", "account", "json")
def status(settings: Settings) -> None:
    """Show the verifier, its stake, its seats and what it earned.

    Whether a node runs and reaches the chain, and what it did since its start; then, from the
    chain, the stake, what all cases brought and took, and what open ones wait for.

    \b
    Example:
      workbond verifier status --account verifier
    """
    from workbond.provider.statusfile import is_running
    from workbond.verifier.status import read_status
    from workbond.verifier.statusfile import read

    address = settings.entry().address
    home = verifier_home(settings, address)
    node, running = last_said(read, home), is_running(home)
    found, problem = None, None
    try:
        place = settings.place()
        committee = place.require_committee()
        found = read_status(place.market, committee, address, place.deployment.market.block)
    except ChainError as error:  # what the node says of itself can be told all the same
        problem = error
    if settings.json:
        emit(_json(address, running, node, found))
    else:
        say(f"Verifier {address}")
        _say_node(running, node)
        if found is not None:
            _say_chain(found)
            _suggest(settings, running, found)
    if problem is not None:
        raise problem


def _suggest(settings: Settings, running: bool, found: Status) -> None:
    if not found.account.staked:
        suggest(settings, "workbond verifier stake AMOUNT")
    elif not running:
        suggest(settings, "workbond verifier run")
    elif found.account.free:
        suggest(settings, "workbond verifier withdraw")


# ─────────────────────────────────── the node ─────────────────────────────────


def _say_node(running: bool, node: VerifierStatus | None) -> None:
    now = int(time.time())
    rows = life_rows(running, node, now)
    if node is None:
        say(table(["", ""], rows))
        return
    if running:
        claims, cases = plural(node.claims, "claim"), plural(node.cases, "open case")
        rows.append(["sees", f"{claims} and {cases}"])
    rows.append(["executed", _looks_words(node.counts)])
    rows.append(["seats", _seats_words(node.counts)])
    say(table(["", ""], rows))


def _looks_words(counts: Counts) -> str:
    words = f"{plural(counts.right, 'right claim')} and {counts.wrong:,} wrong"
    return words + f"; challenged {counts.challenged:,}, turned {plural(counts.cranks, 'crank')}"


def _seats_words(counts: Counts) -> str:
    words = f"committed {counts.committed:,}, revealed {counts.revealed:,}"
    if counts.unavailable:
        words += f"; UNAVAILABLE {counts.unavailable:,}"
    return words + (f"; MISSED {counts.missed:,}" if counts.missed else "")


# ────────────────────────────────── the chain ─────────────────────────────────


def _say_chain(found: Status) -> None:
    account, totals = found.account, found.totals
    share = f", {account.active / found.total_active:.1%} of all" if found.total_active else ""
    rows = [
        ["staked", tokens(account.staked), f"of which {tokens(account.active)} drawn now{share}"],
        ["free", tokens(account.free), "in the committee: pays for challenges, or to withdraw"],
    ]
    if account.leaving:
        left_s = account.matures_at - found.now_s
        leaves = f"leaves the stake in {duration(left_s)} of chain time"
        text = leaves if left_s > 0 else "has left the stake: workbond verifier withdraw"
        rows.append(["leaving", tokens(account.leaving), text])
    seats, won = plural(totals.seats, "seat"), plural(totals.won, "won challenge")
    rows.append(["earned", tokens(totals.earned), f"by {seats}, tips and {won}"])
    if totals.lost:
        rows.append(["lost", tokens(totals.lost), "by penalties and failed challenges"])
    say(table(["", "", ""], rows))
    say("Open cases:" if found.duties else "No seat and no challenge in an open case.")
    for duty in found.duties:
        _say_duty(duty, found.now_s)


def _say_duty(duty: Duty, now_s: int) -> None:
    from workbond.audit.events import utc

    left_s = duty.deadline - now_s
    left = f"{duration(left_s)} left" if left_s > 0 else f"{duration(-left_s)} ago"
    say(f"  {duty.id}")
    parts = [plural(duty.seats, "seat")] if duty.seats else []
    parts += ["a challenge"] if duty.challenged else []
    when = f"{duty.waits_for} {utc(duty.deadline)} UTC ({left})"
    say(f"    {duty.phase}, round {duty.round + 1}, {' and '.join(parts)} of ours, {when}")


def _json(
    address: str, running: bool, node: VerifierStatus | None, found: Status | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "address": address,
        "running": running,
        "node": None if node is None else node.model_dump(mode="json"),
    }
    if found is None:
        return shown
    account, totals = found.account, found.totals
    return shown | {
        **{name: str(getattr(account, name)) for name in ("free", "active", "staked", "leaving")},
        "matures_at": account.matures_at,
        "total_active": str(found.total_active),
        "now": found.now_s,
        "seats": totals.seats,
        "won": totals.won,
        "earned": str(totals.earned),
        "lost": str(totals.lost),
        "duties": [duty.model_dump(mode="json") for duty in found.duties],
    }
