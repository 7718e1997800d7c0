"""What a rule objects to, and what it looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbond.chain.abi import Event
from workbond.chain.types import Job, State
from workbond.jobs import JobRecord

Problem = tuple[str, str]  # a finding's code and text


@dataclass(frozen=True)
class Rules:
    """What the rules depend on besides events: the market's domain and its cooldown (seconds)."""

    chain_id: int
    market: str
    cooldown_s: int


@dataclass(frozen=True)
class Step:
    """A job's event, the job after it, and its state and record before; `time_s` is the block's."""

    event: Event
    record: JobRecord
    state: State
    job: Job | None
    time_s: int
    by: Rules


def differs(what: str, given: object, due: object) -> Iterator[Problem]:
    """A `rule` problem if what the event gives isn't what is due."""
    if given != due:
        yield "rule", f"{what} is {shown(given)} in the event but {shown(due)} by the rules"


def shown(value: object) -> str:
    """Bytes as hexadecimal digits, all else as it is."""
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
