"""What the demo reports: its jobs' verdicts and money, read from the chain's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from workbond.chain.abi import Event
from workbond.chain.cases import Outcome
from workbond.chain.committee import Committee
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.demo.gains import Gain, gains
from workbond.jobs import JOB_EVENTS, JobBook, JobRecord

AMOUNTS = ("paid", "refunded", "slashed", "compensated", "challenger", "court", "burned")


@dataclass(frozen=True)
class JobOutcome:
    """One job's end. Amounts are base units; `seconds` is chain time from posting to the end.

    `verdict` is the committee's, if there was a case. `refunded` is the escrow that went back, at
    acceptance and at the end; `slashed` is what the provider lost of its bond, of which
    `compensated` went to the requester, `challenger` to who was right first, `court` to the
    committee (seats and cranks), `burned` to nobody (the rest rewarded whoever ended the job).
    `got` is all of it by account.
    """

    id: str
    tasks: int
    state: str
    verdict: str | None
    units: int
    paid: int
    refunded: int
    slashed: int
    compensated: int
    challenger: int
    court: int
    burned: int
    seconds: int
    got: list[Gain]

    @property
    def rewarded(self) -> int:
        """Of the bond, to whoever ended the job."""
        known = self.compensated + self.challenger + self.court + self.burned
        return self.slashed - known

    def to_json(self) -> dict[str, Any]:
        """Amounts as decimal strings, as everywhere in Workbond's JSON."""
        facts = {k: str(v) if k in AMOUNTS else v for k, v in asdict(self).items()}
        return facts | {"got": [gain.to_json() for gain in self.got]}


def records(market: Market, first_block: int) -> dict[bytes, JobRecord]:
    """All jobs of the market by id, oldest first."""
    head = market.connection.block().number
    return JobBook(market.events(first_block, head, names=JOB_EVENTS)).jobs


def outcomes(
    market: Market, committee: Committee, first_block: int, names: Mapping[str, str]
) -> list[JobOutcome]:
    """How they ended, in the same order; `names` are those of accounts, by address."""
    found = records(market, first_block).values()
    return [_outcome(market, committee, first_block, record, names) for record in found]


def _outcome(
    market: Market,
    committee: Committee,
    first_block: int,
    record: JobRecord,
    names: Mapping[str, str],
) -> JobOutcome:
    head = market.connection.block().number
    heard = list(committee.events(first_block, head, topics=[topic(record.id)]))
    end, case = record.ending or {}, _args(record.events, "CaseResolved")
    closed = _args(heard, "CaseClosed")
    first, last = (market.connection.block(record.events[i].block_number) for i in (0, -1))
    events = sorted([*record.events, *heard], key=lambda event: event.block_number)
    return JobOutcome(
        id="0x" + record.id.hex(),
        tasks=record.request.tasks,
        state=record.state.label,
        verdict=Outcome(closed["outcome"]).label if closed else None,
        units=end.get("totalUnits", 0),
        paid=end.get("payment", 0),
        refunded=_args(record.events, "JobAccepted").get("refund", 0) + end.get("refund", 0),
        slashed=end.get("slashed", 0),
        compensated=end.get("compensation", 0),
        challenger=case.get("toChallenger", 0),
        court=case.get("toResolver", 0) if end.get("slashed") else 0,
        burned=end.get("burned", 0),
        seconds=last.timestamp - first.timestamp,
        got=gains(events, record.request.requester, names),
    )


def _args(events: Iterable[Event], name: str) -> dict[str, Any]:
    """The arguments of the one event of this name, if there was one."""
    return next((event.args for event in events if event.name == name), {})
