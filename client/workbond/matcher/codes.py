"""Why a book refuses an order, or why one is not open any more: codes with explanations.

Why an open order is not matched is the engine's to say (`workbond.matcher.engine`).
"""

from __future__ import annotations

from enum import StrEnum

from workbond.errors import WorkbondError


class Refusal(StrEnum):
    """Why an order does not get into the book."""

    FORM = "form"
    CHAIN = "other-chain"
    MARKET = "other-market"
    MATCHER = "other-matcher"
    SIGNATURE = "signature"
    DETAILS_SIGNATURE = "details-signature"
    STALE_DETAILS = "stale-details"
    BOUNDS = "out-of-bounds"
    EXPIRED = "expired"
    COUNTER = "counter"
    CANCELLED = "cancelled"
    USED = "used"
    WITHDRAWN = "withdrawn"
    TIP = "tip-too-low"
    FULL = "book-full"
    LATER = "later"
    UNKNOWN = "unknown-order"
    RATE = "too-many-requests"
    SIZE = "too-large"
    QUERY = "query"
    INTERNAL = "internal"


class Code(StrEnum):
    """Why an order in the book is dormant, used or ended, and what the engine can't say of open
    ones."""

    UNFUNDED = "UNFUNDED"
    UNSTAKED = "UNSTAKED"
    COUNTER_AHEAD = "COUNTER_AHEAD"
    REFUSED = "REFUSED"
    CHOSEN = "CHOSEN"
    MATCHED = "MATCHED"
    POSTED = "POSTED"
    USED_UP = "USED_UP"
    CANCELLED = "CANCELLED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    PUSHED_OUT = "PUSHED_OUT"

    @property
    def text(self) -> str:
        """The explanation."""
        return _TEXTS[self]


_TEXTS = {
    Code.UNFUNDED: "its requester's free balance does not cover its escrow: deposit more",
    Code.UNSTAKED: "its provider has no stake, and it admits bonds: stake some",
    Code.COUNTER_AHEAD: "it was signed under a counter that its author has not reached yet",
    Code.REFUSED: "the market refused it when a match was tried; it is tried again later",
    Code.CHOSEN: "a match was found and is on its way to the chain",
    Code.MATCHED: "it became a job",
    Code.POSTED: "its requester posted it as an open job",
    Code.USED_UP: "all the jobs that it allows were made",
    Code.CANCELLED: "its author cancelled it on the chain",
    Code.REVOKED: "its author raised the order counter since it was signed",
    Code.EXPIRED: "its time is over",
    Code.WITHDRAWN: "its author withdrew it from this book",
    Code.PUSHED_OUT: "the book was full, and its author had the most orders in it",
}


class Refused(WorkbondError):
    """The book does not take an order, or does not know it; later it may, in `retry_s`."""

    def __init__(self, refusal: Refusal, detail: str, retry_s: int = 0) -> None:
        super().__init__(detail)
        self.refusal, self.retry_s = refusal, retry_s
