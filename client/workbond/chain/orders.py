"""Signed orders as the market reads them: which requests an offer is good for, and packed bytes.

Source: contracts/libraries/{Offers,Packing}.sol; docs/protocol.md section 4. What is packed is
big-endian, each member in its own width, in the struct's order (Solidity's abi.encodePacked).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from workbond.chain import rules
from workbond.chain.types import (
    JOB_TYPE,
    OFFER_TYPE,
    REQUEST_TYPE,
    ZERO_ADDRESS,
    ZERO_WORD,
    Job,
    Offer,
    Request,
)
from workbond.errors import ChainError


@dataclass(frozen=True)
class Excess:
    """A request's `value` that the offer's `field` (Solidity's name), `limit`, excludes."""

    field: str
    value: int | str | bytes
    limit: int | str | bytes


def excesses(offer: Offer, request: Request, price: int) -> Iterator[Excess]:
    """Everything about `request`, at unit price `price`, that `offer` does not bind its signer to.

    In the order in which the market looks (its error `OfferExceeded` names the first). Counters,
    matchers, times and balances are not among them.
    """
    for field, value, limit in (
        ("requester", request.requester, offer.requester),
        ("spec", request.spec, offer.spec),
    ):
        if limit not in (value, ZERO_ADDRESS, ZERO_WORD):
            yield Excess(field, value, limit)
    for field, value, limit in (
        ("profile", request.profile, offer.profile),
        ("resolver", request.resolver, offer.resolver),
        ("policy", request.policy, offer.policy),
    ):
        if value != limit:
            yield Excess(field, value, limit)
    for field, given, least in (
        ("minUnitPrice", price, offer.min_unit_price),
        ("minFlat", request.flat, offer.min_flat),
        ("minRunFor", request.run_for, offer.min_run_for),
        ("minDemandFee", request.demand_fee, offer.min_demand_fee),
    ):
        if given < least:
            yield Excess(field, given, least)
    for field, given, most in (
        ("maxBond", request.bond, offer.max_bond),
        ("maxUnits", request.max_units, offer.max_units),
        ("maxTasks", request.tasks, offer.max_tasks),
        ("maxLockFor", rules.lock_for(request), offer.max_lock_for),
    ):
        if given > most:
            yield Excess(field, given, most)
    pace = offer.min_seconds_per_1e12_units
    if request.run_for * rules.UNITS_PER_PRICE < request.max_units * pace:
        yield Excess("minSecondsPer1e12Units", request.run_for, pace)


def pack(order: Request | Offer | Job) -> bytes:
    """abi.encodePacked of the struct's members: a request has 372 bytes."""
    members = zip(order.to_tuple(), _WIDTHS[type(order)], strict=True)
    return b"".join(_packed(value, width) for value, width in members)


@dataclass(frozen=True)
class Terms:
    """What the `terms` of a `JobMatched` hold; a filled request has no `offer` and no `matcher`."""

    request: Request
    unit_price: int
    accepted_at: int
    offer: bytes = ZERO_WORD
    matcher: str = ZERO_ADDRESS

    def pack(self) -> bytes:
        """372 bytes, or 424 with an offer and its matcher."""
        numbers = self.unit_price.to_bytes(12, "big") + self.accepted_at.to_bytes(8, "big")
        out = pack(self.request)[20:] + numbers
        return out + self.offer + _packed(self.matcher, 20) if self.offer != ZERO_WORD else out

    @classmethod
    def unpack(cls, requester: str, data: bytes) -> Terms:
        """Raises `ChainError` for another length."""
        if len(data) not in (FILLED_BYTES, MATCHED_BYTES):
            raise ChainError(
                f"a match's terms have {FILLED_BYTES} or {MATCHED_BYTES} bytes, not {len(data)}"
            )
        values: list[Any] = [requester]
        place = 0
        for kind in _TERMS[: None if len(data) == MATCHED_BYTES else -2]:
            width = _width(kind)
            values.append(_unpacked(kind, data[place : place + width]))
            place += width
        members = len(_KINDS[Request])
        return cls(Request(*values[:members]), *values[members:])


def changes(order: Request | Offer | Job, before: Request | Offer | Job | None = None) -> bytes:
    """`order` as batches write it: what differs from the struct before (None: from zeros)."""
    widths = _WIDTHS[type(order)]
    new = [_packed(value, width) for value, width in zip(order.to_tuple(), widths, strict=True)]
    old = [bytes(width) for width in widths]
    if before is not None:
        old = [_packed(v, width) for v, width in zip(before.to_tuple(), widths, strict=True)]
    found = [bytes([i]) + new[i] for i in range(len(new)) if new[i] != old[i]]
    return bytes([len(found)]) + b"".join(found)


@dataclass(frozen=True)
class Pairing:
    """A signed request and the signed offer that it is matched with; `proof` as in `accept`."""

    request: Request
    request_signature: bytes
    offer: Offer
    offer_signature: bytes
    proof: Sequence[bytes] = ()


def match_batch(pairs: Sequence[Pairing]) -> bytes:
    """The argument of `matchBatch`. Pairs of one offer next to each other share its bytes."""
    out = b""
    last: Pairing | None = None
    for pair in pairs:
        out += changes(pair.request, last.request if last else None) + _sized(
            pair.request_signature
        )
        known = last.offer if last else None
        if pair.offer == known:
            out += bytes(1)
        else:
            out += changes(pair.offer, known) + _sized(pair.offer_signature)
        out += bytes([len(pair.proof)]) + b"".join(pair.proof)
        last = pair
    return out


def submit_batch(claims: Sequence[tuple[bytes, Job, bytes, bytes]]) -> bytes:
    """The argument of `submitBatch`: of each job its id, running record, seal and manifest."""
    return _claims([(id_, job, seal + manifest) for id_, job, seal, manifest in claims])


def finalize_batch(openings: Sequence[tuple[bytes, Job, bytes, int]]) -> bytes:
    """The argument of `finalizeBatch`: of each job its id, claimed record, root and total units."""
    return _claims([(i, job, root + units.to_bytes(8, "big")) for i, job, root, units in openings])


def _claims(entries: Sequence[tuple[bytes, Job, bytes]]) -> bytes:
    out = b""
    last: Job | None = None
    for job_id, job, tail in entries:
        out += job_id + changes(job, last) + tail
        last = job
    return out


def _sized(signature: bytes) -> bytes:
    return len(signature).to_bytes(2, "big") + signature


def _kinds(type_string: str) -> list[str]:
    return re.findall(r"[(,](\w+) ", type_string)


def _width(kind: str) -> int:
    """Bytes of a static type in abi.encodePacked."""
    if kind in ("address", "bool"):
        return 20 if kind == "address" else 1
    bits = kind.removeprefix("uint")
    return int(bits) // 8 if bits != kind else int(kind.removeprefix("bytes"))


def _packed(value: str | int | bytes, width: int) -> bytes:
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    return value.to_bytes(width, "big") if isinstance(value, int) else value


def _unpacked(kind: str, data: bytes) -> str | int | bytes:
    if kind == "address":
        return to_checksum_address(data)
    return data if kind == "bytes32" else int.from_bytes(data, "big")


_KINDS = {Request: _kinds(REQUEST_TYPE), Offer: _kinds(OFFER_TYPE), Job: _kinds(JOB_TYPE)}
_WIDTHS = {struct: list(map(_width, kinds)) for struct, kinds in _KINDS.items()}
_TERMS = [*_KINDS[Request][1:], "uint96", "uint64", "bytes32", "address"]
MATCHED_BYTES = sum(map(_width, _TERMS))
FILLED_BYTES = MATCHED_BYTES - 52
