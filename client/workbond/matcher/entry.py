"""An order in the book."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workbond.chain.types import Request
from workbond.orders.envelope import SignedOrder
from workbond.orders.listing import Listing, OrderState


@dataclass(frozen=True)
class Verdict:
    """Where an order stands by the chain.

    `uses` are an offer's jobs so far; `backed`: its author has something to lose in the market.
    """

    state: OrderState = OrderState.OPEN
    code: str = ""
    uses: int = 0
    backed: bool = True


@dataclass(frozen=True)
class Entry:
    """An order with its place in the book.

    Args:
        seq: of its arrival; orders that came earlier have lower ones.
        order: as its author signed it.
        since_s: chain time when it came.
        state: where it stands.
        code: why it isn't open (`Code`), else empty.
        uses: jobs made of an offer, as of the last look at the chain.
        block: where the chain was asked about it when its state changed last.
        backed: whether its author has a stake (of an offer) or a balance (of a request): without,
            keys and orders cost nothing, and it is the first to leave a full book.
    """

    seq: int
    order: SignedOrder
    since_s: int
    state: OrderState = OrderState.OPEN
    code: str = ""
    uses: int = 0
    block: int = 0
    backed: bool = True

    @property
    def id(self) -> bytes:
        return self.order.id

    @property
    def author(self) -> str:
        return self.order.author

    @property
    def is_live(self) -> bool:
        """Whether it takes a place in the book: what is used or ended is only remembered."""
        return self.state in (OrderState.OPEN, OrderState.DORMANT)

    @property
    def is_weak(self) -> bool:
        """Whether it leaves a full book before others: it can't be matched now, or costs nothing
        to make."""
        return self.state is OrderState.DORMANT or not self.backed

    @property
    def ends_s(self) -> int:
        """First second in which it can't be matched any more."""
        order = self.order.order
        return order.open_until if isinstance(order, Request) else order.valid_until

    def judged(self, verdict: Verdict, block: int, now_s: int) -> Entry:
        """As the chain has it at `block`, at the time `now_s`; a used offer waits anew."""
        return replace(
            self,
            state=verdict.state,
            code=verdict.code,
            uses=verdict.uses,
            since_s=now_s if verdict.uses > self.uses else self.since_s,
            block=block,
            backed=verdict.backed,
        )

    def ended(self, code: str) -> Entry:
        """Out of the book, for a reason that is not the chain's."""
        return replace(self, state=OrderState.ENDED, code=code)

    def listing(self) -> Listing:
        """As the API shows it, with the order and without reasons."""
        return Listing(
            id=self.id,
            kind=self.order.kind,
            author=self.author,
            state=self.state,
            since_s=self.since_s,
            code=self.code,
            uses=self.uses,
            order=self.order,
        )
