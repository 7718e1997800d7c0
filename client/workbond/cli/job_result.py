"""`workbond job fetch` and `approve`: getting a result, checking all of it, paying for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.asking import confirm, yes_option
from workbond.cli.job_common import desk_of, emit_status, job_argument, say_money
from workbond.cli.options import Settings, sending, suggest, with_settings
from workbond.cli.output import emit, next_step, note, printable, say, short_id, table, tokens
from workbond.errors import UsageError
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.requester.result import JobResult

SHOWN_FAILURES = 20
OUT_DIGITS = 8  # of the job's id in the name of the directory for its outputs


def size(text: str) -> int:
    """Bytes in `text`: digits, or a number with a unit."""
    from workbond.sizes import parse_size

    try:
        return parse_size(int(text) if text.isdigit() and len(text) < 20 else text)
    except ValueError as error:
        raise UsageError(f"--max-size: {error}") from error


_sources = click.option(
    "--from",
    "gateways",
    multiple=True,
    metavar="URL",
    help="Ask this gateway before the provider's own; may be repeated.",
)
_max_size = click.option(
    "--max-size",
    type=size,
    metavar="SIZE",
    default="16 GiB",
    show_default=True,
    help="Refuse a result whose outputs are larger together.",
)
_timeout = click.option(
    "--timeout",
    "timeout_s",
    type=click.IntRange(1, 30 * 86_400),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="Give up fetching after that; what came is kept for the next time.",
)


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
@_sources
@_max_size
@_timeout
@with_settings("rpc", "deployments", "account", "json")
def fetch(
    settings: Settings,
    job_id: str,
    out: Path | None,
    force: bool,
    wait: bool,
    gateways: tuple[str, ...],
    max_size: int,
    timeout_s: int,
) -> None:
    """Fetch a job's outputs and check every one.

    Each must be what the provider sealed on the chain. Started again, it goes on where it
    stopped. Nothing is paid: `approve` does that.

    \b
    Examples:
      workbond job fetch last --wait
      workbond job fetch 0x3f2a91 --out results --force
    """
    from workbond.chain.types import State
    from workbond.requester.fetch import fetch_result
    from workbond.requester.files import write_outputs
    from workbond.requester.submit import (
        Posting,
        explaining_ctrl_c,
        until_claimed,
        until_taken,
    )

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    if wait:
        with explaining_ctrl_c(desk, found):
            if record.state == State.OPEN:
                record = until_taken(desk, Posting(found, record.request, record.gateway))
            if record.state == State.RUNNING:
                record = until_claimed(desk, record)
    result = fetch_result(desk, record, gateways=gateways, max_bytes=max_size, timeout_s=timeout_s)
    target = out or Path(f"job-{found.hex()[:OUT_DIGITS]}")
    result = write_outputs(result, desk.store, target, force=force)
    if settings.json:
        emit(result.to_json() | {"state": record.state.label, "out": str(target)})
        return
    _say_result(result)
    say(f"The outputs are in {printable(target)}.")
    if record.state == State.CLAIMED:
        suggest(settings, f"workbond job approve {short_id(found)}")


@click.command()
@job_argument
@_sources
@_max_size
@_timeout
@yes_option
@with_settings("rpc", "deployments", "account", "password", "json")
def approve(
    settings: Settings,
    job_id: str,
    gateways: tuple[str, ...],
    max_size: int,
    timeout_s: int,
    yes: bool,
) -> None:
    """Pay for a result after checking all of it.

    Every output must be what the provider sealed on the chain. What `fetch` brought is checked
    again, but not fetched again.

    \b
    Example:
      workbond job approve last
    """
    from workbond.requester import approve as library
    from workbond.requester.fetch import fetch_result

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    library.require_approvable(record, settings.entry().address)
    result = fetch_result(desk, record, gateways=gateways, max_bytes=max_size, timeout_s=timeout_s)
    if not settings.json:
        _say_result(result)
    confirm(f"Pay {tokens(result.payment)}?", yes)
    signer = settings.signer()
    with sending():
        receipt = library.approve(desk, signer, record, result)
    if settings.json:
        emit_status(desk, found, receipt)
        return
    say_money(desk, found)
    next_step(f"workbond audit job {short_id(found)}")


def _say_result(result: JobResult) -> None:
    each = "each" if len(result.tasks) > 1 else "which is"
    say(f"{plural(len(result.tasks), 'output')}, {each} as the provider sealed it on the chain.")
    rows = [
        ["provider", result.provider],
        ["units", f"{result.total_units:,}"],
        ["to pay", tokens(result.payment)],
        ["comes back", f"{tokens(result.refund)} of the escrow"],
    ]
    say(table(["", ""], rows).lstrip("\n"))
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
