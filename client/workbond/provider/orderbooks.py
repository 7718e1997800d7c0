"""The order books that a provider deals at: sending offers there, looking at the requests there.

Books are never trusted, and never waited for: a visit runs in a thread of its own, takes a bounded
time at each, and one that fails is left alone for a while. What a visit brings is looked at like
any stranger's word.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from workbond.chain.types import Request
from workbond.errors import BookError, BookRefused, WorkbondError
from workbond.orders.bookclient import BookClient
from workbond.orders.details import RequestDetails
from workbond.orders.envelope import REQUEST, SignedOrder, Withdrawal
from workbond.orders.listing import Listing, OrderState
from workbond.provider.statusfile import BOOKS_MAX

VISIT_S = 30.0  # at one book, listing included
TIMEOUT_S = 10.0
REQUESTS_MAX = 500  # looked at in one book
PAUSE_FIRST_S, PAUSE_MAX_S = 5.0, 300.0  # after a failure; doubled at each further one
SENT_MAX = 256


@dataclass
class Book:
    """One order book: how it does, and what it has of ours. Only the visitor's thread writes it.

    `problem` is empty while it answers; `offers` are ours that it took, `requests` those it listed.
    """

    url: str
    label: str
    problem: str = ""
    seen_at: int = 0
    offers: int = 0
    requests: int = 0
    listed: tuple[SignedOrder, ...] = ()
    refusals: OrderedDict[bytes, str] = field(default_factory=OrderedDict)
    sent: OrderedDict[bytes, int] = field(default_factory=OrderedDict)
    failures: int = 0
    pause_until: float = 0.0


@dataclass(frozen=True)
class Errand:
    """What to do at each book: offers that it must have, by id, with those words on the machine
    that were `issued` last; withdrawals; and whether to look at its requests."""

    offers: tuple[SignedOrder, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    look: bool = True


class OrderBooks:
    """Several books.

    Args:
        urls: their addresses, which the owner chose; a wrong one raises `UsageError`.
        chain_id, market: whose orders are dealt in.
        profile: of the requests that are looked at.
    """

    def __init__(self, urls: Sequence[str], chain_id: int, market: str, profile: bytes) -> None:
        self._chain_id, self._market, self._profile = chain_id, market, profile
        self._clients = {}
        for url in list(dict.fromkeys(urls))[:BOOKS_MAX]:
            client = BookClient(url, timeout_s=TIMEOUT_S)
            self._clients[client.url] = client
        self.books = [Book(url, client.label) for url, client in self._clients.items()]

    def requests(self) -> list[SignedOrder]:
        """Signed requests that the books listed at their last visit, in turn one of each book, so
        that none fills all places; books may say different things of one request."""
        rows = zip_longest(*(book.listed for book in self.books))
        return [order for row in rows for order in row if order is not None]

    def visit(self, errand: Errand) -> None:
        """Calls at every book that is not to be left alone; blocks, and never raises."""
        for book in self.books:
            if time.monotonic() < book.pause_until:
                continue
            try:
                self._visit(book, errand)
            except WorkbondError as error:
                book.problem, book.listed, book.offers = str(error), (), 0
                book.sent.clear()  # it may have lost them
                book.failures += 1
                pause_s = PAUSE_FIRST_S * 2.0 ** min(book.failures - 1, 10)
                book.pause_until = time.monotonic() + min(pause_s, PAUSE_MAX_S)
            else:
                book.problem, book.failures, book.seen_at = "", 0, int(time.time())

    def find(self, job_id: bytes, signed: Callable[[SignedOrder], bool]) -> str:
        """The gateway that a requester named to a book for its signed request; empty if no book
        knows. Blocks, and may be called while another thread visits.

        Args:
            job_id: the request's id.
            signed: whether an order and what is said of it are signed by its author.
        """
        for url in self._clients:
            try:
                with BookClient(url, timeout_s=TIMEOUT_S) as client:
                    order = client.status(job_id).order
                if order is None or not isinstance(order.details, RequestDetails):
                    continue
                if order.details.gateway and signed(order):
                    return order.details.gateway
            except WorkbondError:
                continue
        return ""

    def _visit(self, book: Book, errand: Errand) -> None:
        client = self._clients[book.url]
        for withdrawal in errand.withdrawals:
            try:
                client.withdraw(withdrawal)
            except BookRefused:  # it has no such order
                continue
        self._send(book, client, errand.offers)
        if errand.look:
            book.listed = tuple(self._look(client))
            book.requests = len(book.listed)

    def _send(self, book: Book, client: BookClient, offers: Iterable[SignedOrder]) -> None:
        taken = 0
        for offer in offers:
            issued = offer.details.issued
            if book.sent.get(offer.id) != issued:
                try:
                    client.send(offer)
                    book.refusals.pop(offer.id, None)
                except BookRefused as refusal:
                    _remember(book.refusals, offer.id, str(refusal))
                _remember(book.sent, offer.id, issued)
            taken += offer.id not in book.refusals
        book.offers = taken

    def _look(self, client: BookClient) -> Iterable[SignedOrder]:
        ends = time.monotonic() + VISIT_S
        for listing in client.orders(kind=REQUEST, profile=self._profile, limit=REQUESTS_MAX):
            if time.monotonic() > ends:
                raise BookError(f"{client.label} took more than {VISIT_S:.0f} s to list its orders")
            if listing.state is not OrderState.OPEN:
                continue
            order = self._order(client, listing)
            if order is not None:
                yield order

    def _order(self, client: BookClient, listing: Listing) -> SignedOrder | None:
        order = listing.order
        if order is None:
            order = client.status(listing.id).order
        if order is None or not isinstance(order.order, Request):
            return None
        if (order.chain_id, order.market) != (self._chain_id, self._market):
            return None
        return order if order.order.profile == self._profile else None


def _remember(known: OrderedDict, key: bytes, value: object) -> None:  # type: ignore[type-arg]
    known[key] = value
    known.move_to_end(key)
    while len(known) > SENT_MAX:
        known.popitem(last=False)
