"""Named constants of the sources, with the values that solc's syntax trees give them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from eth_utils import keccak, to_checksum_address

from .walk import Node, Sources

UNITS = {None: 1, "seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "<<": lambda a, b: a << b,
    "|": lambda a, b: a | b,
}


def declared(sources: Sources, mutability: str) -> Iterator[tuple[str, str, Node]]:
    """Path, contract and node of each variable of our own: `constant` or `immutable`."""
    for name, contract in sources.contracts.items():
        path = sources.files[name]
        for node in contract["nodes"] if path.startswith("contracts/") else []:
            if node["nodeType"] == "VariableDeclaration" and node["mutability"] == mutability:
                yield path, name, node


def shown(sources: Sources, node: Node) -> str:
    """A constant's value as the pages write it."""
    value = _value(sources, node["value"])
    kind = node["typeDescriptions"]["typeString"]
    if kind == "address":
        return f"`{to_checksum_address(f'0x{value:040x}')}`"
    if kind == "bytes32" or value >> 224:
        bit = value.bit_length() - 1
        return f"1 << {bit}" if value == 1 << bit else f"`0x{value:064x}`"
    return f"{value:,}"


def _value(sources: Sources, node: Node) -> int:
    kind = node["nodeType"]
    if kind == "Literal":
        text = node["value"]
        number = int(text, 16) if text.startswith("0x") else int(Decimal(text))
        return number * UNITS[node.get("subdenomination")]
    if kind == "BinaryOperation":
        left, right = (
            _value(sources, node[side]) for side in ("leftExpression", "rightExpression")
        )
        return int(OPERATORS[node["operator"]](left, right))
    if kind == "TupleExpression":
        return _value(sources, node["components"][0])
    if kind == "FunctionCall":  # keccak256("…")
        assert node["expression"]["name"] == "keccak256"
        return int.from_bytes(keccak(text=node["arguments"][0]["value"]))
    if kind == "MemberAccess" and node["memberName"] == "max":
        bits: Any = node["typeDescriptions"]["typeString"].removeprefix("uint")
        return (1 << int(bits)) - 1
    return _value(sources, sources.by_id[node["referencedDeclaration"]]["value"])
