"""`workbond job logs`: what the tasks of a job wrote to standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbond.cli.job_common import (
    desk_of,
    job_argument,
    requester_of,
    sources_option,
)
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.output import emit, note, printable, short_id
from workbond.cli.waiting import fetch_timeout, fetching
from workbond.words import plural

if TYPE_CHECKING:
    from workbond.requester.logs import TaskLog

SHOWN_RANGES = 20


@click.command()
@job_argument
@click.option(
    "--task",
    "tasks",
    type=click.IntRange(0),
    multiple=True,
    metavar="N",
    help="Only the log of this task; may be repeated.",
)
@click.option("--failed", is_flag=True, help="Only tasks that did not end with exit code 0.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a file for each log there instead of printing them.",
)
@click.option("--force", is_flag=True, help="Replace files that are in the way.")
@sources_option
@fetch_timeout(600)
@with_settings("rpc", "deployments", "account", "password", "private", "json")
def logs(
    settings: Settings,
    job_id: str,
    tasks: tuple[int, ...],
    failed: bool,
    out: Path | None,
    force: bool,
    gateways: tuple[str, ...],
    timeout_s: int,
) -> None:
    """Show what the tasks of a job wrote to standard error.

    Up to 1 MiB of each task is kept, 256 MiB of a job. The logs of several tasks are indented below
    their headings; a single one goes into a pipe or a file as it is. On a terminal control
    characters are replaced. Logs are no part of the result: the provider seals outputs only.

    \b
    Examples:
      workbond job logs last --failed
      workbond job logs 0x3f2a91 --task 3 | less
      workbond job logs last --out logs
    """
    from workbond.requester.files import write_blobs
    from workbond.requester.logs import job_logs

    desk, found = desk_of(settings, job_id)
    record = desk.job(found)
    with fetching(timeout_s):
        shown = job_logs(
            desk,
            record,
            tasks=frozenset(tasks),
            failed=failed,
            gateways=gateways,
            signer=requester_of(settings, record),
            timeout_s=timeout_s,
        )
    if out is not None:
        files = {f"{log.name}.log": log.cid for log in shown if log.cid is not None}
        write_blobs(files, desk.store, out, force=force)
    if settings.json:
        emit({"id": f"0x{found.hex()}", "tasks": [log.to_json() for log in shown]})
        return
    if out is None:
        _print(shown)
    _tell(shown, out)
    after = "receipt" if record.state.is_final else "fetch"
    suggest(settings, f"workbond job {after} {short_id(found)}")


def _print(logs: Sequence[TaskLog]) -> None:
    """The logs, each below a line that names it if there are several."""
    written = [log for log in logs if log.cid is not None]
    sys.stdout.flush()
    for log in written:
        data = log.read()
        if len(logs) > 1:
            head = f"--- task {log.name}: {log.ending}, {log.length:,} bytes"
            # indented, so that no task can write another one's heading
            data = b"".join(b"  " + line for line in data.splitlines(keepends=True))
            data = printable(head).encode() + b"\n" + data
            data += b"" if data.endswith(b"\n") else b"\n"
        if sys.stdout.isatty():
            click.echo(_harmless(data), nl=not data.endswith(b"\n"))
        else:
            click.echo(data, nl=False)


def _tell(logs: Sequence[TaskLog], out: Path | None) -> None:
    written = [log for log in logs if log.cid is not None]
    if out is not None:
        note(f"{plural(len(written), 'log')} written to {printable(out)}.")
    cut = [log.index for log in logs if log.truncated]
    if cut:
        note(f"Cut at 1 MiB, which is all that is kept: {_tasks(cut)}.")
    silent = [log.index for log in logs if log.cid is None]
    if not logs:
        note("No such task: all ended with exit code 0.")
    elif silent:
        note(f"Nothing was written by {_tasks(silent)}.")


def _tasks(indices: Sequence[int]) -> str:
    """`task 3`, `tasks 0-2, 7`."""
    ranges: list[list[int]] = []
    for index in indices:
        if ranges and index == ranges[-1][1] + 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    words = [str(a) if a == b else f"{a}-{b}" for a, b in ranges[:SHOWN_RANGES]]
    more = ", ..." if len(ranges) > SHOWN_RANGES else ""
    return ("task " if len(indices) == 1 else "tasks ") + ", ".join(words) + more


def _harmless(data: bytes) -> str:
    """A stranger's text for a terminal: lines and tabs stay, other control characters don't."""
    text = data.decode("utf-8", "replace")
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
