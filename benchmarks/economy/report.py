"""The figures of a simulation for JSON: amounts in WORK, times in minutes, shares from 0 to 1.

Each function is one table of docs/economics.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from .classes import HARDWARE, MANNERS, PRICINGS
from .figures import mean, quantiles, share, work
from .kinds import KINDS
from .lives import Life
from .month import Month
from .providers import Provider
from .scale import DAY_S, MINUTE_S, START_S, WORK

Row = dict[str, Any]
ENDS = ("approved", "finalized", "released", "expired", "unanswered", "unopened")
PAID = ("approved", "finalized")
FIRST_DAYS = 5


def report(month: Month) -> dict[str, Any]:
    """Everything."""
    return {
        "scale": asdict(month.scale),
        "market": market(month),
        "waiting": waiting(month),
        "kinds": kinds(month),
        "unmatched": unmatched(month),
        "classes": classes(month),
        "ends": ends(month),
        "manners": manners(month),
        "pricings": pricings(month),
        "newcomers": newcomers(month),
    }


def market(month: Month) -> Row:
    """The whole, and who got what of the money."""
    lives = [*month.lives.all.values()]
    world = month.world
    return {
        "requests": len(month.book.waits),
        "matched": len(lives),
        "paid": sum(life.end in PAID for life in lives),
        "payments": work(sum(life.payment for life in lives)),
        "demand_fees": work(sum(life.fees for life in lives)),
        "tips": work(sum(life.tip for life in lives)),
        "slashed": work(sum(life.slashed for life in lives)),
        "to_requesters": work(sum(life.compensation for life in lives)),
        "to_keepers": work(sum(life.reward for life in lives)),
        "burned": work(sum(life.burned for life in lives)),
        "burned_at_the_end": work(world.audit.burned()),
        "calls": dict(sorted(world.calls.items())),
        "skipped": dict(sorted(world.skipped.items())),
        "utilisation": _utilisation(month, None),
    }


def waiting(month: Month) -> Row:
    """How long orders waited, and the bound of docs/economics.md."""
    waits = month.book.waits
    matched = [wait for wait in waits if wait.matched_s]
    rivals = month.book.rivals()
    longest = max(waits, key=lambda wait: wait.fitting)
    tightest = max(waits, key=lambda wait: share(wait.missed, rivals[wait.order.id]))
    return {
        "minutes": quantiles((w.matched_s - w.order.wanted.since_s) / MINUTE_S for w in matched),
        "rounds": quantiles((wait.rounds for wait in matched), 0),
        "at_once": share(sum(wait.rounds == 1 for wait in matched), len(matched)),
        "passed_over": sum(wait.fitting > 0 for wait in waits),
        "longest_fitting_rounds": longest.fitting,
        "its_bound_rounds": rivals[longest.order.id],
        "least_slack": share(tightest.missed, rivals[tightest.order.id]),
        "broken": sum(wait.missed > rivals[wait.order.id] for wait in waits),
    }


def kinds(month: Month) -> list[Row]:
    """Requests by kind: matched, waits, and where on their ramps."""
    rows = []
    for kind in KINDS:
        waits = [wait for wait in month.book.waits if wait.order.kind is kind]
        lives = [life for life in month.lives.all.values() if life.order.kind is kind]
        matched = [wait for wait in waits if wait.matched_s]
        rows.append(
            {
                "kind": kind.name,
                "requests": len(waits),
                "matched": share(len(matched), len(waits)),
                "minutes": quantiles(
                    (w.matched_s - w.order.wanted.since_s) / MINUTE_S for w in matched
                ),
                "price": quantiles((_price(life) for life in lives), 5),
                "on_ramp": quantiles(on_ramp(life) for life in lives),
                "failed": share(sum(life.end not in PAID for life in lives), len(lives)),
            }
        )
    return rows


def unmatched(month: Month) -> list[Row]:
    """Requests that nobody took, by the last obstacle that the engine names."""
    found = Counter(
        (wait.reason.name, wait.reason.value)
        for wait in month.book.waits
        if not wait.matched_s and wait.reason
    )
    return [
        {"code": name, "reason": text, "requests": count}
        for (name, text), count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]


def classes(month: Month) -> list[Row]:
    """Providers by hardware."""
    rows = []
    lives = _by(month, lambda provider: provider.hardware.name)
    for hardware in HARDWARE:
        own = [each for each in month.providers if each.hardware is hardware]
        found = lives[hardware.name]
        rows.append(
            {
                "class": hardware.name,
                "providers": len(own),
                "slots": sum(each.hardware.slots for each in own),
                "utilisation": _utilisation(month, hardware.name),
                "price": quantiles((_price(life) for life in found), 5),
                **_outcome(found),
                "earnings": quantiles(net(of(found, each)) for each in own),
                "per_slot_day": round(
                    net(found) / max(1e-9, sum(_slot_days(month, each) for each in own)), 3
                ),
            }
        )
    return rows


def ends(month: Month) -> list[Row]:
    """How jobs ended, and what that cost whom."""
    rows = []
    for end in ENDS:
        found = [life for life in month.lives.all.values() if life.end == end]
        rows.append(
            {
                "end": end,
                "jobs": len(found),
                "slashed": work(sum(life.slashed for life in found)),
                "of_bonds": share(
                    sum(life.slashed for life in found), sum(life.job.bond for life in found)
                ),
                "to_requesters": work(sum(life.compensation for life in found)),
                "to_keepers": work(sum(life.reward for life in found)),
                "burned": work(sum(life.burned for life in found)),
            }
        )
    return rows


def manners(month: Month) -> list[Row]:
    """What failing earns: per slot and day, as a part of what steady providers of the same
    class earn, and how the record takes work away."""
    lives = _by(month, lambda provider: provider.manner.name)
    steady = {
        hardware.name: _daily(
            month,
            [p for p in month.providers if p.hardware is hardware and p.manner is MANNERS[0]],
        )
        for hardware in HARDWARE
    }
    rows = []
    for manner in MANNERS:
        own = [each for each in month.providers if each.manner is manner]
        found = lives[manner.name]
        expected = sum(_slot_days(month, each) * steady[each.hardware.name] for each in own)
        cheated = [life for life in found if life.cheated]
        rows.append(
            {
                "manner": manner.name,
                "providers": len(own),
                **_outcome(found),
                "to_steady": share(net(found), expected),
                "ruined": sum(each.left for each in own),
                "work_first_third": _work_share(month, own, 0),
                "work_last_third": _work_share(month, own, 2),
                "cheated": len(cheated),
                "cheated_paid": sum(life.end in PAID for life in cheated),
                "cheated_gain": work(
                    sum(life.payment + life.fees - life.slashed for life in cheated)
                ),
            }
        )
    return rows


def pricings(month: Month) -> list[Row]:
    """What the ways to price earn, likewise against the mean of the same class."""
    whole = {
        hardware.name: _daily(month, [p for p in month.providers if p.hardware is hardware])
        for hardware in HARDWARE
    }
    rows = []
    for pricing in PRICINGS:
        own = [each for each in month.providers if each.pricing is pricing]
        found = [life for life in month.lives.all.values() if life.provider.pricing is pricing]
        expected = sum(_slot_days(month, each) * whole[each.hardware.name] for each in own)
        rows.append(
            {
                "pricing": pricing.name,
                "providers": len(own),
                "jobs": len(found),
                "margin_at_end": round(mean(each.margin for each in own), 3),
                "to_class": share(net(found), expected),
            }
        )
    return rows


def newcomers(month: Month) -> Row:
    """Jobs per slot and day in a newcomer's first days, against others of its class on the
    same days."""
    expected = done = 0.0
    late = [each for each in month.providers if each.is_new()]
    for new in late:
        from_s = START_S + new.joins_s
        to_s = min(from_s + FIRST_DAYS * DAY_S, START_S + month.scale.end_s)
        peers = [
            each
            for each in month.providers
            if each.hardware is new.hardware and not each.is_new() and not each.left
        ]
        days = (to_s - from_s) / DAY_S
        done += _jobs_between(month, [new], from_s, to_s)
        slots = sum(each.hardware.slots for each in peers)
        if slots and days > 0:
            rate = _jobs_between(month, peers, from_s, to_s) / slots
            expected += rate * new.hardware.slots
    found = [life for life in month.lives.all.values() if life.provider.is_new()]
    return {
        "providers": len(late),
        "of_all": share(len(late), len(month.providers)),
        "jobs": len(found),
        "first_days": FIRST_DAYS,
        "jobs_first_days": int(done),
        "to_peers": share(done, expected),
    }


# ───────────────────────────────── what they share ─────────────────────────────


def _by(month: Month, key: Callable[[Provider], str]) -> defaultdict[str, list[Life]]:
    found: defaultdict[str, list[Life]] = defaultdict(list)
    for life in month.lives.all.values():
        found[key(life.provider)].append(life)
    return found


def of(lives: Iterable[Life], provider: Provider) -> list[Life]:
    return [life for life in lives if life.provider is provider]


def net(lives: Iterable[Life]) -> float:
    """WORK: payments and demand fees, less slashes and the cost of running."""
    gained = sum(life.payment + life.fees - life.slashed - life.cost for life in lives)
    return gained / WORK


def _outcome(lives: list[Life]) -> Row:
    return {
        "jobs": len(lives),
        "failed": share(sum(life.end not in PAID for life in lives), len(lives)),
        "revenue": work(sum(life.payment + life.fees for life in lives)),
        "slashed": work(sum(life.slashed for life in lives)),
    }


def _daily(month: Month, providers: list[Provider]) -> float:
    """WORK per slot and day."""
    days = sum(_slot_days(month, each) for each in providers)
    own = {each.address for each in providers}
    lives = (life for life in month.lives.all.values() if life.provider.address in own)
    return net(lives) / days if days else 0.0


def _slot_days(month: Month, provider: Provider) -> float:
    return month.slot_s[provider.address] / DAY_S


def _utilisation(month: Month, name: str | None) -> float:
    """Busy hours of slots to all hours of slots."""
    busy = slots = 0
    for hour in month.hours:
        busy += sum(count for each, count in hour.busy.items() if name in (each, None))
        slots += sum(count for each, count in hour.slots.items() if name in (each, None))
    return share(busy, slots)


def _work_share(month: Month, providers: list[Provider], third: int) -> float:
    """Of the units that were matched in a third of the time, those of these providers."""
    own = {each.address for each in providers}
    length = month.scale.end_s / 3
    found = [
        life
        for life in month.lives.all.values()
        if int((life.matched_s - START_S) // length) == third
    ]
    mine = sum(life.order.use for life in found if life.provider.address in own)
    return share(mine, sum(life.order.use for life in found))


def _jobs_between(month: Month, providers: list[Provider], from_s: int, to_s: int) -> int:
    own = {each.address for each in providers}
    return sum(
        from_s <= life.matched_s < to_s and life.provider.address in own
        for life in month.lives.all.values()
    )


def _price(life: Life) -> float:
    """WORK per 1e12 units, by the job's unit price."""
    return life.job.unit_price / WORK


def on_ramp(life: Life) -> float:
    """Where on its request's ramp the price was: 0 at the start, 1 at the end."""
    request = life.order.request
    climb = request.max_unit_price - request.min_unit_price
    return (life.job.unit_price - request.min_unit_price) / climb if climb else 0.0
