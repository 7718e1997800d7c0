"""A provider's money and live jobs, from the chain alone."""

from __future__ import annotations

from dataclasses import dataclass

from workbond.chain import rules
from workbond.chain.market import Market
from workbond.chain.types import Account, State
from workbond.jobs import JobRecord
from workbond.provider.board import Board


@dataclass(frozen=True)
class Status:
    """Balances at one block, its time, and the live jobs, most urgent first."""

    account: Account
    now_s: int
    jobs: list[JobRecord]


def read_status(market: Market, provider: str, first_block: int) -> Status:
    """The state of `provider`; `first_block` is where the market was deployed."""
    head = market.connection.block()
    board = Board(market, provider, first_block)
    board.start(head, with_open=False)
    return Status(market.account_of(provider, at=head.number), head.timestamp, board.own())


def next_deadline(record: JobRecord) -> tuple[str, int]:
    """What a live job waits for, and until when (chain time)."""
    job = record.live_job()
    if record.state is State.RUNNING:
        return "claim before", rules.runs_until(job)
    if job.unanswered:
        return "answer the demand before", job.answer_by
    return "finalize from", job.window_end
