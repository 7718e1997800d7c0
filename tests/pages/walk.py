"""Walks a function and all that it calls, through solc's syntax trees, and tells what it meets:
refusals, events, variables in storage, messages to other contracts.

Arguments are visited before the call that takes them, as they are evaluated, and both branches of
an `if`: so what is told is all that the code has, in the order of the code.
Calls to another of our contracts are followed into it; those to foreign contracts (a token, a
wallet) are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Node = dict[str, Any]
NO_DATA = "no data"  # a revert that carries nothing
OTHERS = "the token's own"  # a revert with what another contract reverted with
CALLS = {"call", "callcode", "delegatecall", "staticcall"}
OURS = {"IMarket": "Market"}  # the interfaces through which our contracts call each other
QUALIFIED = {"FieldOutOfRange", "OfferExceeded", "WrongState", "WrongPhase"}
"""Errors of which the pages tell one argument: the first that the code names literally."""


class Site(NamedTuple):
    """A place that reverts, logs, names a variable in storage or calls a contract, in the code of
    contract `owner`; `detail` is the literal that tells errors of one name apart."""

    kind: str  # error, event, storage, call
    owner: str
    name: str
    detail: str | None = None


@dataclass(frozen=True)
class Frame:
    """A function at work: the contract in whose name it runs, and where its arguments come from."""

    contract: Node
    scope: Node  # the contract that has its text, for `super`
    arguments: dict[int, tuple[Node, Frame]] = field(default_factory=dict)
    modified: list[tuple[Node, int]] = field(default_factory=list)  # what a modifier's `_` is


class Sources:
    """The syntax trees of all sources, by id and by name."""

    def __init__(self, output: dict[str, Any]) -> None:
        self.by_id: dict[int, Node] = {}
        self.scopes: dict[int, Node] = {}  # of functions
        self.contracts: dict[str, Node] = {}
        self.files: dict[str, str] = {}  # of contracts
        self._walked: dict[tuple[str, int], list[Site]] = {}
        for path, source in output["sources"].items():
            for contract in source["ast"]["nodes"]:
                if contract["nodeType"] == "ContractDefinition":
                    self.contracts[contract["name"]] = contract
                    self.files[contract["name"]] = path
                    self.scopes |= {node["id"]: contract for node in contract["nodes"]}
            self._index(source["ast"])

    def _index(self, node: Any) -> None:
        if isinstance(node, dict):
            if "id" in node and "nodeType" in node:
                self.by_id[node["id"]] = node
            for value in node.values():
                self._index(value)
        elif isinstance(node, list):
            for value in node:
                self._index(value)

    def linear(self, contract: Node) -> list[Node]:
        """The contract and its bases, the most derived first."""
        return [self.by_id[id_] for id_ in contract["linearizedBaseContracts"]]

    def functions(self, name: str) -> dict[str, Node]:
        """What can be called from outside, by selector (hex): each as the contract has it."""
        found: dict[str, Node] = {}
        for base in self.linear(self.contracts[name]):
            for node in _functions(base):
                if "functionSelector" in node and node["implemented"]:
                    found.setdefault(node["functionSelector"], node)
        return found

    # ─────────────────────────────────── walks ──────────────────────────────────

    def below(self, name: str, function: Node) -> list[Site]:
        """All sites of a function of contract `name`."""
        key = name, function["id"]
        if key not in self._walked:
            frame = Frame(self.contracts[name], self.scopes[function["id"]])
            self._walked[key] = list(self._function(function, frame, ()))
        return self._walked[key]

    def below_constructors(self, name: str) -> list[Site]:
        contract = self.contracts[name]
        made = [
            (node, base)
            for base in reversed(self.linear(contract))
            for node in _functions(base)
            if node["kind"] == "constructor"
        ]
        return [
            site for node, base in made for site in self._function(node, Frame(contract, base), ())
        ]

    def _function(self, node: Node, frame: Frame, active: tuple[int, ...]) -> Iterator[Site]:
        if node["id"] in active:
            raise ValueError(f"{node['name']} calls itself")
        yield from self._modified(node, 0, frame, (*active, node["id"]))

    def _modified(
        self, node: Node, place: int, frame: Frame, active: tuple[int, ...]
    ) -> Iterator[Site]:
        """The function from its modifier at `place` on."""
        if place == len(node["modifiers"]):
            yield from self._visit(node["body"], frame, active)
            return
        modifier = node["modifiers"][place]
        found = self.by_id[modifier["modifierName"]["referencedDeclaration"]]
        yield from self._all(modifier.get("arguments") or [], frame, active)
        if found["nodeType"] == "ModifierDefinition":
            frame.modified.append((node, place + 1))
            yield from self._visit(found["body"], frame, active)
        else:  # a base's constructor, which is walked by itself
            yield from self._modified(node, place + 1, frame, active)

    def _visit(self, node: Any, frame: Frame, active: tuple[int, ...]) -> Iterator[Site]:
        kind = node["nodeType"]
        if kind == "FunctionCall":
            yield from self._call(node, frame, active)
        elif kind == "RevertStatement":
            yield from self._error(node["errorCall"], frame, active)
        elif kind == "YulFunctionCall":
            yield from self._all(node["arguments"], frame, active)
            yield from self._opcode(node, frame)
        elif kind == "PlaceholderStatement":
            yield from self._modified(*frame.modified.pop(), frame, active)
        elif kind == "Identifier":
            target = self.by_id.get(node["referencedDeclaration"])
            if target is not None and _is_storage(target):
                yield Site("storage", self._owner(frame), target["name"])
        elif kind == "MemberAccess" and node["memberName"] == "selector":
            yield from self._selector(node, frame, active)
        else:
            yield from self._all(_children(node), frame, active)

    def _all(self, nodes: list[Node], frame: Frame, active: tuple[int, ...]) -> Iterator[Site]:
        for node in nodes:
            yield from self._visit(node, frame, active)

    def _call(self, node: Node, frame: Frame, active: tuple[int, ...]) -> Iterator[Site]:
        called = node["expression"]
        while called["nodeType"] == "FunctionCallOptions":
            called = called["expression"]
        arguments = node["arguments"]
        if called.get("name") == "require":
            yield from self._visit(arguments[0], frame, active)
            yield from self._error(arguments[1], frame, active)
            return
        yield from self._all([*_children(called), *arguments], frame, active)
        if node["kind"] != "functionCall":
            return
        if called.get("name") in ("revert", "assert"):
            yield Site("error", self._owner(frame), called["name"])
        if _is_bare(called):
            yield Site("call", self._owner(frame), f"{frame.scope['name']}.{_name(called)}")
        target = self.by_id.get(called.get("referencedDeclaration", -1))
        if target is None:
            return
        if target["nodeType"] == "EventDefinition":
            yield Site("event", self._owner(frame), target["name"])
        elif target["nodeType"] == "VariableDeclaration":
            raise ValueError(f"nobody knows which function {target['name']} is")
        elif target["nodeType"] == "FunctionDefinition":
            if _is_external(called):
                scope = self.scopes[target["id"]]["name"]
                callee_name = f"{OURS.get(scope, scope)}.{target['name']}"
                yield Site("call", self._owner(frame), callee_name)
            found = self._target(called, target, frame)
            if found is not None and not node["tryCall"]:
                callee, inner = found
                given = [called["expression"]] if _is_attached(called) else []
                names = [one["id"] for one in callee["parameters"]["parameters"]]
                assert not node["names"]  # else the order of arguments is another
                bound = zip(names, [*given, *arguments], strict=True)
                for name, value in bound:
                    inner.arguments[name] = (value, frame)
                yield from self._function(callee, inner, active)

    def _opcode(self, node: Node, frame: Frame) -> Iterator[Site]:
        opcode = node["functionName"]["name"]
        if opcode == "revert":
            bare = all(each.get("value") == "0" for each in node["arguments"])
            yield Site("error", self._owner(frame), NO_DATA if bare else OTHERS)
        elif opcode in CALLS:
            yield Site("call", self._owner(frame), f"{frame.scope['name']}.{opcode}")

    def _error(self, node: Node, frame: Frame, active: tuple[int, ...]) -> Iterator[Site]:
        yield from self._all(node["arguments"], frame, active)
        error = self.by_id[node["expression"]["referencedDeclaration"]]
        assert error["nodeType"] == "ErrorDefinition"
        detail = None
        if error["name"] in QUALIFIED:
            values = [self._literal(argument, frame) for argument in node["arguments"]]
            detail = next((value for value in values if value is not None), None)
        yield Site("error", self._owner(frame), error["name"], detail)

    def _selector(self, node: Node, frame: Frame, active: tuple[int, ...]) -> Iterator[Site]:
        """What assembly logs or calls is named by its selector; a batch catches all refusals."""
        called = node["expression"]
        target = self.by_id.get(called.get("referencedDeclaration", -1))
        if target is not None and target["nodeType"] == "EventDefinition":
            yield Site("event", self._owner(frame), target["name"])
        elif target is not None and self.scopes[target["id"]]["name"] in OURS:
            function, inner = self._foreign(target)
            entry = self._function(function, inner, active)
            yield from (site for site in entry if site.kind != "error")

    def _owner(self, frame: Frame) -> str:
        return str(frame.contract["name"])

    def _literal(self, node: Node, frame: Frame) -> str | None:
        """A string or a member of an enum that `node` is, passed down through parameters or not."""
        if node["nodeType"] == "Literal" and node["kind"] == "string":
            return str(node["value"])
        target = node.get("referencedDeclaration", -1)
        if target in frame.arguments:
            return self._literal(*frame.arguments[target])
        found = self.by_id.get(target)
        return str(found["name"]) if found and found["nodeType"] == "EnumValue" else None

    def _target(self, called: Node, target: Node, frame: Frame) -> tuple[Node, Frame] | None:
        """The function that is called in the end, and in whose name; None if it is foreign."""
        scope = self.scopes[target["id"]]
        base = called.get("expression", {})
        if _is_attached(called) or scope["contractKind"] == "library":
            return target, Frame(frame.contract, scope)
        if _is_external(called):
            return self._foreign(target) if scope["name"] in OURS else None
        bases = self.linear(frame.contract)
        if base.get("name") == "super":
            bases = bases[bases.index(frame.scope) + 1 :]
        elif called["nodeType"] == "MemberAccess":  # Base.f()
            bases = [scope]
        for contract in bases:
            for node in _functions(contract):
                if node["implemented"] and _overrides(node, target):
                    return node, Frame(frame.contract, contract)
        raise ValueError(f"{target['name']} has no body in {frame.contract['name']}")

    def _foreign(self, target: Node) -> tuple[Node, Frame]:
        """The function of ours that a call through an interface reaches."""
        contract = self.contracts[OURS[self.scopes[target["id"]]["name"]]]
        found = self.functions(contract["name"])[target["functionSelector"]]
        return found, Frame(contract, self.scopes[found["id"]])


def _is_storage(node: Node) -> bool:
    return bool(node.get("stateVariable")) and node["mutability"] == "mutable"


def _functions(contract: Node) -> list[Node]:
    return [node for node in contract["nodes"] if node["nodeType"] == "FunctionDefinition"]


def _overrides(node: Node, target: Node) -> bool:
    def shape(one: Node) -> tuple[str, list[str]]:
        given = one["parameters"]["parameters"]
        return one["name"], [each["typeDescriptions"]["typeIdentifier"] for each in given]

    return shape(node) == shape(target)


def _is_attached(called: Node) -> bool:
    """Whether the call is `x.f(…)` of a function that takes x first (`using … for`)."""
    return "$attached_to$" in called["typeDescriptions"]["typeIdentifier"]


def _is_bare(called: Node) -> bool:
    """Whether the call is a message without an interface (`x.call(…)`), or a creation."""
    kind = called["typeDescriptions"]["typeIdentifier"]
    return re.match(r"t_function_(bare\w*|send|transfer|creation)_", kind) is not None


def _name(called: Node) -> str:
    return str(called.get("memberName", "new"))


def _is_external(called: Node) -> bool:
    """Whether the call goes to a contract: it is then a message of its own."""
    kind = called.get("expression", {}).get("typeDescriptions", {}).get("typeString", "")
    return kind.startswith("contract ") and not _is_attached(called)


def _children(node: Node) -> list[Node]:
    """In the order of the source."""
    found = []
    for key, value in node.items():
        if key in ("typeName", "typeDescriptions", "documentation"):
            continue
        values = value if isinstance(value, list) else [value]
        found += [one for one in values if isinstance(one, dict) and "nodeType" in one]
    return sorted(found, key=lambda one: int(one["src"].split(":")[0]))
