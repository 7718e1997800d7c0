"""Several order books at once: each answers for itself, and one that is down keeps no other back.

for answer in send(["https://one.example", "https://two.example"], signed):
    print(answer.url, answer.problem or answer.listing.state)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workbond.errors import BookError, UsageError
from workbond.orders import SignedOrder, Withdrawal
from workbond.orders.bookclient import BookClient
from workbond.orders.listing import Listing, Reason
from workbond.parallel import each

AT_ONCE = 8
TIMEOUT_S = 15.0
SHOWN_REASONS = 3


@dataclass(frozen=True)
class BookAnswer:
    """What one book says of one order: a listing, or why there is none."""

    url: str
    listing: Listing | None = None
    problem: str = ""

    @property
    def words(self) -> str:
        """The order's state there and the heaviest reasons why it waits, as one line."""
        if self.listing is None:
            return self.problem
        state = self.listing.state.value
        if self.listing.code:
            state += f" ({self.listing.code})"
        why = "; ".join(
            reason.text if reason.code == self.listing.code else reason_words(reason)
            for reason in self.listing.reasons[:SHOWN_REASONS]
        )
        return f"{state}: {why}" if why else state

    @property
    def line(self) -> str:
        """What it says, with its address; a problem names the book itself."""
        return self.problem if self.listing is None else f"{self.url} says: {self.words}"

    @property
    def codes(self) -> tuple[str, ...]:
        """What changes when there is news: state, code, and the reasons' codes."""
        if self.listing is None:
            return ("DOWN",)
        reasons = sorted(reason.code for reason in self.listing.reasons)
        return (self.listing.state.value, self.listing.code, *reasons)

    def to_json(self) -> dict[str, Any]:
        return {
            "book": self.url,
            "listing": None if self.listing is None else self._listing_json(),
            "problem": self.problem or None,
        }

    def _listing_json(self) -> dict[str, Any]:
        assert self.listing is not None
        told = self.listing.to_json()
        told.pop("order", None)  # the user's own, and long
        return told


def reason_words(reason: Reason) -> str:
    """`PRICE (3): the unit price is ...`"""
    count = f" ({reason.count:,})" if reason.count else ""
    return f"{reason.code}{count}: {reason.text}" if reason.text else f"{reason.code}{count}"


def check_books(urls: Sequence[str]) -> tuple[str, ...]:
    """The books' base addresses, each once; raises `UsageError` for what is no address."""
    found = []
    for url in urls:
        with BookClient(url) as book:
            found.append(book.url)
    return tuple(dict.fromkeys(found))


def send(urls: Sequence[str], signed: SignedOrder) -> list[BookAnswer]:
    """Sends the order to each book; their answers in the same order."""
    return _ask(urls, lambda book: book.send(signed))


def ask(urls: Sequence[str], order_id: bytes) -> list[BookAnswer]:
    """Where the order stands in each book."""
    return _ask(urls, lambda book: book.status(order_id))


def withdraw(urls: Sequence[str], withdrawal: Withdrawal) -> list[BookAnswer]:
    """Has each book forget the order."""
    return _ask(urls, lambda book: book.withdraw(withdrawal))


def _ask(urls: Sequence[str], question: Callable[[BookClient], Listing]) -> list[BookAnswer]:
    answers: dict[str, BookAnswer] = {}

    def one(url: str) -> None:
        try:
            with BookClient(url, timeout_s=TIMEOUT_S) as book:
                answers[url] = BookAnswer(url, question(book))
        except (BookError, UsageError) as error:
            answers[url] = BookAnswer(url, problem=str(error))

    each(one, dict.fromkeys(urls), AT_ONCE, lambda: None)
    return [answers[url] for url in urls]
