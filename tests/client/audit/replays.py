"""Audits of altered histories, in memory: the chain's storage is read once, however many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from workbond.audit.compare import compare, compare_money
from workbond.audit.findings import Findings
from workbond.audit.history import read_history
from workbond.audit.ledger import replay
from workbond.audit.problems import Rules
from workbond.audit.transfers import match
from workbond.chain.abi import Event


class Replays:
    """The whole history of a world's market, to be altered and audited."""

    def __init__(self, world: Any) -> None:
        deployment, market = world.deployment, world.market
        self.block = world.connection.block()
        span = deployment.market.block, deployment.token.block
        self._history = read_history(market, world.token, *span, self.block)
        self._by = Rules(world.connection.chain_id, market.address, market.cooldown_s)
        self._balance = world.token.balance(market.address)
        self._storage = _Storage(market)
        self.events = self._history.events
        self.jobs = replay(self.events, self._history.times_s, self._by).book.jobs

    def findings(self, events: Sequence[Event]) -> Findings:
        """What an audit objects to if these were the market's events."""
        ledger = replay(events, self._history.times_s, self._by)
        flow = match(events, self._history.transfers, self._by.market, ledger.findings)
        storage: Any = self._storage
        compare(ledger, storage, flow.gifts, self.block.number, ledger.findings)
        compare_money(ledger.owed, self._balance, flow, self.block.number, ledger.findings)
        return ledger.findings


class _Storage:
    """The market's views, each asked for once."""

    def __init__(self, market: Any) -> None:
        self.account_of = cache(market.account_of)
        self.delegate_of = cache(market.delegate_of)
        self.slot_of = cache(market.slot_of)
        self.offer_uses = cache(market.offer_uses)
