"""The nouns of the protocol, with their wire types.

Field names are the Solidity ones in snake case, in the same order. Amounts are base units of the
token, times Unix seconds, durations seconds, unit prices base units per 1e12 metered units.
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from typing import Annotated, get_type_hints

Address = Annotated[str, "address"]  # lower-case hex
Bool = Annotated[bool, "bool"]
Bytes32 = Annotated[bytes, "bytes32"]
U8 = Annotated[int, "uint8"]
U32 = Annotated[int, "uint32"]
U64 = Annotated[int, "uint64"]
U96 = Annotated[int, "uint96"]

NOBODY = "0x" + "00" * 20
ZERO32 = bytes(32)


class State(IntEnum):
    """docs/protocol.md section 5."""

    NONE = 0
    OPEN = 1
    RUNNING = 2
    CLAIMED = 3
    DISPUTED = 4
    SETTLED = 5
    CANCELLED = 6
    VOID = 7


LIVE = frozenset({State.RUNNING, State.CLAIMED, State.DISPUTED})  # a provider's bond is locked


class VoidReason(IntEnum):
    """Why an accepted job was not paid."""

    RELEASED = 0
    EXPIRED = 1
    UNANSWERED = 2
    UNOPENED = 3
    REJECTED = 4


class Verdict(IntEnum):
    """What a resolver says of a claim."""

    UPHELD = 0
    REJECTED = 1


@dataclass(frozen=True)
class Request:
    """What a requester asks for. Its EIP-712 digest is the job's id."""

    requester: Address
    spec: Bytes32
    profile: Bytes32
    tasks: U32
    flat: U96
    min_unit_price: U96
    max_unit_price: U96
    ramp_start: U64
    ramp_end: U64
    max_units: U64
    bond: U96
    min_stake: U96
    tip: U96
    open_until: U64
    run_for: U32
    challenge_for: U32
    resolver: Address
    policy: Bytes32
    case_for: U32
    case_fee: U96
    demand_fee: U96
    providers: Bytes32
    matcher: Address
    counter: U64
    salt: Bytes32


@dataclass(frozen=True)
class Offer:
    """What a provider is ready to be bound to, by a match that anybody may submit."""

    provider: Address
    requester: Address
    spec: Bytes32
    profile: Bytes32
    resolver: Address
    policy: Bytes32
    min_unit_price: U96
    min_flat: U96
    max_bond: U96
    max_units: U64
    max_tasks: U32
    min_run_for: U32
    min_seconds_per1e12_units: U64
    max_lock_for: U32
    min_demand_fee: U96
    max_jobs: U32
    valid_until: U64
    matcher: Address
    counter: U64
    salt: Bytes32


@dataclass(frozen=True)
class Job:
    """What the rest of an accepted job's life needs; the chain keeps 248 bits of its hash."""

    requester: Address
    provider: Address
    resolver: Address
    flat: U96
    unit_price: U96
    max_units: U64
    bond: U96
    case_fee: U96
    demand_fee: U96
    tasks: U32
    run_for: U32
    challenge_for: U32
    case_for: U32
    accepted_at: U64
    tip_paid: U96
    claimed_at: U64 = 0
    claim_block: U64 = 0
    window_end: U64 = 0
    disputed_at: U64 = 0
    case_done: Bool = False
    demand_hash: Bytes32 = ZERO32
    answered: U8 = 0
    answer_by: U64 = 0
    seal: Bytes32 = ZERO32


@dataclass
class Account:
    """An account's money and its order counter."""

    free: U96 = 0
    bonded: U96 = 0
    counter: U64 = 0
    staked: U96 = 0
    unbonding: U96 = 0
    matures_at: U64 = 0


def camel(name: str) -> str:
    """`min_unit_price` as Solidity writes it: `minUnitPrice`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


@dataclass(frozen=True)
class DirtyRequest(Request):
    """A request with the top bit of one of its words set, above that member's type."""

    dirty: int = 0


@dataclass(frozen=True)
class DirtyOffer(Offer):
    """An offer with such a bit."""

    dirty: int = 0


@dataclass(frozen=True)
class DirtyJob(Job):
    """A record spelled with such a bit: another record."""

    dirty: int = 0


DIRTY: dict[type, type] = {Request: DirtyRequest, Offer: DirtyOffer, Job: DirtyJob}


@cache
def wire_types(struct: type) -> dict[str, str]:
    """Solidity field names and types of a struct, in order."""
    hints = get_type_hints(struct, include_extras=True)
    return {camel(f.name): hints[f.name].__metadata__[0] for f in fields(struct)}


def values_of(struct: object) -> tuple[object, ...]:
    """A struct's values, in order."""
    return tuple(vars(struct).values())
