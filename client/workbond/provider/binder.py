"""Becoming a job's provider: the transactions that bind our stake, and what a refusal means."""

from __future__ import annotations

from collections.abc import Callable

from workbond.chain import rules
from workbond.chain.refusals import (
    CounterMismatch,
    InsufficientFree,
    InsufficientStake,
    ProviderNotAllowed,
    SignatureRefused,
    StakeTooLow,
    TooLate,
    WrongState,
)
from workbond.chain.transactions import Receipt
from workbond.errors import AuthError, ChainError, Reverted, TimedOut
from workbond.jobs import JobRecord
from workbond.money import rounded, tokens
from workbond.provider.board import Board
from workbond.provider.books import Books
from workbond.provider.fit import Misfit, Refusal
from workbond.provider.journal import Journal, Level
from workbond.provider.retry import Retries
from workbond.words import duration, plural

GATHER_TRIES = 4

# What a refusal by the market itself means, as far as it can be met here.
_BY_MARKET: tuple[tuple[type[Reverted], Misfit], ...] = (
    (InsufficientStake, Misfit.STAKE),
    (StakeTooLow, Misfit.STAKE),
    (TooLate, Misfit.CLOSED),
    (InsufficientFree, Misfit.FUNDS),
    (CounterMismatch, Misfit.REVOKED),
    (SignatureRefused, Misfit.SIGNATURE),
    (ProviderNotAllowed, Misfit.PROVIDERS),
)


class Binder:
    """Sends what makes a job ours, and tells the board, the books and the owner what came of it."""

    def __init__(self, board: Board, journal: Journal, books: Books) -> None:
        self._board = board
        self._journal = journal
        self._books = books
        self.retries = Retries(GATHER_TRIES)
        """By job: failures to fetch or to bind it."""
        self.accepted = 0
        """Jobs that became ours since the start."""

    def bind(self, record: JobRecord, send: Callable[[], Receipt]) -> bool:
        """Sends a transaction; returns whether it made the job ours."""
        try:
            receipt = send()
        except WrongState:
            self.remark(record.id, Refusal(Misfit.TAKEN, "in the last moment"))
            self._gone(record)
            return False
        except (ChainError, AuthError, TimedOut) as error:  # if it landed, its event will tell
            self.retries.failed(record.id)
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
        self._board.learn(receipt.events)
        return True

    def began(self, record: JobRecord, how: str = "accepted") -> None:
        """Counts and tells a job that became ours."""
        self.accepted += 1
        job = record.live_job()
        most = rules.max_payment(job.flat, job.max_units, job.unit_price)
        self._journal.say(
            f"job 0x{record.id.hex()}: {how}, {plural(job.tasks, 'task')} for up to "
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

    def refuse(self, record: JobRecord, refusal: Refusal) -> None:
        """Tells that the job is not taken, and forgets it if that is for good."""
        self.remark(record.id, refusal)
        if not refusal.passing:
            self._board.drop(record.id)

    def remark(self, job_id: bytes, refusal: Refusal) -> None:
        """Tells that the job is not taken."""
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

    def _gone(self, record: JobRecord) -> None:
        if self._board.order(record.id) is None:
            self._board.reload(record.id)
        else:  # a book may list it for a while, and its events are about to be read
            self._board.drop(record.id)
