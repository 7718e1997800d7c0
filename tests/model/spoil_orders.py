"""Ways to get signed orders wrong."""

import random
from collections.abc import Callable
from dataclasses import replace

from . import rules
from .actors import Actors
from .author import OTHER, exceeded
from .calls import Call
from .cast import EVERYBODY, ODD, SIGNING
from .chain import CHAIN_ID
from .hashing import domain_separator, job_id, offer_digest
from .keys import recover, sign, twin
from .validity import MIN_BOND
from .words import NOBODY, Offer, Request

SIGNED = {"match_orders": (1, 3), "fill": (1,), "fill_and_claim": (1,)}  # where signatures stand
Way = Callable[[Call], Call | None]


class OrderSpoiler:
    """Takes a sensible match or fill."""

    rng: random.Random
    actors: Actors

    def order_ways(self) -> tuple[Way, ...]:
        return (
            *(self.signature,) * 5,
            *(self.limit,) * 5,
            *(self.odd_signer,) * 3,
            self.means,
            self.matcher,
            self.offer_is_over,
            self.late,
            self.counter,
        )

    def signature(self, call: Call) -> Call | None:
        """Not the author's, or not over this order on this market and chain."""
        if call.function not in SIGNED:
            return None
        at = self.rng.choice(SIGNED[call.function])
        order = call.args[at - 1]
        if len(call.args[at]) != 65:  # wrong already
            return None
        note, signature = self.rng.choice(self.signatures(order, call.args[at]))
        return with_arg(call, at, signature, f"signature {note}")

    def signatures(self, order: Request | Offer, good: bytes) -> list[tuple[str, bytes]]:
        rng, actors = self.rng, self.actors
        offered = isinstance(order, Offer)
        author = order.provider if offered else order.requester
        over = actors.sign_offer if offered else actors.sign_request
        digest = (offer_digest if offered else job_id)(actors.model.domain, order)
        strange = rng.choice([k for keys in SIGNING.values() for k in keys])
        by_key = recover(digest, good) == author
        bad = [
            (
                "of the other chain",
                over(order, domain_separator(CHAIN_ID + 1, actors.model.address)),
            ),
            ("of another market", over(order, domain_separator(CHAIN_ID, OTHER))),
            ("with another parity", good[:64] + bytes([good[64] ^ 27 ^ 28])),
            ("with a parity of 0 or 1", good[:64] + bytes([(good[64] - 27) % 256])),
            ("cut", good[:64]),
            ("too long", good + b"\0"),
            ("that is none", rng.choice((b"", bytes(65), rng.randbytes(65), b"\xff" * 65))),
            ("with r changed", bytes([good[0] ^ 1]) + good[1:]),
            ("with s changed", good[:40] + bytes([good[40] ^ 1]) + good[41:]),
            ("over another order", sign(SIGNING[author][0], rng.randbytes(32))),
        ]
        if by_key:
            bad.append(("in its other spelling", twin(good)))
        if strange not in SIGNING[author]:
            bad.append(("of a stranger", sign(strange, digest)))
        return bad

    def limit(self, call: Call) -> Call | None:
        """An offer of which one limit is broken, signed like that."""
        if call.function != "match_orders":
            return None
        request, offer = call.args[0], call.args[2]
        price = rules.unit_price(request, call.at)
        change = self.rng.choice(exceeded(request, offer, price))
        return self.offering(call, replace(offer, **change), f"limit of {next(iter(change))}")

    def odd_signer(self, call: Call) -> Call | None:
        """A contract that says something else than yes, or says it to anybody."""
        if call.function not in SIGNED:
            return None
        request, _, *rest = call.args
        wallet = self.rng.choice(ODD)
        note = f"signed by a wallet that {wallet.kind}"
        if call.function == "match_orders" and self.rng.random() < 0.5:
            return self.offering(call, replace(rest[0], provider=wallet.address, counter=0), note)
        # It owns nothing: so it can have only what costs nothing.
        free = {"flat": 0, "max_unit_price": 0, "min_unit_price": 0, "tip": 0, "case_fee": 0}
        changed = replace(request, requester=wallet.address, counter=0, **free)
        signed = self.actors.sign_request(changed)
        if call.function != "match_orders":
            return replace(call, args=(changed, signed, *rest), notes=(note,))
        loose = replace(rest[0], requester=NOBODY, min_flat=0, min_unit_price=0)
        call = replace(call, args=(changed, signed, *rest))
        return self.offering(call, loose, note)

    def matcher(self, call: Call) -> Call | None:
        """Another matcher is named, by either side; or whoever fills finds one named."""
        if call.function not in SIGNED:
            return None
        request, _, *rest = call.args
        other = self.rng.choice([a for a in EVERYBODY if a != call.caller])
        if call.function == "match_orders" and self.rng.random() < 0.5:
            return self.offering(call, replace(rest[0], matcher=other), "matcher of the offer")
        request = replace(request, matcher=other)
        args = (request, self.actors.sign_request(request), *rest)
        return replace(call, args=args, notes=("matcher of the request",))

    def offer_is_over(self, call: Call) -> Call | None:
        """An offer that was used up or revoked, with a request that fits it."""
        over = self.actors.used_up()
        if call.function != "match_orders" or not over:
            return None
        offer, signed = self.rng.choice(over)
        request = self.actors.author.suit(call.args[0], offer)
        if offer.requester not in (NOBODY, request.requester):
            return None
        request = replace(request, providers=bytes(32))
        args = (request, self.actors.sign_request(request), offer, signed, ())
        caller = offer.matcher if offer.matcher != NOBODY else call.caller
        return replace(call, caller=caller, args=args, notes=("offer that is over",))

    def late(self, call: Call) -> Call | None:
        """An offer that is valid until now, or a second more."""
        if call.function != "match_orders":
            return None
        until = call.at + self.rng.choice((0, 1))
        return self.offering(call, replace(call.args[2], valid_until=until), "end of an offer")

    def counter(self, call: Call) -> Call | None:
        """An order signed before or after its time."""
        if call.function not in SIGNED:
            return None
        request, _, *rest = call.args
        other = self.rng.choice((-1, 1, 2**63))
        if call.function == "match_orders" and self.rng.random() < 0.5:
            offer = replace(rest[0], counter=max(0, rest[0].counter + other))
            return self.offering(call, offer, "counter of the offer")
        request = replace(request, counter=max(0, request.counter + other))
        args = (request, self.actors.sign_request(request), *rest)
        return replace(call, args=args, notes=("counter of the request",))

    def means(self, call: Call) -> Call | None:
        """A request for more than one side has."""
        if call.function not in SIGNED:
            return None
        request, _, *rest = call.args
        accounts = self.actors.model.accounts
        provider = rest[0].provider if call.function == "match_orders" else call.caller
        stake, free = accounts[provider].staked, accounts[request.requester].free
        more = {"min_stake": stake + 1, "bond": max(stake + 1, MIN_BOND), "flat": free + 1}
        name = self.rng.choice([*more])
        request = replace(request, **{name: min(more[name], rules.MAX_AMOUNT)})
        args = (request, self.actors.sign_request(request), *rest)
        return replace(call, args=args, notes=(f"means: {name}",))

    def offering(self, call: Call, offer: Offer, note: str) -> Call:
        """The call with another offer, properly signed."""
        request, signature, _, _, proof = call.args
        args = (request, signature, offer, self.actors.sign_offer(offer), proof)
        return replace(call, args=args, notes=(note,))


def with_arg(call: Call, index: int, value: object, note: str) -> Call:
    """The call with one argument exchanged."""
    args = (*call.args[:index], value, *call.args[index + 1 :])
    return replace(call, args=args, notes=(note,))
