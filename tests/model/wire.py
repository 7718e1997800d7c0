"""What goes over the wire: calls, events, errors and results as bytes, and back for humans.

The comparison turns the model's words into bytes, which is quick, and reads the contracts' only
where they differ. Values of one word are encoded by hand, all others by a library.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils.abi import abi_to_signature, collapse_if_tuple
from faster_eth_abi import decode, encode

from .calls import plain
from .hashing import keccak, word, words
from .words import camel, values_of

ARTIFACTS = Path(__file__).parents[2] / "client" / "workbond" / "artifacts"
CONTRACTS = ("Market", "Committee", "WorkToken")
BUILT_IN = (
    {"type": "error", "name": "Error", "inputs": [{"type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"type": "uint256"}]},
)
REVERT = re.compile(r"Revert \{.*output: 0x([0-9a-f]*) \}")
ONE_WORD = re.compile(r"address|bool|bytes32|uint[0-9]+")
Values = Sequence[object]


@cache
def artifact(name: str) -> dict[str, Any]:
    """The compiled contract as it ships in the package."""
    loaded: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text())
    return loaded


def types(entry: dict[str, Any], side: str = "inputs") -> list[str]:
    """Canonical types: tuples written out."""
    return [collapse_if_tuple(part) for part in entry.get(side, [])]


def keccak_of(entry: dict[str, Any]) -> bytes:
    """Hash of an ABI entry's signature."""
    return keccak(abi_to_signature(entry).encode())


def entries(name: str, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in artifact(name)["abi"] if entry["type"] == kind]


# ──────────────────────────────────── values ─────────────────────────────────


def words_of(values: object) -> bytes:
    """A struct of values of one word."""
    return words(values if isinstance(values, tuple) else values_of(values))


Head = Callable[[Any], bytes]


class Coder:
    """Encodes and decodes a list of types."""

    def __init__(self, kinds: list[str]) -> None:
        self.kinds = kinds
        self.heads = [head_of(kind) for kind in kinds]
        self.one_word_each = all(head is word for head in self.heads)
        self.size = sum(32 * words_in(kind) for kind in kinds)  # up to the values of any length

    def encode(self, values: Values) -> bytes:
        head, tail = b"", b""
        if self.one_word_each:
            head = words(values)
        else:
            for kind, put, value in zip(self.kinds, self.heads, values, strict=True):
                if put:
                    head += put(value)
                else:
                    head += (self.size + len(tail)).to_bytes(32, "big")
                    tail += encode([kind], [plain(value)])[32:]
        if len(head) != self.size:
            raise ValueError(f"no {self.kinds}: {values}")
        return head + tail

    def decode(self, data: bytes) -> tuple[object, ...]:
        values: tuple[object, ...] = decode(self.kinds, data)
        return values


def head_of(kind: str) -> Head | None:
    """How a value that stands in its place is encoded; no value of any length does."""
    if kind in ("string", "bytes") or kind.endswith("]"):
        return None
    if not all(ONE_WORD.fullmatch(part) for part in kind.strip("()").split(",")):
        return lambda value: encode([kind], [plain(value)])
    return words_of if kind.startswith("(") else word


def words_in(kind: str) -> int:
    return kind.count(",") + 1 if kind.startswith("(") else 1


# ──────────────────────────────── functions, errors ──────────────────────────


class Function:
    """Selector, arguments and results."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.selector = keccak_of(entry)[:4]
        self.inputs, self.outputs = Coder(types(entry)), Coder(types(entry, "outputs"))

    def call(self, *args: object) -> bytes:
        return self.selector + self.inputs.encode(args)


@cache
def functions(contract: str) -> dict[str, Function]:
    return {entry["name"]: Function(entry) for entry in entries(contract, "function")}


@cache
def function(contract: str, name: str) -> Function:
    return functions(contract)[camel(name)]


def creation(contract: str, args: Values) -> bytes:
    """A contract's code and the arguments of its constructor."""
    code = bytes.fromhex(artifact(contract)["bytecode"].removeprefix("0x"))
    (constructor,) = entries(contract, "constructor")
    return code + Coder(types(constructor)).encode(args)


@cache
def errors() -> dict[bytes, tuple[str, Coder]]:
    """Name and values of every error of all contracts, by selector."""
    named = [entry for name in CONTRACTS for entry in entries(name, "error")]
    return {keccak_of(e)[:4]: (e["name"], Coder(types(e))) for e in (*named, *BUILT_IN)}


@cache
def selectors() -> dict[str, tuple[bytes, Coder]]:
    """The same by name, which no two share."""
    by_name = {name: (selector, coder) for selector, (name, coder) in errors().items()}
    assert len(by_name) == len(errors()), "two errors of one name"
    return by_name


def encode_error(refused: Values) -> bytes:
    name, *values = refused
    if name == "Malformed":  # the ABI decoder's word for it is silence
        return b""
    selector, coder = selectors()[str(name)]
    return selector + coder.encode(values)


def revert_data(failure: str) -> bytes | None:
    """What a failed call returned; nothing if it didn't revert but break."""
    match = REVERT.match(failure)
    return bytes.fromhex(match[1]) if match else None


def decode_error(failure: str) -> tuple[object, ...]:
    """Error name and values of a failed call; what is no Solidity error is kept as it stands."""
    data = revert_data(failure)
    if data == b"":
        return ("Malformed",)
    if data is None or data[:4] not in errors():
        return (failure,)
    name, coder = errors()[data[:4]]
    return (name, *coder.decode(data[4:]))


# ──────────────────────────────────── events ─────────────────────────────────

PREFIX = "committee."
Log = tuple[bytes, ...]  # emitter's contract, data, topics


class Event:
    """One of a contract's events."""

    def __init__(self, contract: str, entry: dict[str, Any]) -> None:
        self.contract, self.topic = contract.encode(), keccak_of(entry)
        self.name = entry["name"] if contract == "Market" else PREFIX + entry["name"]
        indexed = [part["indexed"] for part in entry["inputs"]]
        kinds = types(entry)
        self.topics = [at for at, is_topic in enumerate(indexed) if is_topic]
        self.others = [at for at, is_topic in enumerate(indexed) if not is_topic]
        self.coders = [Coder([kinds[at]]) for at in self.topics]
        self.data = Coder([kinds[at] for at in self.others])

    def encode(self, values: Values) -> Log:
        data = self.data.encode([values[at] for at in self.others])
        return (self.contract, data, self.topic, *(word(values[at]) for at in self.topics))

    def decode(self, log: Log) -> tuple[object, ...]:
        """Name and arguments, in the order of the ABI; under another name where the data isn't
        their one strict encoding, on which indexers may insist."""
        _, data, _, *topics = log
        told = self.data.decode(data)
        values = dict(zip(self.others, told, strict=True))
        for at, coder, topic in zip(self.topics, self.coders, topics, strict=True):
            (values[at],) = coder.decode(topic)
        strict = self.data.encode(told) == data
        name = self.name if strict else f"{self.name} in odd bytes"
        return (name, *(values[at] for at in sorted(values)))


@cache
def events() -> dict[tuple[bytes, bytes], Event]:
    """The market's and the committee's, by contract and topic."""
    told = [
        Event(name, entry) for name in ("Market", "Committee") for entry in entries(name, "event")
    ]
    return {(event.contract, event.topic): event for event in told}


@cache
def event_named(name: str) -> Event:
    (found,) = (event for event in events().values() if event.name == name)
    return found


def encode_event(event: Values) -> Log:
    name, *values = event
    return event_named(str(name)).encode(values)


def decode_event(log: Log) -> tuple[object, ...]:
    return events()[log[0], log[2]].decode(log)
