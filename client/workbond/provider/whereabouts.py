"""Where the blobs of a job are. A posting tells it; of a signed job the chain doesn't."""

from __future__ import annotations

from collections.abc import Callable

from workbond.blobs.sources import GATEWAYS_MAX, split_gateways
from workbond.chain.market import Market
from workbond.errors import ChainError
from workbond.jobs import JobRecord
from workbond.orders.envelope import SignedOrder
from workbond.provider.card import announced_gateway
from workbond.provider.orderbooks import OrderBooks
from workbond.provider.pledges import Pledges


class Whereabouts:
    """Finds gateways; blocks, and is called from the worker's thread.

    A wrong one costs time and no more: the blobs are known by their CIDs.

    Args:
        market: the deployed market.
        first_block: where it was deployed.
        pledges: remembers the gateways of orders that we dealt for.
        books: asked for the order of a job that was matched to us.
        signed: whether an order and what is said of it are signed by its author.
    """

    def __init__(
        self,
        market: Market,
        first_block: int,
        pledges: Pledges,
        books: OrderBooks,
        signed: Callable[[SignedOrder], bool],
    ) -> None:
        self._market, self._first_block = market, first_block
        self._pledges, self._books, self._signed = pledges, books, signed

    def __call__(self, record: JobRecord) -> str:
        """The gateways of the job, separated by spaces: what was said with its order, and what is
        on its requester's card."""
        if record.gateway:
            return record.gateway
        said = self._pledges.gateway(record.id) or self._books.find(record.id, self._signed)
        if said:
            record.gateway = said
            return said
        return " ".join(split_gateways(self._on_card(record.request.requester))[:GATEWAYS_MAX])

    def _on_card(self, requester: str) -> str:
        """The gateway on the requester's latest valid card; empty if it announced none."""
        try:
            return announced_gateway(self._market, self._first_block, requester)
        except ChainError:
            return ""
