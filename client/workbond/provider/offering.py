"""Offers from a provider's own terms. Pure: what they need is passed in.

An offer is a signature that strangers use when it suits them. One that is bound to a request's spec
asks for what that request gives, as it was fetched and judged before. A standing one is for any
spec: its limits are such that whatever fits them can be done in time on this machine, if only its
inputs can be had.
"""

from __future__ import annotations

from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Offer, Request
from workbond.executor.profile import PROFILE_ID
from workbond.provider.terms import Terms

STANDING_ROUNDS = 16  # tasks one after the other on each core, in a job for any spec
STANDING_FETCH_S = 60  # for its inputs, which are fetched after the match
PACE_MAX = 2**64 - 1
UINT32_MAX = 2**32 - 1


def bound_offer(
    request: Request, terms: Terms, provider: str, counter: int, valid_until: int, salt: bytes
) -> Offer:
    """For one job of exactly this request's spec and requester, on no worse conditions.

    Args:
        request: fetched and found to fit.
        terms: the provider's.
        provider: its address.
        counter: its order counter on the chain.
        valid_until: chain time.
        salt: 32 bytes that make it unlike every other.
    """
    pace = PACE_MAX
    if request.max_units:
        pace = min(PACE_MAX, request.run_for * rules.UNITS_PER_PRICE // request.max_units)
    return Offer(
        provider=provider,
        requester=request.requester,
        spec=request.spec,
        profile=request.profile,
        resolver=request.resolver,
        policy=request.policy,
        min_unit_price=terms.min_price,
        min_flat=request.flat,
        max_bond=request.bond,
        max_units=request.max_units,
        max_tasks=request.tasks,
        min_run_for=request.run_for,
        min_seconds_per_1e12_units=pace,
        max_lock_for=rules.lock_for(request),
        min_demand_fee=request.demand_fee,
        max_jobs=1,
        valid_until=valid_until,
        matcher=request.matcher,
        counter=counter,
        salt=salt,
    )


def standing_offer(
    terms: Terms, provider: str, bond: int, counter: int, valid_until: int, salt: bytes
) -> Offer:
    """For one job of any spec and requester, as this machine does one at a time.

    In the worst case a single task has all units, so that one core's speed bounds the pace, and all
    else that takes time (inputs, starts, memory, outputs) is in the shortest time to run. Either is
    doubled, since a job may need both.

    Args:
        terms: the provider's.
        provider: its address.
        bond: base units that may be locked: no more than what is free.
        counter, valid_until, salt: as in `bound_offer`.
    """
    tasks = STANDING_ROUNDS * terms.cores
    memory = terms.memory_bytes // terms.cores
    beside_units_s = terms.run_s(tasks, 0, memory, terms.output_bytes // tasks) + STANDING_FETCH_S
    return Offer(
        provider=provider,
        requester=ZERO_ADDRESS,
        spec=ZERO_WORD,
        profile=PROFILE_ID,
        resolver=ZERO_ADDRESS,
        policy=ZERO_WORD,
        min_unit_price=terms.min_price,
        min_flat=terms.min_flat,
        max_bond=bond if terms.max_bond is None else min(bond, terms.max_bond),
        max_units=rules.MAX_UNITS,
        max_tasks=min(tasks, rules.MAX_TASKS),
        min_run_for=min(UINT32_MAX, int(2 * beside_units_s) + 1),
        min_seconds_per_1e12_units=-(-2 * rules.UNITS_PER_PRICE // terms.units_per_second),
        max_lock_for=min(UINT32_MAX, terms.lock_s),
        min_demand_fee=terms.min_demand_fee,
        max_jobs=1,
        valid_until=valid_until,
        matcher=ZERO_ADDRESS,
        counter=counter,
        salt=salt,
    )
