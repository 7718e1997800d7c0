"""Fetching a result that a provider may not hand out: asking again, then a demand on the chain."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.job_demand import demand_bill, missing_outputs, question, send_demand
from workbond.cli.options import Settings
from workbond.cli.output import note, short_id
from workbond.errors import BlobError, Cancelled, UsageError, WorkbondError
from workbond.words import duration, plural

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk
    from workbond.requester.result import JobResult

PAUSES_S = (1.0, 3.0)  # before a provider that hands nothing out is asked again

demand_options = click.option(
    "--demand/--no-demand",
    "may_demand",
    default=True,
    show_default=True,
    help="Offer to demand output on the chain if it can't be fetched (--yes: do it).",
)


def fetched(
    settings: Settings,
    desk: Desk,
    record: JobRecord,
    fetch: Callable[[JobRecord], JobResult],
    *,
    may_demand: bool,
    yes: bool,
    wait: bool = False,
    ends: float | None = None,
    out: Path | None = None,
    force: bool = False,
) -> JobResult:
    """The job's result by `fetch`; where its provider hands it out to nobody, it is demanded.

    Args:
        settings, desk: whose command it is, and where.
        record: the job.
        fetch: fetches and checks all of it.
        may_demand: whether to demand at all.
        yes: don't ask before.
        wait: for the provider's answer to a demand, until `ends`.
        out: where pieces that were shown are written if that is all there is; None: nowhere.
        force: replace what is in the way there.

    Raises:
        BlobError: it can't be had; the message says what was demanded, and what follows.
    """
    try:
        return _patiently(settings, desk, record, fetch, may_demand=may_demand)
    except BlobError as error:
        if may_demand and _demandable(settings, desk, record):
            record = _offer(settings, desk, record, error, yes=yes)
        if not record.pairs:
            raise
        if wait:
            from workbond.requester.demands import until_answered

            record = until_answered(desk, record, ends=ends)
        if not record.live_job().unanswered:
            try:
                return fetch(record)
            except BlobError as again:
                error = again
        raise BlobError(f"{error}; {_follows(desk, record, out, force)}") from error


def _patiently(
    settings: Settings,
    desk: Desk,
    record: JobRecord,
    fetch: Callable[[JobRecord], JobResult],
    *,
    may_demand: bool,
) -> JobResult:
    """Asks a few times before a demand is the next thing to do."""
    pauses = PAUSES_S if may_demand and _demandable(settings, desk, record) else ()
    for pause_s in pauses:
        try:
            return fetch(record)
        except BlobError:
            time.sleep(pause_s)
    return fetch(record)


def _demandable(settings: Settings, desk: Desk, record: JobRecord) -> bool:
    from workbond.requester.demands import require_demandable

    try:
        require_demandable(record, settings.entry().address, desk.now_s())
    except WorkbondError:
        return False
    return True


def _offer(
    settings: Settings, desk: Desk, record: JobRecord, error: BlobError, *, yes: bool
) -> JobRecord:
    """Asks whether to demand what is missing, and does so; raises `error` if not."""
    from workbond.requester import demands

    name = short_id(record.id)
    if not yes and (settings.json or not sys.stdin.isatty()):
        note(f"Note: it can be demanded on the chain: `workbond job demand {name}` (or --yes).")
        raise error
    try:
        missing = missing_outputs(settings, desk, record, (), quiet=True)
        plan = demands.plan_demand(desk, record, missing)
    except UsageError as poor:
        raise BlobError(f"{error}; it can't be demanded: {poor}") from error
    bill = demand_bill(desk, record, plan)
    bill.say_first(f"{error}.")
    try:
        bill.ask(question(plan), yes=yes, json=settings.json)
    except Cancelled:
        raise error from None
    send_demand(settings, desk, record, plan)
    return desk.job(record.id)


def _follows(desk: Desk, record: JobRecord, out: Path | None, force: bool) -> str:
    """What was demanded and what comes of it, as the end of an error."""
    job, name, now_s = record.live_job(), short_id(record.id), desk.now_s()
    shown = _write_shown(desk, record, out, force)
    if job.unanswered and now_s >= job.answer_by:
        return f"the provider did not show what was demanded{shown}: `workbond job end {name}`"
    if job.unanswered:
        left = duration(job.answer_by - now_s)
        pieces = plural(job.unanswered, "piece")
        return (
            f"the provider has {left} left to show {pieces} of demanded output{shown}: `workbond "
            f"job watch {name}`, then fetch again"
        )
    return f"the provider showed what was demanded{shown}, and the rest can't be had"


def _write_shown(desk: Desk, record: JobRecord, out: Path | None, force: bool) -> str:
    """Writes the pieces that were shown; where, in words, if there are any."""
    from workbond.requester.demands import shown_pieces
    from workbond.requester.files import write_blobs
    from workbond.requester.memory import recall_names

    pieces = [piece for piece in shown_pieces(desk, record) if piece.data is not None]
    if out is None or not pieces:
        return ""
    names = recall_names(desk.home, record.id, record.request.tasks)
    files = {}
    for piece in pieces:
        assert piece.data is not None
        files[f"{names[piece.task]}.piece-{piece.chunk}"] = desk.store.put(piece.data)
    write_blobs(files, desk.store, out, force=force)
    return f" (what it showed is in {out})"
