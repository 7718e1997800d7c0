"""Seeded books of orders like those of a real market: sizes over orders of magnitude, several kinds
of work, hardware and regions, and offers with limits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Offer, Request
from workbond.matcher.engine.types import Machine, Needs, Offered, Standing, Wanted

NOW_S = 1_800_000_000
WORK = 10**18
PROFILES = [bytes([n]) * 32 for n in (1, 2, 3)]
PROFILE_SHARES = [80, 15, 5]
RESOLVERS = [ZERO_ADDRESS, "0x" + "cd" * 20]
REGIONS = ["de", "fr", "nl", "us-ca", "us-va", "jp", "br", ""]
SITES = [f"https://inputs{n}.example" for n in range(20)]
DAY_S = 86_400


@dataclass(frozen=True)
class Book:
    """What `match` takes."""

    wanted: list[Wanted]
    offered: list[Offered]
    standings: Mapping[str, Standing]


def book(seed: int, requests: int, offers: int, providers: int, *, waited_s: int = 300) -> Book:
    """Orders of all kinds that came in over the last `waited_s` seconds."""
    dice = random.Random(seed)
    hosts = [_address(dice) for _ in range(providers)]
    machines = [_machine(dice) for _ in hosts]
    costs = [10 ** dice.uniform(0.0, 1.0) for _ in hosts]  # WORK per 1e12 units
    standings = {who: _provider(dice) for who in hosts}
    payers = [_address(dice) for _ in range(max(1, requests // 5))]
    standings.update((who, Standing(free=round(10 ** dice.uniform(1, 6) * WORK))) for who in payers)
    wanted = [_wanted(dice, payers, waited_s) for _ in range(requests)]
    offered = []
    for number in range(offers):
        host = number % providers
        offered.append(_offered(dice, hosts[host], machines[host], costs[host], waited_s))
    return Book(wanted, offered, standings)


def one_market(orders: Book) -> Book:
    """The same with one profile and no disputes: the most pairs that there can be."""
    same = {"profile": PROFILES[0], "resolver": ZERO_ADDRESS}
    return Book(
        [
            replace(e, request=replace(e.request, **same, case_for=0, case_fee=0))
            for e in orders.wanted
        ],
        [replace(each, offer=replace(each.offer, **same)) for each in orders.offered],
        orders.standings,
    )


def covered(orders: Book) -> Book:
    """The same with stake and money for everything: then the solver's optimum is the true one."""
    rich = {
        who: replace(each, staked=2**96, unbonded=2**96, free=2**96)
        for who, each in orders.standings.items()
    }
    return replace(orders, standings=rich)


def _wanted(dice: random.Random, payers: list[str], waited_s: int) -> Wanted:
    units = round(10 ** dice.uniform(9, 14))
    price = round(10 ** dice.uniform(0.2, 1.3) * WORK)
    paid = units * price // 10**12
    resolver = dice.choices(RESOLVERS, [70, 30])[0]
    bond = max(10_000, round(paid * dice.uniform(0.5, 2)))
    run_for = round(dice.uniform(2, 20) * (120 + units / 4e9))
    request = Request(
        requester=dice.choice(payers),
        spec=dice.randbytes(32),
        profile=dice.choices(PROFILES, PROFILE_SHARES)[0],
        tasks=min(65_536, round(10 ** dice.uniform(0, 3.5))),
        flat=round(10 ** dice.uniform(-3, -1) * WORK),
        min_unit_price=price // 2,
        max_unit_price=price,
        ramp_start=NOW_S - 3_600,
        ramp_end=NOW_S - 60,
        max_units=units,
        bond=bond,
        min_stake=dice.choice([0, 0, 0, bond, 2 * bond]),
        tip=bond // 100,
        open_until=NOW_S + DAY_S,
        run_for=min(30 * DAY_S, run_for),
        challenge_for=dice.choice([3_600, 6 * 3_600, DAY_S, 3 * DAY_S]),
        resolver=resolver,
        policy=ZERO_WORD,
        case_for=0 if resolver == ZERO_ADDRESS else 3 * DAY_S,
        case_fee=0 if resolver == ZERO_ADDRESS else bond // 20,
        demand_fee=round(10 ** dice.uniform(-3, -1) * WORK),
        providers=ZERO_WORD,
        matcher=ZERO_ADDRESS,
        counter=0,
        salt=dice.randbytes(32),
    )
    needs = Needs(
        cores=dice.choice([1, 1, 1, 2, 4, 8, 16]),
        memory_bytes=dice.choice([0, 1, 2, 4, 8, 16, 64]) << 30,
        gpus=dice.choices([0, 1], [95, 5])[0],
        region=dice.choices(["", "eu", "us", "de"], [70, 15, 10, 5])[0],
        input_bytes=round(10 ** dice.uniform(4, 10)),
        site=dice.choice(SITES),
    )
    return Wanted(dice.randbytes(32), request, needs, NOW_S - dice.randrange(max(1, waited_s)))


def _offered(
    dice: random.Random, provider: str, machine: Machine, cost: float, waited_s: int
) -> Offered:
    offer = Offer(
        provider=provider,
        requester=ZERO_ADDRESS,
        spec=ZERO_WORD,
        profile=dice.choices(PROFILES, PROFILE_SHARES)[0],
        resolver=dice.choices(RESOLVERS, [70, 30])[0],
        policy=ZERO_WORD,
        min_unit_price=round(cost * dice.uniform(0.9, 1.3) * WORK),
        min_flat=round(10 ** dice.uniform(-4, -2) * WORK),
        max_bond=round(10 ** dice.uniform(2, 5) * WORK),
        max_units=round(10 ** dice.uniform(12, 15)),
        max_tasks=dice.choice([1_000, 10_000, 65_536]),
        min_run_for=dice.choice([60, 120, 600]),
        min_seconds_per_1e12_units=round(1e12 / (machine.units_per_s or 10**7) / machine.cores),
        max_lock_for=dice.choice([3, 7, 14, 30]) * DAY_S,
        min_demand_fee=round(10 ** dice.uniform(-4, -2) * WORK),
        max_jobs=dice.choice([1, 1, 2, 5, 20]),
        valid_until=NOW_S + DAY_S,
        matcher=ZERO_ADDRESS,
        counter=0,
        salt=dice.randbytes(32),
    )
    return Offered(dice.randbytes(32), offer, machine, 0, NOW_S - dice.randrange(max(1, waited_s)))


def _machine(dice: random.Random) -> Machine:
    cores = dice.choice([2, 4, 4, 8, 8, 16, 32, 64])
    return Machine(
        cores=cores,
        memory_bytes=cores * dice.choice([2, 4, 8]) << 30,
        gpus=dice.choices([0, 1, 4], [85, 10, 5])[0],
        region=dice.choice(REGIONS),
        units_per_s=dice.choice([0, *(round(10 ** dice.uniform(8, 9.2)) for _ in range(9))]),
        bytes_per_s=round(10 ** dice.uniform(5.5, 8.5)),
        round_trip_ms={site: dice.randrange(2, 300) for site in dice.sample(SITES, 12)},
    )


def _provider(dice: random.Random) -> Standing:
    staked = round(10 ** dice.uniform(3, 6) * WORK)
    settled = round(10 ** dice.uniform(0, 3)) - 1
    failed = round(settled * dice.choice([0, 0, 0.01, 0.05, 0.2]))
    return Standing(staked, staked * dice.randrange(40, 101) // 100, 0, 0, settled, failed)


def _address(dice: random.Random) -> str:
    """Not checksummed: nothing here leaves the process."""
    return "0x" + dice.randbytes(20).hex()
