"""What the demo reports: its jobs' money, read from the chain's events, and the audit's verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbond.chain.market import Market
from workbond.jobs import JOB_EVENTS, JobBook, JobRecord


@dataclass(frozen=True)
class JobOutcome:
    """One job's end. Amounts are base units; `seconds` is chain time from posting to the end.

    `refunded` is the escrow that went back, at acceptance and at the end; `slashed` is what the
    provider lost of its bond, of which `compensated` went to the requester and `burned` to nobody
    (the rest rewarded whoever ended the job).
    """

    id: str
    tasks: int
    state: str
    units: int
    paid: int
    refunded: int
    slashed: int
    compensated: int
    burned: int
    seconds: int

    def to_json(self) -> dict[str, Any]:
        """Amounts as decimal strings, as everywhere in Workbond's JSON."""
        amounts = ("paid", "refunded", "slashed", "compensated", "burned")
        return {k: str(v) if k in amounts else v for k, v in asdict(self).items()}


def records(market: Market, first_block: int) -> dict[bytes, JobRecord]:
    """All jobs of the market by id, oldest first."""
    head = market.connection.block().number
    return JobBook(market.events(first_block, head, names=JOB_EVENTS)).jobs


def outcomes(market: Market, first_block: int) -> list[JobOutcome]:
    """How they ended, in the same order."""
    return [_outcome(market, record) for record in records(market, first_block).values()]


def _outcome(market: Market, record: JobRecord) -> JobOutcome:
    end = record.ending or {}
    accepted = next((e.args for e in record.events if e.name == "JobAccepted"), {})
    first, last = (market.connection.block(record.events[i].block_number) for i in (0, -1))
    return JobOutcome(
        id="0x" + record.id.hex(),
        tasks=record.request.tasks,
        state=record.state.label,
        units=end.get("totalUnits", 0),
        paid=end.get("payment", 0),
        refunded=accepted.get("refund", 0) + end.get("refund", 0),
        slashed=end.get("slashed", 0),
        compensated=end.get("compensation", 0),
        burned=end.get("burned", 0),
        seconds=last.timestamp - first.timestamp,
    )
