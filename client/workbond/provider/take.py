"""Choosing an open job, and accepting it once all it names is here and compiled."""

from __future__ import annotations

from collections import Counter

from workbond.chain import rules
from workbond.chain.market import Market
from workbond.chain.reverts import WrongState
from workbond.chain.transactions import Signer
from workbond.chain.types import State
from workbond.errors import BlobError, Cancelled, ChainError, ExecutionError, Reverted
from workbond.jobs import JobRecord
from workbond.money import format_amount
from workbond.provider.board import Board
from workbond.provider.fit import Misfit, Refusal, Refused, check_request
from workbond.provider.journal import Journal, count
from workbond.provider.retry import Retries
from workbond.provider.terms import Terms
from workbond.provider.work import Bundle
from workbond.provider.worker import Done

GATHER_TRIES = 4
UNRELIABLE_MAX = 1_000  # requesters whose failed jobs are counted


class Taker:
    """Finds the best job that fits, refuses the others with a coded reason, and accepts."""

    def __init__(
        self, market: Market, signer: Signer, board: Board, terms: Terms, journal: Journal
    ) -> None:
        self._market = market
        self._signer = signer
        self._board = board
        self._terms = terms
        self._journal = journal
        self._retries = Retries(GATHER_TRIES)
        self._unreliable: Counter[str] = Counter()
        self.accepted = 0

    def choose(self, jobs: list[JobRecord], now_s: int) -> JobRecord | None:
        """The best of `jobs` (open ones) that fits as far as the request tells.

        Jobs of requesters whose blobs could not be had come last: a slow gateway holds up the
        worker, and the pay it promises costs its author nothing.
        """
        due = [record for record in jobs if self._retries.due(record.id)]
        if not due:
            return None
        account = self._market.account_of(self._signer.address)
        fitting = []
        for record in due:
            refusal = check_request(
                record.request, self._terms, self._signer.address, account, now_s
            )
            if refusal is None:
                fitting.append(record)
            else:
                self._refuse(record, refusal)
        return max(fitting, key=self._rank, default=None)

    def _rank(self, record: JobRecord) -> tuple[int, int]:
        request = record.request
        pay = rules.max_payment(request.flat, request.max_units, request.max_unit_price)
        return -self._unreliable[request.requester], pay

    def gathered(self, done: Done, now_s: int) -> Bundle | None:
        """Accepts the job that was gathered; returns its bundle if it is ours now."""
        record = self._board.find(done.job_id)
        if record is None or record.state is not State.OPEN:
            refusal = Refusal(Misfit.TAKEN, "while its blobs were fetched")
            self._remark(done.job_id, refusal)
            return None
        if done.error is not None:
            self._not_gathered(record, done.error)
            return None
        account = self._market.account_of(self._signer.address)
        later = check_request(record.request, self._terms, self._signer.address, account, now_s)
        if later is not None:
            self._refuse(record, later)
            return None
        return done.value if self._accept(record) else None

    def _not_gathered(self, record: JobRecord, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            return
        if isinstance(error, Refused):
            self._refuse(record, error.refusal)
            return
        if not isinstance(error, BlobError | ExecutionError):
            kind = type(error).__name__
            self._refuse(record, Refusal(Misfit.MACHINE, f"internal error {kind}: {error}"))
            return
        self._unreliable[record.request.requester] += 1
        if len(self._unreliable) > UNRELIABLE_MAX:
            self._unreliable = Counter(dict(self._unreliable.most_common(UNRELIABLE_MAX // 2)))
        reason = Misfit.INPUTS if isinstance(error, BlobError) else Misfit.MACHINE
        again = self._retries.failed(record.id)
        self._refuse(record, Refusal(reason, str(error), passing=again))

    def _accept(self, record: JobRecord) -> bool:
        try:
            receipt = self._market.accept(self._signer, record.request)
        except WrongState:
            self._remark(record.id, Refusal(Misfit.TAKEN, "in the last moment"))
            self._board.reload(record.id)
            return False
        except ChainError as error:  # if it landed all the same, its event will tell
            self._retries.failed(record.id)
            self._journal.remark(record.id, f"job 0x{record.id.hex()}: not accepted: {error}")
            if isinstance(error, Reverted):
                self._board.reload(record.id)
            return False
        self.accepted += 1
        self._board.learn(receipt.events)
        self._tell_accepted(record)
        return True

    def _tell_accepted(self, record: JobRecord) -> None:
        job = record.live_job()
        most = rules.max_payment(job.flat, job.max_units, job.unit_price)
        self._journal.say(
            f"job 0x{record.id.hex()}: accepted, {count(job.tasks, 'task')} for up to "
            f"{format_amount(most)} WORK at {format_amount(job.unit_price)} per 10^12 units, bond "
            f"{format_amount(job.bond)}, to be claimed within {job.run_for} s"
        )

    def _refuse(self, record: JobRecord, refusal: Refusal) -> None:
        self._remark(record.id, refusal)
        if not refusal.passing:
            self._board.drop(record.id)

    def _remark(self, job_id: bytes, refusal: Refusal) -> None:
        self._journal.remark(
            job_id, f"job 0x{job_id.hex()} is not taken: {refusal}", refusal.reason.name
        )
