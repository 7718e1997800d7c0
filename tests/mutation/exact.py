"""Mutants from the syntax tree, for what slither's operators leave alone: conditions inside
`require`, constants, and everything inside `assembly`, where much of these contracts is.

Each replaces one operator, number or statement by another, at the place that the compiler tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .mutants import Mutant

Table = dict[str, tuple[str, ...]]

COMPARED: Table = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
COMPUTED: Table = {"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",)}
SHIFTED: Table = {"<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",)}
JOINED: Table = {"&&": ("||",), "||": ("&&",)}
OPERATORS = {
    "comparison": COMPARED,
    "arithmetic": COMPUTED,
    "bits": SHIFTED,
    "logic": JOINED,
}

YUL: Table = {
    "add": ("sub",),
    "sub": ("add",),
    "mul": ("div",),
    "and": ("or",),
    "or": ("and", "xor"),
    "xor": ("or",),
    "shl": ("shr",),
    "shr": ("shl",),
    "lt": ("gt",),
    "gt": ("lt",),
    "eq": ("lt",),
    "timestamp": ("number",),
    "number": ("timestamp",),
    "caller": ("origin",),
}
STATEMENTS = ("ExpressionStatement", "EmitStatement")
YUL_STATEMENTS = ("YulExpressionStatement", "YulAssignment")


def mutants_of(path: str, source: bytes, tree: dict[str, Any]) -> Iterator[Mutant]:
    """All of a file."""
    for node in nodes(tree):
        kind = node.get("nodeType")
        start, length = (int(part) for part in node.get("src", "0:0").split(":")[:2])
        here = (path, start, start + length)
        if kind == "BinaryOperation":
            yield from operations(path, source, node)
        elif kind == "Literal" and node.get("kind") == "number":
            yield from numbers(here, source, "number")
        elif kind == "YulLiteral" and node.get("kind") == "number":
            yield from numbers(here, source, "assembly number")
        elif kind == "YulFunctionCall":
            name = node["functionName"]["name"]
            end = start + len(name)
            for other in YUL.get(name, ()):
                yield Mutant(path, start, end, other, "assembly operator")
        elif kind in STATEMENTS:
            yield Mutant(*here, "", "statement removed")  # its semicolon stays
        elif kind in YUL_STATEMENTS:
            yield Mutant(*here, "", "assembly statement removed")
        elif kind == "YulIf":
            place = span(node["condition"])
            yield Mutant(path, *place, "0", "assembly condition")


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a tree, each once."""
    if isinstance(tree, list):
        for part in tree:
            yield from nodes(part)
    elif isinstance(tree, dict):
        if "nodeType" in tree:
            yield tree
        for part in tree.values():
            yield from nodes(part)


def span(node: dict[str, Any]) -> tuple[int, int]:
    start, length = (int(part) for part in node["src"].split(":")[:2])
    return start, start + length


def operations(path: str, source: bytes, node: dict[str, Any]) -> Iterator[Mutant]:
    """The operator stands alone between its operands, but for spaces, parentheses and comments."""
    old = node["operator"]
    start, end = span(node["leftExpression"])[1], span(node["rightExpression"])[0]
    at = source.find(old.encode(), start, end)
    for kind, table in OPERATORS.items():
        for new in table.get(old, ()):
            yield Mutant(path, at, at + len(old), new, kind)


def numbers(here: tuple[str, int, int], source: bytes, kind: str) -> Iterator[Mutant]:
    """One more, and one less where there is one."""
    text = source[here[1] : here[2]].decode().replace("_", "")
    unit = text.partition(" ")[2]  # as in `30 days`
    digits = text.partition(" ")[0]
    if "e" in digits and not digits.startswith("0x"):
        base, power = digits.split("e")
        value = int(base) * 10 ** int(power)
    else:
        value = int(digits, 0)
    for new in (value + 1, value - 1):
        if new >= 0:
            yield Mutant(*here, f"{new} {unit}".strip(), kind)
