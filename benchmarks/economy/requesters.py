"""Requesters: when they come, what they sign, and whether their money is there."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp, log, pi, sin
from random import Random

from tests.model.rules import escrow_of
from tests.model.validity import MAX_RUN_FOR_S
from tests.model.words import NOBODY, ZERO32, Request

from workbond.matcher.engine.types import Needs, Wanted

from .classes import REGIONS
from .dice import chance, drawn, shares
from .kinds import KINDS, LEAST_UNITS, MOST_UNITS, SPREAD, Kind
from .providers import PROFILES
from .scale import DAY_S, DEMAND_FEE, FAIR_PRICE, FLAT, HOUR_S, START_S, TERA, WORK, Scale
from .world import World, request_of

TYPICAL_SPEED = 4.4e9
"""Units per second of a desktop's slot: requesters reckon with it."""
BY_DAY = 0.6
"""How much more than on average comes at the busiest hour, and less at the quietest."""
AT_WEEKENDS = 0.6
RESERVE = WORK
OVERHEAD_S = 1_800
"""To fetch and to submit; on top of what a job may take."""


@dataclass
class Requester:
    """An account with its habits.

    Args:
        taste: what it pays, times what others pay.
        approves: looks at results and approves them, rather than leaving it to the clock.
        attentive: notices within the window that outputs are withheld.
        careless: brings its money once a day, whatever it signed meanwhile.
        promised: base units, by id, that its signed and unmatched requests may cost.
    """

    name: str
    site: str
    taste: float
    approves: bool
    attentive: bool
    careless: bool
    address: str = ""
    promised: dict[bytes, int] = field(default_factory=dict)

    def top_up(self, world: World) -> None:
        """As much as everything that it signed may cost, and some for demands."""
        wanted = sum(self.promised.values()) + RESERVE
        short = wanted - world.free(self.address)
        if short > 0:
            world.deposit(self.address, short + RESERVE)


@dataclass
class Order:
    """A signed request, on its way into a book.

    Args:
        use: units that the job will really take, at most its `max_units`.
    """

    kind: Kind
    requester: Requester
    request: Request
    id: bytes
    signature: bytes
    wanted: Wanted
    use: int


def requesters(scale: Scale) -> list[Requester]:
    dice = Random(f"{scale.seed}/requesters")
    return [
        Requester(
            name=f"requester {number}",
            site=drawn(dice, REGIONS),
            taste=exp(dice.gauss(0, 0.15)),
            approves=chance(dice, 70),
            attentive=chance(dice, 85),
            careless=chance(dice, 8),
        )
        for number in range(scale.requesters)
    ]


def arrivals(scale: Scale) -> list[int]:
    """Seconds of all requests: a Poisson process, given their number, whose rate follows day and
    week."""
    dice = Random(f"{scale.seed}/arrivals")
    hours = scale.days * 24
    rates = [
        (1 + BY_DAY * sin(2 * pi * (hour % 24 - 9) / 24))
        * (AT_WEEKENDS if hour // 24 % 7 >= 5 else 1)
        for hour in range(hours)
    ]
    ends = [*accumulate(rates)]
    found = []
    for _ in range(scale.jobs):
        place = dice.random() * ends[-1]
        hour = min(bisect(ends, place), hours - 1)
        found.append(START_S + hour * HOUR_S + int(dice.random() * HOUR_S))
    return sorted(found)


def kinds(scale: Scale) -> list[Kind]:
    """Of all requests, in the order in which they come."""
    return shares(Random(f"{scale.seed}/kinds"), KINDS, scale.jobs)


def order(world: World, dice: Random, kind: Kind, requester: Requester) -> Order:
    """What that requester signs now."""
    now_s = world.now_s
    units = int(min(MOST_UNITS, max(LEAST_UNITS, exp(dice.gauss(log(kind.units), SPREAD)))))
    tasks = dice.randint(*kind.tasks)
    first = int(FAIR_PRICE * kind.first / 100 * requester.taste * dice.uniform(0.9, 1.1))
    last = int(FAIR_PRICE * kind.last / 100 * requester.taste * dice.uniform(0.9, 1.1))
    dearest = FLAT + units * last // TERA
    allowed_s = OVERHEAD_S + int(units / TYPICAL_SPEED * dice.uniform(*kind.slack))
    bond = int(dearest * dice.uniform(0.5, 1.2))
    request = Request(
        requester=requester.address,
        spec=dice.randbytes(32),
        profile=drawn(dice, PROFILES),
        tasks=tasks,
        flat=FLAT,
        min_unit_price=first,
        max_unit_price=max(first, last),
        ramp_start=now_s,
        ramp_end=now_s + kind.ramp_s,
        max_units=units,
        bond=bond,
        min_stake=kind.min_stake,
        tip=min(dearest * kind.tip // WORK, bond // 40),
        open_until=now_s + kind.patience_s,
        run_for=min(MAX_RUN_FOR_S, allowed_s),
        challenge_for=kind.window_s,
        resolver=NOBODY,
        policy=ZERO32,
        case_for=0,
        case_fee=0,
        demand_fee=DEMAND_FEE,
        providers=ZERO32,
        matcher=NOBODY,
        counter=0,
        salt=dice.randbytes(32),
    )
    id_, signature = world.signed_request(request)
    needs = Needs(
        cores=min(4, tasks),
        memory_bytes=dice.choice(kind.memory),
        gpus=kind.gpus,
        region=kind.region,
        input_bytes=int(10 ** dice.uniform(6, 9.7)),
        site=requester.site,
    )
    requester.promised[id_] = escrow_of(request)
    wanted = Wanted(id_, request_of(request), needs, now_s)
    return Order(
        kind, requester, request, id_, signature, wanted, int(units * dice.uniform(0.4, 1))
    )


def is_morning(now_s: int) -> bool:
    """When careless requesters bring their money."""
    return now_s % DAY_S == 9 * HOUR_S
