"""What an event of a case is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbond.audit.committee.stakes import Stakes
from workbond.casebook import CaseRecord
from workbond.chain.abi import Event
from workbond.chain.cases import Phase
from workbond.jobs import JobRecord


@dataclass(frozen=True)
class CommitteeRules:
    """What the rules depend on besides events.

    `hashes` are of blocks that were seeds or drew the lottery, by number, as far as they are known;
    `plain_numbers`: contracts number blocks as the chain does (on some rollups they don't).
    """

    committee: str
    market: str
    min_stake: int
    hashes: Mapping[int, bytes]
    plain_numbers: bool


@dataclass(frozen=True)
class Before:
    """The case as it was before the event: its phase, the phase's deadline, the round's seed."""

    phase: Phase = Phase.NONE
    deadline: int = 0
    seed_block: int = 0
    epoch: int = 0


@dataclass(frozen=True)
class CaseStep:
    """A case's event, the case after it, and what it was before; `time_s` is the block's time,
    `job` the market's job at this moment, None if it tells of none; `stakes` are None where they
    are not known."""

    event: Event
    record: CaseRecord
    before: Before
    job: JobRecord | None
    time_s: int
    stakes: Stakes | None
    by: CommitteeRules
