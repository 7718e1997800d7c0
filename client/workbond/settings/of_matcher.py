"""What `workbond matcher run` goes by; set as in `workbond.settings.of_provider`."""

from __future__ import annotations

from workbond.matcher.terms import (
    BATCH,
    BATCH_MAX,
    ORDERS,
    ORDERS_PER_MINUTE,
    PER_AUTHOR,
    REQUESTS_PER_MINUTE,
)
from workbond.settings import kinds
from workbond.settings.setting import Setting

MATCHER = (
    Setting(
        "matcher.min_tip",
        kinds.amount,
        "Tokens that a request must tip, so that a match pays its gas.",
        default=0,
        metavar="AMOUNT",
        project=False,
    ),
    Setting(
        "matcher.batch",
        kinds.whole(1, BATCH_MAX),
        "Most matches in one transaction.",
        default=BATCH,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.listen",
        kinds.host_port,
        "Where the book is served over HTTP; port 0 takes a free one.",
        default=("127.0.0.1", 8580),
        metavar="HOST:PORT",
        project=False,
    ),
    Setting(
        "matcher.database",
        kinds.text,
        "File of the book, or postgresql://user@host/name.",
        default="",
        default_words="a file in matcher/ below the home",
        metavar="FILE|URL",
        project=False,
        secret=True,
    ),
    Setting(
        "matcher.max_orders",
        kinds.whole(1, 1_000_000),
        "Most orders in the book; each takes some 10 KB of memory.",
        default=ORDERS,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.max_per_author",
        kinds.whole(1, 1_000_000),
        "Most of them by one account.",
        default=PER_AUTHOR,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.requests_per_minute",
        kinds.whole(0),
        "HTTP requests that one address may make; 0: no bound.",
        default=REQUESTS_PER_MINUTE,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.orders_per_minute",
        kinds.whole(0),
        "Orders that one account may send; 0: no bound.",
        default=ORDERS_PER_MINUTE,
        metavar="N",
        project=False,
    ),
    Setting(
        "matcher.trust_proxy",
        kinds.yes_no,
        "A proxy in front names each client in X-Forwarded-For.",
        default=False,
        project=False,
    ),
)
