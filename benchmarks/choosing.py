"""What choosing by return per second earns, against choosing by the highest possible payment.

    python benchmarks/choosing.py     # prints a table, writes benchmarks/results/choosing.json

One provider lives through the same seeded streams of jobs twice, once under each rule. Nothing is
executed: a job takes the time that its (hidden) true units take on a machine whose true speed the
provider does not know, and pays what the market would. The new rule learns as the node does, with
the node's own code. Only the ratio means something.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbond.chain import rules
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Request
from workbond.provider.experience import Experience
from workbond.provider.returns import expect

RESULTS = Path(__file__).parent / "results" / "choosing.json"
SEEDS = range(20)
HOURS = 24
JOBS_PER_HOUR = 240  # more than one machine can do, else every rule takes all of them
OPEN_S = 900  # a job that nobody of us takes is gone after that
CORES = 4
WORK = 10**18
# The machine as it is; a new provider starts with other beliefs (`returns.Habits`).
SPEED, TASK_S, OVERHEAD_S = 600_000_000, 0.12, 8.0
LIARS = 0.1  # requesters who promise pay for many times the units that their tasks use


@dataclass(frozen=True)
class Offer:
    """An open job: what everybody sees, and the units that its tasks will use."""

    request: Request
    units: int

    @property
    def seconds(self) -> float:
        at_once = min(CORES, self.request.tasks)
        rounds = -(-self.request.tasks // at_once)
        return OVERHEAD_S + rounds * TASK_S + self.units / (at_once * SPEED)

    @property
    def pay(self) -> int:
        request = self.request
        return rules.max_payment(request.flat, self.units, request.max_unit_price)


def stream(seed: int) -> list[tuple[float, Offer]]:
    """Jobs with the second in which they are posted, of sizes over five orders of magnitude."""
    dice = random.Random(seed)
    requesters = [(f"0x{number:040x}", dice.random() < LIARS) for number in range(40)]
    found, now = [], 0.0
    while now < HOURS * 3_600:
        now += dice.expovariate(JOBS_PER_HOUR / 3_600)
        requester, lies = dice.choice(requesters)
        tasks = round(10 ** dice.uniform(0, 3))
        paid = round(10 ** dice.uniform(8.5, 13))
        use = dice.uniform(0.005, 0.02) if lies else dice.uniform(0.3, 0.9)
        price = round(10 ** dice.uniform(0, 1.5) * 100) * WORK // 100
        flat = round(10 ** dice.uniform(-3, -0.5) * WORK)
        found.append((now, Offer(_request(requester, tasks, flat, price, paid), int(paid * use))))
    return found


def earnings(seed: int, choose: Callable[[list[Offer], Experience], Offer]) -> float:
    """WORK per hour of a provider that takes one job after the other."""
    coming = stream(seed)[::-1]
    waiting: list[tuple[float, Offer]] = []
    now, earned = 0.0, 0
    with tempfile.TemporaryDirectory() as home:
        experience = Experience(Path(home))
        while now < HOURS * 3_600:
            while coming and coming[-1][0] <= now:
                waiting.append(coming.pop())
            waiting = [(at, offer) for at, offer in waiting if now - at < OPEN_S]
            if not waiting:
                if not coming:
                    break
                now = coming[-1][0]
                continue
            taken = choose([offer for _, offer in waiting], experience)
            waiting = [each for each in waiting if each[1] is not taken]
            now += taken.seconds
            earned += taken.pay
            _learn(experience, taken)
    return earned / WORK / (now / 3_600)


def by_highest_payment(offers: list[Offer], _: Experience) -> Offer:
    """The rule of version 0.1.0."""
    return max(
        offers,
        key=lambda each: rules.max_payment(
            each.request.flat, each.request.max_units, each.request.max_unit_price
        ),
    )


def by_return(offers: list[Offer], experience: Experience) -> Offer:
    """The node's rule."""

    def rank(each: Offer) -> int:
        found = expect(each.request, 1, CORES, experience.habits(each.request.requester))
        return found.per_hour

    return max(offers, key=rank)


def by_oracle(offers: list[Offer], _: Experience) -> Offer:
    """What knowing every job's units would choose: the bound for guessing."""
    return max(offers, key=lambda each: each.pay / each.seconds)


def _learn(experience: Experience, taken: Offer) -> None:
    request = taken.request
    experience.executed(
        request.requester,
        tasks=request.tasks,
        cores=CORES,
        paid_units=request.max_units,
        units=taken.units,
        ms=round((taken.seconds - OVERHEAD_S) * 1_000),
    )
    experience.claimed(round(OVERHEAD_S * 1_000))


def _request(requester: str, tasks: int, flat: int, price: int, max_units: int) -> Request:
    return Request(
        requester=requester,
        spec=ZERO_WORD,
        profile=ZERO_WORD,
        tasks=tasks,
        flat=flat,
        min_unit_price=price,
        max_unit_price=price,
        ramp_start=0,
        ramp_end=0,
        max_units=max_units,
        bond=0,
        min_stake=0,
        tip=0,
        open_until=OPEN_S,
        run_for=86_400,
        challenge_for=0,
        resolver=ZERO_ADDRESS,
        policy=ZERO_WORD,
        case_for=0,
        case_fee=0,
        demand_fee=0,
        providers=ZERO_WORD,
        matcher=ZERO_ADDRESS,
        counter=0,
        salt=ZERO_WORD,
    )


def main() -> None:
    old = [earnings(seed, by_highest_payment) for seed in SEEDS]
    new = [earnings(seed, by_return) for seed in SEEDS]
    oracle = [earnings(seed, by_oracle) for seed in SEEDS]
    ratios = sorted(n / o for n, o in zip(new, old, strict=True))
    results = {
        "new_to_old": round(statistics.median(ratios), 2),
        "new_to_old_worst_seed": round(ratios[0], 2),
        "new_to_knowing_all": round(statistics.mean(new) / statistics.mean(oracle), 2),
    }
    print(f"by highest payment      {statistics.mean(old):8.2f} WORK per hour")
    print(f"by return per second    {statistics.mean(new):8.2f}")
    print(f"knowing every job       {statistics.mean(oracle):8.2f}")
    print(f"new to old, median {results['new_to_old']}, worst of {len(SEEDS)} seeds", end=" ")
    print(results["new_to_old_worst_seed"])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
