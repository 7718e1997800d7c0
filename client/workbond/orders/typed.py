"""EIP-712 of what is signed for a market: type strings, documents and hashes.

Beside the orders themselves (`workbond.chain.types`), two messages for books alone: what an order's
author says of it, and that a book shall forget it. Neither can be used on the chain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from eth_hash.auto import keccak

from workbond.chain.types import OFFER_TYPE, REQUEST_TYPE, Offer, Request, encoded

DETAILS_TYPE = "OrderDetails(bytes32 order,bytes32 details)"
WITHDRAWAL_TYPE = "OrderWithdrawal(bytes32 order)"
ORDER_TYPES: dict[type[Request] | type[Offer], str] = {Request: REQUEST_TYPE, Offer: OFFER_TYPE}


def members(type_string: str) -> list[tuple[str, str]]:
    """Solidity types and names of the members, in order."""
    return re.findall(r"[(,](\w+) (\w+)", type_string)


def document(type_string: str, values: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Types and message, as `Signer.sign_typed_data` takes them."""
    parts = members(type_string)
    name = type_string.partition("(")[0]
    types = {name: [{"name": member, "type": kind} for kind, member in parts]}
    message = {
        member: "0x" + value.hex() if isinstance(value, bytes) else value
        for (_, member), value in zip(parts, values, strict=True)
    }
    return types, message


def struct_hash(type_string: str, values: Sequence[Any]) -> bytes:
    """EIP-712 `hashStruct`; all members are static."""
    return bytes(keccak(keccak(type_string.encode()) + b"".join(map(encoded, values))))
