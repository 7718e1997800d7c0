"""The committee's ledger, replayed from its events beside the market's.

As `workbond.audit.ledger`: it believes what events say, moves the money they name, and objects
wherever that breaks a rule. Events of both contracts come in the order of the chain, since a case
is what the market says of its job at that moment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from workbond.audit.committee.docket import Docket
from workbond.audit.committee.stakes import Stakes
from workbond.audit.committee.steps import CommitteeRules
from workbond.audit.ledger import Ledger
from workbond.audit.objector import Objector
from workbond.audit.problems import differs
from workbond.casebook import CASE_EVENTS, CaseBook, CaseRecord
from workbond.chain import cases, rules
from workbond.chain.abi import Event
from workbond.chain.types import ZERO_ADDRESS


@dataclass
class Holding:
    """An account's money in the committee but for its stake (`Stakes`), in base units."""

    free: int = 0
    leaving: int = 0
    matures_at: int = 0


class CommitteeLedger(Objector):
    """Accounts, stakes and cases after the events applied so far, and all that is wrong with them.

    `findings` are the market's ledger's.
    """

    def __init__(self, market: Ledger, by: CommitteeRules) -> None:
        super().__init__(market.findings, "committee: ")
        self.market, self.by = market, by
        self.holdings: defaultdict[str, Holding] = defaultdict(Holding)
        self.stakes = Stakes()
        self.docket = Docket(by, self.stakes, self._at_risk)

    @property
    def book(self) -> CaseBook:
        return self.docket.book

    @property
    def locked(self) -> int:
        """Challenge bonds and prepaid rounds of open cases."""
        return sum(record.locked for record in self.book.cases.values())

    @property
    def owed(self) -> int:
        """All that the committee owes: accounts, stakes, and what cases hold."""
        held = sum(holding.free + holding.leaving for holding in self.holdings.values())
        return held + sum(map(self.stakes.staked, self.stakes.accounts)) + self.locked

    def phases(self) -> dict[str, int]:
        """How many cases are open, by phase, and how many ended how."""
        count = Counter(
            record.phase.label if record.outcome is None else record.outcome.label
            for record in self.book.cases.values()
        )
        return dict(count)

    def apply(self, event: Event, time_s: int) -> None:
        """Takes in the next event, of a block with timestamp `time_s`. Never raises."""
        self._in_order(event)
        if event.name in CASE_EVENTS:
            self._case(event, time_s)
        elif event.name in _MOVES:
            _MOVES[event.name](self, event, time_s)
        else:
            self._object(event, ("unknown", f"{event.name} is none of the committee's"))

    # ───────────────────────────── ledger and stake ───────────────────────────

    def _deposited(self, event: Event, time_s: int) -> None:
        self._positive(event)
        self.holdings[event.args["account"]].free += event.args["amount"]

    def _withdrawn(self, event: Event, time_s: int) -> None:
        self._positive(event)
        if event.args["to"] in (ZERO_ADDRESS, self.by.market, self.by.committee):
            self._object(event, ("rule", f"Withdrawn: nobody withdraws to {event.args['to']}"))
        self._debit(event, event.args["account"], event.args["amount"])

    def _staked(self, event: Event, time_s: int) -> None:
        self._positive(event)
        args, account = event.args, event.args["account"]
        now = cases.epoch(time_s)
        due = self.stakes.next_place(account)
        self._check(event, differs("Staked: place", args["place"], due))
        self._check(event, differs("Staked: epoch", args["epoch"], now + 1))
        self._debit(event, account, args["amount"])
        self.stakes.change(account, args["amount"], now)
        self._require_least(event, self.stakes.staked(account))

    def _unstaked(self, event: Event, time_s: int) -> None:
        self._positive(event)
        args, account = event.args, event.args["account"]
        staked, now = self.stakes.staked(account), cases.epoch(time_s)
        if staked < args["amount"]:
            self._overdrawn(event, account, "stake", staked, args["amount"])
        due_s = time_s + cases.LEAVING_FOR_S
        self._check(event, differs("Unstaked: maturesAt", args["maturesAt"], due_s))
        self._check(event, differs("Unstaked: epoch", args["epoch"], now + 1))
        self.stakes.change(account, -args["amount"], now)
        if staked != args["amount"]:
            self._require_least(event, staked - args["amount"])
        holding = self.holdings[account]
        holding.leaving += args["amount"]
        holding.matures_at = args["maturesAt"]

    def _require_least(self, event: Event, staked: int) -> None:
        if staked < self.by.min_stake:
            account, least = event.args["account"], self.by.min_stake
            text = f"{event.name}: {account} stakes {staked}, the least is {least}"
            self._object(event, ("rule", text))

    def _stake_withdrawn(self, event: Event, time_s: int) -> None:
        self._positive(event)
        holding, amount = self.holdings[event.args["account"]], event.args["amount"]
        self._check(event, differs("StakeWithdrawn: amount", amount, holding.leaving))
        if time_s < holding.matures_at:
            text = f"StakeWithdrawn at {time_s}, but it matures at {holding.matures_at}"
            self._object(event, ("rule", text))
        holding.leaving -= amount
        holding.matures_at = 0
        holding.free += amount

    # ─────────────────────────────────── cases ────────────────────────────────

    def _case(self, event: Event, time_s: int) -> None:
        job = self.market.book.jobs.get(event.args["id"])
        step, problems, payments = self.docket.take(event, time_s, job)
        self._check(event, problems)
        args = event.args
        if step is None:
            return
        if event.name == "Challenged":
            self._debit(event, args["challenger"], args["bond"])
        elif event.name == "CaseAppealed":
            self._debit(event, args["appellant"], args["prepaid"])
        elif event.name == "CaseClosed":
            for payment in payments:
                _PAYS[payment.name](self, payment, time_s)
            self._credit(args["requester"], args["toRequester"])
            self._credit(args["provider"], args["toProvider"])
            self._credit(rules.SINK, args["burned"])

    def _at_risk(self, record: CaseRecord, payments: Sequence[Event]) -> dict[str, int]:
        return {
            account: self.stakes.staked(account) + self.holdings[account].leaving
            for round in record.rounds
            for account in round.verifiers
        }

    def _challenge_settled(self, event: Event, time_s: int) -> None:
        self.holdings[event.args["challenger"]].free += event.args["returned"]

    def _crank_paid(self, event: Event, time_s: int) -> None:
        self.holdings[event.args["account"]].free += event.args["amount"]

    def _appeal_settled(self, event: Event, time_s: int) -> None:
        back = event.args["returned"] + event.args["repaid"]
        self.holdings[event.args["appellant"]].free += back

    def _seat_settled(self, event: Event, time_s: int) -> None:
        """A penalty takes of the stake first, and of what is leaving where that is less."""
        args, verifier = event.args, event.args["verifier"]
        holding = self.holdings[verifier]
        holding.free += args["fee"]
        of_stake = min(args["penalty"], self.stakes.staked(verifier))
        if of_stake:
            self.stakes.change(verifier, -of_stake, cases.epoch(time_s))
        holding.leaving -= args["penalty"] - of_stake

    def _credit(self, account: str, amount: int) -> None:
        if amount:
            self.holdings[account].free += amount

    def _debit(self, event: Event, account: str, amount: int) -> None:
        holding = self.holdings[account]
        if holding.free < amount:
            self._overdrawn(event, account, "free balance", holding.free, amount)
        holding.free -= amount


_MOVES = {
    "Deposited": CommitteeLedger._deposited,
    "Withdrawn": CommitteeLedger._withdrawn,
    "Staked": CommitteeLedger._staked,
    "Unstaked": CommitteeLedger._unstaked,
    "StakeWithdrawn": CommitteeLedger._stake_withdrawn,
}
_PAYS = {
    "ChallengeSettled": CommitteeLedger._challenge_settled,
    "CrankPaid": CommitteeLedger._crank_paid,
    "AppealSettled": CommitteeLedger._appeal_settled,
    "SeatSettled": CommitteeLedger._seat_settled,
}
