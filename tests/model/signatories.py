"""Signed orders: made, matched, filled and taken back."""

from dataclasses import replace

from .calls import Call
from .cast import ACTORS, EVERYBODY, ODD
from .crowd import Deal
from .hashing import job_id, offer_digest
from .jobbers import Jobbers
from .orders import REVOKED
from .words import NOBODY, ZERO32, Offer, State

WAITING = 8  # deals that nobody has used yet, above which no more are made


class Signatories(Jobbers):
    """Everybody may submit what others signed."""

    # ────────────────────────────────── deals ────────────────────────────────

    def deal(self) -> Deal | None:
        """One that waits, or a new one, which may be left to wait."""
        waiting = self.waiting_deals()
        if waiting and (len(waiting) > WAITING or self.rng.random() < 0.4):
            return self.rng.choice(waiting)
        deal = self.new_deal()
        if deal:
            self.deals[job_id(self.model.domain, deal.request)] = deal
        return deal if deal and self.rng.random() < 0.6 else None

    def waiting_deals(self) -> list[Deal]:
        """Deals that may still become jobs, by the clock and by their authors' counters."""
        accounts = self.model.accounts
        return [
            deal
            for id_, deal in [*self.deals.items()][-40:]
            if self.model.record(id_).state == State.NONE
            and deal.request.open_until > self.now
            and deal.offer.valid_until > self.now
            and deal.request.counter == accounts[deal.request.requester].counter
        ]

    def new_deal(self, same: Deal | None = None) -> Deal | None:
        """Orders of two who can keep them, with an offer that is there already now and then, or
        with that of another deal."""
        rng, accounts = self.rng, self.model.accounts
        requester = rng.choice((*ACTORS, *ACTORS, ODD[0].address, ODD[1].address))
        free = accounts[requester].free
        if self.busy() or (free == 0 and requester in ACTORS):
            return None
        used = self.usable_offers()
        offer, signed = rng.choice(used) if used and rng.random() < 0.5 else (None, b"")
        if same:
            offer, signed = same.offer, same.offer_signature
        provider = offer.provider if offer else rng.choice(ACTORS)
        stake = accounts[provider].staked - accounts[provider].bonded
        budget = rng.choice((free, free // 3, free // 100))
        request = self.author.request(
            requester, budget, stake, accounts[requester].counter, self.now
        )
        if provider not in self.author.admitted(request):
            request = replace(request, providers=ZERO32)
        if offer:
            request = self.author.suit(request, offer)
            if offer.requester not in (NOBODY, requester):
                return None
        else:
            matcher = rng.choice(EVERYBODY) if rng.random() < 0.15 else NOBODY
            request = replace(request, matcher=matcher)
            counter = accounts[provider].counter
            offer = self.author.offer(request, provider, counter, self.now)
            signed = self.sign_offer(offer)
            self.offers[offer_digest(self.model.domain, offer)] = offer, signed
            if matcher != NOBODY and rng.random() < 0.5:
                request = replace(request, matcher=NOBODY)
        proof = self.author.proof(request, provider)
        return Deal(request, self.sign_request(request), offer, signed, proof)

    def usable_offers(self) -> list[tuple[Offer, bytes]]:
        return [
            (offer, signed)
            for digest, (offer, signed) in [*self.offers.items()][-40:]
            if self.model.offer_uses.get(digest, 0) < offer.max_jobs
            and offer.valid_until > self.now
            and offer.counter == self.model.accounts[offer.provider].counter
        ]

    # ────────────────────────────── match and fill ───────────────────────────

    def match_orders(self) -> Call | None:
        deal = self.deal()
        if deal is None:
            return None
        named = {deal.request.matcher, deal.offer.matcher} - {NOBODY}
        caller = self.rng.choice(sorted(named) or EVERYBODY)
        return self.call("match_orders", caller, *deal.args, at=self.when(deal))

    def when(self, deal: Deal) -> int:
        request, offer = deal.request, deal.offer
        ramp = (request.ramp_start, request.ramp_end)
        return self.near(*ramp, request.open_until, offer.valid_until)

    def fill(self) -> Call | None:
        return self.filled("fill")

    def fill_and_claim(self) -> Call | None:
        call = self.filled("fill_and_claim")
        if call is None:
            return None
        request = call.args[0]
        id_ = job_id(self.model.domain, request)
        seal = self.seal(call.caller, id_, request.tasks, request.max_units)
        return replace(call, args=(*call.args[:2], seal, self.rng.randbytes(32)))

    def filled(self, function: str) -> Call | None:
        """A provider takes a request whose offer nobody has used."""
        deals = [deal for deal in self.waiting_deals() if deal.request.matcher == NOBODY]
        new = None if deals and self.rng.random() < 0.3 else self.new_deal()
        if new and new.request.matcher == NOBODY:
            self.deals[job_id(self.model.domain, new.request)] = new
            deals = [new]
        if not deals:
            return None
        deal = self.rng.choice(deals)
        request = deal.request
        able = [a for a in self.author.admitted(request) if self.can_bond(a, request)]
        listed = self.author.proof(request, able[0]) if able else ()
        if not able or (listed and function == "fill_and_claim" and self.rng.random() < 0.9):
            return None
        provider = self.rng.choice(able)
        args = (request, deal.request_signature, self.author.proof(request, provider))
        return self.call(function, provider, *args, at=self.when(deal))

    # ────────────────────────────────── revoke ───────────────────────────────

    def revoke(self) -> Call | None:
        """A request that never was a job."""
        deals = self.waiting_deals()
        if not deals:
            return None
        request = self.rng.choice(deals).request
        actors = [a for a in EVERYBODY if a == request.requester]
        return self.call("cancel", actors[0], request) if actors else None

    def cancel_offer(self) -> Call | None:
        offers = [offer for offer, _ in self.usable_offers()]
        if not offers:
            return None
        offer = self.rng.choice(offers)
        return self.call("cancel_offer", offer.provider, offer)

    def raise_counter(self) -> Call | None:
        return self.call("raise_counter", self.rng.choice(EVERYBODY))

    def used_up(self) -> list[tuple[Offer, bytes]]:
        """Offers that bind nobody any more, but for their counts."""
        uses = self.model.offer_uses
        return [
            (offer, signed)
            for digest, (offer, signed) in self.offers.items()
            if (uses.get(digest, 0) >= offer.max_jobs or uses.get(digest) == REVOKED)
            and offer.valid_until > self.now
            and offer.counter == self.model.accounts[offer.provider].counter
        ]
