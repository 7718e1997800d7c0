"""The whole audit: history, replay, comparison, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbond.audit.compare import compare, compare_money
from workbond.audit.findings import Findings
from workbond.audit.history import check_blocks, pinned, read_history
from workbond.audit.ledger import Ledger, replay
from workbond.audit.problems import Rules
from workbond.audit.transfers import match
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.chain.types import ZERO_ADDRESS
from workbond.deployments import Deployment


@dataclass(frozen=True)
class Report:
    """What an audit found at `block`; `balance` is what the market owns, in base units."""

    chain_id: int
    market: str
    block: Block
    ledger: Ledger
    balance: int

    @property
    def findings(self) -> Findings:
        return self.ledger.findings

    @property
    def surplus(self) -> int:
        """What the market owns beyond its debts: tokens sent to it without a deposit."""
        return self.balance - self.ledger.owed

    @property
    def matches_storage(self) -> bool:
        return not self.findings.has("storage")

    @property
    def solvent(self) -> bool:
        return self.surplus >= 0

    def to_json(self) -> dict[str, Any]:
        """Amounts as decimal strings of base units; `surplus` is negative if tokens are missing."""
        ledger = self.ledger
        return {
            "chain": self.chain_id,
            "market": self.market,
            "block": self.block.number,
            "block_hash": "0x" + self.block.hash.hex(),
            "time": self.block.timestamp,
            "accounts": [
                {
                    "account": account,
                    "free": str(purse.free),
                    "staked": str(purse.staked),
                    "bonded": str(purse.bonded),
                    "unbonding": str(purse.unbonding),
                    "matures_at": purse.matures_at,
                    "counter": str(purse.counter),
                    "delegate": _delegate(ledger, account),
                }
                for account, purse in ledger.purses.items()
            ],
            "jobs": ledger.states(),
            "offers_used": len(ledger.orders.uses),
            "orders_cancelled": len(ledger.orders.revoked),
            "escrow": str(sum(ledger.escrow.values())),
            "owed": str(ledger.owed),
            "balance": str(self.balance),
            "surplus": str(self.surplus),
            "matches_storage": self.matches_storage,
            "solvent": self.solvent,
            "findings": [finding.to_json() for finding in self.findings.kept],
            "findings_total": self.findings.total,
        }


def _delegate(ledger: Ledger, account: str) -> str | None:
    delegate = ledger.orders.delegates.get(account, ZERO_ADDRESS)
    return None if delegate == ZERO_ADDRESS else delegate


def audit(
    market: Market, token: Token, deployment: Deployment, to_block: int | None = None
) -> Report:
    """Audits the market at block `to_block` (None: the latest).

    Raises:
        ChainError: the node fails, lacks the block's state, or replaces the block again and again.
    """

    def at(block: Block) -> Report:
        history = read_history(
            market, token, deployment.market.block, deployment.token.block, block
        )
        by = Rules(market.connection.chain_id, market.address, market.cooldown_s)
        ledger = replay(history.events, history.times_s, by)
        findings = ledger.findings
        check_blocks((*history.events, *history.transfers), history.headers, findings)
        flow = match(history.events, history.transfers, market.address, findings)
        compare(ledger, market, flow.gifts, block.number, findings)
        balance = token.balance(market.address, block.number)
        compare_money(ledger.owed, balance, flow, block.number, findings)
        return Report(by.chain_id, by.market, block, ledger, balance)

    return pinned(market.connection, to_block, at)
