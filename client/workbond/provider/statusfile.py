"""`status.json`: what a running node says of itself, for `workbond provider status` and monitoring.

It lies in the node's directory, is replaced whole every few seconds, and is never read by the node.
Amounts are decimal strings of base units, times Unix seconds: those of the chain where it says so,
else of the machine's clock.
"""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError

from workbond.errors import UsageError
from workbond.provider.experience import read_json, replace_file
from workbond.validation import Strict, first_problem

VERSION = 1
FILE = "status.json"
FILE_BYTES_MAX = 1 << 20
REFUSED_MAX, ENDED_MAX, LIVE_MAX = 200, 20, 200  # entries shown, the latest
BOOKS_MAX = 16

Amount = Annotated[str, Field(pattern=r"^[0-9]{1,40}$")]
JobId = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Code = Annotated[str, Field(pattern=r"^[A-Z_]{1,20}$")]
Text = Annotated[str, Field(max_length=2_000)]
Number = Annotated[int, Field(ge=0)]
T = TypeVar("T", bound=Strict)


class RpcHealth(Strict):
    """How well the chain can be reached."""

    label: Text
    block: Number
    """Number of the last block seen."""
    block_time: Number
    """Its timestamp (chain time)."""
    seen_at: Number
    """When the RPC answered last."""
    failed_tries: Number
    """Of the outage under way; 0: it answers."""
    problem: Text
    outages: Number
    """That are over, since the start."""
    outage_s: Number
    """Their seconds together, and those of the one under way."""


class Counted(Strict):
    """Jobs that were not taken, by code (docs/provider.md)."""

    code: Code
    jobs: Number
    hint: Text
    """What the jobs' numbers come to; may be empty."""


class Counts(Strict):
    """Distinct jobs since the start; `seen` = `took` + `undecided` + all in `not_taken`."""

    seen: Number
    took: Number
    undecided: Number
    not_taken: tuple[Counted, ...]
    resumed: Number
    """Own jobs that were live at the start; not among those seen."""
    done: Number
    failed: Number
    earned: Amount
    lost: Amount
    """Of bonds."""


class RefusedJob(Strict):
    """One of the last jobs that were not taken, its latest reason."""

    id: JobId
    code: Code
    detail: Text
    at: Number


class EndedJob(Strict):
    """One of the last own jobs that ended: paid, or its bond slashed, by `amount`."""

    id: JobId
    state: Text
    amount: Amount
    at: Number


class BookHealth(Strict):
    """An order book that the node deals at."""

    label: Text
    seen_at: Number
    """When it answered last; 0: never."""
    problem: Text
    """Empty while it answers."""
    offers: Number
    """Of ours, that it took."""
    requests: Number
    """That it listed at the last visit."""


class LiveJob(Strict):
    """An own job: what it waits for, and until when (chain time)."""

    id: JobId
    state: Text
    waits_for: Text
    deadline: Number


class Learnt(Strict):
    """What the choice among jobs goes by; see `workbond.provider.returns.Habits`."""

    jobs: Number
    units_per_second: Number
    task_ms: Number
    overhead_ms: Number
    usage_ppm: Number


class NodeStatus(Strict):
    """The whole file."""

    version: int = Field(ge=VERSION, le=VERSION)
    provider: Text
    market: Text
    chain_id: Number
    pid: Number
    started_at: Number
    written_at: Number
    doing: Text
    """What the node is at, in a few words."""
    rpc: RpcHealth
    jobs: Counts
    refused: tuple[RefusedJob, ...] = Field(max_length=REFUSED_MAX)
    ended: tuple[EndedJob, ...] = Field(max_length=ENDED_MAX)
    live: tuple[LiveJob, ...] = Field(max_length=LIVE_MAX)
    learnt: Learnt
    books: tuple[BookHealth, ...] = Field(default=(), max_length=BOOKS_MAX)
    offers: Number = 0
    """Of ours that are out: whoever has one may bind the stake with it."""
    promised: Amount = "0"
    """Of the stake, by them together."""


def write(home: Path, status: Strict) -> None:
    """Replaces the file; raises `OSError`."""
    replace_file(home / FILE, status.model_dump_json(indent=1).encode() + b"\n")


def read(home: Path) -> NodeStatus | None:
    """The provider's file in `home`, None where no node ever ran; raises `UsageError`."""
    return read_as(NodeStatus, home)


def read_as(form: type[T], home: Path) -> T | None:
    """The file in `home` of a node that writes this `form`, None where none ever ran.

    Raises:
        UsageError: it can't be read, or is none of this version.
    """
    path = home / FILE
    try:
        # as JSON again: only there does the strict form take arrays for tuples
        return form.model_validate_json(json.dumps(read_json(path, FILE_BYTES_MAX)))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        problem = first_problem(error, form)
    except (OSError, UsageError) as error:
        problem = str(error)
    raise UsageError(
        f"the node's status in {path} can't be read ({problem}): remove it, a running node writes "
        "it anew"
    )


def is_running(home: Path) -> bool:
    """Whether a process holds the lock of the node's directory."""
    try:
        with (home / "lock").open("rb") as guard:
            fcntl.flock(guard, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
