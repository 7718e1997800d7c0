"""Orders that fit each other, to be changed in one thing."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Offer, Request
from workbond.matcher.engine.types import Machine, Needs, Offered, Standing, Wanted

NOW = 1_000_000
US = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
PAYER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
WORKER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
MOST = 2**96 - 1
STANDINGS = {
    PAYER: Standing(free=MOST),
    WORKER: Standing(staked=MOST, unbonded=MOST),
    OTHER: Standing(staked=MOST, unbonded=MOST, free=MOST),
}
REQUEST = Request(
    requester=PAYER,
    spec=b"s" * 32,
    profile=b"p" * 32,
    tasks=4,
    flat=1_000,
    min_unit_price=100_000,
    max_unit_price=100_000,
    ramp_start=0,
    ramp_end=0,
    max_units=10**12,
    bond=50_000,
    min_stake=0,
    tip=500,
    open_until=NOW + 1_000,
    run_for=3_600,
    challenge_for=600,
    resolver=ZERO_ADDRESS,
    policy=ZERO_WORD,
    case_for=0,
    case_fee=0,
    demand_fee=10,
    providers=ZERO_WORD,
    matcher=ZERO_ADDRESS,
    counter=0,
    salt=ZERO_WORD,
)
OFFER = Offer(
    provider=WORKER,
    requester=ZERO_ADDRESS,
    spec=ZERO_WORD,
    profile=b"p" * 32,
    resolver=ZERO_ADDRESS,
    policy=ZERO_WORD,
    min_unit_price=50_000,
    min_flat=0,
    max_bond=10**9,
    max_units=10**15,
    max_tasks=1_000,
    min_run_for=60,
    min_seconds_per_1e12_units=600,
    max_lock_for=10 * 86_400,
    min_demand_fee=0,
    max_jobs=1,
    valid_until=NOW + 1_000,
    matcher=ZERO_ADDRESS,
    counter=0,
    salt=ZERO_WORD,
)
NEEDS = Needs(cores=2, memory_bytes=1 << 30, gpus=1, region="eu")
MACHINE = Machine(cores=4, memory_bytes=4 << 30, gpus=1, region="de", units_per_s=10**9)
_REQUEST_FIELDS = {each.name for each in fields(Request)}
_OFFER_FIELDS = {each.name for each in fields(Offer)}


def wanted(number: int = 1, **changed: Any) -> Wanted:
    """A request in a book; `changed` are its own fields, or those of what was signed."""
    signed = {name: changed.pop(name) for name in list(changed) if name in _REQUEST_FIELDS}
    base = Wanted(bytes([1]) + number.to_bytes(31, "big"), replace(REQUEST, **signed), NEEDS, NOW)
    return replace(base, **changed)


def offered(number: int = 1, **changed: Any) -> Offered:
    """Likewise an offer."""
    signed = {name: changed.pop(name) for name in list(changed) if name in _OFFER_FIELDS}
    base = Offered(
        bytes([2]) + number.to_bytes(31, "big"), replace(OFFER, **signed), MACHINE, 0, NOW
    )
    return replace(base, **changed)
