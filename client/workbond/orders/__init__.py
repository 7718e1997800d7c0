"""Signed orders as JSON that any book, command or file carries.

    signed = sign_request(signer, request, chain_id, market, RequestDetails(gateway=url))
    text = signed.to_bytes()            # canonical JSON
    again = SignedOrder.from_bytes(text)

Reading checks the form only; who signed, the book and the contract check (`workbond.accounts`).
"""

from __future__ import annotations

from workbond.orders.details import MachineDetails, OfferDetails, RequestDetails, Requirements
from workbond.orders.envelope import SignedOrder, Withdrawal
from workbond.orders.signing import sign_details, sign_offer, sign_request, sign_withdrawal

__all__ = [
    "MachineDetails",
    "OfferDetails",
    "RequestDetails",
    "Requirements",
    "SignedOrder",
    "Withdrawal",
    "sign_details",
    "sign_offer",
    "sign_request",
    "sign_withdrawal",
]
