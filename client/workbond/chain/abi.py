"""Encoding and decoding by a contract's ABI.

`eth_abi` does the work on type strings taken from the ABI once (web3's contract objects search the
ABI again on every call, and refuse addresses without checksum). A `string` that isn't UTF-8, which
anybody may write into an event, must not stop a reader: it is decoded as bytes, then leniently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_abi.abi import decode as _decode
from eth_abi.abi import encode as _encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from workbond.errors import ChainError, UsageError

Component = Mapping[str, Any]


@dataclass(frozen=True)
class RawLog:
    """A log as the RPC gave it; `data` and `topics` are bytes, topics 32 each."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    log_index: int


@dataclass(frozen=True)
class Event:
    """A decoded log. Addresses in `args` have checksums, tuples are tuples, arrays are tuples."""

    name: str
    args: dict[str, Any]
    address: str
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    log_index: int


@dataclass(frozen=True)
class Shape:
    """One function, event or error of an ABI: its canonical signature and its parts."""

    name: str
    inputs: tuple[Component, ...]
    outputs: tuple[Component, ...] = ()

    @cached_property
    def signature(self) -> str:
        return f"{self.name}({','.join(type_of(c) for c in self.inputs)})"

    @cached_property
    def hash(self) -> bytes:
        """keccak256 of the signature: topic 0 of an event, and the selector's source."""
        return bytes(keccak(self.signature.encode("ascii")))

    @property
    def selector(self) -> bytes:
        return self.hash[:4]


class Abi:
    """A contract's ABI by name, selector and topic; overloads, which ours lack, are unsupported."""

    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        shapes: dict[str, list[Shape]] = {"function": [], "event": [], "error": []}
        self.constructor: tuple[Component, ...] = ()
        for entry in entries:
            inputs = tuple(entry.get("inputs", ()))
            if entry["type"] == "constructor":
                self.constructor = inputs
            elif entry["type"] in shapes:
                outputs = tuple(entry.get("outputs", ()))
                shapes[entry["type"]].append(Shape(entry["name"], inputs, outputs))
        self.functions = {shape.name: shape for shape in shapes["function"]}
        self.events = {shape.name: shape for shape in shapes["event"]}
        self.errors = {shape.name: shape for shape in shapes["error"]}
        self.events_by_topic = {shape.hash: shape for shape in shapes["event"]}
        self._functions_by_selector = {shape.selector: shape for shape in shapes["function"]}
        self.errors_by_selector = {shape.selector: shape for shape in shapes["error"]}

    def call_data(self, function: str, args: Sequence[Any]) -> bytes:
        """Calldata of `function(*args)`; raises `UsageError` for arguments that don't fit."""
        shape = self.functions[function]
        return shape.selector + encode(shape.inputs, args, function)

    def result(self, function: str, data: bytes) -> tuple[Any, ...]:
        """What `function` returned; raises `ChainError` if `data` isn't that."""
        return decode(self.functions[function].outputs, data, f"result of {function}")

    def arguments(self, data: bytes) -> tuple[str, tuple[Any, ...]] | None:
        """Function and arguments of calldata; None if it calls nothing of this ABI."""
        shape = self._functions_by_selector.get(data[:4])
        if shape is None:
            return None
        return shape.name, decode(shape.inputs, data[4:], f"calldata of {shape.name}")

    def event(self, log: RawLog) -> Event:
        """Decodes `log`; raises `ChainError` if it isn't an event of this ABI."""
        shape = self.events_by_topic.get(log.topics[0]) if log.topics else None
        if shape is None:
            raise ChainError(f"the log at {_place(log)} is no event of this contract's ABI")
        indexed = [c for c in shape.inputs if c["indexed"]]
        plain = [c for c in shape.inputs if not c["indexed"]]
        if len(indexed) != len(log.topics) - 1:
            raise ChainError(
                f"the {shape.name} log at {_place(log)} has the wrong number of topics"
            )
        what = f"{shape.name} log at {_place(log)}"
        values = dict(
            zip(
                (c["name"] for c in indexed),
                decode(indexed, b"".join(log.topics[1:]), what),
                strict=True,
            )
        )
        values |= zip((c["name"] for c in plain), decode(plain, log.data, what), strict=True)
        args = {c["name"]: values[c["name"]] for c in shape.inputs}
        return Event(
            shape.name,
            args,
            log.address,
            log.block_number,
            log.block_hash,
            log.tx_hash,
            log.log_index,
        )


def type_of(component: Component) -> str:
    """The canonical type: structs become tuples of their members' types."""
    kind = str(component["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(type_of(c) for c in component['components'])}){kind[len('tuple') :]}"


def encode(components: Sequence[Component], args: Sequence[Any], what: str) -> bytes:
    """ABI encoding of `args`; raises `UsageError` for values that don't fit."""
    types = [type_of(c) for c in components]
    try:
        return _encode(types, list(args))
    except (EncodingError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(
            f"the arguments of {what} don't fit ({', '.join(types)}): {error}"
        ) from error


def decode(components: Sequence[Component], data: bytes, what: str) -> tuple[Any, ...]:
    """Values in `data`; raises `ChainError` where it isn't their strict encoding."""
    types = [re.sub(r"\bstring\b", "bytes", type_of(c)) for c in components]
    try:
        values = _decode(types, data)
    except (DecodingError, ValueError, OverflowError, MemoryError) as error:
        raise ChainError(
            f"the RPC answered nonsense: the {what} does not decode ({type(error).__name__})"
        ) from error
    return tuple(_clean(c, value) for c, value in zip(components, values, strict=True))


def _clean(component: Component, value: Any) -> Any:
    kind = str(component["type"])
    if kind.endswith("]"):
        inner = {**component, "type": kind[: kind.rindex("[")]}
        return tuple(_clean(inner, item) for item in value)
    if kind == "tuple":
        return tuple(
            _clean(c, item) for c, item in zip(component["components"], value, strict=True)
        )
    if kind == "address":
        return to_checksum_address(value)
    if kind == "string":
        return value.decode("utf-8", "replace")
    return value


def _place(log: RawLog) -> str:
    return f"block {log.block_number}, index {log.log_index}"
