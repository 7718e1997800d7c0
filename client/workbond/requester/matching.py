"""Waiting until a signed request is matched or filled. The chain decides; books tell why not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from workbond import threads
from workbond.chain import rules
from workbond.chain.types import Request, State
from workbond.errors import JobFailed
from workbond.jobs import JobRecord
from workbond.money import format_amount, unit
from workbond.orders import SignedOrder
from workbond.orders.listing import OrderState
from workbond.progress import progress
from workbond.requester import books
from workbond.requester.books import BookAnswer
from workbond.requester.desk import Desk
from workbond.requester.standing import Code, standing_of
from workbond.requester.submit import SHOWN
from workbond.words import duration

FIRST_S = 5.0  # a book looks for a match with each block
EVERY_S = 15.0  # from the end of one question to the start of the next


class BookLookout:
    """Asks an order's books from time to time, in a thread of its own, why it is not matched.

    Args:
        urls: the books.
        order_id: the order.
    """

    def __init__(self, urls: Sequence[str], order_id: bytes) -> None:
        self._urls, self._id = tuple(urls), order_id
        self._next = time.monotonic() + FIRST_S
        self._thread: threading.Thread | None = None
        self._told: tuple[tuple[str, ...], ...] | None = None
        self.answers: tuple[BookAnswer, ...] = ()
        """Those of the last question; none before the first."""

    def look(self) -> bool:
        """Call it while you wait; True if the books say something else than the last time."""
        if not self._urls:
            return False
        if self._thread is not None:
            if self._thread.is_alive():
                return False
            self._thread, self._next = None, time.monotonic() + EVERY_S
            codes = tuple(answer.codes for answer in self.answers)
            news, self._told = codes != self._told, codes
            return news and bool(codes)
        if time.monotonic() >= self._next:
            self._thread = threads.start(self._ask)
        return False

    def words(self) -> list[str]:
        """What the books say now, a line each."""
        return [answer.line for answer in self.answers]

    def _ask(self) -> None:
        self.answers = tuple(books.ask(self._urls, self._id))


def until_matched(
    desk: Desk,
    signed: SignedOrder,
    urls: Sequence[str],
    *,
    until_s: int | None = None,
    ends: float | None = None,
    tell_why: Callable[[str], None] | None = None,
) -> JobRecord | None:
    """Waits until the signed request is a job; call it while its inputs are served.

    Args:
        desk: market and store.
        signed: the request.
        urls: the books that have it.
        until_s: when to stop waiting without complaint (chain time): None is returned.
        ends: when to give up (`time.monotonic`).
        tell_why: called with a line for each book when what they say changes.

    Raises:
        JobFailed: it was revoked, or nobody matched it in time. Nothing was locked then.
        TimedOut: it is no job yet at `ends`.
    """
    request, name = signed.order, f"0x{signed.id.hex()}"
    assert isinstance(request, Request), "offers become many jobs"
    last_s = request.open_until if until_s is None else min(until_s, request.open_until)
    lookout = BookLookout(urls, signed.id)
    with progress("waiting for a match") as bar:

        def tell(now_s: int) -> None:
            price = format_amount(rules.unit_price(request, now_s) // SHOWN * SHOWN)
            left = duration(max(0, last_s - now_s))
            bar.describe(f"waiting for a match at {price} {unit()}, {left} left")
            if lookout.look() and tell_why is not None:
                with bar.paused():
                    for line in lookout.words():
                        tell_why(line)

        state = desk.wait(signed.id, {State.NONE}, last_s, tell, ends)
    if state == State.NONE:
        if until_s is not None and until_s < request.open_until:
            return None
        raise JobFailed(_unmatched(desk, signed, lookout))
    if state == State.CANCELLED:
        raise JobFailed(f"job {name} was cancelled before it was matched; nothing was locked")
    return desk.job(signed.id)


def _unmatched(desk: Desk, signed: SignedOrder, lookout: BookLookout) -> str:
    name, standing = f"0x{signed.id.hex()}", standing_of(desk, signed)
    if standing.code is Code.COUNTER:
        return f"job {name} is {standing.words}; nothing was locked"
    why = next((a.words for a in lookout.answers if a.listing is not None), "")
    return (
        f"nobody matched job {name} in time{f' (a book says: {why})' if why else ''}; nothing was "
        "locked: offer a higher price, ask for less, or post it without --book"
    )


def still_needs_inputs(record: JobRecord, urls: Sequence[str]) -> bool:
    """Whether the provider of a job that was signed may still have to fetch its inputs.

    One that fills a request has them, and so does one whose offer is for this spec alone, as far
    as a book shows the offer. Any other was bound by a stranger and begins to fetch now.
    """
    if record.state != State.RUNNING or record.matcher is None or record.offer is None:
        return False
    for answer in books.ask(urls, record.offer):
        order = None if answer.listing is None else answer.listing.order
        spec = getattr(None if order is None else order.order, "spec", None)
        if spec == record.request.spec:
            return False
    return True


def rests(answers: Sequence[BookAnswer]) -> bool:
    """Whether at least one book has the order, open or dormant."""
    resting = (OrderState.OPEN, OrderState.DORMANT)
    return any(a.listing is not None and a.listing.state in resting for a in answers)
