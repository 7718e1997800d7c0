"""`workbond job submit` and `serve`: posting a job, and serving its inputs until it is taken."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from workbond.cli.asking import yes_option
from workbond.cli.job_bills import posting_bill
from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.options import Settings, form, suggest, with_settings
from workbond.cli.output import emit, note, printable, say, short_id
from workbond.cli.waiting import wait_end, wait_timeout
from workbond.errors import JobFailed, TimedOut, UsageError
from workbond.money import rounded, tokens
from workbond.settings import kinds

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk
    from workbond.requester.order import Cost
    from workbond.requester.pack import Package
    from workbond.requester.submit import Posting

TOKEN_VARIABLE = "WORKBOND_GATEWAY_TOKEN"
TOKEN_BYTES_MAX = 4_096
ANY_PORT = 65_535  # in an address as long as the one that will be known

_public_url = click.option(
    "--public-url", metavar="URL", help="Address that providers use, if --listen is not it."
)


@click.command()
@click.argument("job_file", type=click.Path(path_type=Path), metavar="JOB.toml")
@click.option(
    "--listen",
    type=form(kinds.host_port, "--listen"),
    metavar="HOST:PORT",
    default="127.0.0.1:0",
    show_default=True,
    help="Where to serve the inputs; port 0 takes a free one.",
)
@_public_url
@click.option(
    "--gateway",
    "gateways",
    multiple=True,
    metavar="URL",
    help="Upload the inputs to this gateway; don't serve them. May be repeated.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"File with the gateways' upload tokens, a line each (or {TOKEN_VARIABLE}, the first's).",
)
@click.option("--wait", is_flag=True, help="Wait for the provider's result.")
@wait_timeout
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def submit(
    settings: Settings,
    job_file: Path,
    listen: tuple[str, int],
    public_url: str | None,
    gateways: tuple[str, ...],
    token_file: Path | None,
    wait: bool,
    wait_s: int | None,
    yes: bool,
) -> None:
    """Post a job and serve its inputs until it is taken.

    JOB.toml (or .json) describes it. The cost is shown first and asked about. Ctrl-C leaves the
    job open: `serve` goes on, `cancel` takes it back.

    \b
    Examples:
      workbond job submit examples/climate/job.toml
      workbond job submit job.toml --listen 0.0.0.0:8080 \\
        --public-url http://requester.example:8080
      workbond job submit job.toml --gateway https://gateway.example \\
        --gateway https://other.example --token-file tokens
    """
    from workbond.chain.types import State
    from workbond.jobfile import load_job_file
    from workbond.requester import submit as library
    from workbond.requester.order import check_funds, cost_of, posting_fee
    from workbond.requester.pack import check_program, pack
    from workbond.requester.status import status_of

    if token_file is not None and not gateways:
        raise UsageError("--token-file is for uploads: give --gateway URL too")
    library.check_addresses(gateways, public_url, listen[0])
    job = load_job_file(job_file)
    check_program(job)
    desk, _ = desk_of(settings)
    owner, cost = settings.address(), cost_of(job)
    account = desk.market.account_of(owner)
    check_funds(owner, account, cost.escrow)
    url = public_url or " ".join(gateways) or f"http://{listen[0]}:{listen[1] or ANY_PORT}"
    fee = posting_fee(desk.market, owner, job, url)
    bill = posting_bill(job, cost, account.free, desk.market.connection.balance(owner), fee)
    bill.ask(f"Post it and lock {tokens(cost.escrow)}?", yes=yes, json=settings.json)
    signer = settings.signer()
    package = pack(job, desk.store)
    if gateways:
        inputs = _uploaded(desk, package, gateways, public_url, token_file)
    else:
        inputs = _served(desk, package, listen, public_url)
    with inputs as url:
        posting = library.draft(desk, owner, job, package, url)
        with library.explaining_ctrl_c(desk, posting.id), _last_word(settings, desk, posting.id):
            library.post(desk, signer, posting)
            _say_posted(settings, posting, cost, served=not gateways)
            ends = wait_end(wait_s)
            if not gateways or wait:
                library.until_taken(desk, posting, ends=ends, tell_why=note)
    with library.explaining_ctrl_c(desk, posting.id), _last_word(settings, desk, posting.id):
        record = desk.job(posting.id)
        _say_taken(settings, record)
        if wait and record.state == State.RUNNING:
            record = library.until_claimed(desk, record, ends=ends)
    if settings.json:
        emit(status_of(record, desk.now_s()).to_json() | {"spec": package.spec.cid})
    else:
        _say_next(settings, record)


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
    """Go on serving the inputs of an open job.

    Works on the machine that submitted it.

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
    if record.state != State.OPEN:
        raise UsageError(
            f"job {name} is {record.state.label}: only an open job needs its inputs served; see "
            f"`workbond job status {name}`"
        )
    cids = repack(record.request.spec, record.request.tasks, desk.store)
    host, port = listen or _listen_of(record.gateway, name)
    public_url = next(iter(split_gateways(record.gateway)), None)
    with library.serving(desk.store, cids, host=host, port=port, public_url=public_url):
        note(f"Serving the inputs of job {short_id(found)} on {host}:{port} until it is taken.")
        with library.explaining_ctrl_c(desk, found), _last_word(settings, desk, found):
            posting = library.Posting(found, record.request, record.gateway)
            record = library.until_taken(desk, posting, ends=wait_end(wait_s), tell_why=note)
    if settings.json:
        emit(status_of(record, desk.now_s()).to_json())
        return
    _say_taken(settings, record)
    _say_next(settings, record)


@contextlib.contextmanager
def _last_word(settings: Settings, desk: Desk, job_id: bytes) -> Iterator[None]:
    """With --json a program is told the job's id and state, also where waiting for it failed."""
    from workbond.requester.status import status_of

    try:
        yield
    except (JobFailed, TimedOut):
        if settings.json:
            emit(status_of(desk.job(job_id), desk.now_s()).to_json())
        raise


@contextlib.contextmanager
def _served(
    desk: Desk, package: Package, listen: tuple[str, int], public_url: str | None
) -> Iterator[str]:
    """Serves the job's blobs from this machine; yields where."""
    from workbond.requester.submit import is_loopback, serving

    host, port = listen
    with serving(desk.store, package.cids, host=host, port=port, public_url=public_url) as url:
        if is_loopback(url) and not desk.market.connection.is_local:
            note(f"Note: only this machine can reach {url}: give --listen and --public-url.")
        yield url


@contextlib.contextmanager
def _uploaded(
    desk: Desk,
    package: Package,
    gateways: tuple[str, ...],
    public_url: str | None,
    token_file: Path | None,
) -> Iterator[str]:
    """Uploads the job's blobs to each gateway; yields where they can be had."""
    from workbond.requester.submit import posted_gateways, upload_all

    urls = posted_gateways([public_url] if public_url else gateways)
    for gateway, token in zip(gateways, _tokens(token_file, len(gateways)), strict=True):
        upload_all(desk.store, package.cids, gateway, token=token)
    yield urls


def _listen_of(gateway: str, name: str) -> tuple[str, int]:
    """Host and port of the job's own gateway, where that is this machine for sure."""
    from workbond.blobs.sources import split_gateways
    from workbond.requester.submit import is_loopback

    for url in split_gateways(gateway):
        with contextlib.suppress(ValueError):
            parts = urlsplit(url)
            if is_loopback(url) and parts.hostname and parts.port:
                return parts.hostname, parts.port
    raise UsageError(
        f"job {name} says that its inputs are at {gateway!r:.120}: say with --listen HOST:PORT "
        "where this machine serves that address"
    )


def _tokens(file: Path | None, count: int) -> list[str | None]:
    """A token for each gateway; never from an argument, where other users could read it, and never
    one gateway's for another."""
    if file is None:
        found = [os.environ.get(TOKEN_VARIABLE) or None]
    else:
        try:
            with file.open("rb") as opened:
                lines = opened.read(TOKEN_BYTES_MAX).decode("ascii").splitlines()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not ASCII"
            raise UsageError(f"can't read the token file {file} ({reason}): check it") from None
        found = [line.strip() or None for line in lines[:count]]
        if not any(found):
            raise UsageError(f"the token file {file} has no first line: write the token there")
    return found + [None] * (count - len(found))


def _say_posted(settings: Settings, posting: Posting, cost: Cost, *, served: bool) -> None:
    if settings.json:
        note(f"Posted job 0x{posting.id.hex()}.")
        return
    say(f"Posted job 0x{posting.id.hex()}")
    say(f"{tokens(cost.escrow)} are locked.")
    if served:
        say(f"Serving its inputs at {printable(posting.gateway)} until a provider has them.")
    else:
        say(f"Its inputs are at {printable(posting.gateway)}.")


def _say_taken(settings: Settings, record: JobRecord) -> None:
    if settings.json or record.job is None:
        return
    from workbond.requester.status import money_of

    say(f"Provider {record.job.provider} accepted")
    say(
        f"at {tokens(rounded(record.job.unit_price))} per 10^12 units; "
        f"{tokens(rounded(money_of(record).refunded))} of the escrow came back."
    )


def _say_next(settings: Settings, record: JobRecord) -> None:
    name = short_id(record.id)
    if record.job is None:
        suggest(settings, f"workbond job status {name}")
    else:
        waiting = "" if record.manifest is not None else " --wait"
        suggest(settings, f"workbond job fetch {name}{waiting}")
