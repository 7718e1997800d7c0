"""How requests to remote signers are written in JSON: transactions and EIP-712 documents."""

from __future__ import annotations

from typing import Any

from workbond.chain.types import address as checked
from workbond.errors import UsageError

# EIP-712: the domain's fields, in this order, those that are there.
DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
)
QUANTITIES = ("nonce", "value", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
FIELDS = {"type", "chainId", "to", "data", *QUANTITIES}


def transaction(sender: str, asked: dict[str, Any]) -> dict[str, str]:
    """The transaction object of JSON-RPC, without chain id.

    Quantities have no leading zeros and addresses their checksum: Clef insists on both. A creation
    has no `to`.
    """
    unknown = set(asked) - FIELDS
    if unknown:
        raise UsageError(
            f"a remote signer signs no transaction with {', '.join(sorted(unknown))}: use a "
            "keystore"
        )
    written = {"from": sender, "data": "0x" + bytes(asked.get("data", b"")).hex()}
    if asked.get("to"):
        written["to"] = checked(asked["to"])
    for name in QUANTITIES:
        if name in asked:
            written[name] = hex(asked[name])
    return {"value": "0x0", **written}


def typed_data(
    domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]
) -> dict[str, Any]:
    """The whole EIP-712 document: the domain's type and the primary one are told."""
    referred = {_base(member["type"]) for members in types.values() for member in members}
    (primary,) = set(types) - referred - {"EIP712Domain"}
    described = [{"name": name, "type": kind} for name, kind in DOMAIN_FIELDS if name in domain]
    all_types = {"EIP712Domain": described, **types}
    return {
        "types": all_types,
        "primaryType": primary,
        # the chain's id is a number there, as in EIP-712's own example
        "domain": _values(all_types, "EIP712Domain", domain) | _chain_id(domain),
        "message": _values(all_types, primary, message),
    }


def _chain_id(domain: dict[str, Any]) -> dict[str, int]:
    return {"chainId": domain["chainId"]} if "chainId" in domain else {}


def _values(types: dict[str, Any], kind: str, struct: dict[str, Any]) -> dict[str, Any]:
    return {m["name"]: _value(types, m["type"], struct[m["name"]]) for m in types[kind]}


def _value(types: dict[str, Any], kind: str, value: Any) -> Any:
    """Integers as decimal strings, since JSON readers round them; bytes as hexadecimal."""
    if kind.endswith("]"):
        return [_value(types, kind[: kind.rindex("[")], item) for item in value]
    if kind in types:
        return _values(types, kind, value)
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if kind.startswith(("uint", "int")):
        return str(int(value))
    return value


def _base(kind: str) -> str:
    return kind.split("[")[0]
