"""One job's whole story, from its events, checked against the rules and its storage slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workbond.audit.committee.trial import Trial, case_json
from workbond.audit.compare import NO_JOB, compare_job
from workbond.audit.events import event_json
from workbond.audit.findings import Findings
from workbond.audit.history import check_blocks, pinned, read_headers
from workbond.audit.jobrules import take
from workbond.audit.problems import Rules
from workbond.casebook import CaseRecord
from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, State
from workbond.errors import UsageError
from workbond.jobs import JOB_EVENTS, JobBook, JobRecord, id_digits, only_id
from workbond.words import plural

REVOKED = "OrderCancelled"
BEGINNINGS = ("JobPosted", "JobMatched")
ACTS_FOR = "the provider or its delegate"


@dataclass(frozen=True)
class Exit:
    """A call that moves the job on: who may make it, from when (None: now) until when (None: ever).

    Times are Unix seconds of block timestamps; `until` is the first second too late.
    """

    call: str
    who: str
    since: int | None
    until: int | None

    def is_due(self, now_s: int) -> bool:
        return (self.since or 0) <= now_s and (self.until is None or now_s < self.until)


@dataclass(frozen=True)
class Entry:
    """A line of the money table: base units, positive if they came in."""

    what: str
    amount: int


@dataclass(frozen=True)
class Story:
    """A job at `block`; `record` is None if no `JobPosted` or `JobMatched` tells of it.

    `events` are the market's and, if the deployment's committee judges it, the committee's; `case`
    is what those tell. `headers` are those of the blocks that have `events`, by number.
    """

    chain_id: int
    market: str
    block: Block
    id: bytes
    record: JobRecord | None
    events: tuple[Event, ...]
    headers: dict[int, Block]
    findings: Findings
    case: CaseRecord | None = None

    @property
    def state(self) -> State:
        if self.record is None:
            return State.CANCELLED if self.is_revoked else State.NONE
        return self.record.state

    @property
    def is_revoked(self) -> bool:
        """Whether its requester cancelled the request before it became a job."""
        return any(event.name == REVOKED for event in self.events)

    @property
    def matches_storage(self) -> bool:
        return not self.findings.has("storage")

    def to_json(self, market: Market, committee: Committee | None = None) -> dict[str, Any]:
        """Amounts as decimal strings of base units, negative where they went out."""
        events = []
        for event in self.events:
            time_s = self.headers[event.block_number].timestamp
            of_market = committee is None or event.address == market.address
            abi = market.abi if of_market or committee is None else committee.abi
            whose = {"contract": "Market" if of_market else "Committee", "time": time_s}
            events.append(event_json(event, abi) | whose)
        begun = next((e["args"] for e in events if e["name"] in BEGINNINGS), None)
        record, now_s = self.record, self.block.timestamp
        return {
            "chain": self.chain_id,
            "market": self.market,
            "block": self.block.number,
            "time": now_s,
            "id": "0x" + self.id.hex(),
            "state": self.state.label,
            "reason": record.reason.label if record and record.reason is not None else None,
            "request": begun and begun["request"],
            "gateway": begun and begun.get("gateway", ""),
            "matcher": record and record.matcher,
            "offer": None if record is None or record.offer is None else "0x" + record.offer.hex(),
            "pairs": [*map(str, record.pairs)] if record else [],
            "events": events,
            "escrow": [{"what": e.what, "amount": str(e.amount)} for e in escrow_of(record)],
            "bond": [{"what": e.what, "amount": str(e.amount)} for e in bond_of(record)],
            "case": None if self.case is None else case_json(self.case),
            "exits": [
                {
                    "call": e.call,
                    "who": e.who,
                    "since": e.since,
                    "until": e.until,
                    "due": e.is_due(now_s),
                }
                for e in exits_of(record)
            ],
            "matches_storage": self.matches_storage,
            "findings": [finding.to_json() for finding in self.findings.kept],
            "findings_total": self.findings.total,
        }


def tell(
    market: Market,
    text: str,
    from_block: int,
    to_block: int | None = None,
    committee: Committee | None = None,
) -> Story:
    """The story of the job whose id is, or begins with, `text`, its case before `committee`
    included.

    Raises:
        UsageError: no job or several jobs match, or `text` is no beginning of an id.
        ChainError: as `workbond.audit.history.pinned`.
    """
    digits = id_digits(text)

    def at(block: Block) -> Story:
        job_id, events = _find(market, digits, from_block, block.number)
        trial = None
        if committee is not None:
            trial = Trial(committee, job_id, (from_block, block.number), events, block)
            events = trial.merged
        headers = read_headers(market.connection, events)
        findings = Findings()
        check_blocks(events, headers, findings)
        by = Rules(market.connection.chain_id, market.address, market.cooldown_s)
        book = JobBook()
        for event in events:
            time_s = headers[event.block_number].timestamp
            if event.name == REVOKED:
                continue
            if trial is not None and event.address == trial.address:
                problems = trial.take(event, time_s, book.jobs.get(job_id))
            else:
                _, problems = take(book, event, time_s, by)
            for code, problem in problems:
                findings.add(code, event.block_number, event.log_index, problem)
        record = book.jobs.get(job_id)
        slot = market.slot_of(job_id, block.number)
        is_revoked = any(event.name == REVOKED for event in events)
        if record is None and slot == NO_JOB:
            _refuse(digits, is_revoked, events, block)
        compare_job(job_id, record, slot, block.number, findings, is_revoked=is_revoked)
        if trial is not None:
            trial.compare(record, block.number, findings)
        case = None if trial is None else trial.record
        place = (by.chain_id, by.market, block, job_id)
        return Story(*place, record, events, headers, findings, case)

    return pinned(market.connection, to_block, at)


def _refuse(digits: str, is_revoked: bool, events: Sequence[Event], block: Block) -> None:
    """Raises `UsageError` where no event and no storage knows such a job."""
    if is_revoked:
        raise UsageError(f"0x{digits} is no job but an offer, which its provider cancelled")
    if not events:
        raise UsageError(f"no job 0x{digits} began up to block {block.number}: check it")


def _find(
    market: Market, digits: str, from_block: int, to_block: int
) -> tuple[bytes, tuple[Event, ...]]:
    """The id that begins with `digits`, and all events of its job."""
    names = (*JOB_EVENTS, REVOKED)
    if len(digits) == 64:
        job_id = bytes.fromhex(digits)
        wanted = [topic(job_id)]
        return job_id, tuple(market.events(from_block, to_block, names=names, topics=wanted))
    # All events of jobs, not their beginnings alone: a beginning may be what is missing.
    found = [
        event
        for event in market.events(from_block, to_block, names=names)
        if _id_of(event).hex().startswith(digits)
    ]
    return only_id(digits, map(_id_of, found)), tuple(found)


def _id_of(event: Event) -> bytes:
    return bytes(event.args["digest" if event.name == REVOKED else "id"])


def escrow_of(record: JobRecord | None) -> Iterator[Entry]:
    """What came into and went out of the job's escrow; the entries' sum is locked now."""
    if record is None:
        return
    for event in record.events:
        args = event.args
        if event.name == "JobPosted":
            yield Entry("locked by the requester", rules.escrow(record.request))
        elif event.name == "JobMatched":
            yield from _matched(record, args["unitPrice"])
        elif event.name == "OutputDemanded":
            what = f"fees of {plural(len(args['pairs']), 'demanded chunk')}"
            yield Entry(what, args["fees"])
        elif event.name == "OutputAnswered":
            yield Entry(f"fees of answers to {args['provider']}", -args["fees"])
        elif event.name == "JobAccepted":
            yield Entry("refunded at acceptance", -args["refund"])
            if args["tipPaid"]:
                yield Entry(f"tip to {args['tipTo']}", -args["tipPaid"])
        elif event.name == "CaseResolved" and not args["rejected"]:
            if args["toResolver"]:
                yield Entry(f"case fee to the resolver {args['resolver']}", -args["toResolver"])
            if args["feeRefund"]:
                yield Entry("case fee refunded", -args["feeRefund"])
        elif event.name == "JobSettled":
            yield Entry(f"payment to {args['provider']}", -args["payment"])
            yield Entry("refunded at settlement", -args["refund"])
        elif event.name in ("JobCancelled", "JobVoided"):
            yield Entry("refunded at the end", -args["refund"])


def _matched(record: JobRecord, price: int) -> Iterator[Entry]:
    tip = 0 if record.matcher is None else record.request.tip
    locked = rules.match_escrow(record.request, price) - record.request.tip + tip
    yield Entry("locked by the requester", locked)
    if tip:
        yield Entry(f"tip to {record.matcher}", -tip)


def bond_of(record: JobRecord | None) -> Iterator[Entry]:
    """What came into and went out of the job's bond; the entries' sum is locked now."""
    if record is None or record.job is None:
        return
    yield Entry(f"locked by {record.job.provider}", record.job.bond)
    if record.ending is None:
        return
    args = record.ending
    slashed = args.get("slashed", 0)
    if slashed:
        yield from _verdict(record)
        yield Entry("compensation to the requester", -args["compensation"])
        if args["reward"]:
            yield Entry(f"reward to {args['caller']}", -args["reward"])
        if args["burned"]:
            yield Entry("burned", -args["burned"])
    yield Entry("unlocked", slashed - record.job.bond)


def _verdict(record: JobRecord) -> Iterator[Entry]:
    """What a rejected claim's case took of the bond."""
    args = record.resolution
    if args is None or not args["rejected"]:
        return
    if args["toResolver"]:
        yield Entry(f"cost of the case to the resolver {args['resolver']}", -args["toResolver"])
    if args["toChallenger"]:
        yield Entry(f"to the challenger {args['challenger']}", -args["toChallenger"])


def exits_of(record: JobRecord | None) -> Iterator[Exit]:
    """The calls that the job's state allows, now or later (docs/protocol.md section 5)."""
    if record is None:
        return
    if record.state is State.OPEN:
        until = record.request.open_until
        yield Exit("accept", "a provider that the request admits", None, until)
        yield Exit("cancel", "the requester", None, None)
        yield Exit("cancel", "anyone", until, None)
    elif record.state is State.RUNNING:
        until = rules.runs_until(record.live_job())
        yield Exit("submit", ACTS_FOR, None, until)
        yield Exit("release", "the provider", None, until)
        yield Exit("expire", "anyone", until, None)
    elif record.state is State.CLAIMED:
        job = record.live_job()
        yield Exit("approve", "the requester", None, None)
        if job.resolver != ZERO_ADDRESS and not job.case_done:
            yield Exit("dispute", "the resolver", None, job.window_end)
        if job.demand_hash == ZERO_WORD:
            yield Exit("demand", "the requester", None, job.window_end)
        if job.unanswered:  # finalizing waits for the answers
            yield Exit("answer", ACTS_FOR, None, job.answer_by)
        else:
            until = rules.opens_until(job)
            yield Exit("finalize", "anyone with the opening", job.window_end, until)
        yield Exit("void", "anyone", rules.voids_from(job), None)
    elif record.state is State.DISPUTED:
        job = record.live_job()
        if job.demand_hash == ZERO_WORD:
            yield Exit("demand", "the requester", None, job.window_end)
        if job.unanswered:
            yield Exit("answer", ACTS_FOR, None, job.answer_by)
        yield Exit("resolve", "the resolver", None, rules.resolves_until(job))
        yield Exit("timeout", "anyone", rules.resolves_until(job), None)
