"""Offers, and signatures of orders made by `eth_account` from the published type strings alone."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from workbond import accounts
from workbond.chain.types import (
    OFFER_TYPE,
    REQUEST_TYPE,
    ZERO_ADDRESS,
    ZERO_WORD,
    Offer,
    Request,
)


def signed(signer: accounts.Signer, order: Request | Offer, chain_id: int, market: str) -> bytes:
    """The EIP-712 signature (65 bytes) of a request or an offer."""
    name, _, inner = (REQUEST_TYPE if isinstance(order, Request) else OFFER_TYPE).partition("(")
    members = re.findall(r"(\w+) (\w+)", inner)
    domain = {
        "name": "Workbond",
        "version": "1",
        "chainId": chain_id,
        "verifyingContract": market,
    }
    types = {name: [{"type": kind, "name": member} for kind, member in members]}
    values = dataclasses.astuple(order)
    message = {member: value for (_, member), value in zip(members, values, strict=True)}
    return signer.sign_typed_data(domain, types, message)


def wide_offer(provider: str, **changes: Any) -> Offer:
    """An offer of `provider` with no limits, but those in `changes`, for the profile of most
    tests' requests."""
    limits: dict[str, Any] = {
        "requester": ZERO_ADDRESS,
        "spec": ZERO_WORD,
        "profile": b"\x02" * 32,
        "resolver": ZERO_ADDRESS,
        "policy": ZERO_WORD,
        "min_unit_price": 0,
        "min_flat": 0,
        "max_bond": 2**96 - 1,
        "max_units": 2**64 - 1,
        "max_tasks": 2**32 - 1,
        "min_run_for": 0,
        "min_seconds_per_1e12_units": 0,
        "max_lock_for": 2**32 - 1,
        "min_demand_fee": 0,
        "max_jobs": 2**32 - 2,
        "valid_until": 2**64 - 1,
        "matcher": ZERO_ADDRESS,
        "counter": 0,
        "salt": b"\x04" * 32,
    }
    return Offer(provider=provider, **(limits | changes))
