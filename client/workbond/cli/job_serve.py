"""`workbond job serve`: going on with the serving of a job's inputs."""

from __future__ import annotations

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
@wait_timeout
@with_settings("rpc", "deployments", "account", "json")
def serve(
    settings: Settings, job_id: str, listen: tuple[str, int] | None, wait_s: int | None
) -> None:
    """Go on serving the inputs of a job.

    Works on the machine that submitted it, until a provider has taken the job; after a match that
    bound it by a standing offer, until the result is there.

    \b
    Example:
      workbond job serve last
    """
    from workbond.blobs.sources import split_gateways
    from workbond.chain.types import State
    from workbond.requester import submit as library
    from workbond.requester.pack import repack
    from workbond.requester.status import status_of

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    name = f"0x{found.hex()}"
    if record.state not in (State.NONE, State.OPEN, State.RUNNING):
        raise UsageError(
            f"job {name} is {record.state.label}: its inputs need not be served any more; see "
            f"`workbond job status {name}`"
        )
    cids = repack(record.request.spec, record.request.tasks, desk.store)
    host, port = listen or listen_of(record.gateway, name)
    public_url = next(iter(split_gateways(record.gateway)), None)
    with library.serving(desk.store, cids, host=host, port=port, public_url=public_url):
        until = "the result is there" if record.job is not None else "it is taken"
        note(f"Serving the inputs of job {short_id(found)} on {host}:{port} until {until}.")
        with library.explaining_ctrl_c(desk, found), last_word(settings, desk, found):
            record = _served(settings, desk, record, wait_end(wait_s))
    if settings.json:
        emit(status_of(record, desk.now_s()).to_json())
        return
    say_next(settings, record)


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
