"""What the commands that wait for a provider say when one is found, or none is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbond.cli.options import Settings, suggest
from workbond.cli.output import emit, say, short_id
from workbond.errors import JobFailed, TimedOut
from workbond.money import rounded, tokens

if TYPE_CHECKING:
    from workbond.jobs import JobRecord
    from workbond.requester.desk import Desk
    from workbond.requester.pack import Package


@dataclass(frozen=True)
class Waiting:
    """Where the inputs are while a job is submitted, and how long its command waits.

    `inputs` opens their place and yields its address; `url` is as long as that address; `serves`
    tells that it is this machine, and `wait` that the result is waited for.
    """

    inputs: Callable[[Package], AbstractContextManager[str]]
    url: str
    serves: bool
    wait: bool
    wait_s: int | None
    yes: bool


@contextlib.contextmanager
def last_word(settings: Settings, desk: Desk, job_id: bytes) -> Iterator[None]:
    """With --json a program is told the job's id and state, also where waiting for it failed."""
    from workbond.requester.status import status_of

    try:
        yield
    except (JobFailed, TimedOut):
        if settings.json:
            emit(status_of(desk.job(job_id), desk.now_s()).to_json())
        raise


def say_taken(settings: Settings, record: JobRecord) -> None:
    if settings.json or record.job is None:
        return
    from workbond.requester.status import money_of

    money, price = money_of(record), tokens(rounded(record.job.unit_price))
    if not record.is_signed:
        say(f"Provider {record.job.provider} accepted")
        back = tokens(rounded(money.refunded))
        say(f"at {price} per 10^12 units; {back} of the escrow came back.")
        return
    if record.matcher is None:
        say(f"Provider {record.job.provider} took it")
    else:
        say(f"Provider {record.job.provider} is matched")
    tip = f"; the matcher earned {tokens(money.tipped)}" if money.tipped else ""
    say(f"at {price} per 10^12 units; {tokens(rounded(money.locked))} are locked{tip}.")


def say_next(settings: Settings, record: JobRecord) -> None:
    name = short_id(record.id)
    if record.job is None:
        suggest(settings, f"workbond job status {name}")
    else:
        waiting = "" if record.manifest is not None else " --wait"
        suggest(settings, f"workbond job fetch {name}{waiting}")
