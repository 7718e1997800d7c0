"""The book of one matcher: rounds of the real engine, and batches of what it found.

It also counts, for each order that fits somebody and is passed over, what docs/economics.md bounds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from tests.model import words
from tests.model.words import State

from workbond.chain.orders import Pairing, match_batch
from workbond.matcher.engine.certificate import Certificate
from workbond.matcher.engine.constraints import CONSTRAINTS
from workbond.matcher.engine.frame import Frame, Ints
from workbond.matcher.engine.match import certified
from workbond.matcher.engine.reasons import Reason
from workbond.matcher.engine.types import Allocation, Offered, Tuning

from .providers import Provider
from .requesters import Order
from .scale import Scale
from .world import MATCHER, World, checksummed

Offers = dict[bytes, tuple[Provider, tuple[words.Offer, bytes, Offered]]]
"""By digest, whose it is; as signed, the signature, and as the engine reads it."""


@dataclass
class Wait:
    """What an order went through.

    Args:
        order: which.
        older: orders that were in the book when it came.
        rounds: in which it was in the book, up to the one that matched it.
        fitting: rounds in which somebody fitted and it was passed over.
        missed: providers that fitted it, added up over those rounds.
        reason: of those that never were matched, the last obstacle.
    """

    order: Order
    older: int
    rounds: int = 0
    fitting: int = 0
    missed: int = 0
    reason: Reason | None = None
    matched_s: int = 0


class Book:
    """Signed requests that wait. Offers stay with their providers, who show them each round."""

    def __init__(self, world: World, scale: Scale) -> None:
        self.world, self.scale = world, scale
        self.tuning = Tuning(patience_s=scale.patience_s)
        self.waiting: dict[bytes, Wait] = {}
        self.waits: list[Wait] = []
        self.pairs = 0

    def add(self, order: Order) -> None:
        wait = Wait(order, len(self.waiting))
        self.waiting[order.id] = wait
        self.waits.append(wait)

    def round(self, providers: dict[str, Provider]) -> list[tuple[Order, Provider]]:
        """Matches what can be matched now, on the market; who goes with whom."""
        now_s = self.world.now_s
        for id_ in [i for i, w in self.waiting.items() if w.order.request.open_until <= now_s]:
            self.waiting.pop(id_).order.requester.promised.pop(id_)
        if not self.waiting:
            return []
        offers = {
            digest: (provider, found)
            for provider in providers.values()
            for digest, found in provider.offers.items()
        }
        allocation, certificate = certified(
            [wait.order.wanted for wait in self.waiting.values()],
            [offered for _, (_, _, offered) in offers.values()],
            self.world.standings(),
            now_s,
            checksummed(MATCHER),
            self.tuning,
        )
        self._count(allocation, certificate)
        self._submit(allocation, offers)
        matched = []
        for pair in allocation.pairs:
            if self.world.market.record(pair.wanted.id).state != State.RUNNING:
                continue  # an entry that the market skipped
            provider, (offer, signature, _) = offers[pair.offered.digest]
            uses = self.world.market.offer_uses.get(pair.offered.digest, 0)
            offered = replace(pair.offered, uses=uses, since_s=now_s)
            provider.offers[pair.offered.digest] = offer, signature, offered
            wait = self.waiting.pop(pair.wanted.id)
            wait.matched_s = now_s
            matched.append((wait.order, provider))
        self.pairs += len(matched)
        return matched

    def _submit(self, allocation: Allocation, offers: Offers) -> None:
        """One transaction: pairs of one offer next to each other, as that is cheapest."""
        entries = []
        for pair in sorted(allocation.pairs, key=lambda pair: pair.offered.digest):
            order = self.waiting[pair.wanted.id].order
            _, (_, signature, _) = offers[pair.offered.digest]
            entries.append(
                Pairing(order.wanted.request, order.signature, pair.offered.offer, signature)
            )
        if len(entries) == 1:
            digest = allocation.pairs[0].offered.digest
            order = self.waiting[allocation.pairs[0].wanted.id].order
            _, (offer, signature, _) = offers[digest]
            signed = (order.request, order.signature, offer, signature)
            self.world.call("match_orders", MATCHER, *signed, ())
        elif entries:
            self.world.call("match_batch", MATCHER, match_batch(entries))

    def _count(self, allocation: Allocation, certificate: Certificate) -> None:
        """Who was passed over, and by how many providers that fitted."""
        for wait in self.waiting.values():
            wait.rounds += 1
        matched = {pair.wanted.id for pair in allocation.pairs}
        frame = certificate.frame
        left = [i for i, each in enumerate(frame.wanted) if each.id not in matched]
        if not left:
            return
        if not frame.columns:
            for row in left:
                self.waiting[frame.wanted[row].id].reason = Reason.NO_OFFERS
            return
        rows, columns = np.array(left)[:, None], np.arange(frame.columns)[None, :]
        obstacle = first_obstacles(frame, rows, columns)
        for row, first in zip(left, obstacle, strict=True):
            wait = self.waiting[frame.wanted[row].id]
            fitting = np.unique(frame.provider[first == len(CONSTRAINTS)])
            if not len(fitting):
                wait.reason = CONSTRAINTS[int(first.max())][0]
            elif wait.order.id in allocation.unfunded:
                wait.reason = Reason.FUNDS
            else:
                wait.reason = Reason.OUTBID
                wait.fitting += 1
                wait.missed += len(fitting)

    def rivals(self) -> Counter[bytes]:
        """By id, the orders that may go before it: those in the book when it came, and those that
        came within one patience after it. The stated bound is that `missed` stays below it."""
        since = np.array([wait.order.wanted.since_s for wait in self.waits])
        last = np.searchsorted(since, since + self.scale.patience_s)
        return Counter(
            {
                wait.order.id: wait.older + int(end) - place - 1
                for place, (wait, end) in enumerate(zip(self.waits, last, strict=True))
            }
        )


def first_obstacles(frame: Frame, rows: Ints, columns: Ints) -> Ints:
    """Of each pair, the place of the first constraint that it breaks; their number for none."""
    first = np.full(np.broadcast_shapes(rows.shape, columns.shape), len(CONSTRAINTS))
    for place, (_, constraint) in reversed([*enumerate(CONSTRAINTS)]):
        first[~np.broadcast_to(constraint(frame, rows, columns), first.shape)] = place
    return first
