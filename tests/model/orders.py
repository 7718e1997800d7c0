"""From signed orders to a running job, without a posting (docs/protocol.md section 4).

None ─match_orders, fill─▶ Running
None ─fill_and_claim────▶ Claimed
"""

from . import offers, rules
from .errors import require
from .hashing import job_id, offer_digest
from .jobs import Jobs
from .packing import Terms, pack_terms
from .records import Record, require_clean
from .validity import require_unmatched, require_valid
from .words import NOBODY, Job, Offer, Request, State

REVOKED = 2**32 - 1  # uses of an offer that was cancelled


class SignedOrders(Jobs):
    """What strangers may do with signatures, and how their authors take them back."""

    # ────────────────────────────── match and fill ───────────────────────────

    def match_orders(
        self,
        caller: str,
        request: Request,
        request_signature: bytes,
        offer: Offer,
        offer_signature: bytes,
        proof: tuple[bytes, ...],
    ) -> bytes:
        """None → Running, for the tip: request and offer fit, and both authors stand to them."""
        id_ = self.require_fresh(request)
        require_clean(offer)
        for named in (request.matcher, offer.matcher):
            require(named in (NOBODY, caller), "NotAllowed", caller, named)
        self.require_before(offer.valid_until)
        price = rules.unit_price(request, self.now)
        offers.require_fits(offer, request, price)
        self.require_admitted(request, offer.provider, proof)
        digest = self.require_usable(offer, offer_signature)
        self.require_bound(request, request_signature, offer.provider, price, request.tip)

        self.offers[digest] = offer
        self.offer_uses[digest] = self.offer_uses.get(digest, 0) + 1
        if self.signers.by_key(offer.provider, digest, offer_signature):
            self.known.add(digest)
        job = self.bind(request, offer.provider, price, request.tip)
        self.records[id_] = Record(State.RUNNING, job)
        self.accounts[caller].free += request.tip
        self.tell_matched(id_, job, Terms(request, price, self.now, digest, caller))
        return id_

    def fill(
        self, caller: str, request: Request, signature: bytes, proof: tuple[bytes, ...]
    ) -> bytes:
        """None → Running: the caller becomes provider. No tip is charged, as nobody matched."""
        id_, job = self.take(caller, request, signature, proof)
        self.records[id_] = Record(State.RUNNING, job)
        return id_

    def fill_and_claim(
        self,
        caller: str,
        request: Request,
        signature: bytes,
        seal: bytes,
        manifest: bytes,
    ) -> bytes:
        """None → Claimed: the same by a provider that has executed already, and needs no list."""
        id_, job = self.take(caller, request, signature, ())
        self.claim(id_, job, seal, manifest)
        return id_

    # ────────────────────────────────── revoke ───────────────────────────────

    def raise_counter(self, caller: str) -> int:
        """All that the caller signed so far is worth nothing any more."""
        account = self.accounts[caller]
        account.counter += 1
        self.emit("CounterRaised", caller, account.counter)
        return account.counter

    def cancel_offer(self, caller: str, offer: Offer) -> None:
        """One offer is worth nothing any more."""
        require_clean(offer)
        require(caller == offer.provider, "NotAllowed", caller, offer.provider)
        digest = offer_digest(self.domain, offer)
        self.offer_uses[digest] = REVOKED
        self.emit("OrderCancelled", digest, caller)

    # ───────────────────────────── what they share ───────────────────────────

    def require_fresh(self, request: Request) -> bytes:
        """The id of a valid request that never was a job."""
        require_clean(request)
        id_ = job_id(self.domain, request)
        self.require_state(id_, State.NONE)
        require_valid(request, self.now)
        return id_

    def require_usable(self, offer: Offer, signature: bytes) -> bytes:
        """The digest of an offer that binds its provider once more. Whose key was seen to sign an
        offer is not asked again in the same transaction."""
        self.require_counter(offer.provider, offer.counter)
        digest = offer_digest(self.domain, offer)
        uses = self.offer_uses.get(digest, 0)
        require(uses != REVOKED, "OfferRevoked", digest)
        require(uses < offer.max_jobs, "OfferUsedUp", digest, offer.max_jobs)
        if digest not in self.known:
            self.require_signed(offer.provider, digest, signature)
        return digest

    def require_bound(
        self, request: Request, signature: bytes, provider: str, price: int, tip: int
    ) -> None:
        """Both parties can and must keep their words."""
        self.require_counter(request.requester, request.counter)
        self.require_signed(request.requester, job_id(self.domain, request), signature)
        self.require_free(request.requester, rules.match_escrow(request, price) + tip)
        self.require_bond(provider, request)

    def require_signed(self, signer: str, digest: bytes, signature: bytes) -> None:
        signed = self.signers.by_key(signer, digest, signature)
        signed = signed or self.signers.by_code(signer, digest, signature, self.now)
        require(signed, "SignatureRefused", signer, digest)

    def bind(self, request: Request, provider: str, price: int, tip: int) -> Job:
        """Lock the escrow at the price of this second, and the bond; take the tip."""
        escrow = rules.match_escrow(request, price)
        self.accounts[request.requester].free -= escrow + tip
        self.accounts[provider].bonded += request.bond
        return self.job_of(request, provider, price, tip)

    def take(
        self, caller: str, request: Request, signature: bytes, proof: tuple[bytes, ...]
    ) -> tuple[bytes, Job]:
        id_ = self.require_fresh(request)
        require_unmatched(request)
        self.require_admitted(request, caller, proof)
        price = rules.unit_price(request, self.now)
        self.require_bound(request, signature, caller, price, 0)
        job = self.bind(request, caller, price, 0)
        self.tell_matched(id_, job, Terms(request, price, self.now))
        return id_, job

    def tell_matched(self, id_: bytes, job: Job, terms: Terms) -> None:
        self.emit("JobMatched", id_, job.requester, job.provider, pack_terms(terms))
