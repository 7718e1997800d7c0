"""Gateways to ask for a job's blobs: who named each, in which turn, and within which budget.

    sources = Sources(named(["https://mine.example"]) + told(record.gateway))
    fetch(cid, sources, store, max_bytes=10**6, timeout_s=60)

An address that a stranger wrote (a requester's event, a provider's card) is asked on public
addresses only, unless its user admits others. One that the user wrote may be anywhere.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from workbond.blobs.http import checked_base
from workbond.errors import BlobError, UsageError

GATEWAYS_MAX = 8  # of one list: it may come from a card or an event that strangers write
TEXT_MAX = 4_096  # characters looked at; the market admits 512 bytes


@dataclass(frozen=True)
class Source:
    """A gateway's base address, and whether it may be on an address that is not public."""

    url: str
    private: bool = False


def named(urls: Iterable[str]) -> list[Source]:
    """Gateways that the user wrote."""
    return [Source(url, private=True) for url in urls]


def told(text: str, *, private: bool = False) -> list[Source]:
    """Gateways in a stranger's `text`, separated by spaces; the first eight."""
    return [Source(url, private) for url in split_gateways(text)]


def split_gateways(text: str) -> list[str]:
    """The addresses in the text of `JobPosted.gateway`, each once; the first eight."""
    parts = (part for part in text[:TEXT_MAX].split(" ") if part)
    return list(dict.fromkeys(parts))[:GATEWAYS_MAX]


class Sources:
    """The gateways for one job. Those that failed are asked after the others, so that a dead one
    costs its share of the time once and not for each blob. Usable from several threads.

    Args:
        gateways: in order of preference; each address once, the first eight.
        authorize: gives the `Authorization` value for an address, None for none.
        budget_bytes: of all answers together, wrong and broken ones included; None: no bound.
    """

    def __init__(
        self,
        gateways: Iterable[Source] = (),
        *,
        authorize: Callable[[str], str | None] | None = None,
        budget_bytes: int | None = None,
    ) -> None:
        first: dict[str, Source] = {}
        for source in gateways:
            if source.private or source.url not in first:  # what the user named too is trusted
                first[source.url] = source
        self._all: Sequence[Source] = list(first.values())[:GATEWAYS_MAX]
        self._failures = dict.fromkeys(self._all, 0)
        self._authorize = authorize
        self._budget_bytes = budget_bytes
        self._received = 0
        self._lock = threading.Lock()

    @property
    def signs(self) -> bool:
        """Whether requests are signed."""
        return self._authorize is not None

    def with_budget(self, budget_bytes: int) -> Sources:
        """The same gateways with a budget of their own."""
        return Sources(self._all, authorize=self._authorize, budget_bytes=budget_bytes)

    def in_turn(self) -> list[Source]:
        """The gateways, those with the fewest failures first."""
        with self._lock:
            return sorted(self._all, key=self._failures.__getitem__)

    def served(self, source: Source) -> None:
        """`source` gave the right bytes."""
        with self._lock:
            self._failures[source] = 0

    def failed(self, source: Source) -> None:
        """`source` did not."""
        with self._lock:
            self._failures[source] += 1

    def authorization(self, source: Source) -> str | None:
        """The header's value for `source`, if it needs one; may ask the user for a password."""
        return None if self._authorize is None else self._authorize(source.url)

    def prepare(self) -> None:
        """Signs for the first usable gateway now. Call it before several threads fetch, or a
        progress bar runs: the user may be asked for a password."""
        for source in self.in_turn():
            with contextlib.suppress(UsageError):
                checked_base(source.url)
                self.authorization(source)
                return

    def charge(self, size: int) -> None:
        """Counts received bytes; raises `BlobError` beyond the budget."""
        with self._lock:
            self._received += size
            spent = self._budget_bytes is not None and self._received > self._budget_bytes
        if spent:
            raise BudgetSpent(
                f"more than the {self._budget_bytes:,} bytes allowed for this job were received"
            )


class BudgetSpent(BlobError):
    """The bytes allowed for a job are used up; no other gateway helps."""
