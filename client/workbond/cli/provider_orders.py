"""Signed orders in files, as `provider run` takes them, and how its node deals at books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbond.errors import UsageError

if TYPE_CHECKING:
    from workbond.chain.market import Market
    from workbond.orders import SignedOrder
    from workbond.provider.trade import Booking

FILES_MAX = 256
BOOKING = ("books", "fill_after", "standing_offers", "offers", "owner")
"""The settings in the table `provider` by which a node deals."""


def make_booking(
    chosen: dict[str, Any], requests: Iterable[Path], market: Market, owner: str, operator: str
) -> Booking:
    """How the node of `owner` deals, whose transactions `operator` sends; `UsageError` for orders
    that are none of this market's or this provider's."""
    from workbond.provider.statusfile import BOOKS_MAX
    from workbond.provider.trade import Booking

    urls = tuple(dict.fromkeys(map(_book, chosen["books"])))
    if len(urls) > BOOKS_MAX:
        raise UsageError(f"{len(urls)} order books: give at most {BOOKS_MAX}")
    if owner != operator and chosen["standing_offers"]:
        raise UsageError(
            "an operator can't sign offers: have the owner sign some with `workbond order sign "
            "offer`, and give them with --offers in place of --standing-offers"
        )
    if owner == operator and chosen["offers"]:
        raise UsageError(
            "--offers is for an operator's node: with the provider's own key the node signs its "
            "offers itself, as --book and --standing-offers say"
        )
    if (chosen["standing_offers"] or chosen["offers"]) and not urls:
        raise UsageError("offers need an order book to be sent to: give --book URL")
    return Booking(
        urls=urls,
        standing=chosen["standing_offers"],
        fill_after_s=chosen["fill_after"],
        offers=tuple(_orders(chosen["offers"], "offer", market, owner)),
        requests=tuple(_orders(requests, "request", market, "")),
    )


def _book(url: str) -> str:
    """A book's address as it is used; `UsageError` if it is none."""
    from workbond.orders.bookclient import BookClient

    with BookClient(url) as client:
        return client.url


def _orders(
    places: Iterable[Path], kind: str, market: Market, author: str
) -> Iterator[SignedOrder]:
    """The orders of `kind` in files, or in all `.json` files of directories."""
    paths = [path for place in places for path in _files(place)]
    if len(paths) > FILES_MAX:
        raise UsageError(f"{len(paths)} files of signed orders: give at most {FILES_MAX}")
    for path in paths:
        yield _order(path, kind, market, author)


def _files(place: Path) -> list[Path]:
    return sorted(place.glob("*.json")) if place.is_dir() else [place]


def _order(path: Path, kind: str, market: Market, author: str) -> SignedOrder:
    from workbond.orders import SignedOrder
    from workbond.orders.envelope import ORDER_BYTES_MAX

    try:
        with path.open("rb") as file:
            data = file.read(ORDER_BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(f"the signed order {path} can't be read: {error.strerror}") from error
    try:
        order = SignedOrder.from_bytes(data)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    if order.kind != kind:
        raise UsageError(f"{path} holds a signed {order.kind}: give {kind}s here")
    here = market.connection.chain_id, market.address
    if (order.chain_id, order.market) != here:
        raise UsageError(
            f"{path} is for the market {order.market} on chain {order.chain_id}, this is "
            f"{here[1]} on chain {here[0]}: have one signed for this market"
        )
    if author and order.author != author:
        raise UsageError(f"{path} is an offer of {order.author}, the owner is {author}: leave it")
    return order
