"""The node's business with order books: what it calls at them for, and what comes of that.

Visits run in a thread of their own (`orderbooks`); decisions are made here, in the node's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from workbond.accounts.signer import Signer
from workbond.accounts.verify import Busy, Verifier
from workbond.chain.answers import Block
from workbond.chain.market import Market
from workbond.chain.rules import ERC1271_CALL_GAS
from workbond.chain.types import Offer
from workbond.errors import AuthError, ChainError, TimedOut
from workbond.executor.profile import PROFILE_ID
from workbond.jobs import JobRecord
from workbond.orders.details import MachineDetails, OfferDetails
from workbond.orders.envelope import SignedOrder, Withdrawal
from workbond.orders.signing import sign_details, sign_withdrawal
from workbond.provider.binder import Binder
from workbond.provider.board import Board
from workbond.provider.books import Dealing
from workbond.provider.deals import Deals
from workbond.provider.journal import Journal, Level, one_line
from workbond.provider.orderbooks import Book, Errand, OrderBooks
from workbond.provider.pledges import Pledges
from workbond.provider.signed import signatures_hold
from workbond.provider.statusfile import BookHealth
from workbond.provider.terms import FILL_AFTER_S, Terms
from workbond.provider.whereabouts import Whereabouts
from workbond.provider.work import Workshop
from workbond.provider.worker import Worker
from workbond.spec import CORES_MAX, REQUIRED_MEMORY_MAX

LOOK_S = 5.0  # between two visits
SAY_AGAIN_S = 600.0  # what is said of the machine is measured anew with each job


@dataclass(frozen=True)
class Booking:
    """How a node deals at order books.

    Args:
        urls: the books.
        standing: put offers for any spec there, for jobs whose inputs were not fetched before.
        fill_after_s: how long a book has to match our offer before we fill the request ourselves.
        look_s: between two visits.
        offers: signed by the owner for its operator's node.
        requests: signed, that came in files.
    """

    urls: tuple[str, ...] = ()
    standing: bool = False
    fill_after_s: int = FILL_AFTER_S
    look_s: float = LOOK_S
    offers: tuple[SignedOrder, ...] = field(default=(), repr=False)
    requests: tuple[SignedOrder, ...] = field(default=(), repr=False)


class Trade:
    """Ties books, deals and the board together.

    Args:
        market: the deployed market.
        signer: the account that sends transactions.
        owner: whose stake it is.
        first_block: where the market was deployed.
        board: of jobs.
        terms: the provider's.
        workshop: measures the machine.
        journal: told what happens.
        binder: sends what binds the stake.
        booking: see there.
        wake: called when a visit is over.
    """

    def __init__(
        self,
        market: Market,
        signer: Signer,
        owner: str,
        first_block: int,
        board: Board,
        terms: Terms,
        workshop: Workshop,
        journal: Journal,
        binder: Binder,
        booking: Booking,
        wake: Callable[[], None],
    ) -> None:
        self._market, self._signer, self._owner = market, signer, owner
        self._board, self._terms, self._workshop = board, terms, workshop
        self._journal, self._binder, self._booking = journal, binder, booking
        self.pledges = Pledges(workshop.home)
        if self.pledges.problem:
            journal.say(
                f"the offers that are out can't be read ({self.pledges.problem}): one that was "
                "signed before may still bind the stake",
                level=Level.WARNING,
            )
        self.deals = Deals(
            market,
            signer,
            board,
            terms,
            journal,
            binder,
            self.pledges,
            self._verifier,
            self._details,
            booking.fill_after_s if booking.urls else 0,
        )
        self._books: OrderBooks | None = None
        self._visits = Worker(wake)
        self._known_verifier: Verifier | None = None
        self._first_block = first_block
        self._next_visit = 0.0
        self._units_per_s: int | None = None
        self._owners: tuple[SignedOrder, ...] = ()
        self._said_at = 0.0
        self._head: Block | None = None
        self.visited = not booking.urls
        """Whether the books were called at since the start."""

    # ─────────────────────────────── each turn ────────────────────────────────

    def start(self, head: Block) -> None:
        """Reads what the chain says of the offers of an earlier run."""
        connection = self._market.connection
        chain_id, market = connection.chain_id, self._market.address
        self._books = OrderBooks(self._booking.urls, chain_id, market, PROFILE_ID)
        self._workshop.locate = Whereabouts(
            self._market, self._first_block, self.pledges, self._books, self._holds
        )
        self._board.holds = self._holds
        self._board.list_signed(self._booking.requests)
        self.pledges.recount(self._market, head.timestamp)

    def turn(self, head: Block, gathering: bytes = b"") -> None:
        """Takes in what visits brought, tends the deal, and begins the next visit.

        Args:
            head: the latest block.
            gathering: the job that is being fetched, which stays on the board meanwhile.
        """
        self._head = head
        done = self._visits.take()
        if done is not None and self._books is not None:
            self.visited = True
            if done.error is not None:
                kind = type(done.error).__name__
                text = f"internal error at the order books, {kind}: {done.error}"
                self._journal.remark("books", text, code="BOOK", level=Level.WARNING)
            self._take_in(self._books, gathering)
        for record in self._board.matched():
            self._began(record)
        self.deals.tend(head)
        self._visit(head)

    def stop(self, timeout_s: float) -> None:
        """Asks the books to forget our offers, as far as they answer in time."""
        books, head = self._books, self._head
        self._visits.join(timeout_s)
        if books is None or not self._booking.urls or head is None:
            return
        withdrawals = [
            each for order in self.pledges.open(head.timestamp) if (each := self._withdrawal(order))
        ]
        if withdrawals and (self._visits.take() is not None or not self._visits.busy):
            errand = Errand(withdrawals=tuple(withdrawals), look=False)
            self._visits.start("visit", b"", lambda: books.visit(errand))
            self._visits.join(timeout_s)

    @property
    def books(self) -> list[Book]:
        """How the books do."""
        return [] if self._books is None else self._books.books

    def dealing(self) -> Dealing:
        """What there is to tell in the status file."""
        now_s = 0 if self._head is None else self._head.timestamp
        return Dealing(
            books=tuple(
                BookHealth(
                    label=book.label,
                    seen_at=book.seen_at,
                    problem=one_line(book.problem),
                    offers=book.offers,
                    requests=book.requests,
                )
                for book in self.books
            ),
            offers=len(self.pledges.open(now_s)),
            promised=self.pledges.promised(now_s),
        )

    def is_bound(self, head: Block) -> bool:
        """Whether an offer or a deal may give us a job at any time: then no other is begun."""
        return self.deals.current is not None or bool(self.pledges.open(head.timestamp))

    def stand(self, head: Block) -> None:
        """Nothing else is to be done: offers the machine to whoever comes, if the owner wants."""
        if not self._booking.standing or self.is_bound(head):
            return
        try:
            self.deals.offer_standing(head)
        except (AuthError, TimedOut) as error:
            self._journal.remark(
                "standing",
                f"no offer could be signed: {error}",
                code="UNSIGNED",
                level=Level.WARNING,
            )
            return
        self._next_visit = 0.0

    # ────────────────────────────── the machine ───────────────────────────────

    @property
    def wants_measure(self) -> bool:
        """Whether the machine is to be measured before anything is said of it."""
        return bool(self._booking.urls) and self._units_per_s is None

    def measured(self, units_per_s: int | None, problem: str = "") -> None:
        """Takes the result of the benchmark; None if it failed."""
        self._units_per_s = units_per_s or 0
        if units_per_s is None:
            self._journal.say(f"the machine could not be measured: {problem}", level=Level.WARNING)

    def _details(self) -> OfferDetails:
        terms, line = self._terms, self._workshop.line
        return OfferDetails(
            issued=0 if self._head is None else self._head.timestamp,
            machine=MachineDetails(
                cores=min(terms.cores, CORES_MAX),
                memory=min(terms.memory_bytes, REQUIRED_MEMORY_MAX),
                region=terms.region,
                units_per_second=self._units_per_s or 0,
                bytes_per_second=line.bytes_per_second,
                round_trips_ms=line.round_trips_ms,
            ),
        )

    # ───────────────────────────────── visits ─────────────────────────────────

    def _visit(self, head: Block) -> None:
        books, now = self._books, time.monotonic()
        if books is None or not self._booking.urls or self._visits.busy or now < self._next_visit:
            return
        if self.wants_measure:  # nothing is said before
            return
        self._next_visit = now + self._booking.look_s
        self.pledges.recount(self._market, head.timestamp)
        offers = (*self.pledges.open(head.timestamp), *self._owners_offers(head))
        errand = Errand(offers, look=self._owner == self._signer.address)
        self._visits.start("visit", b"", lambda: books.visit(errand))

    def _take_in(self, books: OrderBooks, gathering: bytes) -> None:
        deal = self.deals.current
        keep = gathering if deal is None else deal.record.id
        self._board.list_signed((*self._booking.requests, *books.requests()), keep)
        for book in books.books:
            text = (
                f"{book.problem} - its orders are not seen meanwhile"
                if book.problem
                else f"the book at {book.label} answers: {book.requests} requests there"
            )
            level = Level.WARNING if book.problem else Level.INFO
            up = "down" if book.problem else "up"
            self._journal.remark(("book", book.label), text, up, code="BOOK", level=level)
            for digest, why in book.refusals.items():
                self._journal.remark(("offer", book.label, digest), why, code="BOOK")

    def _owners_offers(self, head: Block) -> tuple[SignedOrder, ...]:
        """Those that the owner signed, with what this machine is said to be."""
        if self._booking.offers and time.monotonic() >= self._said_at:
            self._said_at = time.monotonic() + SAY_AGAIN_S
            details = self._details()
            try:
                self._owners = tuple(
                    sign_details(self._signer, order, details) for order in self._booking.offers
                )
            except (AuthError, TimedOut) as error:
                self._journal.remark(
                    "details",
                    f"what is said of the machine could not be signed: {error}",
                    code="UNSIGNED",
                    level=Level.WARNING,
                )
                self._owners = self._booking.offers
        return tuple(
            order for order in self._owners if head.timestamp < cast(Offer, order.order).valid_until
        )

    def _began(self, record: JobRecord) -> None:
        ours = self.pledges.matched(record)
        ours = ours or any(order.id == record.offer for order in self._booking.offers)
        if record.gateway:
            self._keep_gateway(record)
        if record.matcher is None:
            how = "filled"
        else:
            how = f"matched by {record.matcher}" + ("" if ours else " through an earlier offer")
        self._binder.began(record, how)
        self._next_visit = 0.0

    def _keep_gateway(self, record: JobRecord) -> None:
        try:
            self.pledges.locate(record.id, record.gateway)
        except OSError as error:
            self._journal.remark(
                "orders", f"orders.json could not be written: {error.strerror}", level=Level.WARNING
            )

    def _withdrawal(self, order: SignedOrder) -> Withdrawal | None:
        try:
            return sign_withdrawal(self._signer, order.id, order.chain_id, order.market)
        except (AuthError, TimedOut):
            return None

    def _verifier(self) -> Verifier:
        if self._known_verifier is None:
            self._known_verifier = Verifier(
                self._market.connection,
                self._market.address,
                contract_gas=ERC1271_CALL_GAS,  # a wallet that takes more is refused by the market
            )
        return self._known_verifier

    def _holds(self, order: SignedOrder) -> bool:
        try:
            return signatures_hold(self._market, self._verifier(), order)
        except (Busy, ChainError):
            return False
