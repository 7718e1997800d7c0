"""`workbond audit`: what happened on the market, and whether it adds up. Needs no account."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import TYPE_CHECKING

import click

from workbond.cli.group import OrderedGroup
from workbond.cli.options import Place, Settings, with_settings
from workbond.cli.output import emit, next_step, printable, say, terminal_width
from workbond.errors import UsageError, VerificationFailed

if TYPE_CHECKING:
    from workbond.audit.findings import Findings
    from workbond.chain.abi import Event
    from workbond.chain.contract import Contract

ROW_COLUMNS = 140  # an event's row has 72 columns before its details
BLOCK = click.IntRange(min=0)
TO_BLOCK = click.option(
    "--to-block", type=BLOCK, metavar="N", help="Last block to look at; default: the latest."
)


@click.group(cls=OrderedGroup)
def audit() -> None:
    """Read the contracts' events and check that they add up. Needs no account.

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
    """List the events of market and committee, oldest first.

    With --json one JSON object on each line.

    \b
    Examples:
      workbond audit events --name JobPosted --name JobSettled
      workbond audit events --from-block 100 --json
    """
    from workbond.audit.events import describe, event_json, subject

    place = settings.place()
    contracts = {place.market.address: place.market, **_judges(place)}
    known = dict.fromkeys(name for contract in contracts.values() for name in contract.abi.events)
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
    for event in _all_events(contracts.values(), first, last, names):
        of_market = event.address == place.market.address
        if settings.json:
            whose = {"contract": "Market" if of_market else "Committee"}
            click.echo(json.dumps(event_json(event, contracts[event.address].abi) | whose))
            continue
        details = describe(event)
        if not of_market and event.name in place.market.abi.events:  # both have such events
            details += ", in the committee"
        for line in layout.lines(event.block_number, event.name, subject(event), details):
            say(printable(line))
    if not settings.json:
        next_step("workbond audit job last", "workbond audit ledger")


class EventLines:
    """Events as rows of a table, which appear as they are read; at a terminal of `width` columns
    that such rows don't fit, what an event is about and its details stand below each other."""

    def __init__(self, last_block: int, width: int | None) -> None:
        self._block = max(len(str(last_block)), len("block"))
        self._narrow = width is not None and width < ROW_COLUMNS
        head = f"{'block':>{self._block}}  {'event':<16}"
        self.head = head.rstrip() if self._narrow else f"{head}  {'about':<42}  details"

    def lines(self, block: int, name: str, about: str, details: str) -> Iterator[str]:
        start = f"{block:>{self._block}}  {name:<16}"
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
    from workbond.cli.audit_story import story_lines

    place = settings.place()
    last = _last_block(place, to_block)
    wanted = _latest_job(place, last) if job_id == "last" else job_id
    judges = place.deployment.committee
    committee = None if judges is None or last < judges.block else place.committee
    story = tell(place.market, wanted, place.deployment.market.block, to_block, committee)
    if settings.json:
        emit(story.to_json(place.market, committee))
    else:
        for line in story_lines(story):
            say(printable(line))
    _judge(story.findings, f"job 0x{story.id.hex()}")
    if not settings.json:
        next_step("workbond audit ledger")


@audit.command()
@TO_BLOCK
@with_settings("rpc", "deployments", "json")
def ledger(settings: Settings, to_block: int | None) -> None:
    """Rebuild every balance from events; compare with storage.

    Market and committee are audited together. Every event is checked against the protocol's rules
    on the way. Exit code 9 if anything differs, or if a contract owns less than it owes. Tokens
    that somebody sent to the market without depositing them are a surplus, and no difference.

    \b
    Examples:
      workbond audit ledger
      workbond audit ledger --to-block 120 --json
    """
    from workbond.audit.report import audit as examine
    from workbond.cli.audit_ledger import show_ledger

    place = settings.place()
    _last_block(place, to_block)
    report = examine(place.market, place.token, place.deployment, to_block)
    if settings.json:
        emit(report.to_json())
    else:
        show_ledger(report)
    _judge(report.findings, "the ledger")
    if not settings.json:
        next_step("workbond audit events", "workbond audit job last")


def _judges(place: Place) -> dict[str, Contract]:
    """The deployment's committee by its address, if it has one."""
    return {} if place.committee is None else {place.committee.address: place.committee}


def _all_events(
    contracts: Iterable[Contract], first: int, last: int, names: tuple[str, ...]
) -> Iterator[Event]:
    """Events of these names (none: of all) that the contracts know, in the order of the chain."""
    streams = []
    for contract in contracts:
        own = [name for name in names if name in contract.abi.events]
        if own or not names:
            streams.append(contract.events(first, last, names=own or None))
    return merge(*streams, key=lambda event: (event.block_number, event.log_index))


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


def _judge(findings: Findings, what: str) -> None:
    """Raises `VerificationFailed` if there is any finding."""
    if findings.total:
        count = "1 finding" if findings.total == 1 else f"{findings.total} findings"
        raise VerificationFailed(
            f"{what} does not hold, {count}, the first is {findings.kept[0]}; ask another node "
            "with --rpc to tell a lying node from a broken market"
        )
