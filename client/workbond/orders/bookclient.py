"""Talking to an order book over HTTP.

    book = BookClient("https://book.example.org")
    listing = book.send(signed)           # POST /orders
    book.status(signed.id).reasons        # GET /orders/{id}: why it is not matched
    book.withdraw(sign_withdrawal(...))   # DELETE /orders/{id}

The user named the book, so it may be anywhere, and the user's proxy is used. What it answers is
bounded, and checked for form; errors are one line with the book's own words in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from workbond import canonical
from workbond.blobs.http import checked_base
from workbond.errors import BookError, BookRefused, UsageError
from workbond.http import LOOPBACK_HOSTS, Client, HttpFailure
from workbond.orders.envelope import SignedOrder, Withdrawal
from workbond.orders.listing import Listing

TIMEOUT_S = 20.0
ANSWER_BYTES_MAX = 4 << 20  # a page of the largest orders
PAGES_MAX = 1_000


class BookClient:
    """One book; not for several threads at once.

    Args:
        url: its base address.
        timeout_s: for one exchange.

    Raises (all methods):
        BookError: it can't be reached, or does not answer as a book does.
        BookRefused: it refuses the order; `code` says why.
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        try:
            self.url = checked_base(url)
        except UsageError as error:
            raise UsageError(
                f"{url!r:.120} is no address of a book: give http:// or https:// and a host"
            ) from error
        self.label = urlsplit(self.url).netloc[:100]
        local = urlsplit(self.url).hostname in LOOPBACK_HOSTS  # a proxy can't reach our loopback
        self._client = Client(timeout_s=timeout_s, silence_s=timeout_s, environment=not local)

    def __enter__(self) -> BookClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    def send(self, order: SignedOrder) -> Listing:
        """Puts an order in the book; sent again, nothing but its details can change."""
        listing = self._listing("POST", "/orders", order.to_bytes())
        if listing.id != order.id:
            raise BookError(f"{self.label} confirmed another order than the one sent: distrust it")
        return listing

    def status(self, order_id: bytes) -> Listing:
        """Where an order stands, with the reasons why it is not matched, and the order itself."""
        listing = self._listing("GET", f"/orders/0x{order_id.hex()}")
        if listing.id != order_id:
            raise BookError(f"{self.label} told of another order than the one asked for")
        return listing

    def withdraw(self, withdrawal: Withdrawal) -> Listing:
        """Has the book forget an order. Who has a copy of it can still use it on the chain."""
        path, headers = f"/orders/0x{withdrawal.order.hex()}", withdrawal.to_headers()
        return self._listing("DELETE", path, headers=headers)

    def orders(
        self,
        *,
        kind: str | None = None,
        profile: bytes | None = None,
        author: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Listing]:
        """Listings of open orders, the oldest first, read page by page; at most `limit`."""
        query = {"kind": kind, "author": author}
        query["profile"] = None if profile is None else "0x" + profile.hex()
        given = {name: value for name, value in query.items() if value is not None}
        after, left = "", limit
        for _ in range(PAGES_MAX):
            words = urlencode(given | ({"after": after} if after else {}))
            page = self._ask("GET", "/orders" + (f"?{words}" if words else ""))
            found, following = page.get("orders"), page.get("next")
            if not isinstance(found, list) or not (following is None or type(following) is str):
                raise self._odd("a page without orders")
            for value in found:
                if left == 0:
                    return
                yield self._read(value)
                left = None if left is None else left - 1
            if not found or not following or following == after:
                return
            after = following

    def health(self) -> dict[str, Any]:
        """What the book says of itself: chain, market, matcher, head, counts."""
        return self._ask("GET", "/health")

    def _listing(
        self, method: str, path: str, body: bytes | None = None, headers: Any = None
    ) -> Listing:
        return self._read(self._ask(method, path, body, headers))

    def _read(self, value: Any) -> Listing:
        try:
            return Listing.from_json(value)
        except UsageError as error:
            raise self._odd(str(error)) from error

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Any = None
    ) -> dict[str, Any]:
        sent = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        url = self.url + quote(path, safe="/?&=%+")
        content = bytearray()
        try:
            with self._client.exchange(method, url, headers=sent, body=body) as answer:
                for piece in answer.chunks:
                    content += piece
                    if len(content) > ANSWER_BYTES_MAX:
                        raise self._odd("more than 4 MiB")
        except HttpFailure as failure:
            raise BookError(
                f"the book at {self.label} can't be used: {failure}; check its address, or use "
                "another"
            ) from failure
        try:
            value = canonical.loads(bytes(content), what="it", max_bytes=ANSWER_BYTES_MAX)
        except UsageError as error:
            raise self._odd(f"status {answer.status} and no JSON") from error
        if not isinstance(value, dict):
            raise self._odd("JSON that is no object")
        if answer.status not in (200, 201):
            raise self._refused(answer.status, value)
        return value

    def _refused(self, status: int, problem: dict[str, Any]) -> BookRefused:
        """From its problem document (RFC 9457)."""
        code, detail = problem.get("code"), problem.get("detail") or problem.get("title")
        told = "".join(c if c.isprintable() else " " for c in f"{detail or 'no reason'!s:.300}")
        words = " ".join(told.split())  # a terminal would take wide gaps for a table's
        return BookRefused(
            f"the book at {self.label} refused (status {status}): {words}",
            status,
            code if isinstance(code, str) else "",
        )

    def _odd(self, what: str) -> BookError:
        return BookError(
            f"{self.label} does not answer as an order book ({what:.160}): check its address"
        )
