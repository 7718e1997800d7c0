"""`workbond job status` and `list`: where jobs stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.job_money import cost_json, say_cost
from workbond.cli.job_unmatched import look, say_unmatched, unmatched_json
from workbond.cli.job_why import reasons_of, say_paragraph, say_reasons
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.output import emit, next_step, printable, say, short_id, table
from workbond.errors import UsageError
from workbond.money import format_amount, rounded, tokens, unit
from workbond.shares import format_share
from workbond.words import capital, duration

if TYPE_CHECKING:
    from workbond.chain.types import Request
    from workbond.requester.desk import Desk
    from workbond.requester.status import Status
    from workbond.requester.why.reasons import Reason

SHOWN_REASONS = 2  # by `status`; `why` shows all


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
    from workbond.requester.cases import case_of
    from workbond.requester.status import status_of

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    shown = status_of(record, desk.now_s(), case_of(desk, record))
    if not shown.record.events:
        _status_of_signed(settings, desk, shown)
        return
    reasons = reasons_of(desk, shown)
    if settings.json:
        told = {} if reasons is None else {"why": [reason.to_json() for reason in reasons]}
        emit(shown.to_json() | cost_json(desk, shown) | told)
        return
    _say_status(settings, desk, shown, reasons)


@click.command("list")
@with_settings("rpc", "deployments", "account", "json")
def list_(settings: Settings) -> None:
    """List the jobs of the account.

    They come from the chain, so the list is the same on every machine; below them stands what this
    machine signed and what is no job yet.

    \b
    Example:
      workbond job list --account requester
    """
    from workbond.requester.exits import FINALIZE
    from workbond.requester.labels import state_label
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
                state_label(s.record),
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


def _status_of_signed(settings: Settings, desk: Desk, shown: Status) -> None:
    """Of a job that was only signed: what the chain and its books say of the order."""
    from workbond.requester.labels import state_label

    standing, answers = look(desk, shown.record)
    if settings.json:
        emit(shown.to_json() | unmatched_json(standing, answers))
        return
    request = shown.record.request
    rows = [
        ["state", f"{state_label(shown.record)}: {shown.words}"],
        ["tasks", f"{request.tasks:,}, at most {request.max_units:,} units"],
        ["unit price", f"{tokens(rounded(shown.unit_price))} per 10^12 units"],
        ["bond", tokens(request.bond)],
        ["tip", tokens(request.tip)],
        ["inputs", f"at {printable(shown.record.gateway) or 'no address'}"],
    ]
    say(f"Job 0x{shown.record.id.hex()}")
    say(table(["", ""], rows))
    say_unmatched(standing, answers)
    if shown.next is not None and standing.code.lives:
        name = f"0x{shown.record.id.hex()}"
        suggest(settings, shown.next.replace(name, short_id(shown.record.id)))


def _say_status(
    settings: Settings, desk: Desk, shown: Status, reasons: tuple[Reason, ...] | None
) -> None:
    from workbond.chain.types import ZERO_ADDRESS, State

    record = shown.record
    request, job = record.request, record.job
    rows = [
        ["state", f"{record.state.label}: {shown.words}"],
        ["tasks", f"{request.tasks:,}, at most {request.max_units:,} units"],
        ["bond", tokens(request.bond)],
    ]
    if job is not None or not record.state.is_final:
        rows.insert(2, ["unit price", f"{tokens(rounded(shown.unit_price))} per 10^12 units"])
    if request.resolver != ZERO_ADDRESS:
        rows.append(["judged by", _judges(desk, request)])
    if record.matcher is not None:
        rows.append(["matched by", record.matcher])
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
        name = short_id(record.id)
        others = [f"workbond job appeal {name}"] if _is_appealable(shown) else []
        suggest(settings, shown.next.replace(f"0x{record.id.hex()}", name), *others)


def _is_appealable(shown: Status) -> bool:
    case = shown.case
    return case is not None and case.is_open and case.is_appealable(shown.now_s)


def _judges(desk: Desk, request: Request) -> str:
    """Who judges the result, and how many; another resolver's policy is its own affair."""
    from workbond.chain.cases import Policy

    if request.resolver != desk.committee_address:
        return request.resolver
    try:
        policy = Policy.decode(request.policy)
    except UsageError:
        return "the committee, which does not know its policy"
    audits = format_share(policy.rate_bps)
    return f"the committee: {policy.seats} seats, {audits} of such claims audited"


def _pending(shown: Status) -> str:
    """What a job in the list waits for."""
    if shown.due is not None:
        return f"{shown.due} is due"
    return "" if shown.left_s is None else f"{duration(shown.left_s)} left"
