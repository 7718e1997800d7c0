"""What an offer binds its provider to, checked in the order of this file."""

from .errors import ascii32, require
from .rules import UNITS_PER_PRICE, lock_for
from .words import NOBODY, ZERO32, Offer, Request


def require_fits(offer: Offer, request: Request, price: int) -> None:
    """Refuse a request that asks for more than the offer gives, or for less money."""
    if offer.requester != NOBODY:
        require_equal("requester", request.requester, offer.requester)
    if offer.spec != ZERO32:
        require_equal("spec", request.spec, offer.spec)
    require_equal("profile", request.profile, offer.profile)
    require_equal("resolver", request.resolver, offer.resolver)
    require_equal("policy", request.policy, offer.policy)
    require_least("minUnitPrice", price, offer.min_unit_price)
    require_least("minFlat", request.flat, offer.min_flat)
    require_least("minRunFor", request.run_for, offer.min_run_for)
    require_least("minDemandFee", request.demand_fee, offer.min_demand_fee)
    require_most("maxBond", request.bond, offer.max_bond)
    require_most("maxUnits", request.max_units, offer.max_units)
    require_most("maxTasks", request.tasks, offer.max_tasks)
    require_most("maxLockFor", lock_for(request), offer.max_lock_for)
    needed = request.max_units * offer.min_seconds_per1e12_units
    slow = request.run_for * UNITS_PER_PRICE >= needed
    values = (request.run_for, offer.min_seconds_per1e12_units)
    require(slow, "OfferExceeded", ascii32("minSecondsPer1e12Units"), *values)


def require_equal(field: str, value: str | bytes, limit: str | bytes) -> None:
    require(value == limit, "OfferExceeded", ascii32(field), number_of(value), number_of(limit))


def require_least(field: str, value: int, limit: int) -> None:
    require(value >= limit, "OfferExceeded", ascii32(field), value, limit)


def require_most(field: str, value: int, limit: int) -> None:
    require(value <= limit, "OfferExceeded", ascii32(field), value, limit)


def number_of(value: str | bytes) -> int:
    """An address or a hash as the number that errors tell."""
    return int(value, 16) if isinstance(value, str) else int.from_bytes(value, "big")
