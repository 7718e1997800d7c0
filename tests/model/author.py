"""Random orders that their authors can keep, and the many ways to get one wrong."""

import random
from dataclasses import dataclass, field, replace

from . import rules, validity
from .allowlist import AllowList
from .cast import ACTORS, OUTSIDER
from .committee import rules as courses
from .keys import address_of
from .words import NOBODY, ZERO32, Offer, Request

UNITS = (0, 1, 10**6, 10**12, 3 * 10**15, validity.MAX_UNITS)
SECONDS = (1, 60, 600, 4000, 20_000, 50_000)
OTHER = address_of("somebody-else")


@dataclass
class Author:
    """Writes requests, and remembers whom their allow-lists admit."""

    rng: random.Random
    committee: str = NOBODY  # the favourite resolver, if there is one
    lists: dict[bytes, AllowList] = field(default_factory=dict)

    def request(self, requester: str, budget: int, stake: int, counter: int, now: int) -> Request:
        """A valid request whose escrow is within `budget` and whose bond is within `stake`."""
        rng = self.rng
        bond = self.bond(stake)
        tip = self.amount(min(budget // 4, bond // validity.TIP_SHARE))
        disputable = rng.random() < 0.8
        most_fee = min(budget // 4, bond // validity.CASE_FEE_SHARE)
        case_fee = most_fee if self.judged and rng.random() < 0.7 else self.amount(most_fee)
        flat = self.amount(budget // 4)
        max_units = rng.choice(UNITS)
        dearest = min(budget // 4 * rules.UNITS_PER_PRICE // max(max_units, 1), rules.MAX_AMOUNT)
        max_price = self.amount(dearest)
        open_until = now + self.duration(validity.MAX_OPEN_FOR_S)
        near = min(open_until, now + 900)
        ramp_start = rng.randint(now - 100, near)
        run_for, challenge_for = self.duration(validity.MAX_RUN_FOR_S), self.challenge_for()
        if self.judged:  # time passes by hours
            challenge_for = rng.choice((challenge_for, 20_000, 50_000, 200_000))
        resolver = rng.choice((OTHER, requester, *ACTORS, *ACTORS)) if disputable else NOBODY
        policy, case_for = rng.randbytes(32), self.case_for()
        if disputable and self.judged and rng.random() < 0.85:
            resolver, (policy, case_for) = self.committee, self.course(run_for)
        return Request(
            requester=requester,
            spec=rng.randbytes(32),
            profile=rng.randbytes(32),
            tasks=rng.choice((1, 48, validity.MAX_TASKS)),
            flat=flat,
            min_unit_price=self.amount(max_price),
            max_unit_price=max_price,
            ramp_start=ramp_start,
            ramp_end=rng.randint(ramp_start, near) if ramp_start < near else ramp_start,
            max_units=max_units,
            bond=bond,
            min_stake=self.amount(stake),
            tip=tip,
            open_until=open_until,
            run_for=run_for,
            challenge_for=challenge_for,
            resolver=resolver,
            policy=policy if disputable else ZERO32,
            case_for=case_for if disputable else 0,
            case_fee=case_fee if disputable else 0,
            demand_fee=self.amount(budget // 20 if rng.random() < 0.9 else rules.MAX_AMOUNT),
            providers=self.providers(),
            matcher=NOBODY,
            counter=counter,
            salt=rng.randbytes(32),
        )

    def offer(self, request: Request, provider: str, counter: int, now: int) -> Offer:
        """One that the request fits at its lowest price, narrowly or with room."""
        rng = self.rng
        units, lock_for = request.max_units, rules.lock_for(request)
        slowest = request.run_for * rules.UNITS_PER_PRICE // max(units, 1)
        return Offer(
            provider=provider,
            requester=rng.choice((NOBODY, request.requester)),
            spec=rng.choice((ZERO32, ZERO32, request.spec)),
            profile=request.profile,
            resolver=request.resolver,
            policy=request.policy,
            min_unit_price=self.amount(request.min_unit_price),
            min_flat=self.amount(request.flat),
            max_bond=self.room(request.bond, rules.MAX_AMOUNT),
            max_units=self.room(units, validity.MAX_UNITS),
            max_tasks=self.room(request.tasks, validity.MAX_TASKS),
            min_run_for=self.amount(request.run_for),
            min_seconds_per1e12_units=self.amount(min(slowest, 2**64 - 1)),
            max_lock_for=self.room(lock_for, 2**32 - 1),
            min_demand_fee=self.amount(request.demand_fee),
            max_jobs=rng.choice((1, 1, 2, 3, 8, 2**32 - 1)),
            valid_until=now + self.duration(365 * rules.DAY_S),
            matcher=request.matcher,
            counter=counter,
            salt=rng.randbytes(32),
        )

    def suit(self, request: Request, offer: Offer) -> Request:
        """The request, changed so that it mostly fits an offer that is there already."""
        bond = min(request.bond, offer.max_bond)
        bond = bond if bond >= validity.MIN_BOND else 0
        disputable = offer.resolver != NOBODY
        fee = min(request.case_fee, bond // validity.CASE_FEE_SHARE)
        slowest = max(offer.min_seconds_per1e12_units, 1)
        bearable = validity.MAX_RUN_FOR_S * rules.UNITS_PER_PRICE // slowest
        units = min(request.max_units, offer.max_units, bearable)
        lock_for = max(offer.max_lock_for - rules.ANSWER_FOR_S - rules.GRACE_S, 0)
        case_for = min(request.case_for, lock_for) if disputable else 0
        needed = -(-units * offer.min_seconds_per1e12_units // rules.UNITS_PER_PRICE)
        run_for = max(request.run_for, offer.min_run_for, needed)
        return replace(
            request,
            spec=offer.spec if offer.spec != ZERO32 else request.spec,
            profile=offer.profile,
            resolver=offer.resolver,
            policy=offer.policy,
            tasks=min(request.tasks, offer.max_tasks),
            flat=max(request.flat, offer.min_flat),
            min_unit_price=max(request.min_unit_price, offer.min_unit_price),
            max_unit_price=max(request.max_unit_price, offer.min_unit_price),
            max_units=units,
            bond=bond,
            tip=min(request.tip, bond // validity.TIP_SHARE),
            run_for=min(run_for, validity.MAX_RUN_FOR_S),
            challenge_for=min(request.challenge_for, (lock_for - case_for) * 2 // 3),
            case_for=case_for,
            case_fee=fee if disputable else 0,
            demand_fee=max(request.demand_fee, offer.min_demand_fee),
            matcher=offer.matcher,
        )

    def room(self, least: int, most: int) -> int:
        """A limit that `least` keeps, often just so."""
        return self.rng.choice((least, least, most, self.rng.randint(least, most)))

    def amount(self, limit: int) -> int:
        """Nothing, all, a little or anything: limits are met often."""
        few = self.rng.randint(0, min(limit, 1000))
        return self.rng.choice((0, limit, few, self.rng.randint(0, limit), limit // 3))

    def duration(self, limit: int) -> int:
        """Minutes to hours mostly: waiting for one job must not end all others."""
        return self.rng.choice((*SECONDS, *SECONDS, limit))

    @property
    def judged(self) -> bool:
        """Whether requests mostly name the committee."""
        return self.committee != NOBODY

    def challenge_for(self) -> int:
        return self.rng.choice((0, *[self.duration(validity.MAX_CHALLENGE_FOR_S)] * 4))

    def course(self, run_for: int) -> tuple[bytes, int]:
        """A policy of the committee and a time for its case that suit a job, or just don't."""
        rng = self.rng
        seats = rng.choice((*courses.FIRST_SEATS, 3, 3, 7))
        rate = rng.choice((0, 1, 2500, 5000, 9999, 10_000, 10_000))
        policy = courses.pack_policy(seats, rate)
        if rng.random() < 0.04:
            policy = rng.choice((rng.randbytes(32), courses.pack_policy(seats, 10_001)))
            policy = rng.choice((policy, courses.pack_policy(seats + 2, rate)))
        course = courses.course_of(seats, run_for)
        longest = courses.MAX_CASE_FOR_S + rng.choice((0, 1))
        return policy, rng.choice((course, course, course + 1, course + 4000, longest, course - 1))

    def case_for(self) -> int:
        """Mostly long enough to come to a verdict."""
        return self.rng.choice((0, 600, 6000, 20_000, 50_000, 50_000, validity.MAX_CASE_FOR_S))

    def bond(self, stake: int) -> int:
        if stake < validity.MIN_BOND or self.rng.random() < 0.15:
            return 0
        if self.judged and self.rng.random() < 0.8:
            return max(stake // self.rng.choice((5, 10)), validity.MIN_BOND)
        some = self.rng.randint(validity.MIN_BOND, stake)
        return self.rng.choice((validity.MIN_BOND, some, max(stake // 7, validity.MIN_BOND)))

    def providers(self) -> bytes:
        """Anybody, one address, or a list."""
        kind = self.rng.random()
        if kind < 0.5:
            return ZERO32
        if kind < 0.65:
            return bytes(12) + bytes.fromhex(self.rng.choice(ACTORS)[2:])
        admitted = self.rng.sample([*ACTORS, OUTSIDER, OTHER], self.rng.randint(1, 7))
        admits = AllowList(tuple(admitted))
        self.lists[admits.root] = admits
        return admits.root

    def admitted(self, request: Request) -> list[str]:
        """The actors who may accept a request."""
        if request.providers in self.lists:
            return [a for a in ACTORS if a in self.lists[request.providers].addresses]
        return [a for a in ACTORS if rules.is_allowed(request.providers, a, ())]

    def proof(self, request: Request, provider: str) -> tuple[bytes, ...]:
        admits = self.lists.get(request.providers)
        return admits.proof(provider) if admits and provider in admits.addresses else ()


def out_of_range(request: Request, now: int) -> list[dict[str, object]]:
    """Changes each of which breaks, or just not yet breaks, one rule of a valid request."""
    tip, fee = request.bond // validity.TIP_SHARE, request.bond // validity.CASE_FEE_SHARE
    return [
        {"tasks": 0},
        {"tasks": validity.MAX_TASKS + 1},
        {"max_units": validity.MAX_UNITS + 1},
        {"min_unit_price": min(request.max_unit_price + 1, rules.MAX_AMOUNT)},
        {"ramp_start": request.ramp_end + 1},
        {"ramp_end": request.open_until + 1},
        {"open_until": now, "ramp_start": 0, "ramp_end": now},
        {"open_until": now + 1, "ramp_start": 0, "ramp_end": now + 1},
        {"open_until": now + validity.MAX_OPEN_FOR_S + 1},
        {"open_until": 2**64 - 1},
        {"run_for": 0},
        {"run_for": validity.MAX_RUN_FOR_S + 1},
        {"challenge_for": validity.MAX_CHALLENGE_FOR_S + 1},
        {"bond": 1, "tip": 0, "case_fee": 0},
        {"bond": validity.MIN_BOND - 1, "tip": 0, "case_fee": 0},
        {"tip": tip + 1},
        {"case_fee": fee + 1, "resolver": OTHER},
        {"case_for": validity.MAX_CASE_FOR_S + 1, "resolver": OTHER},
        {"resolver": NOBODY, "policy": ZERO32, "case_for": 1, "case_fee": 0},
        {"resolver": NOBODY, "policy": ZERO32, "case_for": 0, "case_fee": 1},
        {"resolver": NOBODY, "policy": b"\0" * 31 + b"\1", "case_for": 0, "case_fee": 0},
        {"matcher": OTHER},
        {"counter": request.counter + 1},
        {"max_units": validity.MAX_UNITS, "max_unit_price": rules.MAX_AMOUNT},
        {"flat": rules.MAX_AMOUNT},
    ]


def exceeded(request: Request, offer: Offer, price: int) -> list[dict[str, object]]:
    """Changes of an offer with each of which the request, which fits it, breaks one limit."""
    units = request.max_units
    slowest = request.run_for * rules.UNITS_PER_PRICE // units if units else 2**64
    lock_for = rules.lock_for(request)
    changes: list[dict[str, object]] = [
        {"requester": OTHER},
        {"spec": offer.salt},
        {"profile": offer.salt},
        {"resolver": offer.provider if request.resolver != offer.provider else OTHER},
        {"policy": offer.salt},
        {"min_unit_price": price + 1},
        {"min_flat": request.flat + 1},
        {"min_run_for": request.run_for + 1},
        {"min_demand_fee": request.demand_fee + 1},
        {"max_bond": request.bond - 1},
        {"max_units": units - 1},
        {"max_tasks": request.tasks - 1},
        {"max_lock_for": lock_for - 1},
        {"min_seconds_per1e12_units": slowest + 1},
    ]
    most = {"min_seconds_per1e12_units": 2**64 - 1}
    return [
        change
        for change in changes
        for name, value in change.items()
        if not isinstance(value, int) or 0 <= value <= most.get(name, rules.MAX_AMOUNT)
    ]
