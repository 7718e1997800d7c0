"""The market's words (contracts/interfaces/IMarketTypes.sol) as frozen dataclasses.

Amounts are base units of the token, times Unix seconds of block timestamps, durations seconds, unit
prices base units per 1e12 metered units. Addresses are checksummed strings, bytes32 is `bytes`.
Field names are those of the Solidity structs, in snake case and in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from enum import IntEnum
from functools import lru_cache
from typing import Any, Self

from eth_hash.auto import keccak
from eth_utils.address import is_hex_address, to_checksum_address

from workbond.errors import ChainError, UsageError

ZERO_ADDRESS = "0x" + "0" * 40
ZERO_WORD = bytes(32)
SIGNATURE_BYTES_MAX = 2_048  # that are read at all: contract wallets' are longer than 65 bytes

REQUEST_TYPE = (
    "Request(address requester,bytes32 spec,bytes32 profile,uint32 tasks,uint96 flat,"
    "uint96 minUnitPrice,uint96 maxUnitPrice,uint64 rampStart,uint64 rampEnd,uint64 maxUnits,"
    "uint96 bond,uint96 minStake,uint96 tip,uint64 openUntil,uint32 runFor,uint32 challengeFor,"
    "address resolver,bytes32 policy,uint32 caseFor,uint96 caseFee,uint96 demandFee,"
    "bytes32 providers,address matcher,uint64 counter,bytes32 salt)"
)
OFFER_TYPE = (
    "Offer(address provider,address requester,bytes32 spec,bytes32 profile,address resolver,"
    "bytes32 policy,uint96 minUnitPrice,uint96 minFlat,uint96 maxBond,uint64 maxUnits,"
    "uint32 maxTasks,uint32 minRunFor,uint64 minSecondsPer1e12Units,uint32 maxLockFor,"
    "uint96 minDemandFee,uint32 maxJobs,uint64 validUntil,address matcher,uint64 counter,"
    "bytes32 salt)"
)
JOB_TYPE = (
    "Job(address requester,address provider,address resolver,uint96 flat,uint96 unitPrice,"
    "uint64 maxUnits,uint96 bond,uint96 caseFee,uint96 demandFee,uint32 tasks,uint32 runFor,"
    "uint32 challengeFor,uint32 caseFor,uint64 acceptedAt,uint96 tipPaid,uint64 claimedAt,"
    "uint64 claimBlock,uint64 windowEnd,uint64 disputedAt,bool caseDone,bytes32 demandHash,"
    "uint8 answered,uint64 answerBy,bytes32 seal)"
)
"""Members of the record in order; never signed, only hashed and packed."""
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
DOMAIN_NAME, DOMAIN_VERSION = "Workbond", "1"

_BITS = 255  # of `Job.answered`


class State(IntEnum):
    """States of a job; `Settled`, `Cancelled` and `Void` are final."""

    NONE = 0
    OPEN = 1
    RUNNING = 2
    CLAIMED = 3
    DISPUTED = 4
    SETTLED = 5
    CANCELLED = 6
    VOID = 7

    @property
    def label(self) -> str:
        """The name in the protocol's own spelling (`Running`)."""
        return self.name.capitalize()

    @property
    def is_final(self) -> bool:
        return self >= State.SETTLED

    @property
    def is_live(self) -> bool:
        """Whether storage holds the hash of a `Job` (Running, Claimed, Disputed)."""
        return State.RUNNING <= self <= State.DISPUTED


class Verdict(IntEnum):
    """What a resolver says of a claim."""

    UPHELD = 0
    REJECTED = 1

    @property
    def label(self) -> str:
        return self.name.capitalize()


class VoidReason(IntEnum):
    """Why a job became `Void`."""

    RELEASED = 0
    EXPIRED = 1
    UNANSWERED = 2
    UNOPENED = 3
    REJECTED = 4

    @property
    def label(self) -> str:
        return self.name.capitalize()


class Struct:
    """A Solidity struct of static members, encoded and decoded by position."""

    def to_tuple(self) -> tuple[Any, ...]:
        """The members in the struct's order, as ABI encoders take them."""
        return astuple(self)  # type: ignore[call-overload, no-any-return]

    @classmethod
    def from_args(cls, values: Sequence[Any]) -> Self:
        """From a decoded tuple; raises `ChainError` for another number of members."""
        if len(values) != len(fields(cls)):  # type: ignore[arg-type]
            raise ChainError(f"a {cls.__name__} has {len(fields(cls))} members, not {len(values)}")  # type: ignore[arg-type]
        return cls(*values)


@dataclass(frozen=True)
class Request(Struct):
    """What a requester posts or signs. Its EIP-712 digest is the job's id."""

    requester: str
    spec: bytes
    profile: bytes
    tasks: int
    flat: int
    min_unit_price: int
    max_unit_price: int
    ramp_start: int
    ramp_end: int
    max_units: int
    bond: int
    min_stake: int
    tip: int
    open_until: int
    run_for: int
    challenge_for: int
    resolver: str
    policy: bytes
    case_for: int
    case_fee: int
    demand_fee: int
    providers: bytes
    matcher: str
    counter: int
    salt: bytes

    def job_id(self, chain_id: int, market: str) -> bytes:
        """The full EIP-712 digest (32 bytes) under the market's domain."""
        return _digest(REQUEST_TYPE, self.to_tuple(), chain_id, market)


@dataclass(frozen=True)
class Offer(Struct):
    """What a provider is ready to be bound to; a match enforces every field.

    Zero in `requester`, `spec` or `matcher` means any. `min_seconds_per_1e12_units` bounds
    `run_for * 10**12 / max_units` from below; `max_lock_for` bounds `rules.lock_for(request)`.
    """

    provider: str
    requester: str
    spec: bytes
    profile: bytes
    resolver: str
    policy: bytes
    min_unit_price: int
    min_flat: int
    max_bond: int
    max_units: int
    max_tasks: int
    min_run_for: int
    min_seconds_per_1e12_units: int
    max_lock_for: int
    min_demand_fee: int
    max_jobs: int
    valid_until: int
    matcher: str
    counter: int
    salt: bytes

    def digest(self, chain_id: int, market: str) -> bytes:
        """The full EIP-712 digest (32 bytes) under the market's domain: what its author signs."""
        return _digest(OFFER_TYPE, self.to_tuple(), chain_id, market)


@dataclass(frozen=True)
class Job(Struct):
    """What the rest of a live job's life needs; storage keeps only its hash."""

    requester: str
    provider: str
    resolver: str
    flat: int
    unit_price: int
    max_units: int
    bond: int
    case_fee: int
    demand_fee: int
    tasks: int
    run_for: int
    challenge_for: int
    case_for: int
    accepted_at: int
    tip_paid: int
    claimed_at: int = 0
    claim_block: int = 0
    window_end: int = 0
    disputed_at: int = 0
    case_done: bool = False
    demand_hash: bytes = ZERO_WORD
    answered: int = 0
    answer_by: int = 0
    seal: bytes = ZERO_WORD

    def hash248(self) -> int:
        """The record's hash in the job's slot: low 248 bits of keccak256(abi.encode(job))."""
        return int.from_bytes(keccak(_words(self.to_tuple())), "big") & (2**248 - 1)

    @classmethod
    def accepted(
        cls, request: Request, provider: str, unit_price: int, accepted_at: int, tip_paid: int = 0
    ) -> Job:
        """The record right after acceptance, from the request and the `JobAccepted` event."""
        return cls(
            requester=request.requester,
            provider=address(provider),
            resolver=request.resolver,
            flat=request.flat,
            unit_price=unit_price,
            max_units=request.max_units,
            bond=request.bond,
            case_fee=request.case_fee,
            demand_fee=request.demand_fee,
            tasks=request.tasks,
            run_for=request.run_for,
            challenge_for=request.challenge_for,
            case_for=request.case_for,
            accepted_at=accepted_at,
            tip_paid=tip_paid,
        )

    def claimed(self, seal: bytes, claimed_at: int, claim_block: int) -> Job:
        """The record right after `submit`, from the `JobClaimed` event."""
        return replace(
            self,
            seal=seal,
            claimed_at=claimed_at,
            claim_block=claim_block,
            window_end=claimed_at + self.challenge_for,
        )

    def demanded(self, demand_hash: bytes, pairs: int, answer_by: int) -> Job:
        """The record right after a demand of `pairs` pairs, from the `OutputDemanded` event."""
        needless = _BITS << min(pairs, 8) & _BITS
        return replace(self, demand_hash=demand_hash, answered=needless, answer_by=answer_by)

    def answered_with(self, answered: int, window_end: int) -> Job:
        """The record right after an answer, from the `OutputAnswered` event."""
        return replace(self, answered=answered, window_end=window_end)

    def disputed(self, disputed_at: int) -> Job:
        """The record right after its resolver opened a case, from the `JobDisputed` event."""
        return replace(self, disputed_at=disputed_at)

    def upheld(self, window_end: int) -> Job:
        """The record right after a case that left the claim standing, from `CaseResolved`."""
        return replace(self, case_fee=0, disputed_at=0, case_done=True, window_end=window_end)

    @property
    def unanswered(self) -> int:
        """How many demanded pairs wait for their answer."""
        return 0 if self.demand_hash == ZERO_WORD else (~self.answered & _BITS).bit_count()

    def needs_answer(self, position: int) -> bool:
        """Whether the demand's pair at `position` (from 0) waits for its answer."""
        return self.unanswered > 0 and not self.answered >> position & 1


def pair(task: int, chunk: int) -> int:
    """What a demand names: a task, and a chunk of 16 KiB of its output, both from 0."""
    return task << 32 | chunk


def unpaired(pair: int) -> tuple[int, int]:
    """Task and chunk of a demanded pair."""
    return pair >> 32, pair & 0xFFFF_FFFF


def demand_hash(pairs: Sequence[int]) -> bytes:
    """What a record keeps of a demand: keccak256(abi.encodePacked(uint64[])), a word each."""
    return bytes(keccak(_words(pairs)))


@dataclass(frozen=True)
class Account(Struct):
    """An account's money and order counter; `bonded` is the part of `staked` in live jobs."""

    free: int
    bonded: int
    counter: int
    staked: int
    unbonding: int
    matures_at: int

    @property
    def unbonded(self) -> int:
        """Stake that new jobs can lock, and that can be unstaked."""
        return self.staked - self.bonded


def address(text: str) -> str:
    """`text` as a checksummed address; raises `UsageError` if it isn't one."""
    if not isinstance(text, str) or not text.startswith("0x") or not is_hex_address(text):
        raise UsageError(f"{text!r:.60} is not an address: give 0x and 40 hexadecimal digits")
    sound = to_checksum_address(text)
    digits = text[2:]
    if text != sound and digits not in (digits.lower(), digits.upper()):
        raise UsageError(f"the address {text} has a typing error: its checksum is wrong")
    return sound


def word(text: str) -> bytes:
    """`text` (a job id, 0x and 64 hexadecimal digits) as 32 bytes; raises `UsageError`."""
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except (AttributeError, ValueError):
        value = b""
    if len(value) != 32:
        raise UsageError(f"{text!r:.80} is not a job id: give 0x and 64 hexadecimal digits")
    return value


def _digest(type_string: str, values: Sequence[Any], chain_id: int, market: str) -> bytes:
    """EIP-712; all members are static, so encodeData is their words in order."""
    struct = keccak(keccak(type_string.encode()) + _words(values))
    return bytes(keccak(b"\x19\x01" + domain_separator(chain_id, market) + struct))


def domain(chain_id: int, market: str) -> dict[str, Any]:
    """EIP-712 domain of the market at `market` on chain `chain_id`, as signers take it."""
    return {
        "name": DOMAIN_NAME,
        "version": DOMAIN_VERSION,
        "chainId": chain_id,
        "verifyingContract": market,
    }


@lru_cache(16)
def domain_separator(chain_id: int, market: str) -> bytes:
    """EIP-712 domain separator of the market at `market` on chain `chain_id`."""
    names = keccak(DOMAIN_NAME.encode()) + keccak(DOMAIN_VERSION.encode())
    return bytes(keccak(keccak(DOMAIN_TYPE.encode()) + names + _words((chain_id, address(market)))))


def _words(values: Sequence[Any]) -> bytes:
    """abi.encode of static values: addresses, integers, booleans and bytes32, a word each."""
    return b"".join(map(encoded, values))


def encoded(value: str | int | bytes) -> bytes:
    """The ABI's word for an address, an integer, a boolean or a bytes32."""
    if isinstance(value, str):
        return bytes.fromhex(value[2:]).rjust(32, b"\0")
    if isinstance(value, int):
        return value.to_bytes(32, "big")
    if len(value) != 32:
        raise UsageError(f"a bytes32 has 32 bytes, not {len(value)}")
    return value
