"""What the API serves: the book, asked and written by strangers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workbond import __version__
from workbond.chain.types import address
from workbond.errors import UsageError
from workbond.matcher.book import Book
from workbond.matcher.codes import Refusal, Refused
from workbond.matcher.intake import Intake
from workbond.matcher.metrics import Labels, Metrics
from workbond.matcher.rounds import Rounds
from workbond.matcher.terms import Terms
from workbond.matcher.upkeep import Upkeep
from workbond.orders.envelope import SignedOrder, Withdrawal
from workbond.orders.listing import Listing
from workbond.provider.journal import Journal, Level


class Service:
    """Usable from several threads.

    Args:
        place: chain id, market and our address, as `/health` tells them.
        terms: the operator's.
        book, intake, rounds, upkeep: of the same market.
        metrics: counts.
        journal: told of our own failures.
    """

    def __init__(
        self,
        place: dict[str, Any],
        terms: Terms,
        book: Book,
        intake: Intake,
        rounds: Rounds,
        upkeep: Upkeep,
        metrics: Metrics,
        journal: Journal,
    ) -> None:
        self._place, self._terms = place, terms
        self._book, self._intake = book, intake
        self._rounds, self._upkeep = rounds, upkeep
        self.metrics, self._journal = metrics, journal

    def take(self, order: SignedOrder) -> tuple[Listing, bool]:
        """Puts an order in the book; whether it is new. Raises `Refused`."""
        entry, new = self._intake.take(order)
        if new:
            self.metrics.add("orders_taken_total", kind=order.kind)
        return replace(entry.listing(), reasons=()), new

    def status(self, order_id: bytes) -> Listing:
        """An order with the reasons why it is not matched. Raises `Refused`."""
        entry = self._book.find(order_id)
        if entry is None:
            raise Refused(Refusal.UNKNOWN, f"order 0x{order_id.hex()} is not in this book")
        return replace(entry.listing(), reasons=self._rounds.reasons(entry))

    def withdraw(self, withdrawal: Withdrawal) -> Listing:
        """Ends an order at its author's word. Raises `Refused`."""
        return replace(self._intake.withdraw(withdrawal).listing(), order=None)

    def page(
        self, kind: str | None, profile: bytes | None, author: str | None, after: int, limit: int
    ) -> dict[str, Any]:
        """Open orders, and where the next page begins."""
        try:
            who = None if author is None else address(author)
        except UsageError as error:
            raise Refused(Refusal.QUERY, str(error)) from error
        found = self._book.page(kind=kind, profile=profile, author=who, after=after, limit=limit)
        following = str(found[-1].seq) if len(found) == limit else None
        return {"orders": [e.listing().to_json() for e in found], "next": following}

    def health(self) -> dict[str, Any]:
        """What this book is, and how far it read the chain."""
        head, counts = self._upkeep.head, self._book.counts()
        return {
            "status": "reading" if head is None else "ok",
            **self._place,
            "software": f"workbond/{__version__}",
            "block": self._upkeep.block,
            "time": 0 if head is None else head.timestamp,
            "minTip": str(self._terms.min_tip),
            "round": self._rounds.number,
            "orders": {
                kind: {state: counts[kind, state] for state in ("open", "dormant")}
                for kind in ("request", "offer")
            },
        }

    def metrics_text(self) -> str:
        """For Prometheus."""
        gauges: list[tuple[str, Labels, float]] = [
            ("orders", (("kind", kind), ("state", state)), count)
            for (kind, state), count in self._book.counts().items()
        ]
        gauges += [
            ("authors", (), self._book.authors),
            ("head_block", (), self._upkeep.block),
            ("rounds_total", (), self._rounds.number),
            ("forks_total", (), self._upkeep.forks),
        ]
        return self.metrics.text(gauges)

    def failed(self, error: Exception) -> None:
        """Our own failure, told to the operator and not to the stranger."""
        self._journal.remark(
            "api",
            f"a request failed: {type(error).__name__}: {error}",
            type(error).__name__,
            code="API",
            level=Level.WARNING,
        )
