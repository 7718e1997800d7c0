"""The whole audit: history, replay, comparison, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbond.audit.committee.compare import balance
from workbond.audit.committee.examine import check, replay_both, rules_of
from workbond.audit.committee.ledger import CommitteeLedger
from workbond.audit.compare import compare, compare_money
from workbond.audit.findings import Findings
from workbond.audit.history import check_blocks, pinned, read_history
from workbond.audit.ledger import Ledger, replay
from workbond.audit.problems import Rules
from workbond.audit.transfers import match
from workbond.chain.answers import Block
from workbond.chain.committee import Committee
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
    committee: CommitteeLedger | None = None

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
        return self.surplus >= 0 and not self.findings.has("insolvent")

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
            "committee": None if self.committee is None else committee_json(self.committee),
            "findings": [finding.to_json() for finding in self.findings.kept],
            "findings_total": self.findings.total,
        }


def committee_json(ledger: CommitteeLedger) -> dict[str, Any]:
    """As `Report.to_json`; `balance` is the committee's free balance in the market."""
    accounts = dict.fromkeys([*ledger.holdings, *ledger.stakes.accounts])
    held, owed = balance(ledger), ledger.owed
    return {
        "committee": ledger.by.committee,
        "accounts": [
            {
                "account": account,
                "free": str(ledger.holdings[account].free),
                "staked": str(ledger.stakes.staked(account)),
                "leaving": str(ledger.holdings[account].leaving),
                "matures_at": ledger.holdings[account].matures_at,
                "place": ledger.stakes.place(account),
            }
            for account in accounts
        ],
        "cases": ledger.phases(),
        "locked": str(ledger.locked),
        "owed": str(owed),
        "balance": str(held),
        "surplus": str(held - owed),
    }


def _delegate(ledger: Ledger, account: str) -> str | None:
    delegate = ledger.orders.delegates.get(account, ZERO_ADDRESS)
    return None if delegate == ZERO_ADDRESS else delegate


def audit(
    market: Market, token: Token, deployment: Deployment, to_block: int | None = None
) -> Report:
    """Audits the market, and the deployment's committee, at block `to_block` (None: the latest).

    Raises:
        ChainError: the node fails, lacks the block's state, or replaces the block again and again.
    """

    place = deployment.committee
    known = None if place is None else Committee(market.connection, place.address)

    def at(block: Block) -> Report:
        committee = known if place is not None and block.number >= place.block else None
        history = read_history(
            market, token, deployment.market.block, deployment.token.block, block, committee
        )
        by = Rules(market.connection.chain_id, market.address, market.cooldown_s)
        judged = None
        if committee is None:
            ledger = replay(history.events, history.times_s, by)
        else:
            ledger, case_rules = Ledger(by), rules_of(committee, history.events, block)
            judged = replay_both(ledger, case_rules, history.events, history.times_s)
        findings = ledger.findings
        check_blocks((*history.events, *history.transfers), history.headers, findings)
        own = [event for event in history.events if event.address == market.address]
        flow = match(own, history.transfers, market.address, findings)
        compare(ledger, market, flow.gifts, block.number, findings)
        owned = token.balance(market.address, block.number)
        compare_money(ledger.owed, owned, flow, block.number, findings)
        if committee is not None and judged is not None:
            check(judged, committee, history.events, (), block)
        return Report(by.chain_id, by.market, block, ledger, owned, judged)

    return pinned(market.connection, to_block, at)
