"""Structs without padding, each member big-endian in its own width.

Packed whole, in the struct's order, they stand in the event of a match. As changes from the struct
before (of the first: from zeros) they stand in batches: how many members differ, then of each its
position and its value.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeVar

from .errors import require
from .words import NOBODY, ZERO32, Job, Offer, Request, values_of, wire_types

Struct = TypeVar("Struct", Request, Offer, Job)
WIDTHS = {"address": 20, "bytes32": 32, "bool": 1}  # and numbers in theirs


@cache
def widths(struct: type) -> tuple[int, ...]:
    """Bytes of each member."""
    kinds = wire_types(struct).values()
    return tuple(WIDTHS.get(k) or int(k.removeprefix("uint")) // 8 for k in kinds)


def pack_member(value: object, width: int) -> bytes:
    if isinstance(value, bytes):
        return value
    return (int(value, 16) if isinstance(value, str) else int(value)).to_bytes(width, "big")


def unpack_member(raw: bytes, kind: str) -> object:
    """A flag that is neither 0 nor 1 stays that number: a record with it is another record."""
    number = int.from_bytes(raw, "big")
    if kind == "address":
        return "0x" + raw.hex()
    if kind == "bytes32":
        return raw
    return bool(number) if kind == "bool" and number < 2 else number


# ───────────────────────────────────── whole ─────────────────────────────────


def pack(struct: Request | Offer | Job) -> bytes:
    """`abi.encodePacked` of all members."""
    members = zip(values_of(struct), widths(type(struct)), strict=True)
    return b"".join(pack_member(value, width) for value, width in members)


def unpack(struct: type[Struct], data: bytes) -> Struct:
    """What `pack` packed."""
    values = []
    for kind, width in zip(wire_types(struct).values(), widths(struct), strict=True):
        values.append(unpack_member(data[:width], kind))
        data = data[width:]
    return struct(*values)


class Terms(NamedTuple):
    """What a match's event tells beside the parties; without an offer the provider filled."""

    request: Request
    unit_price: int
    accepted_at: int
    offer: bytes = ZERO32  # its digest
    matcher: str = NOBODY


def pack_terms(terms: Terms) -> bytes:
    """The request without its requester, price and time, and offer and matcher if there are any."""
    packed = pack(terms.request)[WIDTHS["address"] :]
    packed += terms.unit_price.to_bytes(12, "big") + terms.accepted_at.to_bytes(8, "big")
    matched = terms.offer + bytes.fromhex(terms.matcher[2:])
    return packed + (matched if terms.offer != ZERO32 else b"")


def unpack_terms(requester: str, packed: bytes) -> Terms:
    """What `pack_terms` packed."""
    reader = Reader(bytes.fromhex(requester[2:]) + packed, 0, 0)
    request = unpack(Request, reader.take(sum(widths(Request))))
    price, accepted_at = reader.number(12), reader.number(8)
    if not reader.more:
        return Terms(request, price, accepted_at)
    return Terms(request, price, accepted_at, reader.take(32), "0x" + reader.take(20).hex())


# ──────────────────────────────────── changes ────────────────────────────────


@cache
def zeros(struct: type[Struct]) -> Struct:
    """The struct before a batch's first."""
    nothing = {"address": NOBODY, "bytes32": ZERO32, "bool": False}
    return struct(*(nothing.get(kind, 0) for kind in wire_types(struct).values()))


def changes(before: Struct, after: Struct, *, all_members: bool = False) -> bytes:
    """How to write `after` behind `before`; members that are the same may be written too."""
    members = zip(values_of(before), values_of(after), widths(type(after)), strict=True)
    differing = [
        bytes([position]) + pack_member(new, width)
        for position, (old, new, width) in enumerate(members)
        if old != new or all_members
    ]
    return bytes([len(differing)]) + b"".join(differing)


@dataclass
class Reader:
    """Reads a batch: `at` is a place in the calldata, where the batch stands from `start` on. What
    is behind its end reads as zeros, and is refused later."""

    data: bytes
    at: int
    start: int = 68  # behind selector, offset and length

    def take(self, size: int) -> bytes:
        from_ = self.at - self.start
        self.at += size
        return self.data[from_ : from_ + size].ljust(size, b"\0")

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    @property
    def more(self) -> bool:
        return self.at < self.start + len(self.data)

    def require_within(self) -> None:
        require(self.at <= self.start + len(self.data), "BatchMalformed", self.at)

    def struct(self, before: Struct) -> tuple[Struct, bool]:
        """The next one, and whether any member is written."""
        start, values = self.at, [*values_of(before)]
        kinds, sizes = [*wire_types(type(before)).values()], widths(type(before))
        count, sound = self.number(1), True
        for _ in range(count):
            position = self.number(1)
            if position < len(sizes):
                values[position] = unpack_member(self.take(sizes[position]), kinds[position])
            else:
                sound = False
        require(sound, "BatchMalformed", start)
        return type(before)(*values), count > 0
