"""Audits of altered histories, in memory: the chain's storage is read once, however many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from workbond.audit.committee.examine import check, replay_both, rules_of
from workbond.audit.committee.ledger import CommitteeLedger
from workbond.audit.compare import compare, compare_money
from workbond.audit.findings import Findings
from workbond.audit.history import read_history
from workbond.audit.ledger import Ledger
from workbond.audit.problems import Rules
from workbond.audit.transfers import match
from workbond.chain.abi import Event
from workbond.chain.committee import Committee


class Replays:
    """The whole history of a world's market and committee, to be altered and audited."""

    def __init__(self, world: Any) -> None:
        deployment, market = world.deployment, world.market
        self.block = world.connection.block()
        span = deployment.market.block, deployment.token.block
        self.committee = Committee(world.connection, deployment.committee.address)
        self._history = read_history(market, world.token, *span, self.block, self.committee)
        self._by = Rules(world.connection.chain_id, market.address, market.cooldown_s)
        self._balance = world.token.balance(market.address)
        self._storage, self._judged = _Storage(market), _Cases(self.committee)
        self.events = self._history.events
        self.case_by = rules_of(self.committee, self.events, self.block)
        ledger, self.ledger = self._replayed(self.events)
        self.jobs = ledger.book.jobs

    def findings(self, events: Sequence[Event]) -> Findings:
        """What an audit objects to if these were the contracts' events."""
        ledger, judged = self._replayed(events)
        own = [event for event in events if event.address == self._by.market]
        flow = match(own, self._history.transfers, self._by.market, ledger.findings)
        storage: Any = self._storage
        compare(ledger, storage, flow.gifts, self.block.number, ledger.findings)
        compare_money(ledger.owed, self._balance, flow, self.block.number, ledger.findings)
        cases: Any = self._judged
        check(judged, cases, events, (), self.block)
        return ledger.findings

    def _replayed(self, events: Sequence[Event]) -> tuple[Ledger, CommitteeLedger]:
        ledger = Ledger(self._by)
        return ledger, replay_both(ledger, self.case_by, events, self._history.times_s)


class _Cases:
    """The committee's views, each asked for once."""

    def __init__(self, committee: Committee) -> None:
        self.address = committee.address
        self.verifier_of = cache(committee.verifier_of)
        self.case_of = cache(committee.case_of)
        self.seating_of = cache(committee.seating_of)
        self.challenge_of = cache(committee.challenge_of)


class _Storage:
    """The market's views, each asked for once."""

    def __init__(self, market: Any) -> None:
        self.account_of = cache(market.account_of)
        self.delegate_of = cache(market.delegate_of)
        self.slot_of = cache(market.slot_of)
        self.offer_uses = cache(market.offer_uses)
