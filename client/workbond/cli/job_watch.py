"""`workbond job watch`: following a job, drawn live at a terminal, line by line elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from workbond.cli.job_common import desk_of, job_argument
from workbond.cli.options import Settings, suggest, with_settings
from workbond.cli.output import printable, say, short_id
from workbond.cli.waiting import WAIT_MAX_S, wait_end

if TYPE_CHECKING:
    from workbond.requester.desk import Desk
    from workbond.requester.watch import View

Show = Callable[["View"], None]


@click.command()
@job_argument
@click.option(
    "--until",
    type=click.Choice(["taken", "claimed", "final"]),
    default="final",
    show_default=True,
    help="Stop when a provider took it, when the result is there, or when it has ended.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.IntRange(1, WAIT_MAX_S),
    metavar="SECONDS",
    help="Stop after that, with exit code 124; default: never.",
)
@with_settings("rpc", "deployments", "account", "json")
def watch(settings: Settings, job_id: str, until: str, timeout_s: int | None) -> None:
    """Follow a job live until it ends.

    At a terminal the view is redrawn in place; elsewhere there is a line for each change, with
    --json an object a line. Watching changes nothing: stop and start as you like. Exit code 8 if
    the job ended without a paid result.

    \b
    Examples:
      workbond job watch last
      workbond job watch 0x3f2a91 --until claimed --timeout 3600
      workbond job watch last --json >> job.jsonl
    """
    from workbond.requester.submit import explaining_ctrl_c
    from workbond.requester.watch import Until, follow, require_success

    ends = wait_end(timeout_s)
    desk, found = desk_of(settings, job_id)
    view: View | None = None
    with explaining_ctrl_c(desk, found), _showing(settings, desk) as show:
        for view in follow(desk, found, until=Until(until), ends=ends):
            show(view)
    if view is None:
        return
    require_success(view)
    if not settings.json and view.status.next is not None:
        suggest(settings, view.status.next.replace(f"0x{found.hex()}", short_id(found)))


@contextlib.contextmanager
def _showing(settings: Settings, desk: Desk) -> Iterator[Show]:
    """What shows the views: JSON, a screen at a terminal that can draw one, else lines."""
    if settings.json:
        yield lambda view: _show_json(view, desk)
    elif sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from workbond.cli.watch_screen import screen

        with screen() as drawn:
            yield drawn.show
    else:
        yield _lines()


def _lines() -> Show:
    from workbond.cli.watch_words import plain_lines

    seen = [False]

    def show(view: View) -> None:
        if view.changes:
            for line in plain_lines(view, first=not seen[0]):
                say(printable(line))
            sys.stdout.flush()
            seen[0] = True

    return show


def _show_json(view: View, desk: Desk) -> None:
    if view.changes:
        say(json.dumps(_to_json(view, desk), ensure_ascii=True))
        sys.stdout.flush()


def _to_json(view: View, desk: Desk) -> dict[str, Any]:
    from workbond.audit.events import event_json

    reasons = view.reasons
    abis = {c.address: c.abi for c in (desk.market, desk.committee) if c is not None}
    return {
        "changes": [change.value for change in view.changes],
        **view.status.to_json(),
        "books": [answer.to_json() for answer in view.books],
        "why": None if reasons is None else [reason.to_json() for reason in reasons],
        "events": [
            event_json(dated.event, abis[dated.event.address]) | {"time": dated.at_s}
            for dated in view.news
        ],
    }
