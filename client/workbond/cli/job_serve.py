"""`workbond job serve`: going on with the serving of a job's inputs."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.job_inputs import listen_of
from workbond.cli.job_taken import last_word, say_next, say_taken
from workbond.cli.options import Settings, form, with_settings
from workbond.cli.output import emit, note, short_id
from workbond.cli.waiting import wait_end, wait_timeout
from workbond.errors import UsageError
from workbond.settings import kinds

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk


@click.command()
@job_argument
@click.option(
    "--listen",
    type=form(kinds.host_port, "--listen"),
    metavar="HOST:PORT",
    help="Where to serve; default: where the job says.",
)
@click.option(
    "--only-verifiers",
    is_flag=True,
    help="Serve a claimed job's inputs to those alone who judge the claim, and sign for them.",
)
@wait_timeout
@with_settings("rpc", "deployments", "account", "json")
def serve(
    settings: Settings,
    job_id: str,
    listen: tuple[str, int] | None,
    only_verifiers: bool,
    wait_s: int | None,
) -> None:
    """Go on serving the inputs of a job.

    Works on the machine that submitted it, until a provider has taken the job; after a match that
    bound it by a standing offer, until the result is there. Of a claimed job that can be judged,
    until it is over: verifiers need its inputs, which its provider lends them too.

    \b
    Examples:
      workbond job serve last
      workbond job serve last --only-verifiers
    """
    from workbond.blobs.sources import split_gateways
    from workbond.chain.types import ZERO_ADDRESS, State
    from workbond.requester import submit as library
    from workbond.requester.lending import Place, lending
    from workbond.requester.pack import repack
    from workbond.requester.status import status_of

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    name = f"0x{found.hex()}"
    judging = (State.CLAIMED, State.DISPUTED)
    judged = record.request.resolver != ZERO_ADDRESS and record.state in judging
    if not judged and record.state not in (State.NONE, State.OPEN, State.RUNNING):
        raise UsageError(
            f"job {name} is {record.state.label}: its inputs need not be served any more; see "
            f"`workbond job status {name}`"
        )
    if only_verifiers and not judged:
        raise UsageError(
            f"job {name} is {record.state.label}, and providers don't sign for inputs: serve them "
            "without --only-verifiers until it is claimed"
        )
    cids = repack(record.request.spec, record.request.tasks, desk.store)
    host, port = listen or listen_of(record.gateway, name)
    place = Place(host, port, next(iter(split_gateways(record.gateway)), None))
    with contextlib.ExitStack() as stack:
        if only_verifiers:
            stack.enter_context(lending(desk, record, cids, place))
        else:
            stack.enter_context(library.serving(desk.store, cids, **asdict(place)))
        until = _until(record, judged=judged) + (", to who judges it" if only_verifiers else "")
        note(f"Serving the inputs of job {short_id(found)} on {host}:{port} until {until}.")
        with library.explaining_ctrl_c(desk, found), last_word(settings, desk, found):
            if judged:
                desk.wait(found, judging, ends=wait_end(wait_s))
                record = desk.job(found)
            else:
                record = _served(settings, desk, record, wait_end(wait_s))
    if settings.json:
        emit(status_of(record, desk.now_s()).to_json())
        return
    say_next(settings, record)


def _until(record: JobRecord, *, judged: bool) -> str:
    if judged:
        return "it is over"
    return "the result is there" if record.job is not None else "it is taken"


def _served(settings: Settings, desk: Desk, record: JobRecord, ends: float | None) -> JobRecord:
    """Waits as long as somebody may fetch the inputs."""
    from workbond.chain.types import State
    from workbond.requester import submit as library
    from workbond.requester.matching import still_needs_inputs, until_matched

    kept = desk.drawer.find(record.id)
    urls = () if kept is None else kept.books
    if record.state == State.NONE and kept is not None:
        matched = until_matched(desk, kept.signed, urls, ends=ends, tell_why=note)
        assert matched is not None
        if not still_needs_inputs(matched, urls):
            say_taken(settings, matched)
            return matched
        record = matched
    if record.state == State.OPEN:
        posting = library.Posting(record.id, record.request, record.gateway)
        record = library.until_taken(desk, posting, ends=ends, tell_why=note)
        say_taken(settings, record)
        return record
    say_taken(settings, record)
    return library.until_claimed(desk, record, ends=ends)
