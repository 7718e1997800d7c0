"""A round of matching: from a book and balances to pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from workbond.matcher.engine.auction import NONE
from workbond.matcher.engine.certificate import Certificate
from workbond.matcher.engine.frame import NOBODY, Frame, alike, machine_key
from workbond.matcher.engine.regions import regions
from workbond.matcher.engine.search import Search
from workbond.matcher.engine.slots import slots_of
from workbond.matcher.engine.types import (
    ANYBODY,
    Allocation,
    Offered,
    Pair,
    Standing,
    Tuning,
    Wanted,
)


def match(
    wanted: Iterable[Wanted],
    offered: Iterable[Offered],
    standings: Mapping[str, Standing],
    now_s: int,
    matcher: str,
    tuning: Tuning = Tuning(),  # noqa: B008 - frozen
) -> Allocation:
    """The allocation of a book: stable, near the highest sum of scores, the same for the same book.

    Args:
        wanted: requests; of several with one id, the oldest counts.
        offered: offers, likewise by digest.
        standings: what the chain says of their accounts, by checksummed address; an account that
            is missing has nothing.
        now_s: the time of the block in which the matches would land. Prices rise with time, so a
            little later is safe for the offers, and costs requesters a little more.
        matcher: the checksummed address that would submit them.
        tuning: weights and bounds.
    """
    wanted = list(wanted)
    parts = regions(wanted, list(offered))
    if len(parts) == 1:
        return certified(*parts[0], standings, now_s, matcher, tuning)[0]
    found = Allocation()
    offers: list[Offered] = []
    left = dict(standings)
    for own_wanted, own_offered in parts:
        own, proof = certified(own_wanted, own_offered, left, now_s, matcher, tuning)
        own_offers, left = _after(own, proof.frame, left, now_s)
        found, offers = _joined(found, own), offers + own_offers
    done = {pair.wanted.id for pair in found.pairs}
    waiting = [each for each in wanted if each.id not in done]
    return _joined(found, certified(waiting, offers, left, now_s, matcher, tuning)[0])


def certified(
    wanted: Iterable[Wanted],
    offered: Iterable[Offered],
    standings: Mapping[str, Standing],
    now_s: int,
    matcher: str,
    tuning: Tuning = Tuning(),  # noqa: B008 - frozen
) -> tuple[Allocation, Certificate]:
    """`match` of a book as one, however large, with the proof."""
    frame = frame_of(wanted, offered, standings, now_s, matcher, tuning)
    search = Search(frame, slots_of(frame, now_s), standings)
    solution = search.stable()
    certificate = Certificate(frame, solution, search.denied)
    allocation = _allocation(certificate)
    left = {frame.wanted[row].id for row in np.flatnonzero(solution.barred).tolist()}
    left |= {frame.wanted[row].id for row, _ in search.denied}
    left -= {pair.wanted.id for pair in allocation.pairs}
    if not left:
        return allocation, certificate
    # What others let go of in the meantime may be enough for some who stood back.
    waiting = [each for each in frame.wanted if each.id in left]
    rest = match(waiting, *_after(allocation, frame, standings, now_s), now_s, matcher, tuning)
    return _joined(allocation, rest), certificate


def frame_of(
    wanted: Iterable[Wanted],
    offered: Iterable[Offered],
    standings: Mapping[str, Standing],
    now_s: int,
    matcher: str,
    tuning: Tuning,
) -> Frame:
    """Rows with the oldest first; columns of offers that are alike, those of one host together."""
    rows: dict[bytes, Wanted] = {}
    for request in sorted(wanted, key=lambda each: (each.since_s, each.id)):
        rows.setdefault(request.id, request)
    offers: dict[bytes, Offered] = {}
    for offer in sorted(offered, key=lambda each: (each.since_s, each.digest)):
        offers.setdefault(offer.digest, offer)
    groups: dict[object, list[Offered]] = defaultdict(list)
    for each in offers.values():
        if _usable(each, now_s, matcher):
            groups[alike(each)].append(each)
    hosts: dict[object, list[list[Offered]]] = defaultdict(list)
    for group in groups.values():
        hosts[group[0].offer.provider, machine_key(group[0].machine)].append(group)
    columns = [group for own in hosts.values() for group in own]
    return Frame(list(rows.values()), columns, standings, now_s, matcher, tuning)


def _usable(offered: Offered, now_s: int, matcher: str) -> bool:
    offer = offered.offer
    return offered.left > 0 and now_s < offer.valid_until and offer.matcher in (ANYBODY, matcher)


def _allocation(certificate: Certificate) -> Allocation:
    frame, solution = certificate.frame, certificate.solution
    places, slots, profits = solution.places, solution.slots, solution.profits()
    pairs = []
    for row in np.flatnonzero(places.slot != NONE).tolist():
        slot = int(places.slot[row])
        points = int(places.points[row] + slots.offset[slot])
        pairs.append(Pair(frame.wanted[row], slots.offered[slot], points))
    pairs.sort(key=lambda pair: (-pair.score, pair.wanted.id))
    prices: dict[bytes, int] = {}
    for offered, net in zip(slots.offered, solution.net.tolist(), strict=True):
        prices[offered.digest] = min(net, prices.get(offered.digest, net))
    return Allocation(
        tuple(pairs),
        {frame.wanted[row].id: int(profits[row]) for row in np.flatnonzero(profits).tolist()},
        prices,
        frozenset((frame.wanted[row].id, frame.providers[p]) for row, p in certificate.denied),
        frozenset(frame.wanted[row].id for row in np.flatnonzero(solution.barred).tolist()),
    )


def _after(
    allocation: Allocation, frame: Frame, standings: Mapping[str, Standing], now_s: int
) -> tuple[list[Offered], dict[str, Standing]]:
    """Offers and balances as the allocation leaves them."""
    used = Counter(pair.offered.digest for pair in allocation.pairs)
    offers = []
    for each in (each for group in frame.groups for each in group):
        count = used[each.digest]
        offers.append(replace(each, uses=each.uses + count, since_s=now_s) if count else each)
    left = dict(standings)
    row = {each.id: place for place, each in enumerate(frame.wanted)}
    for pair in allocation.pairs:
        payer, worker = pair.wanted.request.requester, pair.offered.offer.provider
        paid = left.get(payer, NOBODY)
        left[payer] = replace(paid, free=paid.free - frame.escrow[row[pair.wanted.id]])
        bound = left.get(worker, NOBODY)
        left[worker] = replace(
            bound,
            unbonded=bound.unbonded - pair.wanted.request.bond,
            live_jobs=bound.live_jobs + 1,
        )
    return offers, left


def _joined(first: Allocation, more: Allocation) -> Allocation:
    pairs = sorted([*first.pairs, *more.pairs], key=lambda pair: (-pair.score, pair.wanted.id))
    return replace(
        first,
        pairs=tuple(pairs),
        profits={**first.profits, **more.profits},
        prices={**first.prices, **more.prices},
        denied=first.denied | more.denied,
        unfunded=(first.unfunded | more.unfunded) - {pair.wanted.id for pair in pairs},
    )
