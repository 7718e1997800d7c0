"""One provider: a machine, a stake, and the offers it has out."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.model.words import NOBODY, ZERO32, Offer

from workbond.matcher.engine.types import Machine, Offered

from .classes import (
    DOWN,
    FLOOR_PERCENT,
    HARDWARE,
    MANNERS,
    PRICINGS,
    REGIONS,
    UP,
    Hardware,
    Manner,
    Pricing,
    round_trip_ms,
)
from .dice import drawn, shares
from .scale import DAY_S, DEMAND_FEE, FLAT, HOUR_S, START_S, TERA, WORK, Scale
from .world import World, offer_of

COUNTRIES = {"eu": ("de", "fr", "pl"), "us": ("us",), "ap": ("jp",)}
PROFILES = ((b"wasm-1".ljust(32, b"\0"), 80), (b"wasm-2".ljust(32, b"\0"), 20))
SAFETY = 1.3
"""A provider promises a pace that is so much slower than its own."""
MAX_LOCK_S = 6 * DAY_S
POOR = 0.4
"""Part of its first stake below which a provider gives up."""


@dataclass
class Provider:
    """What it is and what it does.

    Args:
        joins_s, leaves_s: seconds after the start in which it offers.
        speed: units per second of a slot.
        margin: of its least price over its costs.
        free: slots without a job.
    """

    name: str
    hardware: Hardware
    manner: Manner
    pricing: Pricing
    region: str
    country: str
    profile: bytes
    gpus: int
    speed: int
    cost: int
    margin: float
    stake: int
    joins_s: int
    leaves_s: int
    session_start_h: int
    address: str = ""
    free: int = 0
    idle_since_s: int = 0
    broken_until_s: int = 0
    matched: int = 0  # jobs since the last look at prices
    counter: int = 0
    left: bool = False
    offers: dict[bytes, tuple[Offer, bytes, Offered]] = field(default_factory=dict)

    @property
    def price(self) -> int:
        """Base units per 1e12 units, at least."""
        return int(self.cost * (1 + self.margin))

    @property
    def machine(self) -> Machine:
        """A slot, as the card tells it."""
        hardware = self.hardware
        return Machine(
            cores=hardware.cores,
            memory_bytes=hardware.memory,
            gpus=self.gpus,
            region=self.country,
            units_per_s=self.speed // hardware.cores,
            bytes_per_s=hardware.line,
            round_trip_ms={
                site: round_trip_ms(site, self.region) + hardware.last_mile_ms
                for site, _ in REGIONS
            },
        )

    # ──────────────────────────────── presence ───────────────────────────────

    def is_new(self) -> bool:
        """It came when others had a record already."""
        return self.joins_s > 0

    def there(self, now_s: int) -> bool:
        """Whether it takes part at all, awake or not."""
        return not self.left and self.joins_s <= now_s - START_S < self.leaves_s

    def awake(self, now_s: int) -> bool:
        """Whether it takes new jobs now."""
        return self.open_until(now_s) > now_s

    def open_until(self, now_s: int) -> int:
        """The end of the session that `now_s` is in; 0 outside of any."""
        since_s = now_s - START_S
        if not self.there(now_s) or now_s < self.broken_until_s:
            return 0
        last = START_S + self.leaves_s
        if self.hardware.session == 24:
            return min(last, now_s + DAY_S)
        begin_s = self.session_start_h * HOUR_S
        into_s = (since_s - begin_s) % DAY_S
        length_s = self.hardware.session * HOUR_S
        return min(last, now_s + length_s - into_s) if into_s < length_s else 0

    def join(self, world: World) -> None:
        """Its first stake."""
        world.deposit(self.address, self.stake)
        world.call("stake", self.address, self.stake)
        self.free = self.hardware.slots
        self.idle_since_s = world.now_s

    def leave(self, world: World) -> None:
        """No new jobs; what is running goes on."""
        self.left = True
        self.revoke(world)

    def ruined(self, world: World) -> bool:
        """Slashing has left too little to go on with."""
        return world.market.accounts[self.address].staked < self.stake * POOR

    def break_down(self, world: World, until_s: int) -> None:
        """The machine stops: nobody can be matched with it until it is repaired."""
        self.broken_until_s = until_s
        self.revoke(world)

    # ───────────────────────────────── offers ────────────────────────────────

    def refresh(self, world: World, dice: Random) -> None:
        """Offers for as many jobs as there are free slots, while it is awake."""
        now_s = world.now_s
        for digest, (offer, _, offered) in [*self.offers.items()]:
            if offer.valid_until <= now_s or not offered.left:
                del self.offers[digest]
        if world.unbonded(self.address) < self.stake * POOR // 4:
            return  # too little for another bond
        out = sum(offered.left for _, _, offered in self.offers.values())
        until_s = self.open_until(now_s)
        if until_s <= now_s or out >= self.free:
            return
        offer = self._offer(world, self.free - out, until_s, dice.randbytes(32))
        digest, signature = world.signed_offer(offer)
        offered = Offered(digest, offer_of(offer), self.machine, 0, now_s)
        self.offers[digest] = offer, signature, offered

    def revoke(self, world: World) -> None:
        """Takes back all that it signed, if anything of it is still good."""
        if any(offer.valid_until > world.now_s for offer, _, _ in self.offers.values()):
            world.call("raise_counter", self.address)
            self.counter += 1
        self.offers.clear()

    def reprice(self, world: World) -> None:
        """Learns from the last hours: dearer after a match, cheaper if idle without one."""
        if not self.pricing.learns or not self.awake(world.now_s):
            return
        idle = self.free == self.hardware.slots
        change = UP if self.matched else DOWN if idle else 1.0
        self.matched = 0
        margin = max(FLOOR_PERCENT / 100, (1 + self.margin) * change - 1)
        if margin != self.margin:
            self.margin = margin
            self.revoke(world)

    def _offer(self, world: World, jobs: int, until_s: int, salt: bytes) -> Offer:
        hardware = self.hardware
        pace_s = int(TERA * SAFETY / self.speed) + 1
        staked = world.market.accounts[self.address].staked
        return Offer(
            provider=self.address,
            requester=NOBODY,
            spec=ZERO32,
            profile=self.profile,
            resolver=NOBODY,
            policy=ZERO32,
            min_unit_price=self.price,
            min_flat=FLAT,
            max_bond=staked * 8 // (10 * hardware.slots),
            max_units=hardware.longest * HOUR_S * self.speed,
            max_tasks=65_536,
            min_run_for=300,
            min_seconds_per1e12_units=pace_s,
            max_lock_for=MAX_LOCK_S,
            min_demand_fee=DEMAND_FEE // 2,
            max_jobs=jobs,
            valid_until=until_s,
            matcher=NOBODY,
            counter=self.counter,
            salt=salt,
        )


def providers(scale: Scale) -> list[Provider]:
    """All of them, in the order in which they join."""
    dice = Random(f"{scale.seed}/providers")
    hardware = shares(dice, HARDWARE, scale.providers)
    found = [_provider(dice, f"provider {n}", each, scale) for n, each in enumerate(hardware)]
    return sorted(found, key=lambda each: each.joins_s)


def _provider(dice: Random, name: str, hardware: Hardware, scale: Scale) -> Provider:
    region = drawn(dice, REGIONS)
    pricing = drawn(dice, [(each, each.share) for each in PRICINGS])
    speed = int(hardware.cores * hardware.speed * dice.uniform(0.8, 1.2))
    least, most = hardware.stake
    late, early = dice.random() < 0.15, dice.random() < 0.08
    return Provider(
        name=name,
        hardware=hardware,
        manner=drawn(dice, [(each, each.share) for each in MANNERS]),
        pricing=pricing,
        region=region,
        country=dice.choice(COUNTRIES[region]),
        profile=drawn(dice, PROFILES),
        gpus=hardware.gpus if dice.random() * 100 < hardware.gpu_share else 0,
        speed=speed,
        cost=int(hardware.cost * dice.uniform(0.8, 1.25) * WORK / 1_000),
        margin=dice.uniform(*pricing.margin) / 100,
        stake=int(dice.uniform(least, most) * hardware.slots * WORK),
        joins_s=int(scale.end_s * dice.uniform(0.1, 0.7)) if late else 0,
        leaves_s=int(scale.end_s * dice.uniform(0.75, 1)) if early else scale.end_s + DAY_S,
        session_start_h=dice.randrange(24) if hardware.session > 16 else dice.randrange(14, 24),
    )
