"""A signed order with its details, as JSON.

    {"chain":1,"details":{...},"detailsSignature":"0x…","kind":"request","market":"0x…",
     "order":{"requester":"0x…","spec":"0x…",…,"flat":"1000",…},"signature":"0x…"}

`order` has the members of the Solidity struct: integers as decimal strings, addresses with
checksum, bytes32 as 0x and 64 digits. Whatever is read comes from a stranger: sizes, types and
members are checked exactly, signatures are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from pydantic import ValidationError

from workbond import canonical
from workbond.chain.types import SIGNATURE_BYTES_MAX, Offer, Request, address
from workbond.errors import UsageError
from workbond.orders import allowlist, typed
from workbond.orders.details import Details, OfferDetails, RequestDetails
from workbond.validation import first_problem

ORDER_BYTES_MAX = 32 * 1024  # of JSON; 256 admitted addresses take 12 KiB
CHAIN_ID_MAX = 2**53 - 1
ADDRESSES_KEPT = 4_096
SCHEME = "Workbond"
REQUEST, OFFER = "request", "offer"
_KINDS: dict[str, tuple[type[Request] | type[Offer], type[Details]]] = {
    REQUEST: (Request, RequestDetails),
    OFFER: (Offer, OfferDetails),
}
_FIELDS = {"kind", "chain", "market", "order", "signature", "details", "detailsSignature"}
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,28}")  # 2^96 has 29 digits
_WORD = re.compile(r"0x[0-9a-f]{64}")
_SIGNATURE = re.compile(rf"0x(?:[0-9a-f]{{2}}){{1,{SIGNATURE_BYTES_MAX}}}")
T = TypeVar("T")


@dataclass(frozen=True)
class SignedOrder:
    """An order for the market `market` on chain `chain_id`, signed by its author.

    `details_signature` may also be that of the author's delegate, who measures the machine.
    """

    chain_id: int
    market: str
    order: Request | Offer
    signature: bytes
    details: RequestDetails | OfferDetails
    details_signature: bytes

    @property
    def kind(self) -> str:
        """`request` or `offer`."""
        return REQUEST if isinstance(self.order, Request) else OFFER

    @property
    def author(self) -> str:
        """The requester or the provider, checksummed."""
        order = self.order
        return order.requester if isinstance(order, Request) else order.provider

    @cached_property
    def id(self) -> bytes:
        """The order's EIP-712 digest (32 bytes): of a request it is the job's id."""
        if isinstance(self.order, Request):
            return self.order.job_id(self.chain_id, self.market)
        return self.order.digest(self.chain_id, self.market)

    @property
    def struct_hash(self) -> bytes:
        """What `signature` signs, under the market's domain."""
        return typed.struct_hash(typed.ORDER_TYPES[type(self.order)], self.order.to_tuple())

    @property
    def details_hash(self) -> bytes:
        """What `details_signature` signs, under the market's domain."""
        return typed.struct_hash(typed.DETAILS_TYPE, (self.id, self.details.digest))

    def proof_for(self, provider: str) -> list[bytes]:
        """The Merkle proof that a request's list admits `provider`; none where it needs none."""
        if not isinstance(self.order, Request) or not allowlist.is_root(self.order.providers):
            return []
        assert isinstance(self.details, RequestDetails)
        return allowlist.proof_of(self.details.admitted, provider)

    def with_details(self, other: SignedOrder) -> SignedOrder:
        """The same order with what its author said later."""
        return replace(self, details=other.details, details_signature=other.details_signature)

    def to_json(self) -> dict[str, Any]:
        """The envelope as a JSON object."""
        parts = typed.members(typed.ORDER_TYPES[type(self.order)])
        values = self.order.to_tuple()
        return {
            "kind": self.kind,
            "chain": self.chain_id,
            "market": self.market,
            "order": {
                name: _written(value) for (_, name), value in zip(parts, values, strict=True)
            },
            "signature": "0x" + self.signature.hex(),
            "details": self.details.to_json(),
            "detailsSignature": "0x" + self.details_signature.hex(),
        }

    def to_bytes(self) -> bytes:
        """The canonical bytes."""
        return canonical.dumps(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes) -> SignedOrder:
        """The order in `data`, which a stranger wrote; `UsageError` if its form is wrong."""
        value = canonical.loads(data, what="the signed order", max_bytes=ORDER_BYTES_MAX)
        return cls.from_json(value)

    @classmethod
    def from_json(cls, value: Any) -> SignedOrder:
        """The order in a JSON value of bounded size; `UsageError` if its form is wrong."""
        fields = _object(value, _FIELDS, "the signed order")
        kind = fields["kind"]
        if kind not in (REQUEST, OFFER):
            raise UsageError(f"the order's kind is {_clip(kind)}: give request or offer")
        struct, model = _KINDS[kind]
        chain_id = fields["chain"]
        if type(chain_id) is not int or not 0 < chain_id <= CHAIN_ID_MAX:
            raise UsageError(f"the order's chain is {_clip(chain_id)}: give the chain's id")
        signed = cls(
            chain_id,
            _read("market", _address, fields["market"]),
            _order(struct, fields["order"]),
            _read("signature", _signature, fields["signature"]),
            _details(model, fields["details"]),
            _read("detailsSignature", _signature, fields["detailsSignature"]),
        )
        _check_admitted(signed)
        return signed


@dataclass(frozen=True)
class Withdrawal:
    """Its author (or delegate) wants books to forget an order; on the chain nothing changes."""

    order: bytes
    signature: bytes

    @property
    def struct_hash(self) -> bytes:
        """What is signed, under the market's domain."""
        return typed.struct_hash(typed.WITHDRAWAL_TYPE, (self.order,))

    def to_headers(self) -> dict[str, str]:
        """As a request to remove the order carries it (RFC 9110 section 11)."""
        return {"Authorization": f"{SCHEME} 0x{self.signature.hex()}"}

    @classmethod
    def from_header(cls, order: bytes, authorization: str) -> Withdrawal:
        """The withdrawal of `order` that a stranger sent; `UsageError` if its form is wrong."""
        scheme, _, credentials = authorization.strip().partition(" ")
        if scheme.lower() != SCHEME.lower():
            raise UsageError(f"a withdrawal is sent as Authorization: {SCHEME} 0x<signature>")
        return cls(order, _read("the signature", _signature, credentials.strip()))


def _order(struct: type[Request] | type[Offer], value: Any) -> Request | Offer:
    parts = typed.members(typed.ORDER_TYPES[struct])
    fields = _object(value, {name for _, name in parts}, "the order")
    return struct.from_args([_read(name, _READERS[kind], fields[name]) for kind, name in parts])


def _details(model: type[Details], value: Any) -> Any:
    if not isinstance(value, dict):
        raise UsageError("the order's details are no JSON object")
    try:
        # as JSON, since the strict model takes no list for a tuple otherwise
        details = model.model_validate_json(canonical.dumps(value))
    except ValidationError as error:
        raise UsageError(f"the order's details: {first_problem(error, model)}") from error
    if details.to_json() != value:  # all of it is signed: nothing may be left to defaults
        raise UsageError(
            f"the order's details lack members: give all of {', '.join(details.to_json())}, and "
            "theirs"
        )
    return details


def _check_admitted(signed: SignedOrder) -> None:
    """A list must be the one whose root is signed on the request, and of addresses given once."""
    if not isinstance(signed.order, Request) or not isinstance(signed.details, RequestDetails):
        return
    admitted = signed.details.admitted
    if not allowlist.is_root(signed.order.providers):
        if admitted:
            raise UsageError("the request admits no list of providers: leave `admitted` empty")
    elif not admitted or allowlist.root_of(admitted) != signed.order.providers:
        raise UsageError(
            f"the {len(admitted)} addresses in `admitted` are not the list that the request's "
            "`providers` is the root of: send all of them"
        )


def _object(value: Any, names: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{what} is no JSON object")
    for name in value:
        if name not in names:
            raise UsageError(f"{what} has an unknown member {_clip(name)}")
    for name in sorted(names):
        if name not in value:
            raise UsageError(f"{what} lacks the member {name}")
    return value


def _read(name: str, reader: Callable[[Any], T], value: Any) -> T:
    try:
        return reader(value)
    except (UsageError, ValueError) as error:
        raise UsageError(f"{name} is {_clip(value)}: {error}") from error


def _whole(bits: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise ValueError("give a decimal integer as a string")
        number = int(value)
        if number >> bits:
            raise ValueError(f"the most is 2^{bits} - 1")
        return number

    return read


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("give an address as a string")
    return _checksummed(value[:43])


_checksummed = lru_cache(ADDRESSES_KEPT)(address)
"""Most orders name the same few addresses, and checksums take most of the time of reading one."""


def _word(value: Any) -> bytes:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise ValueError("give 0x and 64 hexadecimal digits in lower case")
    return bytes.fromhex(value[2:])


def _signature(value: Any) -> bytes:
    if not isinstance(value, str) or not _SIGNATURE.fullmatch(value):
        raise ValueError(f"give 0x and up to {SIGNATURE_BYTES_MAX} bytes in lower-case hexadecimal")
    return bytes.fromhex(value[2:])


def _written(value: str | int | bytes) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _clip(value: object) -> str:
    text = "".join(c if c.isprintable() else " " for c in f"{value!r:.64}")
    return text if len(text) <= 60 else text[:57] + "..."


_READERS: dict[str, Callable[[Any], Any]] = {
    "address": _address,
    "bytes32": _word,
    **{f"uint{bits}": _whole(bits) for bits in (32, 64, 96)},
}
