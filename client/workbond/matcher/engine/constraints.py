"""What a pair must keep to be matched at all: one function a reason, judged for many pairs at once.

Each takes a frame, rows and columns (arrays of indices of one shape, or that broadcast to one) and
tells for each pair whether it passes. The market checks all of it again; `chain/orders.excesses` is
the same in words of one pair, and a test holds both together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbond.matcher.engine.frame import ANY, TREE, Flags, Frame, Ints
from workbond.matcher.engine.reasons import Reason

Constraint = Callable[[Frame, Ints, Ints], Flags]


def still_open(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.open[rows]


def valid(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.valid[columns]


def unused(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.unused[columns]


def request_matcher(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.matched_by_us[rows]


def offer_matcher(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.offer_matched_by_us[columns]


def profile(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.profile[rows] == frame.offer_profile[columns]


def resolver(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.resolver[rows] == frame.offer_resolver[columns]


def policy(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.policy[rows] == frame.offer_policy[columns]


def requester(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    asked = frame.offer_requester[columns]
    return (asked == ANY) | (asked == frame.requester[rows])


def spec(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    asked = frame.offer_spec[columns]
    return (asked == ANY) | (asked == frame.spec[rows])


def providers(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    only, provider = frame.only[rows], frame.provider[columns]
    admitted = (only == ANY) | (only == provider)
    if not len(frame.trees):
        return admitted
    keys = rows * len(frame.providers) + provider
    place = np.minimum(np.searchsorted(frame.trees, keys), len(frame.trees) - 1)
    return admitted | ((only == TREE) & (frame.trees[place] == keys))


def bond(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_most("max_bond", frame, rows, columns)


def units(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_most("max_units", frame, rows, columns)


def tasks(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_most("max_tasks", frame, rows, columns)


def run_for(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_least("min_run_for", frame, rows, columns)


def pace(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_least("min_seconds_per_1e12_units", frame, rows, columns)


def lock(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_most("max_lock_for", frame, rows, columns)


def demand_fee(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_least("min_demand_fee", frame, rows, columns)


def cores(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _given("cores", frame, rows, columns)


def memory(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _given("memory", frame, rows, columns)


def gpus(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _given("gpus", frame, rows, columns)


def region(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.region_fits[frame.region[rows], frame.host_region[frame.host[columns]]]


def min_stake(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _given("stake", frame, rows, columns)


def stake(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _given("bond", frame, rows, columns)


def flat(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_least("min_flat", frame, rows, columns)


def price(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return _at_least("min_unit_price", frame, rows, columns)


def funds(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.funded[rows]


CONSTRAINTS: tuple[tuple[Reason, Constraint], ...] = (
    (Reason.CLOSED, still_open),
    (Reason.EXPIRED, valid),
    (Reason.USED_UP, unused),
    (Reason.REQUEST_MATCHER, request_matcher),
    (Reason.OFFER_MATCHER, offer_matcher),
    (Reason.PROFILE, profile),
    (Reason.RESOLVER, resolver),
    (Reason.POLICY, policy),
    (Reason.REQUESTER, requester),
    (Reason.SPEC, spec),
    (Reason.PROVIDERS, providers),
    (Reason.BOND, bond),
    (Reason.UNITS, units),
    (Reason.TASKS, tasks),
    (Reason.RUN_FOR, run_for),
    (Reason.PACE, pace),
    (Reason.LOCK, lock),
    (Reason.DEMAND_FEE, demand_fee),
    (Reason.CORES, cores),
    (Reason.MEMORY, memory),
    (Reason.GPUS, gpus),
    (Reason.REGION, region),
    (Reason.MIN_STAKE, min_stake),
    (Reason.STAKE, stake),
    (Reason.FLAT, flat),
    (Reason.PRICE, price),
    (Reason.FUNDS, funds),
)
"""In the order of `Reason`."""


def fits(frame: Frame, rows: Ints, columns: Ints) -> Flags:
    """Whether each pair passes all of them."""
    passed = np.ones(np.broadcast_shapes(rows.shape, columns.shape), np.bool_)
    for _, constraint in CONSTRAINTS:
        passed &= constraint(frame, rows, columns)
    return passed


def _at_least(field: str, frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.has[field][rows] >= frame.sets[field][columns]


def _at_most(field: str, frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.has[field][rows] <= frame.sets[field][columns]


def _given(field: str, frame: Frame, rows: Ints, columns: Ints) -> Flags:
    return frame.needs[field][rows] <= frame.gives[field][frame.host[columns]]
