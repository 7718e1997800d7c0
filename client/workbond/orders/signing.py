"""Signing orders, what is said of them, and their withdrawal from books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from workbond.accounts import Signer
from workbond.chain.types import Offer, Request, address, domain
from workbond.errors import UsageError
from workbond.orders import typed
from workbond.orders.details import OfferDetails, RequestDetails
from workbond.orders.envelope import SignedOrder, Withdrawal

D = TypeVar("D", RequestDetails, OfferDetails)


def sign_request(
    signer: Signer,
    request: Request,
    chain_id: int,
    market: str,
    details: RequestDetails | None = None,
) -> SignedOrder:
    """`request` signed by its requester: whoever gets it may match or fill it, once."""
    return _sign(signer, request, chain_id, market, details or RequestDetails())


def sign_offer(
    signer: Signer,
    offer: Offer,
    chain_id: int,
    market: str,
    details: OfferDetails | None = None,
) -> SignedOrder:
    """`offer` signed by its provider: strangers may bind it to any request within its limits."""
    return _sign(signer, offer, chain_id, market, details or OfferDetails())


def sign_details(signer: Signer, order: SignedOrder, details: D) -> SignedOrder:
    """The same order with other details; the author's delegate may sign them too."""
    fresh = replace(order, details=details)
    signature = _signature(
        signer, fresh.chain_id, fresh.market, typed.DETAILS_TYPE, (fresh.id, details.digest)
    )
    return replace(fresh, details_signature=signature)


def sign_withdrawal(signer: Signer, order: bytes, chain_id: int, market: str) -> Withdrawal:
    """That books shall forget the order with id `order`. It can still be used on the chain."""
    signature = _signature(signer, chain_id, market, typed.WITHDRAWAL_TYPE, (order,))
    return Withdrawal(order, signature)


def _sign(
    signer: Signer, order: Request | Offer, chain_id: int, market: str, details: D
) -> SignedOrder:
    unsigned = SignedOrder(chain_id, address(market), order, b"", details, b"")
    if signer.address != unsigned.author:
        raise UsageError(
            f"the {unsigned.kind} is of {unsigned.author}, and {signer.address} can't sign for it: "
            "open that account"
        )
    type_string = typed.ORDER_TYPES[type(order)]
    signature = _signature(signer, chain_id, market, type_string, order.to_tuple())
    return sign_details(signer, replace(unsigned, signature=signature), details)


def _signature(
    signer: Signer, chain_id: int, market: str, type_string: str, values: Sequence[Any]
) -> bytes:
    types, message = typed.document(type_string, values)
    return signer.sign_typed_data(domain(chain_id, address(market)), types, message)
