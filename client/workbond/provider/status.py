"""A provider's money and live jobs, from the chain alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbond.chain import rules
from workbond.chain.cases import Case
from workbond.chain.committee import Committee
from workbond.chain.market import Market
from workbond.chain.types import Account, State
from workbond.jobs import JobRecord
from workbond.provider.board import Board
from workbond.provider.stakes import held_in


@dataclass(frozen=True)
class Status:
    """Balances at one block, its time, and the live jobs, most urgent first.

    `held` is what is free in the committee, `cases` has the open ones there by their jobs' ids.
    """

    account: Account
    now_s: int
    jobs: list[JobRecord]
    held: int = 0
    cases: Mapping[bytes, Case] = field(default_factory=dict)


def read_status(market: Market, provider: str, first_block: int, committee: str = "") -> Status:
    """The state of `provider`; `first_block` is where the market was deployed, `committee` the
    address of the deployment's, if it has one."""
    head = market.connection.block()
    board = Board(market, provider, first_block)
    board.start(head, with_open=False)
    live = board.own()
    return Status(
        market.account_of(provider, at=head.number),
        head.timestamp,
        live,
        held_in(market, committee, provider),
        {
            record.id: Committee(market.connection, committee).case_of(record.id)
            for record in live
            if record.state is State.DISPUTED and record.request.resolver == committee
        },
    )


def next_deadline(record: JobRecord) -> tuple[str, int]:
    """What a live job waits for, and until when (chain time)."""
    job = record.live_job()
    if record.state is State.RUNNING:
        return "claim before", rules.runs_until(job)
    if job.unanswered:
        return "answer the demand before", job.answer_by
    if record.state is State.DISPUTED:
        return "a verdict before", rules.resolves_until(job)
    return "finalize from", job.window_end
