"""The simulation: everybody's deeds in the order of time, and rounds of matching between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.model.words import LIVE

from .book import Book
from .classes import REPRICE_S
from .clock import Clock
from .kinds import Kind
from .lives import Lives
from .providers import Provider, providers
from .requesters import Requester, arrivals, is_morning, kinds, order, requesters
from .scale import COOLDOWN_S, DAY_S, HOUR_S, START_S, WORK, Scale
from .world import KEEPER, MARKET, MATCHER, World

FIRST_TOP_UP = 20 * WORK
TAIL_S = DAY_S
"""How long matching goes on when nobody signs requests any more; nobody waits longer."""


@dataclass
class Hour:
    """What the market looked like: busy and all slots by class, and orders that waited."""

    busy: dict[str, int] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)
    waiting: int = 0


class Month:
    """Plays a scale from the first deposit to the last withdrawal."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.world = World(START_S)
        self.clock = Clock()
        self.dice = Random(f"{scale.seed}/life")
        self.book = Book(self.world, scale)
        self.lives = Lives(self.world, self.clock, self.dice, self._refresh)
        self.providers = providers(scale)
        self.requesters = requesters(scale)
        self.by_address: dict[str, Provider] = {}
        self.hours: list[Hour] = []
        self.slot_s: defaultdict[str, int] = defaultdict(int)  # seconds of slots by provider

    def play(self) -> None:
        self._plan()
        self._go()
        self._close()

    def _plan(self) -> None:
        world, clock, scale = self.world, self.clock, self.scale
        for name in ("matcher", "keeper"):
            world.account(name)
        for requester in self.requesters:
            requester.address = world.account(requester.name)
            world.deposit(requester.address, FIRST_TOP_UP)
        for provider in self.providers:
            provider.address = world.account(provider.name)
            clock.at(START_S + provider.joins_s, partial(self._join, provider))
        dice = Random(f"{scale.seed}/orders")
        for time_s, kind in zip(arrivals(scale), kinds(scale), strict=True):
            clock.at(time_s, partial(self._arrive, dice, kind, dice.choice(self.requesters)))
        end_s = START_S + scale.end_s + TAIL_S
        for time_s in range(START_S, end_s, scale.round_s):
            clock.at(time_s, self._round)
        for time_s in range(START_S, end_s, HOUR_S):
            clock.at(time_s, self._hour)
        for time_s in range(START_S + DAY_S, end_s + 1, DAY_S):
            clock.at(time_s, world.check)

    def _go(self) -> None:
        while self.clock:
            self.world.now_s, deed = self.clock.next()
            deed()

    def _close(self) -> None:
        """Everybody takes its money home; what is left is what was burned, to the last unit."""
        world, market = self.world, self.world.market
        alive = [id_ for id_, record in market.records.items() if record.state in LIVE]
        assert not alive, f"{len(alive)} jobs never ended"
        for provider in self.providers:
            staked = market.accounts[provider.address].staked
            if staked:
                world.call("unstake", provider.address, staked)
        world.now_s += COOLDOWN_S
        owners = [each.address for each in self.providers]
        owners += [each.address for each in self.requesters]
        for owner in (*owners, MATCHER, KEEPER):
            if market.accounts[owner].unbonding:
                world.call("withdraw_stake", owner)
            if world.free(owner):
                world.call("withdraw", owner, owner, world.free(owner))
        world.check()
        burned = world.audit.burned()
        assert world.token.balances[MARKET] == burned, "the market holds more than was burned"

    # ─────────────────────────────────── deeds ───────────────────────────────

    def _join(self, provider: Provider) -> None:
        provider.join(self.world)
        self.by_address[provider.address] = provider
        offset_s = self.dice.randrange(REPRICE_S)
        last_s = START_S + self.scale.end_s + TAIL_S
        for time_s in range(self.world.now_s + offset_s, last_s, REPRICE_S):
            self.clock.at(time_s, partial(self._reprice, provider))

    def _reprice(self, provider: Provider) -> None:
        provider.reprice(self.world)
        if not provider.left and provider.ruined(self.world):
            provider.leave(self.world)

    def _arrive(self, dice: Random, kind: Kind, requester: Requester) -> None:
        signed = order(self.world, dice, kind, requester)
        if not requester.careless:
            requester.top_up(self.world)
        self.book.add(signed)

    def _round(self) -> None:
        for requester in self.requesters:
            if requester.careless and is_morning(self.world.now_s):
                requester.top_up(self.world)
        for signed, provider in self.book.round(self.by_address):
            self.lives.begin(signed, provider)

    def _refresh(self, provider: Provider) -> None:
        provider.refresh(self.world, self.dice)

    def _hour(self) -> None:
        """Looks at the market, and has everybody renew what ran out: sessions begin on the hour."""
        now_s, hour = self.world.now_s, Hour(waiting=len(self.book.waiting))
        for provider in self.by_address.values():
            name, slots = provider.hardware.name, provider.hardware.slots
            busy = slots - provider.free
            hour.busy[name] = hour.busy.get(name, 0) + busy
            there = slots if provider.there(now_s) else busy
            hour.slots[name] = hour.slots.get(name, 0) + there
            self.slot_s[provider.address] += there * HOUR_S
            self._refresh(provider)
        if now_s < START_S + self.scale.end_s:
            self.hours.append(hour)


def play(scale: Scale) -> Month:
    month = Month(scale)
    month.play()
    return month
