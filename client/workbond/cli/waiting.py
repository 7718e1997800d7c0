"""Waits that the user can bound: exit code 124 once the time given is over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from workbond.errors import BlobError, TimedOut

WAIT_MAX_S = 365 * 86_400
FETCH_MAX_S = 30 * 86_400

wait_timeout = click.option(
    "--wait-timeout",
    "wait_s",
    type=click.IntRange(1, WAIT_MAX_S),
    metavar="SECONDS",
    help="Wait no longer than that, then exit with code 124; default: until the job's own "
    "deadlines.",
)


def wait_end(wait_s: int | None) -> float | None:
    """When a wait that begins now is over (`time.monotonic`)."""
    return None if wait_s is None else time.monotonic() + wait_s


def fetch_timeout(default_s: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --timeout of what fetches; the fetch stands within `fetching`."""
    return click.option(
        "--timeout",
        "timeout_s",
        type=click.IntRange(1, FETCH_MAX_S),
        default=default_s,
        show_default=True,
        metavar="SECONDS",
        help="Give up fetching after that (exit code 124); what came is kept for the next time.",
    )


@contextlib.contextmanager
def fetching(timeout_s: float) -> Iterator[None]:
    """Around a fetch that ends after `timeout_s`: tells its time-out from a gateway's failure."""
    started = time.monotonic()
    try:
        yield
    except BlobError as error:
        if time.monotonic() - started < timeout_s:
            raise
        raise TimedOut(f"the {timeout_s:g} s of --timeout are over: {error}") from error
