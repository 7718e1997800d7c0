"""Why an order is not matched. `why` counts, for one order, the first reason at each other one."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """In the order in which they are looked for; the value is the explanation.

    Reasons of the pair first, in the order of the market's own checks; what a top-up, a better
    price or time can change comes last, so that it is named only where all else fits.
    """

    CLOSED = "the request can't be matched any more: its openUntil is over"
    EXPIRED = "the offer can't be used any more: its validUntil is over"
    USED_UP = "the offer was used for as many jobs as it is good for"
    REQUEST_MATCHER = "the request names another matcher"
    OFFER_MATCHER = "the offer names another matcher"
    PROFILE = "they are for different execution profiles"
    RESOLVER = "they name different resolvers"
    POLICY = "they name different policies of the resolver"
    REQUESTER = "the offer is for another requester"
    SPEC = "the offer is for another spec"
    PROVIDERS = "the request admits other providers only"
    BOND = "the bond is larger than the offer's maxBond"
    UNITS = "the request pays for more units than the offer's maxUnits"
    TASKS = "the request has more tasks than the offer's maxTasks"
    RUN_FOR = "the time to run is shorter than the offer's minRunFor"
    PACE = "the time to run is too short for the units (minSecondsPer1e12Units)"
    LOCK = "the bond would stay locked longer than the offer's maxLockFor"
    DEMAND_FEE = "a demand pays less than the offer's minDemandFee"
    CORES = "the spec requires more cores than the machine has"
    MEMORY = "the spec requires more memory than the machine has"
    GPUS = "the spec requires more GPUs than the machine has"
    REGION = "the spec requires another region"
    MIN_STAKE = "the provider's stake is below the request's minStake"
    STAKE = "the provider's unlocked stake doesn't cover the bond"
    FLAT = "the flat payment is below the offer's minFlat"
    PRICE = "the unit price is, at this time, below the offer's minUnitPrice"
    FUNDS = "the requester's balance doesn't cover payment, case fee and tip"
    OUTBID = "it fits, and others got the places: they score higher or waited longer"
    NO_OFFERS = "no offer is in the book"
    NO_REQUESTS = "no request is in the book"
