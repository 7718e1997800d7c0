"""What becomes of a matched job: run, claimed, fetched, demanded, answered, paid, or none of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.model import rules
from tests.model.hashing import seal_of
from tests.model.trees import Claim, chunks_of, random_claim
from tests.model.words import Job, State, VoidReason

from .clock import Clock
from .dice import chance
from .kinds import FETCH_CHECK_S
from .providers import Provider
from .requesters import Order
from .scale import HOUR_S, MINUTE_S, TERA
from .world import BLOCK_S, KEEPER, World

LOSSY = 1.0
"""Percent of honest claims whose outputs don't reach the requester until it demands them."""
GIVES_UP = 70.0
"""Percent of jobs that will not be done in time and are given back, rather than left to expire."""
REPAIR_S = (2 * HOUR_S, 36 * HOUR_S)
NOTICED_S = (BLOCK_S, 10 * MINUTE_S)
"""How late keepers are with what they are paid for."""


@dataclass
class Life:
    """A matched job, for the report; amounts in base units.

    Args:
        payment: to the provider, demand fees included. cost: of the provider, for what it ran.
        slashed: of the bond, in all; of which `compensation` went to the requester, `reward` to the
            keeper, `burned` to nobody.
        end: how it ended, in words. busy_s: of the slot.
        cheated: nothing was run for the claim, so no outputs can be shown.
    """

    order: Order
    provider: Provider
    job: Job
    matched_s: int
    tip: int
    claim: Claim | None = None
    end: str = ""
    payment: int = 0
    fees: int = 0
    cost: int = 0
    slashed: int = 0
    compensation: int = 0
    reward: int = 0
    burned: int = 0
    busy_s: int = 0
    run_s: int = 0
    demanded: bool = False
    cheated: bool = False

    @property
    def id(self) -> bytes:
        return self.order.id


class Lives:
    """All matched jobs.

    Args:
        freed: called when a provider's slot has become free.
    """

    def __init__(
        self, world: World, clock: Clock, dice: Random, freed: Callable[[Provider], None]
    ) -> None:
        self.world, self.clock, self.dice, self.freed = world, clock, dice, freed
        self.all: dict[bytes, Life] = {}
        world.listeners["JobSettled"].append(self._on_settled)
        world.listeners["JobVoided"].append(self._on_voided)
        world.listeners["OutputAnswered"].append(self._on_answered)

    # ──────────────────────────────────── run ────────────────────────────────

    def begin(self, order: Order, provider: Provider) -> None:
        """A job that has just been matched."""
        world, dice, manner = self.world, self.dice, provider.manner
        job = self._job(order.id)
        life = Life(order, provider, job, world.now_s, job.tip_paid)
        self.all[order.id] = life
        provider.free -= 1
        provider.matched += 1
        order.requester.promised.pop(order.id)
        life.run_s = self._run_s(life)
        if chance(dice, manner.overloads):
            life.run_s = int(life.run_s * dice.uniform(2, 5))
        done_s, over_s = world.now_s + life.run_s, rules.run_end(job)
        if chance(dice, provider.hardware.dies * manner.dies):
            stops_s = world.now_s + int(min(life.run_s, job.run_for) * dice.uniform(0.05, 0.95))
            self.clock.at(stops_s, lambda: self._die(life))
        elif done_s + BLOCK_S < over_s:
            self.clock.at(done_s, lambda: self._submit(life))
        elif chance(dice, GIVES_UP):
            sees_s = world.now_s + int(job.run_for * dice.uniform(0.2, 0.9))
            self.clock.at(sees_s, lambda: self._release(life))
        else:
            self.clock.at(over_s, lambda: self._free(life))
            self._notice(over_s, lambda: self._end(life, "expire"))

    def _run_s(self, life: Life) -> int:
        """Fetching first, then as many tasks at once as there are cores."""
        order, machine = life.order, life.provider.machine
        needs = order.wanted.needs
        trip_s = 4 * machine.round_trip_ms[needs.site] / 1_000
        fetch_s = trip_s + needs.input_bytes / machine.bytes_per_s
        at_once = min(machine.cores, order.request.tasks)
        wear = self.dice.uniform(0.9, 1.15)
        return int(fetch_s + order.use * wear / (machine.units_per_s * at_once)) + 2 * BLOCK_S

    def _submit(self, life: Life) -> None:
        dice, world, provider = self.dice, self.world, life.provider
        job = self._job(life.id)
        life.claim = random_claim(dice, job.tasks, life.order.use)
        seal = seal_of(provider.address, life.id, *life.claim.opening)
        world.call("submit", provider.address, life.id, job, seal, dice.randbytes(32))
        life.cheated = chance(dice, provider.manner.withholds)
        self._free(life)
        if life.cheated or chance(dice, LOSSY):
            self._without_outputs(life)
        else:
            self._with_outputs(life, world.now_s)

    def _die(self, life: Life) -> None:
        """Nothing comes of it any more; somebody will notice when the time is over."""
        self._free(life)
        self._notice(rules.run_end(life.job), lambda: self._end(life, "expire"))
        until_s = self.world.now_s + self.dice.randint(*REPAIR_S)
        life.provider.break_down(self.world, until_s)

    def _release(self, life: Life) -> None:
        self.world.call("release", life.provider.address, life.id, self._job(life.id))
        self._free(life)

    def _free(self, life: Life) -> None:
        """The machine is through with it."""
        provider = life.provider
        life.busy_s = self.world.now_s - life.matched_s
        done = min(1.0, life.busy_s / max(1, life.run_s))
        life.cost = 0 if life.cheated else int(provider.cost * life.order.use / TERA * done)
        provider.free += 1
        self.freed(provider)

    # ────────────────────────────────── outputs ──────────────────────────────

    def _with_outputs(self, life: Life, from_s: int) -> None:
        """The requester has everything: it approves, or the clock does."""
        job = self._job(life.id)
        if life.order.requester.approves:
            at_s = from_s + self.dice.randint(*FETCH_CHECK_S)
            self.clock.at(min(at_s, rules.grace_end(job) - 1), lambda: self._approve(life))
        self._await_window(life)

    def _without_outputs(self, life: Life) -> None:
        """Whoever misses its outputs demands some in time, if it looks at all."""
        window_s = life.job.challenge_for
        self._await_window(life)
        if life.order.requester.attentive:
            at_s = self.world.now_s + int(window_s * self.dice.uniform(0.2, 0.9))
            self.clock.at(at_s, lambda: self._demand(life))

    def _await_window(self, life: Life) -> None:
        """The provider opens its seal after the window; if it forgets, the claim is void."""
        job, manner = self._job(life.id), life.provider.manner
        if chance(self.dice, manner.forgets):
            self._notice(rules.grace_end(job), lambda: self._end(life, "void"))
        else:
            late_s = self.dice.randint(*NOTICED_S)
            self.clock.at(job.window_end + late_s, lambda: self._finalize(life))

    def _demand(self, life: Life) -> None:
        """One or two of the tasks, whose outputs the requester would rather have."""
        claim, job = life.claim, self._job(life.id)
        assert claim is not None
        known = sorted(claim.shown)
        tasks = self.dice.sample(known, min(2, len(known)))
        pairs = tuple(task << 32 | _chunk(claim, task) for task in tasks)
        requester = life.order.requester
        fees = job.demand_fee * len(pairs)
        if self.world.free(requester.address) < fees:
            requester.top_up(self.world)
        self.world.call("demand", requester.address, life.id, job, pairs)
        life.demanded = True
        if not life.cheated:
            wait_s = self.dice.randint(2 * BLOCK_S, 4 * HOUR_S)
            self.clock.at(self.world.now_s + wait_s, lambda: self._answer(life, pairs))
        else:
            self._notice(self._job(life.id).answer_by, lambda: self._end(life, "void"))

    def _answer(self, life: Life, pairs: tuple[int, ...]) -> None:
        """All pairs at once; half a window later the seal can be opened."""
        claim, provider = life.claim, life.provider
        assert claim is not None
        shown = tuple(claim.answer(place, pair) for place, pair in enumerate(pairs))
        job = self._job(life.id)
        args = (life.id, job, pairs, *claim.opening, shown)
        self.world.call("answer", provider.address, *args)
        self._with_outputs(life, self.world.now_s)

    # ─────────────────────────────────── ends ────────────────────────────────

    def _approve(self, life: Life) -> None:
        if self._state(life) == State.CLAIMED:
            assert life.claim is not None
            requester = life.order.requester.address
            args = (life.id, self._job(life.id), *life.claim.opening)
            self.world.call("approve", requester, *args)

    def _finalize(self, life: Life) -> None:
        """Unless somebody was faster, or a demand has moved the window."""
        if self._state(life) != State.CLAIMED:
            return
        assert life.claim is not None
        job = self._job(life.id)
        if not rules.unanswered(job) and self.world.now_s >= job.window_end:
            args = (life.id, job, *life.claim.opening)
            self.world.call("finalize", life.provider.address, *args)

    def _end(self, life: Life, exit_: str) -> None:
        """A keeper's call, where nobody was faster."""
        if self._state(life) not in (State.RUNNING, State.CLAIMED):
            return
        job = self._job(life.id)
        if exit_ == "void" and self.world.now_s < rules.void_from(job):
            return
        self.world.call(exit_, KEEPER, life.id, job)

    def _notice(self, over_s: int, deed: Callable[[], None]) -> None:
        self.clock.at(over_s + self.dice.randint(*NOTICED_S), deed)

    def _state(self, life: Life) -> State:
        return self.world.market.record(life.id).state

    def _job(self, id_: bytes) -> Job:
        job = self.world.market.record(id_).job
        assert job is not None, "a job that is not live"
        return job

    # ─────────────────────────────────── events ──────────────────────────────

    def _on_settled(
        self, id_: bytes, _: str, __: str, paid: int, ___: int, ____: bytes, _____: int, yes: bool
    ) -> None:
        life = self.all[id_]
        life.payment = paid
        life.end = "approved" if yes else "finalized"

    def _on_voided(
        self,
        id_: bytes,
        _: str,
        __: str,
        reason: VoidReason,
        refund: int,
        slashed: int,
        compensation: int,
        caller: str,
        reward: int,
        burned: int,
    ) -> None:
        life = self.all[id_]
        life.end = VoidReason(reason).name.lower()
        life.slashed, life.compensation = slashed, compensation
        life.reward, life.burned = reward, burned

    def _on_answered(self, id_: bytes, _: str, __: int, fees: int, ___: int) -> None:
        self.all[id_].fees += fees


def _chunk(claim: Claim, task: int) -> int:
    """A chunk that whoever made the claim can show."""
    output = claim.shown[task].output
    return output.index if chunks_of(output.length) else 0
