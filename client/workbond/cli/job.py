"""`workbond job`: the requester's commands; submitting and fetching are in files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.cli.asking import yes_option
from workbond.cli.group import OrderedGroup
from workbond.cli.job_bills import ending_bill
from workbond.cli.job_common import (
    desk_of,
    emit_status,
    job_argument,
    requester_of,
    sources_option,
)
from workbond.cli.job_logs import logs
from workbond.cli.job_money import cost_json, receipt, say_cost, say_receipt
from workbond.cli.job_quote import quote
from workbond.cli.job_result import approve, fetch
from workbond.cli.job_submit import serve, submit
from workbond.cli.job_watch import watch
from workbond.cli.job_why import reasons_of, say_paragraph, say_reasons, why
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.output import emit, next_step, printable, say, short_id, table
from workbond.money import format_amount, rounded, tokens, unit
from workbond.words import capital, duration

if TYPE_CHECKING:
    from workbond.requester.desk import Desk
    from workbond.requester.status import Status
    from workbond.requester.why.reasons import Reason

SHOWN_REASONS = 2  # by `status`; `why` shows all


@click.group(cls=OrderedGroup)
def job() -> None:
    """Submit jobs, fetch and check results, pay for them.

    An ID may be shortened to its first digits, six at least; `last` is the account's job that was
    posted last.

    \b
    Example, from a job file to its outputs:
      workbond job quote job.toml
      workbond job submit job.toml
      workbond job fetch last --wait
      workbond job approve last
    """


@click.command()
@job_argument
@with_settings("rpc", "deployments", "account", "json")
def status(settings: Settings, job_id: str) -> None:
    """Show a job's state, time left, money and next command.

    An open job that waits for a while is explained, as `why` does in full.

    \b
    Example:
      workbond job status 0x3f2a91
    """
    from workbond.requester.status import status_of

    desk, found = desk_of(settings, job_id)
    shown = status_of(desk.job(found), desk.now_s())
    reasons = reasons_of(desk, shown)
    if settings.json:
        told = {} if reasons is None else {"why": [reason.to_json() for reason in reasons]}
        emit(shown.to_json() | cost_json(desk, shown) | told)
        return
    _say_status(settings, desk, shown, reasons)


@click.command("list")
@with_settings("rpc", "deployments", "account", "json")
def list_(settings: Settings) -> None:
    """List the jobs that the account posted.

    They come from the chain, so the list is the same on every machine.

    \b
    Example:
      workbond job list --account requester
    """
    from workbond.requester.exits import FINALIZE
    from workbond.requester.status import status_of

    desk, _ = desk_of(settings)
    now_s = desk.now_s()
    found = [status_of(record, now_s) for record in desk.jobs_of(settings.entry().address)]
    if settings.json:
        emit([status.to_json() for status in found])
    elif found:
        rows = [
            [
                short_id(s.record.id),
                s.record.state.label,
                s.record.request.tasks,
                format_amount(rounded(s.money.paid)),
                format_amount(rounded(s.money.locked)),
                _pending(s),
            ]
            for s in found
        ]
        headers = ["job", "state", "tasks", f"{unit()} paid", f"{unit()} locked", ""]
        say(table(headers, rows, right=headers[2:5]))
        # a result to look at comes before its end
        due = next((s.record.id for s in found if s.due not in (None, FINALIZE)), None)
        if due is not None:
            suggest(settings, f"workbond job end {short_id(due)}")
        else:
            suggest(settings, f"workbond job status {short_id(found[-1].record.id)}")
    else:
        say("No jobs yet.")
        next_step("workbond job quote JOB.toml")


@click.command()
@job_argument
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def cancel(settings: Settings, job_id: str, yes: bool) -> None:
    """Take back a job that nobody has accepted.

    The whole escrow comes back.

    \b
    Example:
      workbond job cancel 0x3f2a91
    """
    from workbond.requester import exits

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    bill = ending_bill(desk, settings.address(), record, exits.prepare_cancel(record))
    bill.ask(f"Cancel job {short_id(found)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        sent = exits.cancel(desk, signer, record)
    if settings.json:
        emit_status(desk, found, sent)
        return
    say_receipt(desk, found)
    suggest(settings, "workbond account balance")


@click.command(short_help="End a job whose time is over; anyone may.")
@job_argument
@sources_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def end(settings: Settings, job_id: str, gateways: tuple[str, ...], yes: bool) -> None:
    """End a job whose time is over, so that no money stays locked; anyone may.

    \b
    Calls what is due by the chain's time:
      cancel    nobody accepted the job in time: the escrow goes back
      expire    no result in time: escrow and 24% of the bond to the requester,
                1% to you
      finalize  the time for checking is over: the provider is paid
      void      the seal was not opened within a day after that: escrow and
                49% of the bond to the requester, 1% to you

    \b
    Example:
      workbond job end 0x3f2a91
    """
    from workbond.requester import exits
    from workbond.requester.status import DUE_WORDS

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    ending = exits.prepare_end(desk, record, gateways, requester_of(settings, record))
    bill = ending_bill(desk, settings.address(), record, ending)
    bill.say_first(f"{DUE_WORDS[ending.exit].capitalize()}.")
    bill.ask(f"Call `{ending.exit}` to end the job?", yes=yes, json=settings.json)
    signer = settings.signer()
    with sending():
        sent = exits.call(desk, signer, ending)
    if settings.json:
        emit_status(desk, found, sent)
        return
    say_receipt(desk, found)
    suggest(settings, "workbond account balance")


def _say_status(
    settings: Settings, desk: Desk, shown: Status, reasons: tuple[Reason, ...] | None
) -> None:
    from workbond.chain.types import State

    record = shown.record
    request, job = record.request, record.job
    rows = [
        ["state", f"{record.state.label}: {shown.words}"],
        ["tasks", f"{request.tasks:,}, at most {request.max_units:,} units"],
        ["bond", tokens(request.bond)],
    ]
    if job is not None or not record.state.is_final:
        rows.insert(2, ["unit price", f"{tokens(shown.unit_price)} per 10^12 units"])
    if record.state == State.OPEN:
        rows.append(["inputs", f"at {printable(record.gateway) or 'no address'}"])
    if job is not None:
        rows.insert(1, ["provider", job.provider])
    if shown.units is not None:
        rows.append(["units", f"{shown.units:,}"])
    say(f"Job 0x{record.id.hex()}")
    say(table(["", ""], rows))
    say_cost(desk, shown)
    if shown.then is not None:
        say()
        say_paragraph(f"{capital(shown.then)}.")
    if reasons is not None:
        say("\nWhy nobody has taken it yet:")
        say_reasons(reasons[:SHOWN_REASONS])
    if shown.next is not None:
        suggest(settings, shown.next.replace(f"0x{record.id.hex()}", short_id(record.id)))


def _pending(shown: Status) -> str:
    """What a job in the list waits for."""
    if shown.due is not None:
        return f"{shown.due} is due"
    return "" if shown.left_s is None else f"{duration(shown.left_s)} left"


for _command in (
    *(quote, submit, serve, watch, status, why, list_),
    *(fetch, logs, approve, receipt, cancel, end),
):
    job.add_command(_command)
