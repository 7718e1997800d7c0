"""Turning cranks, for their tips and for what of ours is in a case: the audit lottery, draws,
closings; and ending a case that the committee didn't in time, which returns our bond.

Anyone may, and the second to come pays gas for nothing; `workbond.verifier.turns` says who goes
first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from workbond.accounts.signer import Signer
from workbond.chain import cases, rules
from workbond.chain.answers import Block
from workbond.chain.cases import (
    ALL_BPS,
    HASHES_ON_RECORD,
    MAX_REDRAWS,
    SEED_AFTER_BLOCKS,
    Phase,
    Policy,
)
from workbond.chain.market import Market
from workbond.chain.types import Job, State
from workbond.errors import ChainError, UsageError
from workbond.jobs import JobRecord
from workbond.money import tokens
from workbond.provider.journal import Journal
from workbond.verifier.acts import Acts
from workbond.verifier.books import Tally
from workbond.verifier.docket import OpenCase
from workbond.verifier.purse import Purse
from workbond.verifier.turns import patience_s
from workbond.verifier.watch import Watch

REMEMBERED = 20_000
SETTLED_BLOCKS = 64
UNWORTHY_BLOCKS = 10  # fees may fall, but not at each look


class Cranks:
    """What the verifier keeps moving.

    Args:
        signer: the verifier's account.
        market: the deployed market.
        watch: knows claims and cases.
        purse: knows what gas is worth.
        acts: sends the transactions.
        stagger_s: the longest that it waits for others, in chain time.
        journal: told about it.
        tally: counts them.
    """

    def __init__(
        self,
        signer: Signer,
        market: Market,
        watch: Watch,
        purse: Purse,
        acts: Acts,
        stagger_s: int,
        journal: Journal,
        tally: Tally,
    ) -> None:
        self._tally = tally
        self._signer, self._us = signer, signer.address
        self._market, self._watch = market, watch
        self._purse, self._acts = purse, acts
        self._stagger_s, self._journal = stagger_s, journal
        self._since: OrderedDict[str, int] = OrderedDict()  # when an act became possible
        # Whether claims were drawn, by job and seal: another's seal can be claimed as well.
        self._lottery: OrderedDict[tuple[bytes, bytes], bool] = OrderedDict()
        self._hashes: dict[int, bytes] = {}  # of blocks, at this head
        self._unworthy: dict[str, int] = {}  # acts, until which block they are not looked at

    def tend(self, head: Block) -> None:
        """Turns what can be turned at block `head`."""
        self._hashes.clear()
        for record in self._watch.claims.claimed():
            self._tend_claim(record, head)
        for each in self._watch.docket.open():
            self._tend_case(each, head)

    # ─────────────────────────────────── lottery ──────────────────────────────

    def _tend_claim(self, record: JobRecord, head: Block) -> None:
        job = record.live_job()
        if job.case_done or head.timestamp >= job.window_end:
            return
        tip = cases.tip(job.case_fee)
        if not tip or not self._is_drawn(record, head):
            return
        key = f"audit {record.id.hex()} {job.seal.hex()}"
        args = (record.request.to_tuple(), job.to_tuple())
        if self._turn(record.id, "open its audit", key, head, tip, (), "audit", *args):
            self._say(record.id, "the lottery chose it: its audit is open", "AUDITED", tip)

    def _is_drawn(self, record: JobRecord, head: Block) -> bool:
        """Whether the lottery chose the claim; looked up once."""
        job, rate_bps = record.live_job(), self._rate_bps(record)
        if rate_bps in (0, ALL_BPS):
            return rate_bps == ALL_BPS
        claim = record.id, job.seal
        if claim in self._lottery:
            return self._lottery[claim]
        number = job.claim_block + SEED_AFTER_BLOCKS
        if not number < head.number <= number + HASHES_ON_RECORD:
            return False  # not known yet, or no more
        try:
            if number not in self._hashes:
                self._hashes[number] = self._market.connection.block(number).hash
        except ChainError:
            return False
        drawn = cases.is_audited(self._hashes[number], record.id, job.seal, rate_bps)
        if head.number >= number + SETTLED_BLOCKS:  # before, the block may be replaced
            self._lottery[claim] = drawn
            if len(self._lottery) > REMEMBERED:
                self._lottery.popitem(last=False)
        return drawn

    @staticmethod
    def _rate_bps(record: JobRecord) -> int:
        """The lottery's rate; 0 for a claim that the committee would open no case of."""
        job = record.live_job()
        try:
            policy = Policy.decode(record.request.policy)
        except UsageError:
            return 0
        fits = policy.course_s(job.run_for) <= job.case_for <= cases.MAX_COURSE_S
        return policy.rate_bps if fits else 0

    # ──────────────────────────────────── cases ───────────────────────────────

    def _tend_case(self, each: OpenCase, head: Block) -> None:
        case, now_s = each.case, head.timestamp
        ours = self._watch.docket.is_ours(each.id)
        record = self._watch.record(each.id)
        if record is None or record.state is not State.DISPUTED:
            if ours and self._market.state_of(each.id, head.number) is not State.DISPUTED:
                self._abandon(each, head)
            elif record is None and not ours:
                self._watch.docket.drop(each.id)
            return
        job = record.live_job()
        if now_s >= rules.resolves_until(job):
            if ours:
                self._time_out(each, job)
            return
        tip = cases.tip(job.case_fee)
        if case.is_closable(each.seating.round, now_s):
            tip *= case.round + 1
            key = f"close {each.id.hex()} {case.round}"
            args = (each.id, job.to_tuple())
            if self._turn(each.id, "close its case", key, head, tip, each.parties, "close", *args):
                self._say(each.id, "its case is closed", "CLOSED", tip)
        elif case.phase is Phase.DRAWING and head.number > case.seed_block:
            self._draw(each, head, tip)

    def _draw(self, each: OpenCase, head: Block, tip: int) -> None:
        case = each.case
        missed = cases.epoch(head.timestamp) != case.epoch
        if missed and case.redraws >= MAX_REDRAWS:
            return  # to be closed when its time is over
        key = f"draw {each.id.hex()} {case.round} {case.redraws}"
        if self._turn(each.id, "draw its seats", key, head, tip, each.parties, "draw", each.id):
            what = "another seed is asked for" if missed else "its seats are drawn"
            self._say(each.id, what, "DRAWN", tip)

    def _time_out(self, each: OpenCase, job: Job) -> None:
        """The market takes no verdict any more: the case can be abandoned after this."""
        self._acts.try_(
            each.id,
            "time out its case",
            f"timeout {each.id.hex()}",
            lambda: self._market.timeout(self._signer, each.id, job),
        )

    def _abandon(self, each: OpenCase, head: Block) -> None:
        key = f"abandon {each.id.hex()}"
        if self._turn(each.id, "abandon its case", key, head, 0, each.parties, "abandon", each.id):
            self._say(each.id, "the market ended it without the committee", "ABANDONED", 0)

    def _turn(
        self,
        case_id: bytes,
        what: str,
        key: str,
        head: Block,
        tip: int,
        parties: Collection[str],
        function: str,
        *args: Any,
    ) -> bool:
        """Whether the crank was turned now; `parties` have something in the case."""
        ours = self._watch.docket.is_ours(case_id)
        since = self._since.setdefault(key, head.timestamp)
        if len(self._since) > REMEMBERED:
            self._since.popitem(last=False)
        if head.timestamp - since < patience_s(self._us, key, parties, self._stagger_s):
            return False
        if not ours:
            if head.number < self._unworthy.get(key, 0):
                return False
            if not self._purse.is_worth(tip, function, *args):
                if len(self._unworthy) > REMEMBERED:
                    self._unworthy.clear()
                self._unworthy[key] = head.number + UNWORTHY_BLOCKS
                return False
        if self._acts.attempt(case_id, what, key, function, *args) is None:
            return False
        self._tally.cranks += 1
        return True

    def _say(self, case_id: bytes, text: str, code: str, tip: int) -> None:
        line = f"job 0x{case_id.hex()}: {text}" + (f", for {tokens(tip)}" if tip else "")
        self._journal.say(line, code, job=case_id, numbers={"tip": str(tip)})
