"""Choosing an open job, and accepting it once all it names is here and compiled."""

from __future__ import annotations

from collections import Counter, OrderedDict
from fractions import Fraction

from workbond.chain import fees, rules
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.reverts import InsufficientStake, StakeTooLow, TooLate, WrongState
from workbond.chain.transactions import Signer
from workbond.chain.types import Account, State
from workbond.errors import (
    AuthError,
    BlobError,
    Cancelled,
    ChainError,
    ExecutionError,
    Reverted,
    TimedOut,
)
from workbond.jobs import JobRecord
from workbond.money import rounded, tokens
from workbond.provider import gas
from workbond.provider.board import Board
from workbond.provider.books import Books
from workbond.provider.fit import Misfit, Refusal, Refused, check_gas, check_request
from workbond.provider.journal import Journal, Level
from workbond.provider.retry import Retries
from workbond.provider.returns import expect
from workbond.provider.terms import Terms
from workbond.provider.work import Bundle
from workbond.provider.worker import Done
from workbond.words import duration, plural

GATHER_TRIES = 4
GATHER_S = 60.0
"""For the first try to fetch what a job names; doubled at each further one. What came stays here,
so a slow gateway gets its time, but holds up other jobs for a minute only."""
UNRELIABLE_MAX = 1_000  # requesters whose failed jobs are counted
CAPS_MAX = 5_000  # jobs whose specs are known

# What a refusal by the market itself means, as far as it can be met here.
_BY_MARKET: tuple[tuple[type[Reverted], Misfit], ...] = (
    (InsufficientStake, Misfit.STAKE),
    (StakeTooLow, Misfit.STAKE),
    (TooLate, Misfit.CLOSED),
)


class Taker:
    """Finds the best job that fits, refuses the others with a coded reason, and accepts."""

    def __init__(
        self,
        market: Market,
        signer: Signer,
        board: Board,
        terms: Terms,
        journal: Journal,
        books: Books,
    ) -> None:
        self._market = market
        self._signer = signer
        self._board = board
        self._terms = terms
        self._journal = journal
        self._books = books
        self._retries = Retries(GATHER_TRIES)
        self._unreliable: Counter[str] = Counter()
        self._caps: OrderedDict[bytes, int] = OrderedDict()  # units that a job's tasks can use
        self.postponed: set[bytes] = set()
        """Jobs that were fetched whole, and less worth than another when their spec was known."""
        self.accepted = 0

    # ──────────────────────────────── choosing ────────────────────────────────

    def choose(self, jobs: list[JobRecord], head: Block) -> JobRecord | None:
        """The best of `jobs` (open ones) that fits as far as the request tells: the one with the
        highest expected pay per expected second.

        Jobs of requesters whose blobs could not be had come last: a slow gateway holds up the
        worker, and the pay it promises costs its author nothing.
        """
        due = [record for record in jobs if self._retries.due(record.id)]
        if not due:
            return None
        account = self._market.account_of(self._signer.address)
        fitting = [record for record in due if self._fits(record, account, head)]
        if fitting:
            refusal = self._check_gas(head)
            if refusal is not None:
                for record in fitting:
                    self._refuse(record, refusal)
                return None
        return max(fitting, key=lambda record: self._rank(record, head.timestamp), default=None)

    def patience_s(self, job_id: bytes) -> float:
        """How long the next try to fetch what the job names may take."""
        return GATHER_S * 2.0 ** self._retries.failures(job_id)

    def _fits(self, record: JobRecord, account: Account, head: Block) -> bool:
        refusal = check_request(
            record.request, self._terms, self._signer.address, account, head.timestamp
        )
        if refusal is not None:
            self._refuse(record, refusal)
        else:
            self._books.suits(record.id)
        return refusal is None

    def _check_gas(self, head: Block) -> Refusal | None:
        """Live jobs need their share too."""
        connection = self._market.connection
        reserve = gas.job_reserve(fees.price(connection, head)) * (1 + len(self._board.own()))
        return check_gas(connection.balance(self._signer.address), reserve)

    def _rank(self, record: JobRecord, now_s: int) -> tuple[int, Fraction]:
        request = record.request
        found = expect(
            request,
            now_s + 1,  # an acceptance lands a second later at the earliest
            self._terms.cores,
            self._books.habits(request.requester),
            self._caps.get(record.id),
        )
        return -self._unreliable[request.requester], Fraction(found.pay, found.ms)

    # ─────────────────────────────── accepting ────────────────────────────────

    def gathered(self, done: Done, head: Block) -> Bundle | None:
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
        if not self._fits(record, account, head):
            return None
        bundle: Bundle = done.value
        if self._is_worth_less(record, bundle, head):
            return None
        return bundle if self._accept(record) else None

    def _is_worth_less(self, record: JobRecord, bundle: Bundle, head: Block) -> bool:
        """Whether the spec lets the tasks use so few units that another open job pays better.

        A request may promise pay for units that its own spec doesn't allow. Once for each job; its
        blobs stay here for when its turn comes.
        """
        cap = record.request.tasks * bundle.spec.limits.units
        self.postponed.discard(record.id)
        if record.id in self._caps or cap >= record.request.max_units:
            return False
        self._caps[record.id] = cap
        if len(self._caps) > CAPS_MAX:
            self._caps.popitem(last=False)
        best = self.choose(self._board.open(), head)
        if best is None or best.id == record.id:
            return False
        self.postponed = {record.id}
        self._journal.remark(
            (record.id, "postponed"),
            f"job 0x{record.id.hex()}: its tasks can use {cap:,} of the "
            f"{record.request.max_units:,} units that it promises to pay for; another job pays "
            "more per second and comes first",
            code="POSTPONED",
            job=record.id,
        )
        return True

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
        except (ChainError, AuthError, TimedOut) as error:  # if it landed, its event will tell
            self._retries.failed(record.id)
            by_signer = isinstance(error, AuthError | TimedOut)
            other = Misfit.SIGNER if by_signer else Misfit.RPC
            reason = next((m for kind, m in _BY_MARKET if isinstance(error, kind)), other)
            self._books.refused(record.id, Refusal(reason, str(error), passing=True))
            self._journal.remark(
                record.id,
                f"job 0x{record.id.hex()}: not accepted: {error}",
                code=reason.name,
                level=Level.WARNING,
                job=record.id,
            )
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
            f"job 0x{record.id.hex()}: accepted, {plural(job.tasks, 'task')} for up to "
            f"{tokens(rounded(most))} at {tokens(rounded(job.unit_price))} per 10^12 units, bond "
            f"{tokens(job.bond)}, to be claimed within {duration(job.run_for)}",
            "ACCEPTED",
            job=record.id,
            numbers={
                "tasks": job.tasks,
                "most": str(most),
                "unit_price": str(job.unit_price),
                "bond": str(job.bond),
                "run_for_s": job.run_for,
            },
        )

    # ──────────────────────────────── refusing ────────────────────────────────

    def _refuse(self, record: JobRecord, refusal: Refusal) -> None:
        self._remark(record.id, refusal)
        if not refusal.passing:
            self._board.drop(record.id)

    def _remark(self, job_id: bytes, refusal: Refusal) -> None:
        self._books.refused(job_id, refusal)
        numbers = {name: str(value) for name, value in refusal.numbers.items()}
        self._journal.remark(
            job_id,
            f"job 0x{job_id.hex()} is not taken: {refusal}",
            refusal.reason.name,
            code=refusal.reason.name,
            job=job_id,
            numbers=numbers,
        )
