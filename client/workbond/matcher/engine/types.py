"""What the engine is given and what it hands back. Nothing here reads a clock, a chain or a disk.

Amounts are base units, unit prices base units per 1e12 metered units, times Unix seconds,
durations seconds, scores points (`FULL_SCORE` is the best that a pair without age can reach).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from workbond.chain.types import ZERO_ADDRESS, Offer, Request
from workbond.provider.terms import UNITS_PER_SECOND

FULL_SCORE = 1_000_000
"""Points of a pair that is the best in every term, without what it gains by waiting."""


@dataclass(frozen=True)
class Needs:
    """What a request's spec requires of a machine, and where its inputs are.

    `site` names the place that the inputs are fetched from (the origin of the requester's
    gateway); empty: not told. `input_bytes` are the program and all inputs.
    """

    cores: int = 0
    memory_bytes: int = 0
    gpus: int = 0
    region: str = ""
    input_bytes: int = 0
    site: str = ""


@dataclass(frozen=True)
class Machine:
    """What a provider says of the hardware behind an offer.

    Args:
        cores: tasks at once.
        memory_bytes: for all tasks at once.
        gpus: their number.
        region: as in a spec's requirements; empty: not told.
        units_per_s: of one core, measured on the profile's benchmark; 0: unknown, and counted as
            the speed that a node plans with (`UNITS_PER_SECOND`).
        bytes_per_s: of its line; 0: unknown, counted as `Tuning.bytes_per_s`.
        round_trip_ms: to a site; one that is missing counts as `Tuning.round_trip_ms`.
    """

    cores: int = 1
    memory_bytes: int = 0
    gpus: int = 0
    region: str = ""
    units_per_s: int = 0
    bytes_per_s: int = 0
    round_trip_ms: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Wanted:
    """A signed request in a book.

    Args:
        id: its digest, 32 bytes, unique in a book.
        request: what was signed.
        needs: what its spec requires.
        since_s: when it came into the book.
        admitted: the addresses (checksummed) of the tree whose root `request.providers` is, as far
            as proofs are at hand; not looked at where `providers` is zero or an address.
    """

    id: bytes
    request: Request
    needs: Needs = Needs()
    since_s: int = 0
    admitted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Offered:
    """A signed offer in a book.

    Args:
        digest: 32 bytes, unique in a book.
        offer: what was signed.
        machine: what stands behind it.
        uses: how many jobs it was used for, by the market's count.
        since_s: since when it waits: when it came into the book, or when it was last used.
    """

    digest: bytes
    offer: Offer
    machine: Machine = Machine()
    uses: int = 0
    since_s: int = 0

    @property
    def left(self) -> int:
        """Jobs that it is still good for; never below zero."""
        return max(0, self.offer.max_jobs - self.uses)


@dataclass(frozen=True)
class Standing:
    """What the chain says of an account: money, and as a provider its jobs.

    `unbonded` is the part of `staked` that new jobs can lock, `free` what a requester can be
    charged; `settled` and `failed` (expired, voided, rejected, given back) count ended jobs.
    """

    staked: int = 0
    unbonded: int = 0
    free: int = 0
    live_jobs: int = 0
    settled: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Tuning:
    """What an operator can choose; docs/matching.md explains each with an example.

    Args:
        price, throughput, locality, record, load: points of each term; together `FULL_SCORE`.
        waiting: points that a request gains by waiting for `patience_s`, and an offer too.
        patience_s: a request that waited so much longer goes before any better score.
        tolerance: points that a pair may gain by leaving the allocation; smaller takes longer.
        uses_per_round: jobs that one offer is given at once.
        fetch_half_s: fetching that takes so long has half of the locality.
        run_half: a run that takes this part of the time it is allowed has half of the throughput.
        bytes_per_s, round_trip_ms: of a machine that doesn't tell.
        units_per_s: likewise.
        prior_settled, prior_failed: jobs that every provider is credited with beforehand.
    """

    price: int = 400_000
    throughput: int = 150_000
    locality: int = 150_000
    record: int = 200_000
    load: int = 100_000
    waiting: int = 50_000
    patience_s: int = 600
    tolerance: int = 5_000
    uses_per_round: int = 16
    fetch_half_s: int = 10
    run_half: float = 0.125
    bytes_per_s: int = 1_000_000
    round_trip_ms: int = 250
    units_per_s: int = UNITS_PER_SECOND
    prior_settled: int = 9
    prior_failed: int = 1


class Pair(NamedTuple):
    """A request and the offer it goes to. `score` has the points of all terms and of waiting."""

    wanted: Wanted
    offered: Offered
    score: int


@dataclass(frozen=True)
class Allocation:
    """What a round of matching comes to.

    Args:
        pairs: best score first, then by the request's id; an offer stands in as many as it has
            uses for.
        profits: by a request's id, the points that are its own part of its pair's score; a
            request that is missing has none.
        prices: by an offer's digest, the points that its cheapest use costs, less what that use
            itself brings (idle machine, waiting); what the next request would have to outbid.
        denied: pairs of a request's id and a provider that the provider's stake had to forgo.
        unfunded: ids of requests that their requester's money did not reach for.
    """

    pairs: tuple[Pair, ...] = ()
    profits: Mapping[bytes, int] = field(default_factory=dict)
    prices: Mapping[bytes, int] = field(default_factory=dict)
    denied: frozenset[tuple[bytes, str]] = frozenset()
    unfunded: frozenset[bytes] = frozenset()


ANYBODY = ZERO_ADDRESS
"""In an order's `matcher`: whoever comes."""
