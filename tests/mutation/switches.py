"""Many mutants in one contract, of which the deployed code says which one lives.

Building the market takes the compiler ten seconds, playing an episode takes one: so mutants that
touch different places are built together, each behind a switch. `a < b` becomes

    (uint160(address(Mutants)) == 7 ? (a <= b) : (a < b))

and a statement likewise becomes both branches of an `if`. `Mutants` is a library that is never
deployed: where its address belongs, the compiler leaves a gap in the code, which nothing can be
optimized over, and into which the number of the mutant is written (none has 0: the right contract).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from .compiler import NotBuilt
from .exact import nodes, span
from .mutants import Mutant

LIBRARY = "contracts/Mutants.sol"
SOURCE = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
library Mutants { function nothing() external { } }
"""
IMPORT = f'\nimport {{ Mutants }} from "{LIBRARY}";'
ALIVE = "uint160(address(Mutants))"
GAP = re.compile(r"__\$[0-9a-f]{34}\$__")

STATEMENTS = ("ExpressionStatement", "EmitStatement", "Return", "RevertStatement")
YUL_STATEMENTS = ("YulExpressionStatement", "YulAssignment")
ZEROS = {"bool": "false", "address": "address(0)", "bytes32": "bytes32(0)"}


class Edit(NamedTuple):
    """What stands instead of a part of a file. In assembly with a function that the block gets."""

    start: int
    end: int
    text: str
    block: int = -1  # where the assembly block begins
    function: str = ""


class Tree:
    """A file's syntax tree, by place."""

    def __init__(self, source: bytes, tree: dict[str, Any]) -> None:
        self.source = source
        self.nodes = [node for node in nodes(tree) if "src" in node]
        self.at: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for node in self.nodes:
            self.at.setdefault(span(node), []).append(node)
        self.constants = [node for node in self.nodes if node.get("constant")]
        self.blocks = [node for node in self.nodes if node["nodeType"] == "InlineAssembly"]

    def text(self, start: int, end: int) -> str:
        return self.source[start:end].decode()

    def kinds(self, start: int, end: int) -> list[str]:
        return [node["nodeType"] for node in self.at.get((start, end), [])]

    def in_constant(self, start: int, end: int) -> bool:
        places = (span(node) for node in self.constants)
        return any(first <= start and end <= last for first, last in places)

    def block_around(self, start: int, end: int) -> int:
        for node in self.blocks:
            first, last = span(node)
            if first <= start and end <= last:
                return first
        return -1


def edit_of(tree: Tree, mutant: Mutant, number: int) -> Edit | None:
    """The mutant behind its switch, or None where a switch can't stand."""
    new = mutant.new
    if new.lstrip().startswith("//"):
        if "\n" in new:
            return None
        new = ""
    if tree.in_constant(mutant.start, mutant.end):  # which assembly wants to know now
        return None
    if tree.block_around(mutant.start, mutant.end) >= 0:
        return in_assembly(tree, mutant, new, number)
    kinds = tree.kinds(mutant.start, mutant.end)
    if any(kind in STATEMENTS for kind in kinds):
        return statement(tree, mutant, new, number)
    declared = [
        node
        for node in tree.at.get((mutant.start, mutant.end), [])
        if node["nodeType"] == "VariableDeclarationStatement" and node.get("initialValue")
    ]
    if declared:
        return initial_value(tree, mutant, new, number, declared[0])
    if kinds and new and any("typeDescriptions" in n for n in tree.at[mutant.start, mutant.end]):
        return expression(tree, mutant.start, mutant.end, new, number)
    if not kinds:
        return operator(tree, mutant, number)
    return None


def statement(tree: Tree, mutant: Mutant, new: str, number: int) -> Edit | None:
    old = tree.text(mutant.start, mutant.end)
    if tree.text(mutant.end, mutant.end + 1) != ";":  # the step of a `for`
        return expression(tree, mutant.start, mutant.end, new, number) if new else None
    body = f"{{ {new}; }}" if new else "{ }"
    text = f"if ({ALIVE} == {number}) {body} else {{ {old}; }}"
    return Edit(mutant.start, mutant.end + 1, text)


def initial_value(
    tree: Tree, mutant: Mutant, new: str, number: int, node: dict[str, Any]
) -> Edit | None:
    start, end = span(node["initialValue"])
    declaration = tree.text(mutant.start, start)
    if new.startswith(declaration):
        return expression(tree, start, end, new.removeprefix(declaration), number)
    if new.strip() != declaration.rstrip().removesuffix("=").strip():
        return None
    declared = [part for part in node["declarations"] if part]
    kind = declared[0]["typeDescriptions"]["typeString"] if len(declared) == 1 else ""
    zero = f"{kind}(0)" if re.fullmatch(r"uint\d+", kind) else ZEROS.get(kind)
    return expression(tree, start, end, zero, number) if zero else None


def expression(tree: Tree, start: int, end: int, new: str, number: int) -> Edit:
    old = tree.text(start, end)
    if re.fullmatch(
        r"[\d_e]+( \w+)?|0x[\da-f]+", old
    ):  # a literal takes the type of what is around it
        new, old = f"uint256({new})", f"uint256({old})"
    return Edit(start, end, f"({ALIVE} == {number} ? ({new}) : ({old}))")


def operator(tree: Tree, mutant: Mutant, number: int) -> Edit | None:
    """Of the operation around it."""
    for node in tree.nodes:
        if node["nodeType"] != "BinaryOperation":
            continue
        left, right = span(node["leftExpression"]), span(node["rightExpression"])
        if left[1] <= mutant.start and mutant.end <= right[0]:
            start, end = span(node)
            new = tree.text(start, mutant.start) + mutant.new + tree.text(mutant.end, end)
            return expression(tree, start, end, new, number)
    return None


def in_assembly(tree: Tree, mutant: Mutant, new: str, number: int) -> Edit | None:
    start, end = mutant.start, mutant.end
    block = tree.block_around(start, end)
    kinds = tree.kinds(start, end)
    alive = f"mutant_{block}"
    old = tree.text(start, end)
    if any(kind in YUL_STATEMENTS for kind in kinds):
        if new:
            return None
        return Edit(start, end, f"if iszero(eq({alive}, {number})) {{ {old} }}", block)
    head = f"function mutant_of_{number}(alive"
    for node in tree.nodes:
        if node["nodeType"] == "YulFunctionCall" and span(node["functionName"]) == (start, end):
            names = [f"x{i}" for i in range(len(node["arguments"]))]
            given = ", ".join(names)
            rule = f"switch alive case {number} {{ y := {new}({given}) }}"
            rule += f" default {{ y := {old}({given}) }}"
            function = f"{', '.join([head, *names])}) -> y {{ {rule} }}"
            comma = ", " if names else ""
            after = end + 1  # its parenthesis
            text = f"mutant_of_{number}({alive}{comma}"
            return Edit(start, after, text, block, function)
    if "YulLiteral" in kinds:
        rule = f"switch alive case {number} {{ y := {new} }} default {{ y := {old} }}"
        return Edit(start, end, f"mutant_of_{number}({alive})", block, f"{head}) -> y {{ {rule} }}")
    if "YulFunctionCall" in kinds or "YulIdentifier" in kinds:  # a condition
        rule = f"switch alive case {number} {{ y := {new} }} default {{ y := x }}"
        text = f"mutant_of_{number}({alive}, {old})"
        return Edit(start, end, text, block, f"{head}, x) -> y {{ {rule} }}")
    return None


def disjoint(edit: Edit, others: Iterable[Edit]) -> bool:
    return all(edit.end <= other.start or other.end <= edit.start for other in others)


class Switched(NamedTuple):
    """A file with switches, and where each mutant's text lies in it."""

    text: bytes
    places: dict[int, list[tuple[int, int]]]


def switched(tree: Tree, edits: dict[int, Edit]) -> Switched:
    """The file with all these edits, which are disjoint, by number of the mutant."""
    source = tree.source
    pieces: list[tuple[int, int, str, int]] = [
        (e.start, e.end, e.text, n) for n, e in edits.items()
    ]
    for first in {edit.block for edit in edits.values() if edit.block >= 0}:
        pieces.append((first, first, f"uint256 mutant_{first} = {ALIVE};\n", 0))
        inside = source.index(b"{", first) + 1
        for number, edit in edits.items():
            if edit.block == first and edit.function:
                pieces.append((inside, inside, f"\n{edit.function}\n", number))
    pragma = source.index(b";", source.index(b"pragma")) + 1
    pieces.append((pragma, pragma, IMPORT, 0))
    made, at = bytearray(), 0
    places: dict[int, list[tuple[int, int]]] = {}
    for start, end, text, number in sorted(pieces):
        made += source[at:start]
        begun = len(made)
        made += text.encode()
        if number:
            places.setdefault(number, []).append((begun, len(made)))
        at = end
    return Switched(bytes(made + source[at:]), places)


def impure(source: str) -> str:
    """Reading an address that is not known yet is no pure thing to do."""
    return re.sub(r"\bpure\b", "view", source)


def alive(code: str, number: int) -> str:
    """The code in which that mutant lives."""
    if number and not GAP.search(code):
        raise NotBuilt("the optimizer took the switches away")
    return GAP.sub(f"{number:040x}", code)
