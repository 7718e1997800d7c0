"""Choosing an open job, and accepting or dealing for it once all it names is here and compiled."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import replace
from fractions import Fraction

from workbond.chain import fees
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.transactions import Signer
from workbond.chain.types import Account, State
from workbond.errors import BlobError, Cancelled, ExecutionError
from workbond.jobs import JobRecord
from workbond.provider import gas
from workbond.provider.binder import Binder
from workbond.provider.board import Board
from workbond.provider.books import Books
from workbond.provider.deals import Deals
from workbond.provider.fit import Misfit, Refusal, Refused, check_gas, check_request
from workbond.provider.journal import Journal
from workbond.provider.returns import expect
from workbond.provider.terms import Terms
from workbond.provider.work import Bundle
from workbond.provider.worker import Done

GATHER_S = 60.0
"""For the first try to fetch what a job names; doubled at each further one. What came stays here,
so a slow gateway gets its time, but holds up other jobs for a minute only."""
UNRELIABLE_MAX = 1_000  # requesters whose failed jobs are counted
CAPS_MAX = 5_000  # jobs whose specs are known
CHECKS_MAX = 10  # signed requests whose author is looked up, at each choice


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
        binder: Binder,
        deals: Deals,
    ) -> None:
        self._market = market
        self._signer = signer
        self._board = board
        self._terms = terms
        self._journal = journal
        self._books = books
        self._binder = binder
        self._deals = deals
        self._retries = binder.retries
        self._unreliable: Counter[str] = Counter()
        self._caps: OrderedDict[bytes, int] = OrderedDict()  # units that a job's tasks can use
        self.postponed: set[bytes] = set()
        """Jobs that were fetched whole, and less worth than another when their spec was known."""

    # ──────────────────────────────── choosing ────────────────────────────────

    def choose(self, jobs: list[JobRecord], head: Block) -> JobRecord | None:
        """The best of `jobs` (open ones) that fits as far as the request tells: the one with the
        highest expected pay per expected second.

        Jobs of requesters whose blobs could not be had come last: a slow gateway holds up the
        worker, and the pay it promises costs its author nothing. Whether a signed request is worth
        anything is looked up for the best ones only.
        """
        due = [record for record in jobs if self._retries.due(record.id)]
        if not due:
            return None
        account = self._account(head)
        fitting = [record for record in due if self._fits(record, account, head)]
        if fitting:
            refusal = self._check_gas(head)
            if refusal is not None:
                for record in fitting:
                    self._refuse(record, refusal)
                return None
        fitting.sort(key=lambda record: self._rank(record, head.timestamp), reverse=True)
        left = CHECKS_MAX
        for record in fitting:
            if self._board.order(record.id) is None:
                return record
            if not left:
                continue  # a book may list any number of false ones: they hold up no posted job
            left -= 1
            refusal = self._deals.check(record, head)
            if refusal is None:
                return record
            if refusal.passing:  # else it is dropped, and another book may have a sound copy
                self._retries.failed(record.id)
            self._refuse(record, refusal)
        return None

    def _account(self, head: Block) -> Account:
        """Ours; stake that open offers promise is none that another job can have."""
        account = self._market.account_of(self._signer.address)
        return replace(account, bonded=account.bonded + self._deals.promised(head))

    def patience_s(self, job_id: bytes) -> float:
        """How long the next try to fetch what the job names may take."""
        return GATHER_S * 2.0 ** self._retries.failures(job_id)

    def _fits(self, record: JobRecord, account: Account, head: Block) -> bool:
        provider, admitted = self._signer.address, self._deals.admitted(record.id)
        refusal = check_request(
            record.request, self._terms, provider, account, head.timestamp, admitted
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
        """Accepts the job that was gathered, or begins to deal for it; returns its bundle if it is
        ours now or may be soon."""
        record = self._board.find(done.job_id)
        if record is None or record.state is not State.OPEN:
            refusal = Refusal(Misfit.TAKEN, "while its blobs were fetched")
            self._binder.remark(done.job_id, refusal)
            return None
        if done.error is not None:
            self._not_gathered(record, done.error)
            return None
        if not self._fits(record, self._account(head), head):
            return None
        bundle: Bundle = done.value
        if self._is_worth_less(record, bundle, head):
            return None
        if self._board.order(record.id) is not None:
            return bundle if self._deals.begin(record, head) else None
        return bundle if self._accept(record) else None

    def _accept(self, record: JobRecord) -> bool:
        """A posted job."""
        signer, request = self._signer, record.request
        if not self._binder.bind(record, lambda: self._market.accept(signer, request)):
            return False
        self._binder.began(record)
        return True

    def _refuse(self, record: JobRecord, refusal: Refusal) -> None:
        self._binder.refuse(record, refusal)

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
