"""Where a requester works: the market, its history, and the blobs at hand.

The chain is the truth. A job's record is rebuilt from its events and compared with storage, so
every command works on another machine too, with nothing but the chain. Only what was signed and is
no job yet stands in the drawer of the machine that signed it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from workbond.blobs.store import BlobStore
from workbond.chain.abi import Event
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.refusals import JobMismatch
from workbond.chain.types import Request, State
from workbond.errors import ChainError, TimedOut, UsageError
from workbond.jobs import JOB_EVENTS, JobBook, JobRecord, id_digits, only_id
from workbond.orders import RequestDetails
from workbond.requester.drawer import Drawer, Kept

LAST = "last"
ENTRY_EVENTS = ("JobPosted", "JobMatched")
POLL_S = 1.0
COMPARISONS = 3  # a node may show a block before its logs, or be several behind one address
SHORT_CHARS = 18  # of an id that stands in full beside
OUTAGE_S = 60.0  # a short outage of the RPC must not end a job's service


class _Differs(ChainError):
    """Events and storage name different states of a job."""


@dataclass(frozen=True)
class Desk:
    """What the requester's functions work with.

    Args:
        market: the deployed market.
        since_block: its first block: nothing happened there before.
        store: blobs of this machine.
        home: a directory of this machine; only the names of input files, and signed orders, are
            remembered there.
        allow_private: whether gateways that strangers name may have private addresses; on a local
            chain they always may.
        committee: the deployment's, if it has one: whose cases are told, and who judges by default.
    """

    market: Market
    since_block: int
    store: BlobStore
    home: Path
    allow_private: bool = False
    committee: Committee | None = None

    @property
    def committee_address(self) -> str | None:
        return None if self.committee is None else self.committee.address

    @property
    def private(self) -> bool:
        """Whether strangers' gateways may have addresses that are not public."""
        return self.allow_private or self.market.connection.is_on_this_machine

    @property
    def drawer(self) -> Drawer:
        """The orders that this machine signed."""
        return Drawer(self.home / "orders")

    def head(self) -> Block:
        """The latest block, whose timestamp is the market's time."""
        return self.market.connection.block()

    def now_s(self) -> int:
        return self.head().timestamp

    def job(self, job_id: bytes) -> JobRecord:
        """The job's record, compared with storage at the same block.

        A request that this machine signed and that is no job yet has the state `NONE`, or
        `CANCELLED` once it was revoked, and no events.

        Raises:
            UsageError: no such job.
            ChainError: events and storage tell different stories.
        """
        for _ in range(COMPARISONS - 1):
            with contextlib.suppress(_Differs, JobMismatch):
                return self._job_at_head(job_id)
            time.sleep(POLL_S)
        return self._job_at_head(job_id)

    def _job_at_head(self, job_id: bytes) -> JobRecord:
        head = self.head().number
        events = self.market.events(
            self.since_block, head, names=JOB_EVENTS, topics=[topic(job_id)]
        )
        record, kept = JobBook(events).jobs.get(job_id), self.drawer.find(job_id)
        if record is None:
            return self._signed(job_id, kept, head)
        self._compare(record, head)
        if record.is_signed and kept is not None:
            record.gateway = _gateway_of(kept)
        return record

    def _signed(self, job_id: bytes, kept: Kept | None, block: int) -> JobRecord:
        """The record of a request that is in the drawer and no job yet."""
        place = (self.market.connection.chain_id, self.market.address)
        if (
            kept is None
            or not isinstance(kept.signed.order, Request)
            or (kept.signed.chain_id, kept.signed.market) != place
        ):
            raise UsageError(
                f"there is no job 0x{job_id.hex()} on the market {self.market.address}: check the "
                "id and --rpc, or see `workbond job list`"
            )
        state = self.market.state_of(job_id, at=block)
        if state not in (State.NONE, State.CANCELLED):
            raise _Differs(f"job 0x{job_id.hex()} is {state.label}, but the node shows no events")
        return JobRecord(job_id, kept.signed.order, _gateway_of(kept), state=state)

    def jobs_of(self, requester: str) -> list[JobRecord]:
        """All jobs of `requester`, as they came to the chain, oldest first; then what it signed on
        this machine and is none yet."""
        head = self.head().number
        events = list(
            self.market.events(
                self.since_block, head, names=JOB_EVENTS, topics=[None, topic(requester)]
            )
        )
        for event in [event for event in events if event.name == "OutputDemanded"]:
            # an answer's event names the provider where the others name the requester
            events += self.market.events(
                event.block_number, head, names=["OutputAnswered"], topics=[topic(event.args["id"])]
            )
        events.sort(key=lambda event: (event.block_number, event.log_index))
        jobs = JobBook(events).jobs
        signed = [self._signed(k.signed.id, k, head) for k in self._unused(requester, set(jobs))]
        return [*jobs.values(), *signed[::-1]]

    def _unused(self, requester: str | None, jobs: Collection[bytes]) -> list[Kept]:
        """The drawer's requests of `requester` (None: of all) that are not among `jobs`, the latest
        first."""
        return [
            kept
            for kept in self.drawer.all(self.market.connection.chain_id, self.market.address)
            if isinstance(kept.signed.order, Request)
            and requester in (None, kept.signed.author)
            and kept.signed.id not in jobs
        ]

    def find_id(self, text: str, requester: str | None = None) -> bytes:
        """The job id that `text` gives in full, or begins: at least six hexadecimal digits.

        A beginning is looked up among the jobs of `requester` (else among all jobs), where
        strangers can't add a look-alike, and among what was signed on this machine. `last` names
        the youngest of them.
        """
        digits = "" if text == LAST else id_digits(text, f", or `{LAST}`")
        if len(digits) == 64:
            return bytes.fromhex(digits)
        author = None if requester is None else topic(requester)
        began = list(
            self.market.events(
                self.since_block, self.head().number, names=ENTRY_EVENTS, topics=[None, author]
            )
        )
        ids = [bytes(event.args["id"]) for event in began]
        unused = self._unused(requester, set(ids))
        if text != LAST:
            ids += [kept.signed.id for kept in unused]
            return only_id(digits, ids, "" if requester is None else f" of account {requester}")
        if unused and self._is_later(unused[0], began[-1] if began else None):
            return unused[0].signed.id
        if not ids:
            who = "" if requester is None else f" by account {requester}"
            raise UsageError(
                f"no job was posted yet{who}: give the job's id, or post one with `workbond "
                "job submit`"
            )
        return ids[-1]

    def _is_later(self, kept: Kept, event: Event | None) -> bool:
        """Whether the order was signed after the job came to the chain, by the chain's time."""
        if event is None:
            return True
        assert isinstance(kept.signed.order, Request)
        began_s = self.market.connection.block(event.block_number).timestamp
        return kept.signed.order.ramp_start >= began_s

    def wait(
        self,
        job_id: bytes,
        states: Collection[State],
        until_s: int | None = None,
        tell: Callable[[int], None] = lambda now_s: None,
        ends: float | None = None,
    ) -> State:
        """Waits while the job is in one of `states`; returns the state it has then.

        Args:
            job_id: the job.
            states: left for another one, or
            until_s: reached by the chain's time, whatever comes first.
            tell: called with the chain's time at each look.
            ends: when to give up (`time.monotonic`).

        An RPC that fails for less than a minute is borne.

        Raises:
            TimedOut: the job is still in one of `states` at `ends`.
        """
        answered = time.monotonic()
        state: State | None = None
        while True:
            try:
                state, now_s = self.market.state_of(job_id), self.now_s()
            except ChainError:
                if time.monotonic() - answered > OUTAGE_S:
                    raise
            else:
                answered = time.monotonic()
                if state not in states or (until_s is not None and now_s >= until_s):
                    return state
                tell(now_s)
            if ends is not None and time.monotonic() >= ends:
                signed = self.drawer.find(job_id) is not None
                raise TimedOut(
                    f"waited as long as you said; {standing(job_id, state, signed=signed)}"
                )
            time.sleep(POLL_S)

    def _compare(self, record: JobRecord, block: int) -> None:
        market = self.market
        if record.request.job_id(market.connection.chain_id, market.address) != record.id:
            raise ChainError(
                f"the RPC's first event of job 0x{record.id.hex()} holds another request: "
                "use another node with --rpc"
            )
        if record.state.is_live:
            state = market.check(record.id, record.live_job(), at=block)
        else:
            state = market.state_of(record.id, at=block)
        if state != record.state:
            raise _Differs(
                f"the events of job 0x{record.id.hex()} say {record.state.label}, storage says "
                f"{state.label}: the node's logs are incomplete; use another one with --rpc"
            )


def _gateway_of(kept: Kept) -> str:
    """Where the order says that its blobs are."""
    details = kept.signed.details
    return details.gateway if isinstance(details, RequestDetails) else ""


def standing(job_id: bytes, state: State | None, *, signed: bool = False) -> str:
    """How a job stands that nobody waits for any more, and how to go on; None: can't be asked.

    `signed`: this machine signed it, so that it needs no posting.
    """
    name = f"0x{job_id.hex()}"
    see = f"see `workbond job status {name}`"
    if state is None:
        return f"how job {name} stands could not be asked: {see}"
    if state == State.NONE and signed:
        short = name[:SHORT_CHARS]
        return (
            f"job {name} is signed, and it may still be matched: `workbond job serve {short}` goes "
            f"on serving its inputs, `workbond job cancel {short}` revokes it"
        )
    if state == State.NONE:
        return f"job {name} is not on the chain yet; it may still get there: {see}"
    if state == State.OPEN:
        short = name[:SHORT_CHARS]
        return (
            f"job {name} stays open: `workbond job serve {short}` goes on serving its inputs, "
            f"`workbond job cancel {short}` takes it back"
        )
    if state.is_final:
        return f"job {name} is {state.label}: {see}"
    if state == State.RUNNING and signed:
        return (
            f"job {name} is {state.label}; its provider may still fetch its inputs: `workbond job "
            f"serve {name[:SHORT_CHARS]}` goes on serving them"
        )
    return f"job {name} is {state.label} and goes on without you: {see}"
