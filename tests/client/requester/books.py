"""An order book for the requester's tests: a real one, whose loop runs beside the test."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbond.chain import rules
from workbond.chain.types import Offer, Request
from workbond.executor.profile import PROFILE_ID
from workbond.matcher.database import database_url
from workbond.matcher.run import Matcher
from workbond.matcher.terms import Terms
from workbond.orders import SignedOrder, sign_offer
from workbond.provider.journal import Journal

from ..signing import wide_offer

WORK = 10**18
TURN_S = 0.05


@contextlib.contextmanager
def running_book(world: Any, folder: Path, **terms: Any) -> Iterator[str]:
    """The address of a book of the world's stranger that matches as fast as it can."""
    folder.mkdir()
    lines: list[str] = []
    matcher = Matcher(
        world.market,
        world.stranger,
        world.deployment.market.block,
        database_url("", folder / "book.sqlite"),
        Terms(**{"requests_per_minute": 0, "orders_per_minute": 0, **terms}),
        Journal(lines.append),
    )
    stop = threading.Event()

    def turn() -> None:
        while not stop.wait(TURN_S):
            matcher.desk.turn()

    with matcher, matcher.serving("127.0.0.1", 0) as server:
        matcher.desk.turn()
        thread = threading.Thread(target=turn)
        thread.start()
        try:
            yield server.url
        finally:
            stop.set()
            thread.join()


def offer_of(world: Any, **changes: Any) -> Offer:
    """An offer of the world's provider for jobs like `JOB_TOML`."""
    limits = {
        "profile": PROFILE_ID,
        "min_unit_price": WORK,
        "max_bond": 100 * WORK,
        "min_run_for": 60,
        "max_lock_for": 30 * 86_400,
        "max_jobs": 5,
        "valid_until": world.now() + 86_400,
        "salt": os.urandom(32),
    }
    return wide_offer(world.provider.address, **(limits | changes))


def signed_offer(world: Any, **changes: Any) -> SignedOrder:
    """That offer, signed by the provider."""
    place = (world.connection.chain_id, world.market.address)
    return sign_offer(world.provider, offer_of(world, **changes), *place)


def match(world: Any, order: SignedOrder, offer: SignedOrder) -> bytes:
    """Matches the two without a book; returns the job's id."""
    assert isinstance(order.order, Request)
    assert isinstance(offer.order, Offer)
    assert rules.lock_for(order.order) <= offer.order.max_lock_for
    world.market.match_orders(
        world.stranger, order.order, order.signature, offer.order, offer.signature
    )
    return order.id
