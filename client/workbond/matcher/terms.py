"""What an operator chooses: how large a book may grow, how much strangers may ask, what pays."""

from __future__ import annotations

from dataclasses import dataclass

ORDERS = 20_000
PER_AUTHOR = 2_000
ENDED = 50_000
BATCH = 32
BATCH_MAX = 200
REQUESTS_PER_MINUTE = 600
ORDERS_PER_MINUTE = 600
POLL_S = 1.0
# What a match takes, all costs of its transaction included, measured on anvil (docs/performance.md
# has whole lives): alone with an offer's first use, and each of 16 of one requester and one offer.
MATCH_GAS, BATCHED_GAS = 120_000, 50_000


@dataclass(frozen=True)
class Terms:
    """The matcher's terms.

    Args:
        orders: live orders in the book.
        per_author: of one author.
        ended: used and ended orders that are remembered, so that their authors learn why.
        min_tip: base units; a request that tips less is not taken.
        batch: matches in one transaction.
        requests_per_minute: HTTP requests of one address.
        orders_per_minute: orders sent by one author.
        poll_s: between two looks at the chain.
        trust_proxy: whether a proxy in front names the client in X-Forwarded-For.
    """

    orders: int = ORDERS
    per_author: int = PER_AUTHOR
    ended: int = ENDED
    min_tip: int = 0
    batch: int = BATCH
    requests_per_minute: int = REQUESTS_PER_MINUTE
    orders_per_minute: int = ORDERS_PER_MINUTE
    poll_s: float = POLL_S
    trust_proxy: bool = False
