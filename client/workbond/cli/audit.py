"""`workbond audit`: what happened on the market, and whether it adds up. Needs no account."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from workbond.cli.group import OrderedGroup
from workbond.cli.options import Place, Settings, with_settings
from workbond.cli.output import emit, next_step, printable, say, table, terminal_width
from workbond.errors import UsageError, VerificationFailed
from workbond.money import format_amount, tokens, unit
from workbond.words import duration

if TYPE_CHECKING:
    from workbond.audit.findings import Findings
    from workbond.audit.report import Report
    from workbond.audit.story import Entry, Story

SHOWN_FINDINGS = 40
ROW_COLUMNS = 140  # an event's row has 70 columns before its details
BLOCK = click.IntRange(min=0)
TO_BLOCK = click.option(
    "--to-block", type=BLOCK, metavar="N", help="Last block to look at; default: the latest."
)


@click.group(cls=OrderedGroup)
def audit() -> None:
    """Read the market's events and check that they add up. Needs no account.

    \b
    Examples:
      workbond audit events
      workbond audit ledger
    """


@audit.command()
@click.option(
    "--from-block", type=BLOCK, metavar="N", help="First block to look at; default: the market's."
)
@TO_BLOCK
@click.option(
    "--name", "names", multiple=True, metavar="NAME", help="Only these events; repeatable."
)
@with_settings("rpc", "deployments", "json")
def events(
    settings: Settings, from_block: int | None, to_block: int | None, names: tuple[str, ...]
) -> None:
    """List the market's events, oldest first.

    With --json one JSON object on each line.

    \b
    Examples:
      workbond audit events --name JobPosted --name JobSettled
      workbond audit events --from-block 100 --json
    """
    from workbond.audit.events import describe, event_json, subject

    place = settings.place()
    known = place.market.abi.events
    for name in names:
        if name not in known:
            raise UsageError(f"no event is named {name!r:.40}: choose from {', '.join(known)}")
    last = _last_block(place, to_block)
    first = place.deployment.market.block if from_block is None else from_block
    if first > last:
        raise UsageError(f"--from-block {first} comes after block {last}: choose an earlier one")
    layout = EventLines(last, terminal_width(sys.stdout))
    if not settings.json:
        say(layout.head)
    for event in place.market.events(first, last, names=names or None):
        if settings.json:
            click.echo(json.dumps(event_json(event, place.market.abi)))
            continue
        for line in layout.lines(event.block_number, event.name, subject(event), describe(event)):
            say(printable(line))
    if not settings.json:
        next_step("workbond audit job last", "workbond audit ledger")


class EventLines:
    """Events as rows of a table, which appear as they are read; at a terminal of `width` columns
    that such rows don't fit, what an event is about and its details stand below each other."""

    def __init__(self, last_block: int, width: int | None) -> None:
        self._block = max(len(str(last_block)), len("block"))
        self._narrow = width is not None and width < ROW_COLUMNS
        head = f"{'block':>{self._block}}  {'event':<14}"
        self.head = head.rstrip() if self._narrow else f"{head}  {'about':<42}  details"

    def lines(self, block: int, name: str, about: str, details: str) -> Iterator[str]:
        start = f"{block:>{self._block}}  {name:<14}"
        if not self._narrow:
            yield f"{start}  {about:<42}  {details}"
            return
        yield f"{start}  {about}"
        indent = " " * (self._block + 2)
        yield f"{indent}{details}"


@audit.command()
@click.argument("job_id", metavar="ID")
@TO_BLOCK
@with_settings("rpc", "deployments", "json")
def job(settings: Settings, job_id: str, to_block: int | None) -> None:
    """Tell a job's whole story, and check it.

    ID may be shortened to its first digits, six at least; `last` is the market's latest job. Its
    events are checked against the rules and its state against storage: exit code 9 if anything
    differs.

    \b
    Examples:
      workbond audit job last
      workbond audit job 0x3f2a91
    """
    from workbond.audit.story import tell

    place = settings.place()
    last = _last_block(place, to_block)
    wanted = _latest_job(place, last) if job_id == "last" else job_id
    story = tell(place.market, wanted, place.deployment.market.block, to_block)
    if settings.json:
        emit(story.to_json(place.market))
    else:
        for line in _story_lines(story):
            say(printable(line))
    _judge(story.findings, f"job 0x{story.id.hex()}")
    if not settings.json:
        next_step("workbond audit ledger")


@audit.command()
@TO_BLOCK
@with_settings("rpc", "deployments", "json")
def ledger(settings: Settings, to_block: int | None) -> None:
    """Rebuild every balance from events; compare with storage.

    Every event is checked against the protocol's rules on the way. Exit code 9 if anything
    differs, or if the market owns less than it owes. Tokens that somebody sent to the market
    without depositing them are a surplus, and no difference.

    \b
    Examples:
      workbond audit ledger
      workbond audit ledger --to-block 120 --json
    """
    from workbond.audit.report import audit as examine

    place = settings.place()
    _last_block(place, to_block)
    report = examine(place.market, place.token, place.deployment, to_block)
    if settings.json:
        emit(report.to_json())
    else:
        _show_ledger(report)
    _judge(report.findings, "the ledger")
    if not settings.json:
        next_step("workbond audit events", "workbond audit job last")


def _last_block(place: Place, to_block: int | None) -> int:
    """`to_block`, or the latest; a block that can't be audited is told."""
    head = place.connection.block().number
    if to_block is not None and not place.deployment.market.block <= to_block <= head:
        raise UsageError(
            f"block {to_block} can't be audited: the market exists from block "
            f"{place.deployment.market.block} on, and the chain is at {head}"
        )
    return head if to_block is None else to_block


def _latest_job(place: Place, to_block: int) -> str:
    """The id of the job that began last: posted, matched or filled."""
    from workbond.audit.story import BEGINNINGS

    job_id, first = b"", place.deployment.market.block
    for event in place.market.events(first, to_block, names=BEGINNINGS):
        job_id = event.args["id"]
    if not job_id:
        raise UsageError(f"no job began up to block {to_block}: give the id of a job")
    return f"0x{job_id.hex()}"


def _show_ledger(report: Report) -> None:
    from workbond.audit.events import utc
    from workbond.chain.rules import SINK

    block = report.block
    say(f"Market {report.market} on chain {report.chain_id}")
    say(f"Block {block.number}, {utc(block.timestamp)} UTC; amounts in {unit()}")
    say()
    rows = []
    for account, purse in report.ledger.purses.items():
        amounts = (purse.free, purse.staked, purse.bonded, purse.unbonding)
        note = "burned" if account == SINK else ""
        rows.append([account, *(format_amount(amount) for amount in amounts), note])
    columns = ["free", "staked", "of it bonded", "unbonding"]
    whole = table(["account", *columns, ""], rows, right=columns)
    width = terminal_width(sys.stdout)
    if width is not None and max(map(len, whole.split("\n"))) > width:
        whole = "\n".join(_account_lines(rows, columns))
    say(whole)
    say()
    states = ", ".join(f"{n} {state}" for state, n in report.ledger.states().items() if n)
    say(f"Jobs: {states or 'none'}")
    totals = [
        ("owed to accounts", report.ledger.owed - sum(report.ledger.escrow.values())),
        ("in escrow", sum(report.ledger.escrow.values())),
        ("owed", report.ledger.owed),
        ("owned", report.balance),
        ("surplus", report.surplus),
    ]
    say(table(["total", unit()], [[n, format_amount(a)] for n, a in totals], right=[unit()]))
    say()
    _show_findings(report.findings)
    say(f"Matches storage: {_yes(report.matches_storage)}")
    say(f"Solvent: {_yes(report.solvent)}")


def _account_lines(rows: list[list[str]], columns: list[str]) -> Iterator[str]:
    """The accounts where a row each would not fit: the amounts below the address, but zeros."""
    for account, *amounts, note in rows:
        yield f"{account}  {note}".rstrip()
        named = [(n, a) for n, a in zip(columns, amounts, strict=True) if a != "0"]
        yield from (f"  {name:<12}  {amount}" for name, amount in named or [("empty", "0")])


def _story_lines(story: Story) -> Iterator[str]:
    from workbond.audit.events import describe, utc
    from workbond.audit.story import bond_of, escrow_of, exits_of

    record, now_s = story.record, story.block.timestamp
    reason = f" ({record.reason.label})" if record and record.reason is not None else ""
    yield f"Job 0x{story.id.hex()}"
    yield f"State {story.state.label}{reason} at block {story.block.number}, {utc(now_s)} UTC"
    if record is not None:
        yield from _request_lines(story)
    elif story.is_revoked:
        yield "Its requester cancelled the request before it became a job."
    yield ""
    for event in story.events:
        when = utc(story.headers[event.block_number].timestamp)
        yield f"Block {event.block_number}, {when} UTC: {event.name}"
        yield f"  {describe(event)}"
        yield f"  transaction 0x{event.tx_hash.hex()}"
    for name, entries in (("Escrow", [*escrow_of(record)]), ("Bond", [*bond_of(record)])):
        if entries:
            yield ""
            yield from _money_lines(name, entries)
    exits = [*exits_of(record)]
    if exits:
        yield ""
        yield "What can happen next:"
    for way in exits:
        since = f" from {utc(way.since)} UTC" if way.since is not None else ""
        until = f" before {utc(way.until)} UTC" if way.until is not None else ""
        due = "due now" if way.is_due(now_s) else "not now"
        yield f"  {way.call} by {way.who}{since}{until}: {due}"
    yield ""
    yield from _finding_lines(story.findings)
    yield f"Matches storage: {_yes(story.matches_storage)}"


def _request_lines(story: Story) -> Iterator[str]:
    from workbond.audit.events import clip, utc
    from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD

    assert story.record is not None
    request = story.record.request
    low, high = tokens(request.min_unit_price), tokens(request.max_unit_price)
    ramp = f"{utc(request.ramp_start)} to {utc(request.ramp_end)} UTC"
    price = low if low == high else f"{low} rising to {high} ({ramp})"
    if request.providers == ZERO_WORD:
        who = "anybody"
    elif not any(request.providers[:12]):
        who = f"only 0x{request.providers[12:].hex()}"
    else:
        who = f"those in the list with root 0x{request.providers.hex()}"
    yield ""
    yield f"Requester {request.requester}"
    yield f"  tasks     {request.tasks:,}, together up to {request.max_units:,} units"
    yield f"  spec      0x{request.spec.hex()}"
    yield f"  profile   0x{request.profile.hex()}"
    yield f"  price     {tokens(request.flat)} flat, and per 10^12 units"
    yield f"            {price}"
    stake = f", of a stake of at least {tokens(request.min_stake)}" if request.min_stake else ""
    yield f"  bond      {tokens(request.bond)}{stake}"
    yield f"  provider  {who}, until {utc(request.open_until)} UTC"
    to_run, to_check = duration(request.run_for), duration(request.challenge_for)
    yield f"  times     {to_run} to run, {to_check} to check the result"
    yield f"  disputes  {'none' if request.resolver == ZERO_ADDRESS else request.resolver}"
    if story.record.is_signed:
        matcher, offer = story.record.matcher, story.record.offer
        yield f"  signed    {f'matched by {matcher}' if matcher else 'filled by the provider'}"
        if offer is not None:
            yield f"  offer     0x{offer.hex()}"
    else:
        yield f"  blobs at  {clip(story.record.gateway) or 'not told'}"


def _money_lines(name: str, entries: list[Entry]) -> Iterator[str]:
    rows = [[entry.what, format_amount(entry.amount)] for entry in entries]
    rows.append(["locked now", format_amount(sum(e.amount for e in entries))])
    yield from table([name, unit()], rows, right=[unit()]).splitlines()


def _show_findings(findings: Findings) -> None:
    for line in _finding_lines(findings):
        say(printable(line))


def _finding_lines(findings: Findings) -> Iterator[str]:
    for finding in findings.kept[:SHOWN_FINDINGS]:
        yield f"! {finding}"
    if findings.total > SHOWN_FINDINGS:
        yield f"! and {findings.total - SHOWN_FINDINGS} more; --json shows up to 1000"


def _judge(findings: Findings, what: str) -> None:
    """Raises `VerificationFailed` if there is any finding."""
    if findings.total:
        count = "1 finding" if findings.total == 1 else f"{findings.total} findings"
        raise VerificationFailed(
            f"{what} does not hold, {count}, the first is {findings.kept[0]}; ask another node "
            "with --rpc to tell a lying node from a broken market"
        )


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"
