"""The market's ledger, replayed from its events and nothing else.

The replay believes what events say, moves the money they name, and objects wherever that breaks a
rule; it goes on after every objection. What the result is worth, the comparison with storage tells
(`workbond.audit.compare`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbond.audit.findings import Findings
from workbond.audit.jobrules import take
from workbond.audit.objector import Objector
from workbond.audit.problems import Rules, differs, shown
from workbond.audit.signed import SignedOrders, skipped
from workbond.chain import rules
from workbond.chain.abi import Event
from workbond.chain.types import ZERO_ADDRESS, State
from workbond.jobs import JOB_EVENTS, JobBook, JobRecord


@dataclass
class Purse:
    """An account as replayed, in base units. Below zero where events are missing or forged."""

    free: int = 0
    bonded: int = 0
    counter: int = 0
    staked: int = 0
    unbonding: int = 0
    matures_at: int = 0

    @property
    def owed(self) -> int:
        """What the market owes the account; `bonded` is a part of `staked`."""
        return self.free + self.staked + self.unbonding


class Ledger(Objector):
    """Accounts, escrows and jobs after the events applied so far, and all that is wrong with them.

    `purses` are by address in the order they appeared, the sink's among them; `escrow` is by job
    id, what is locked now; `orders` are what the events tell of signed ones; `strays` are the ids
    of jobs that only impossible events name.
    """

    def __init__(self, by: Rules) -> None:
        super().__init__(Findings())
        self.by = by
        self.purses: defaultdict[str, Purse] = defaultdict(Purse)
        self.escrow: dict[bytes, int] = {}
        self.book = JobBook()
        self.orders = SignedOrders()
        self.strays: set[bytes] = set()

    @property
    def owed(self) -> int:
        """All that the market owes: every account and every escrow."""
        return sum(purse.owed for purse in self.purses.values()) + sum(self.escrow.values())

    def states(self) -> dict[str, int]:
        """How many jobs are in each state, by its name."""
        count = Counter(record.state for record in self.book.jobs.values())
        return {state.label: count[state] for state in State if state is not State.NONE}

    def apply(self, event: Event, time_s: int) -> None:
        """Takes in the next event, of a block with timestamp `time_s`. Never raises."""
        self._in_order(event)
        if event.name in JOB_EVENTS:
            self._job(event, time_s)
        elif event.name in _MOVES:
            _MOVES[event.name](self, event, time_s)
        else:
            self._object(event, ("unknown", f"{event.name} is reserved: this market can't emit it"))

    # ───────────────────────────── ledger and stake ───────────────────────────

    def _deposited(self, event: Event, time_s: int) -> None:
        self._positive(event)
        self.purses[event.args["account"]].free += event.args["amount"]

    def _withdrawn(self, event: Event, time_s: int) -> None:
        self._positive(event)
        if event.args["to"] in (ZERO_ADDRESS, self.by.market):
            self._object(event, ("rule", f"Withdrawn: nobody withdraws to {event.args['to']}"))
        self._debit(event, event.args["account"], event.args["amount"])

    def _staked(self, event: Event, time_s: int) -> None:
        self._positive(event)
        self._debit(event, event.args["account"], event.args["amount"])
        self.purses[event.args["account"]].staked += event.args["amount"]

    def _unstaked(self, event: Event, time_s: int) -> None:
        self._positive(event)
        account, amount = event.args["account"], event.args["amount"]
        purse = self.purses[account]
        unbonded = purse.staked - purse.bonded
        if unbonded < amount:
            self._overdrawn(event, account, "unbonded stake", unbonded, amount)
        due_s = time_s + self.by.cooldown_s
        self._check(event, differs("Unstaked: maturesAt", event.args["maturesAt"], due_s))
        purse.staked -= amount
        purse.unbonding += amount
        purse.matures_at = event.args["maturesAt"]

    def _stake_withdrawn(self, event: Event, time_s: int) -> None:
        self._positive(event)
        account, amount = event.args["account"], event.args["amount"]
        purse = self.purses[account]
        self._check(event, differs("StakeWithdrawn: amount", amount, purse.unbonding))
        if time_s < purse.matures_at:
            text = f"StakeWithdrawn at {time_s}, but it matures at {purse.matures_at}"
            self._object(event, ("rule", text))
        purse.unbonding -= amount
        purse.matures_at = 0
        purse.free += amount

    def _card(self, event: Event, time_s: int) -> None:
        """Moves nothing; the digest must be the card's, and its size allowed."""
        digest = hashlib.sha256(event.args["json"]).digest()
        if digest != event.args["card"]:
            said = shown(event.args["card"])
            text = f"the card's SHA-256 is {shown(digest)}, the event says {said}"
            self._object(event, ("identity", text))
        size = len(event.args["json"])
        if not rules.MIN_CARD_BYTES <= size <= rules.MAX_CARD_BYTES:
            self._object(event, ("rule", f"the card has {size} bytes, allowed are 2..4096"))

    # ─────────────────────────────── signed orders ────────────────────────────

    def _counter_raised(self, event: Event, time_s: int) -> None:
        purse, counter = self.purses[event.args["account"]], event.args["counter"]
        self._check(event, differs("CounterRaised: counter", counter, purse.counter + 1))
        purse.counter = counter

    def _order_cancelled(self, event: Event, time_s: int) -> None:
        digest, author = event.args["digest"], event.args["author"]
        self._check(event, self.orders.cancel(digest, author, digest in self.book.jobs))

    def _delegate_set(self, event: Event, time_s: int) -> None:
        self.orders.delegates[event.args["account"]] = event.args["delegate"]

    def _entry_skipped(self, event: Event, time_s: int) -> None:
        job_id = event.args["id"]
        record = self.book.jobs.get(job_id)
        self._check(event, skipped(event, record, job_id in self.orders.revoked))

    # ─────────────────────────────────── jobs ─────────────────────────────────

    def _job(self, event: Event, time_s: int) -> None:
        record, problems = take(self.book, event, time_s, self.by)
        self._check(event, problems)
        if record is None:
            self.strays.add(event.args["id"])
        elif event.name in _JOB_MOVES:
            _JOB_MOVES[event.name](self, event, record)
        elif record.state.is_final:
            self._end(event, record)

    def _posted(self, event: Event, record: JobRecord) -> None:
        self._begin(event, record, rules.escrow(record.request))

    def _matched(self, event: Event, record: JobRecord) -> None:
        job, matcher = record.live_job(), record.matcher
        self._begin(event, record, rules.job_escrow(job) + job.tip_paid)
        if record.offer is not None:
            self._check(event, self.orders.use(record.offer, job.provider))
        self._lock_bond(event, record)
        if matcher is not None:
            self.escrow[record.id] -= job.tip_paid
            self.purses[matcher].free += job.tip_paid

    def _begin(self, event: Event, record: JobRecord, escrow: int) -> None:
        """The requester's escrow is locked."""
        requester = record.request.requester
        self._check(event, self.orders.begin(event))
        counter = self.purses[requester].counter
        self._check(event, differs(f"{event.name}: counter", record.request.counter, counter))
        self.escrow[record.id] = escrow
        self._debit(event, requester, escrow)

    def _accepted(self, event: Event, record: JobRecord) -> None:
        args = event.args
        self._lock_bond(event, record)
        self.escrow[record.id] -= args["refund"] + args["tipPaid"]
        self.purses[record.request.requester].free += args["refund"]
        if args["tipPaid"]:
            self.purses[args["tipTo"]].free += args["tipPaid"]

    def _lock_bond(self, event: Event, record: JobRecord) -> None:
        job = record.live_job()
        provider = self.purses[job.provider]
        if provider.staked < record.request.min_stake:
            text = f"{job.provider} stakes {provider.staked}, asked {record.request.min_stake}"
            self._object(event, ("rule", text))
        unbonded = provider.staked - provider.bonded
        if unbonded < job.bond:
            self._overdrawn(event, job.provider, "unbonded stake", unbonded, job.bond)
        provider.bonded += job.bond

    def _demanded(self, event: Event, record: JobRecord) -> None:
        self.escrow[record.id] += event.args["fees"]
        self._debit(event, record.request.requester, event.args["fees"])

    def _answered(self, event: Event, record: JobRecord) -> None:
        self.escrow[record.id] -= event.args["fees"]
        self.purses[record.live_job().provider].free += event.args["fees"]

    def _resolved(self, event: Event, record: JobRecord) -> None:
        """The case fee leaves the escrow of a claim that stands. Of the bond of a rejected one two
        parts are given away here; it is taken by the `JobVoided` that follows."""
        args = event.args
        self.purses[record.live_job().resolver].free += args["toResolver"]
        if args["toChallenger"]:
            self.purses[args["challenger"]].free += args["toChallenger"]
        self.purses[record.request.requester].free += args["feeRefund"]
        if not args["rejected"]:
            self.escrow[record.id] -= args["toResolver"] + args["feeRefund"]

    def _end(self, event: Event, record: JobRecord) -> None:
        args = event.args
        self.purses[record.request.requester].free += args["refund"] + args.get("compensation", 0)
        self.escrow[record.id] -= args["refund"] + args.get("payment", 0)
        if record.job is not None:
            provider = self.purses[record.job.provider]
            provider.bonded -= record.job.bond
            provider.staked -= args.get("slashed", 0)
            provider.free += args.get("payment", 0)
        if args.get("reward"):
            self.purses[args["caller"]].free += args["reward"]
        if args.get("burned"):
            self.purses[rules.SINK].free += args["burned"]
        left = self.escrow[record.id]
        if left:
            text = f"{event.name} of job {shown(record.id)} leaves {left} of its escrow, not 0"
            self._object(event, ("rule", text))

    def _debit(self, event: Event, account: str, amount: int) -> None:
        purse = self.purses[account]
        if purse.free < amount:
            self._overdrawn(event, account, "free balance", purse.free, amount)
        purse.free -= amount


_MOVES = {
    "Deposited": Ledger._deposited,
    "Withdrawn": Ledger._withdrawn,
    "Staked": Ledger._staked,
    "Unstaked": Ledger._unstaked,
    "StakeWithdrawn": Ledger._stake_withdrawn,
    "CardAnnounced": Ledger._card,
    "CounterRaised": Ledger._counter_raised,
    "OrderCancelled": Ledger._order_cancelled,
    "DelegateSet": Ledger._delegate_set,
    "EntrySkipped": Ledger._entry_skipped,
}
_JOB_MOVES = {
    "JobPosted": Ledger._posted,
    "JobMatched": Ledger._matched,
    "JobAccepted": Ledger._accepted,
    "OutputDemanded": Ledger._demanded,
    "OutputAnswered": Ledger._answered,
    "CaseResolved": Ledger._resolved,
}


def replay(events: Iterable[Event], times_s: Mapping[int, int], by: Rules) -> Ledger:
    """The ledger after `events`, in the order given; `times_s` are timestamps by block number."""
    ledger = Ledger(by)
    for event in events:
        ledger.apply(event, times_s[event.block_number])
    return ledger
