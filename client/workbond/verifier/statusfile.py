"""What a running verifier says of itself in `status.json`; see `workbond.provider.statusfile`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from workbond.provider.statusfile import Amount, JobId, Number, RpcHealth, Text, read_as
from workbond.validation import Strict

VERSION = 1
DUTIES_MAX = 200


class Duty(Strict):
    """An open case in which the verifier has seats or a challenge."""

    id: JobId
    phase: Text
    round: Number
    """From 0."""
    seats: Number
    """Of the current round."""
    committed: Number
    revealed: Number
    challenged: bool
    waits_for: Text
    deadline: Number
    """Chain time."""


class Counts(Strict):
    """Since the start."""

    right: Number
    """Claims that were executed again, and are right."""
    wrong: Number
    challenged: Number
    committed: Number
    """Seats; likewise the next three."""
    revealed: Number
    missed: Number
    unavailable: Number
    cranks: Number
    earned: Amount
    """Fees, tips, shares of penalties, rewards of challenges."""
    lost: Amount
    """Penalties, and bonds of challenges that failed."""


class VerifierStatus(Strict):
    """The whole file."""

    version: int = Field(ge=VERSION, le=VERSION)
    verifier: Text
    market: Text
    committee: Text
    chain_id: Number
    pid: Number
    started_at: Number
    written_at: Number
    doing: Text
    """What the node is at, in a few words."""
    rpc: RpcHealth
    claims: Number
    """That wait for their windows now."""
    cases: Number
    """That are open now."""
    counts: Counts
    duties: tuple[Duty, ...] = Field(max_length=DUTIES_MAX)


def read(home: Path) -> VerifierStatus | None:
    """The file in `home`, None where no verifier ever ran; raises `UsageError`."""
    return read_as(VerifierStatus, home)
