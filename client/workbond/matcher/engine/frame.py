"""Orders as columns of numbers, so that millions of pairs are judged at once.

Rows are requests, columns are groups of offers that differ in nothing but their life (salt,
counter, uses, time). Amounts have up to 96 bits, more than any machine number holds exactly;
whatever is compared is therefore replaced by its rank among all values of its kind, which compares
the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Request
from workbond.matcher.engine.types import ANYBODY, Machine, Offered, Standing, Tuning, Wanted
from workbond.provider.fit import region_fits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ranks = NDArray[np.int32]

ANY, TREE = -1, -2  # instead of an address's number
MOST_PACE = 2**64 - 1
OLDEST_S = 2**32
LARGEST = 2**128
"""More than any amount, and a number that a float holds, whatever a machine claims of itself."""
NOBODY = Standing()
Key = TypeVar("Key", bound=Hashable)


class Frame:
    """All that constraints and terms look at, by row and by column.

    Args:
        wanted: the rows.
        groups: the columns, each of offers that are alike (`alike`).
        standings: by address; an account that is missing has nothing.
        now_s: the time at which a match would take place.
        matcher: the address that would submit it.
        tuning: for what machines don't tell.
    """

    def __init__(
        self,
        wanted: Sequence[Wanted],
        groups: Sequence[Sequence[Offered]],
        standings: Mapping[str, Standing],
        now_s: int,
        matcher: str,
        tuning: Tuning,
    ) -> None:
        self.wanted, self.groups, self.tuning = wanted, groups, tuning
        self.requests = requests = [each.request for each in wanted]
        self.offers = offers = [group[0].offer for group in groups]
        self.rows, self.columns = len(requests), len(offers)
        prices = [rules.unit_price(each, now_s) for each in requests]
        self.escrow = [
            rules.match_escrow(each, price) for each, price in zip(requests, prices, strict=True)
        ]
        payer = _indexed(each.requester for each in requests)
        self.payer, self.payers = _ints(payer[each.requester] for each in requests), list(payer)
        self.free = _floats(standings.get(each, NOBODY).free for each in payer)
        self._identities(matcher)
        self._admission(standings)
        self._limits(prices)
        self._hosts(standings)
        self._lives(standings, now_s)
        self._worth(prices)

    def _identities(self, matcher: str) -> None:
        """What must be equal, as numbers that mean the same on both sides."""
        requests, offers = self.requests, self.offers
        self.profile, self.offer_profile = _numbered(
            [each.profile for each in requests], [each.profile for each in offers]
        )
        self.resolver, self.offer_resolver = _numbered(
            [each.resolver for each in requests], [each.resolver for each in offers]
        )
        self.policy, self.offer_policy = _numbered(
            [each.policy for each in requests], [each.policy for each in offers]
        )
        self.requester, self.offer_requester = _numbered(
            [each.requester for each in requests], [each.requester for each in offers], ZERO_ADDRESS
        )
        self.spec, self.offer_spec = _numbered(
            [each.spec for each in requests], [each.spec for each in offers], ZERO_WORD
        )
        self.matched_by_us = _flags(each.matcher in (ANYBODY, matcher) for each in requests)
        self.offer_matched_by_us = _flags(each.matcher in (ANYBODY, matcher) for each in offers)

    def _admission(self, standings: Mapping[str, Standing]) -> None:
        known = _indexed(each.provider for each in self.offers)
        self.providers = list(known)
        self.provider = _ints(known[each.provider] for each in self.offers)
        self.unbonded = _floats(standings.get(each, NOBODY).unbonded for each in known)
        self._provider_code = known
        words = {bytes.fromhex(each[2:]).rjust(32, b"\0"): code for each, code in known.items()}
        only, trees = [], []
        for row, each in enumerate(self.wanted):
            root = each.request.providers
            if root == ZERO_WORD:
                only.append(ANY)
            elif root[:12] == bytes(12):
                only.append(words.get(root, len(known)))
            else:
                only.append(TREE)
                trees += [row * len(known) + known[who] for who in each.admitted if who in known]
        self.only = _ints(only)
        self.trees = np.unique(_ints(trees))

    def _limits(self, prices: list[int]) -> None:
        """Ranks of what a request `has` and of what an offer `sets`, by the offer's field."""
        requests, offers = self.requests, self.offers
        self.has: dict[str, Ranks] = {}
        self.sets: dict[str, Ranks] = {}
        for field, has in (
            ("min_unit_price", prices),
            ("min_flat", [each.flat for each in requests]),
            ("min_run_for", [each.run_for for each in requests]),
            ("min_demand_fee", [each.demand_fee for each in requests]),
            ("max_bond", [each.bond for each in requests]),
            ("max_units", [each.max_units for each in requests]),
            ("max_tasks", [each.tasks for each in requests]),
            ("max_lock_for", [rules.lock_for(each) for each in requests]),
            ("min_seconds_per_1e12_units", [slowest_pace(each) for each in requests]),
        ):
            sets = [getattr(each, field) for each in offers]
            self.has[field], self.sets[field] = ranked(has, sets)

    def _hosts(self, standings: Mapping[str, Standing]) -> None:
        """A host is a provider with one machine: requirements, stake and most terms look at it."""
        found = _indexed(
            (group[0].offer.provider, machine_key(group[0].machine)) for group in self.groups
        )
        first: dict[int, Offered] = {}
        hosts = []
        for group in self.groups:
            host = found[group[0].offer.provider, machine_key(group[0].machine)]
            first.setdefault(host, group[0])
            hosts.append(host)
        self.host = _ints(hosts)
        owners = [each.offer.provider for each in first.values()]
        self.host_provider = _ints(self._provider_code[each] for each in owners)
        machines = [each.machine for each in first.values()]
        standing = [standings.get(each, NOBODY) for each in owners]
        needs = [each.needs for each in self.wanted]
        self.needs: dict[str, Ranks] = {}
        self.gives: dict[str, Ranks] = {}
        for field, wants, gives in (
            ("cores", [each.cores for each in needs], [each.cores for each in machines]),
            ("memory", [e.memory_bytes for e in needs], [e.memory_bytes for e in machines]),
            ("gpus", [each.gpus for each in needs], [each.gpus for each in machines]),
            ("stake", [e.min_stake for e in self.requests], [each.staked for each in standing]),
            ("bond", [each.bond for each in self.requests], [each.unbonded for each in standing]),
        ):
            self.needs[field], self.gives[field] = ranked(wants, gives)
        self._regions([each.region for each in needs], [each.region for each in machines])
        self._sites([each.site for each in needs], machines)
        tuning = self.tuning
        self.cores = _floats(max(1, each.cores) for each in machines)
        self.speed = _floats(each.units_per_s or tuning.units_per_s for each in machines)
        self.line = _floats(each.bytes_per_s or tuning.bytes_per_s for each in machines)
        self.live_jobs = _floats(each.live_jobs for each in standing)
        self.settled = _floats(each.settled for each in standing)
        self.failed = _floats(each.failed for each in standing)

    def _regions(self, wanted: list[str], own: list[str]) -> None:
        asked, there = _indexed(wanted), _indexed(own)
        self.region = _ints(asked[each] for each in wanted)
        self.host_region = _ints(there[each] for each in own)
        self.region_fits = np.array(
            [[region_fits(each, other) for other in there] for each in asked], bool
        ).reshape(len(asked), len(there))

    def _sites(self, sites: list[str], machines: list[Machine]) -> None:
        """Known round trips as a sorted list of (site, host) with milliseconds: few are known."""
        known = _indexed(sites)
        self.site = _ints(known[each] for each in sites)
        found = {
            known[site] * len(machines) + host: ms
            for host, machine in enumerate(machines)
            for site, ms in machine.round_trip_ms.items()
            if site and site in known
        }
        self.trips = _ints(sorted(found))
        self.trip_ms = _floats(found[key] for key in sorted(found))

    def _lives(self, standings: Mapping[str, Standing], now_s: int) -> None:
        """What each order can do by itself."""
        self.open = _flags(now_s < each.open_until for each in self.requests)
        self.funded = _flags(
            need <= standings.get(each.requester, NOBODY).free
            for need, each in zip(self.escrow, self.requests, strict=True)
        )
        self.valid = _flags(now_s < group[0].offer.valid_until for group in self.groups)
        self.unused = _flags(group[0].left > 0 for group in self.groups)
        self.age_s = _ints(min(OLDEST_S, max(0, now_s - each.since_s)) for each in self.wanted)

    def _worth(self, prices: list[int]) -> None:
        """Amounts as floats, for scores only: nothing is refused on their account."""
        self.pay = _floats(
            rules.max_payment(each.flat, each.max_units, price)
            for each, price in zip(self.requests, prices, strict=True)
        )
        self.units = _floats(each.max_units for each in self.requests)
        self.tasks = _floats(each.tasks for each in self.requests)
        self.run_for = _floats(each.run_for for each in self.requests)
        self.input_bytes = _floats(each.needs.input_bytes for each in self.wanted)
        self.charge = _floats(self.escrow)
        self.bond = _floats(each.bond for each in self.requests)
        self.min_flat = _floats(each.min_flat for each in self.offers)
        self.min_price = _floats(
            each.min_unit_price / rules.UNITS_PER_PRICE for each in self.offers
        )

    def round_trip_ms(self, rows: Ints, hosts: Ints) -> Floats:
        """From each host to where the inputs of each row are."""
        keys = self.site[rows] * len(self.cores) + hosts
        unknown = float(self.tuning.round_trip_ms)
        if not len(self.trips):
            return np.full(keys.shape, unknown)
        place = np.minimum(np.searchsorted(self.trips, keys), len(self.trips) - 1)
        return np.where(self.trips[place] == keys, self.trip_ms[place], unknown)

    def trips_of(self, sites: Ints, hosts: Ints) -> Floats:
        """The same for all of `sites` (ascending, distinct) and `hosts` (likewise), as a table."""
        table = np.full((len(sites), len(hosts)), float(self.tuning.round_trip_ms))
        count = len(self.cores)
        index, _ = ragged(
            np.searchsorted(self.trips, sites * count),
            np.searchsorted(self.trips, (sites + 1) * count),
        )
        site, host = self.trips[index] // count, self.trips[index] % count
        there = np.isin(host, hosts)
        line, place = np.searchsorted(sites, site[there]), np.searchsorted(hosts, host[there])
        table[line, place] = self.trip_ms[index[there]]
        return table


def alike(offered: Offered) -> Hashable:
    """Equal for offers that no request can tell apart."""
    offer = offered.offer
    return (
        offer.provider,
        offer.requester,
        offer.spec,
        offer.profile,
        offer.resolver,
        offer.policy,
        offer.min_unit_price,
        offer.min_flat,
        offer.max_bond,
        offer.max_units,
        offer.max_tasks,
        offer.min_run_for,
        offer.min_seconds_per_1e12_units,
        offer.max_lock_for,
        offer.min_demand_fee,
        machine_key(offered.machine),
    )


def machine_key(machine: Machine) -> Hashable:
    """Equal for equal machines."""
    trips = machine.round_trip_ms
    return (
        machine.cores,
        machine.memory_bytes,
        machine.gpus,
        machine.region,
        machine.units_per_s,
        machine.bytes_per_s,
        tuple(sorted(trips.items())) if trips else (),
    )


def slowest_pace(request: Request) -> int:
    """The largest `minSecondsPer1e12Units` that the request keeps."""
    if not request.max_units:
        return MOST_PACE
    return min(MOST_PACE, request.run_for * rules.UNITS_PER_PRICE // request.max_units)


def ragged(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The indices of all ranges [start, end), and at which place in them each range begins."""
    length = end - start
    first = np.cumsum(length) - length
    return np.arange(length.sum()) + np.repeat(start - first, length), first


def ranked(*sides: Sequence[int]) -> list[Ranks]:
    """Each value's place among the distinct values of all sides: exact, whatever their size."""
    place = {value: rank for rank, value in enumerate(sorted({v for side in sides for v in side}))}
    return [np.fromiter((place[v] for v in side), np.int32, len(side)) for side in sides]


def _numbered(
    rows: Sequence[Hashable], columns: Sequence[Hashable], anything: Hashable = None
) -> tuple[Ints, Ints]:
    """Equal numbers for equal values on both sides; `anything` in a column becomes `ANY`."""
    code = _indexed([*rows, *columns])
    return (
        _ints(code[each] for each in rows),
        _ints(ANY if each == anything else code[each] for each in columns),
    )


def _indexed(values: Iterable[Key]) -> dict[Key, int]:
    """Each distinct value's number, in the order of first appearance."""
    found: dict[Key, int] = {}
    for value in values:
        found.setdefault(value, len(found))
    return found


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter((min(each, LARGEST) for each in values), np.float64)


def _flags(values: Iterable[bool]) -> Flags:
    return np.fromiter(values, np.bool_)
