"""`workbond job demand`: having a provider show output on the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from workbond.cli.asking import Bill, yes_option
from workbond.cli.job_common import (
    desk_of,
    emit_status,
    job_argument,
    requester_of,
    sources_option,
)
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.output import note, say, short_id
from workbond.cli.waiting import wait_end, wait_timeout
from workbond.errors import BlobError, UsageError, VerificationFailed
from workbond.money import tokens
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.chain.transactions import Receipt
    from workbond.jobs import JobRecord
    from workbond.requester.demands import Plan
    from workbond.requester.desk import Desk

MANIFEST_TIMEOUT_S = 60.0


@click.command()
@job_argument
@click.option(
    "--task",
    "tasks",
    type=click.IntRange(0, 65_535),
    multiple=True,
    metavar="N",
    help="Output of this task; repeatable; default: what can't be fetched.",
)
@click.option(
    "--chunk",
    "chunks",
    type=click.IntRange(0, 2**32 - 1),
    multiple=True,
    metavar="K",
    help="This piece of 16 KiB of each --task, from 0; repeatable; default: the first.",
)
@click.option("--wait", is_flag=True, help="Wait until the provider has shown them, or its time.")
@wait_timeout
@sources_option
@yes_option
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def demand(
    settings: Settings,
    job_id: str,
    tasks: tuple[int, ...],
    chunks: tuple[int, ...],
    wait: bool,
    wait_s: int | None,
    gateways: tuple[str, ...],
    yes: bool,
) -> None:
    """Have the provider show output on the chain.

    For a result that its provider claimed and does not hand out. Up to eight pieces of 16 KiB, once
    for each result, before the time for checking is over. Each piece that is shown costs the job's
    demand_fee. A provider that does not show all of them within a day can be voided: the escrow and
    49% of its bond go to the requester. `fetch` uses what is shown.

    \b
    Examples:
      workbond job demand last
      workbond job demand 0x3f2a91 --task 3 --chunk 0 --chunk 7 --wait
    """
    from workbond.requester import demands

    if chunks and not tasks:
        raise UsageError("--chunk is a piece of a task's output: give --task too")
    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    demands.require_demandable(record, settings.address(), desk.now_s())
    if tasks:
        plan = demands.affordable(desk, record, demands.named_pairs(record, tasks, chunks))
    else:
        plan = demands.plan_demand(desk, record, missing_outputs(settings, desk, record, gateways))
    demand_bill(desk, record, plan).ask(question(plan), yes=yes, json=settings.json)
    sent = send_demand(settings, desk, record, plan)
    record = desk.job(found)
    if wait:
        record = demands.until_answered(desk, record, ends=wait_end(wait_s))
    if settings.json:
        emit_status(desk, found, sent)
        return
    _say_open(desk, record)
    then = "fetch" if not record.live_job().unanswered else "watch"
    suggest(settings, f"workbond job {then} {short_id(found)}")


def missing_outputs(
    settings: Settings,
    desk: Desk,
    record: JobRecord,
    gateways: Sequence[str],
    *,
    quiet: bool = False,
) -> dict[int, int]:
    """Tasks whose output is not here, and their chunks; all, if even the manifest can't be had,
    which is noted unless `quiet`."""
    from workbond.requester.demands import missing_of
    from workbond.requester.fetch import fetch_manifest, sources_of

    manifest = None
    try:
        sources = sources_of(desk, record, gateways, requester_of(settings, record))
        manifest, _ = fetch_manifest(desk, record, sources, MANIFEST_TIMEOUT_S)
    except (BlobError, VerificationFailed) as error:
        if not quiet:
            note(f"Note: the manifest can't be had, so any output may be missing ({error}).")
    missing = missing_of(desk, manifest, record.request.tasks)
    if not missing:
        raise UsageError(
            f"every output of job 0x{record.id.hex()} is here already: there is nothing to demand, "
            "but what you name with --task"
        )
    return missing


def demand_bill(desk: Desk, record: JobRecord, plan: Plan) -> Bill:
    from workbond.chain import rules
    from workbond.requester.demands import demand_fee

    job = record.live_job()
    free, escrow = desk.market.account_of(job.requester).free, rules.job_escrow(job)
    bill = Bill()
    bill.pot("free in the market", free, -plan.fees)
    bill.pot("in the job's escrow", escrow, plan.fees, "the fee of what is not shown comes back")
    bill.fee(desk.market.connection.balance(job.requester), demand_fee(desk, record, plan))
    lost, pieces = rules.voided(job.bond), plural(len(plan.pairs), "piece")
    bill.say(
        f"The provider has {duration(rules.ANSWER_FOR_S)} to show {pieces} for {tokens(plan.fee)} "
        f"each. If it does not show all, the escrow and {tokens(lost.to_requester)} of its bond "
        "are yours."
    )
    return bill


def question(plan: Plan) -> str:
    return f"Demand {plural(len(plan.pairs), 'piece')} for {tokens(plan.fees)}?"


def send_demand(settings: Settings, desk: Desk, record: JobRecord, plan: Plan) -> Receipt:
    from workbond.requester.demands import demand as send

    with sending():
        return send(desk, settings.signer(), record, plan)


def _say_open(desk: Desk, record: JobRecord) -> None:
    job = record.job
    if job is None or not job.unanswered:
        say("All demanded output is shown.")
        return
    left = duration(max(0, job.answer_by - desk.now_s()))
    say(f"{plural(job.unanswered, 'piece')} demanded; the provider has {left} to show them.")
