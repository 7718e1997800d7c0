"""A matcher on the world's chain whose loop a test turns by hand, with its API on a real port."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from workbond.chain.types import Request
from workbond.matcher.database import database_url
from workbond.matcher.run import Matcher
from workbond.matcher.terms import Terms
from workbond.orders import OfferDetails, RequestDetails, SignedOrder, sign_offer, sign_request
from workbond.orders.bookclient import BookClient
from workbond.orders.listing import Listing
from workbond.provider.journal import Journal

from ..signing import wide_offer

WORK = 10**18


@dataclass
class Side:
    """Signs orders for the world's market."""

    world: Any

    def request(
        self, signer: Any = None, details: RequestDetails | None = None, **changes: Any
    ) -> SignedOrder:
        """A request of the world's requester, with a tip."""
        signer = signer or self.world.requester
        changes = {"salt": os.urandom(32), "tip": WORK // 10, "requester": signer.address} | changes
        request: Request = self.world.request(**changes)
        details = details or RequestDetails(issued=self.world.now())
        return sign_request(signer, request, *self._domain, details)

    def offer(
        self, signer: Any = None, details: OfferDetails | None = None, **changes: Any
    ) -> SignedOrder:
        """An offer of the world's provider that the world's requests fit."""
        signer = signer or self.world.provider
        limits = {
            "min_unit_price": WORK // 2,
            "max_bond": 100 * WORK,
            "min_run_for": 60,
            "max_lock_for": 30 * 86_400,
            "max_jobs": 5,
            "valid_until": self.world.now() + 86_400,
            "salt": os.urandom(32),
        }
        offer = wide_offer(signer.address, **(limits | changes))
        details = details or OfferDetails(issued=self.world.now())
        return sign_offer(signer, offer, *self._domain, details)

    @property
    def _domain(self) -> tuple[int, str]:
        return self.world.connection.chain_id, self.world.market.address


@dataclass
class House:
    """A running matcher: its parts, its client, and what it said."""

    matcher: Matcher
    client: BookClient
    url: str
    lines: list[str] = field(default_factory=list)

    def turn(self) -> None:
        self.matcher.desk.turn()

    def send(self, *orders: SignedOrder) -> list[Listing]:
        return [self.client.send(order) for order in orders]

    def state(self, order: SignedOrder) -> tuple[str, str]:
        """State and code in the book."""
        listing = self.client.status(order.id)
        return listing.state.value, listing.code

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)


Open = Callable[..., House]


@pytest.fixture
def side(world: Any) -> Side:
    return Side(world)


@pytest.fixture
def open_house(world: Any, tmp_path: Path) -> Iterator[Open]:
    """Starts matchers of the world's stranger, one after the other in one database by default."""
    running: list[Any] = []

    def start(database: str = "", signer: Any = None, **terms: Any) -> House:
        url = database_url(database, tmp_path / "book.sqlite")
        lines: list[str] = []
        matcher = Matcher(
            world.market,
            signer or world.stranger,
            world.deployment.market.block,
            url,
            Terms(**{"requests_per_minute": 0, "orders_per_minute": 0, **terms}),
            Journal(lines.append),
        )
        serving = matcher.serving("127.0.0.1", 0)
        server = serving.__enter__()
        house = House(matcher, BookClient(server.url), server.url, lines)
        running.append((matcher, serving))
        house.turn()
        return house

    yield start
    for matcher, serving in reversed(running):
        serving.__exit__(None, None, None)
        matcher.store.close()


@pytest.fixture
def house(open_house: Open) -> House:
    return open_house()
