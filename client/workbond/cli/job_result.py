"""`workbond job fetch` and `approve`: getting a result, checking all of it, paying for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.asking import yes_option
from workbond.cli.job_bills import payment_bill
from workbond.cli.job_common import (
    desk_of,
    emit_status,
    job_argument,
    requester_of,
    sources_option,
)
from workbond.cli.job_missing import demand_options, fetched
from workbond.cli.job_money import say_receipt
from workbond.cli.options import Settings, form, sending, suggest, with_settings
from workbond.cli.output import emit, next_step, note, printable, say, short_id, table
from workbond.cli.waiting import fetch_timeout, fetching, wait_end, wait_timeout
from workbond.money import tokens
from workbond.settings import kinds
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk
    from workbond.requester.result import JobResult

SHOWN_FAILURES = 20
OUT_DIGITS = 8  # of the job's id in the name of the directory for its outputs


_max_size = click.option(
    "--max-size",
    type=form(kinds.size, "--max-size"),
    metavar="SIZE",
    default="16 GiB",
    show_default=True,
    help="Refuse a result whose outputs are larger together.",
)
_timeout = fetch_timeout(3600)


@click.command()
@job_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write the outputs; default: ./job-<first digits of ID>.",
)
@click.option("--force", is_flag=True, help="Replace files that are in the way.")
@click.option("--wait", is_flag=True, help="Wait for the provider's result first.")
@wait_timeout
@sources_option
@_max_size
@_timeout
@demand_options
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def fetch(
    settings: Settings,
    job_id: str,
    out: Path | None,
    force: bool,
    wait: bool,
    wait_s: int | None,
    gateways: tuple[str, ...],
    max_size: int,
    timeout_s: int,
    may_demand: bool,
    yes: bool,
) -> None:
    """Fetch a job's outputs and check every one.

    Each must be what the provider sealed on the chain. Started again, it goes on where it
    stopped. Nothing is paid: `approve` does that. Until the job is over the provider serves its
    requester alone, so a signature is needed for what is not here yet. Output that a provider does
    not hand out is demanded on the chain, after asking.

    \b
    Examples:
      workbond job fetch last --wait
      workbond job fetch 0x3f2a91 --out results --force
    """
    from workbond.chain.types import State
    from workbond.requester.files import write_outputs
    from workbond.requester.submit import (
        Posting,
        explaining_ctrl_c,
        until_claimed,
        until_taken,
    )

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    ends = wait_end(wait_s)
    if wait:
        with explaining_ctrl_c(desk, found):
            if record.state == State.NONE:
                record = _matched(desk, record, ends)
            if record.state == State.OPEN:
                posting = Posting(found, record.request, record.gateway)
                record = until_taken(desk, posting, ends=ends, tell_why=note)
            if record.state == State.RUNNING:
                record = until_claimed(desk, record, ends=ends)
    target = out or Path(f"job-{found.hex()[:OUT_DIGITS]}")

    result = fetched(
        settings,
        desk,
        record,
        _getter(settings, desk, gateways, max_size, timeout_s),
        may_demand=may_demand,
        yes=yes,
        wait=wait,
        ends=ends,
        out=target,
        force=force,
    )
    result = write_outputs(result, desk.store, target, force=force)
    if settings.json:
        emit(result.to_json() | {"state": record.state.label, "out": str(target)})
        return
    _say_result(result, paid=record.state == State.SETTLED)
    say(f"The outputs are in {printable(target)}.")
    _say_disputed(desk, record)
    then = {State.CLAIMED: "approve", State.DISPUTED: "watch"}.get(record.state, "receipt")
    next_ones = [f"workbond job {then} {short_id(found)}"]
    if result.failed:
        next_ones.append(f"workbond job logs {short_id(found)} --failed")
    job = record.live_job()
    if job.case_for and record.state == State.CLAIMED and desk.now_s() < job.window_end:
        next_ones.append(f"workbond job challenge {short_id(found)}")
    suggest(settings, *next_ones)


@click.command()
@job_argument
@click.option("--wait", is_flag=True, help="Wait for the verdict first, if a case is open.")
@wait_timeout
@sources_option
@_max_size
@_timeout
@demand_options
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def approve(
    settings: Settings,
    job_id: str,
    wait: bool,
    wait_s: int | None,
    gateways: tuple[str, ...],
    max_size: int,
    timeout_s: int,
    may_demand: bool,
    yes: bool,
) -> None:
    """Pay for a result after checking all of it.

    Every output must be what the provider sealed on the chain. What `fetch` brought is checked
    again, but not fetched again. A result that is disputed can't be approved before its case is
    over; approving before anybody disputes it ends that possibility.

    \b
    Example:
      workbond job approve last
    """
    from workbond.requester import approve as library

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    owner = settings.address()
    if wait:
        record = library.until_judged(desk, record, ends=wait_end(wait_s))
    library.require_approvable(record, owner)

    get = _getter(settings, desk, gateways, max_size, timeout_s)
    result = fetched(settings, desk, record, get, may_demand=may_demand, yes=yes)
    record = desk.job(found)
    if not settings.json:
        _say_result(result, money=False)
    bill = payment_bill(desk, record, result.total_units)
    bill.fee(desk.market.connection.balance(owner), library.approval_fee(desk, record, result))
    bill.ask(f"Pay {tokens(result.payment)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        receipt = library.approve(desk, signer, record, result)
    if settings.json:
        emit_status(desk, found, receipt)
        return
    say_receipt(desk, found)
    next_step(f"workbond audit job {short_id(found)}")


def _getter(
    settings: Settings, desk: Desk, gateways: tuple[str, ...], max_size: int, timeout_s: int
) -> Callable[[JobRecord], JobResult]:
    """What fetches a job's result and checks it, by the command's options."""
    from workbond.requester.fetch import fetch_result

    def get(record: JobRecord) -> JobResult:
        with fetching(timeout_s):
            return fetch_result(
                desk,
                record,
                gateways=gateways,
                signer=requester_of(settings, record),
                max_bytes=max_size,
                timeout_s=timeout_s,
            )

    return get


def _matched(desk: Desk, record: JobRecord, ends: float | None) -> JobRecord:
    """Waits for the match of a job that was signed."""
    from workbond.requester.matching import until_matched

    kept = desk.drawer.find(record.id)
    assert kept is not None, "the record was made from it"
    matched = until_matched(desk, kept.signed, kept.books, ends=ends, tell_why=note)
    assert matched is not None, "there is no other end of waiting"
    return matched


def _say_disputed(desk: Desk, record: JobRecord) -> None:
    """That the result may be wrong, if somebody said so."""
    from workbond.chain.types import State
    from workbond.requester.cases import case_of

    if record.is_rejected:
        say("WARNING: the committee found this result wrong.")
    elif record.state == State.DISPUTED:
        case = case_of(desk, record)
        how = "its resolver decides" if case is None else case.words(record, desk.now_s())
        say(f"WARNING: this result is disputed: {how}.")


def _say_result(result: JobResult, *, money: bool = True, paid: bool = False) -> None:
    each = "each" if len(result.tasks) > 1 else "which is"
    say(f"{plural(len(result.tasks), 'output')}, {each} as the provider sealed it on the chain.")
    rows = [
        ["provider", result.provider],
        ["units", f"{result.total_units:,}"],
    ]
    if money:
        rows.append(["paid" if paid else "to pay", tokens(result.payment)])
        back = "came back" if paid else "comes back"
        rows.append([back, f"{tokens(result.refund)} of the escrow"])
    say(table(["", ""], rows))
    failed = result.failed
    if failed:
        say(f"{plural(len(failed), 'task')} did not end with exit code 0:")
        failures = [
            [task.index, printable(task.name), task.ending, f"{task.units:,}"]
            for task in failed[:SHOWN_FAILURES]
        ]
        say(table(["task", "name", "ending", "units"], failures, right=["task", "units"]))
        if len(failed) > SHOWN_FAILURES:
            say(f"... and {len(failed) - SHOWN_FAILURES:,} more")
    for text in result.notes:
        note(f"Note: {printable(text)}")
