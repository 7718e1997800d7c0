"""Signed orders and the jobs that they become."""

from brownie import chain
from chainkit import event, now, send
from deals import DAY, MANIFEST, REQUEST, ROOT, UNITS, Deal
from keys import sign
from orders import (
    JOB_FIELDS,
    ZERO,
    ZERO32,
    demand_hash,
    job_id,
    offer_digest,
    offer_tuple,
    seal,
)

# Exactly what the requests of deals.py need, so that each limit is at its edge.
OFFER = {
    "requester": ZERO,
    "spec": ZERO32,
    "profile": REQUEST["profile"],
    "resolver": ZERO,
    "policy": ZERO32,
    "minUnitPrice": 1_000_003,
    "minFlat": 5_000_003,
    "maxBond": 1_000_007,
    "maxUnits": 7_123_456_789_013,
    "maxTasks": 48,
    "minRunFor": 1_000,
    "minSecondsPer1e12Units": 140,  # 1,000 s * 1e12 / 7,123,456,789,013 units, rounded down
    "maxLockFor": 600 + 300 + 2 * DAY,
    "minDemandFee": 77,
    "maxJobs": 2,
    "matcher": ZERO,
    "counter": 0,
    "salt": b"\5" * 32,
}


def make_offer(provider, **changes):
    """A valid offer, good for the requests of deals.py, for 500 s from now."""
    return {**OFFER, "provider": str(provider), "validUntil": now() + 500, **changes}


class SignedDeal(Deal):
    """A job from two signed orders on, or from one that the provider fills."""

    def __init__(self, market, requester, provider, submitter, offer=None, **changes):
        super().__init__(market, requester, provider, **changes)
        self.submitter = submitter
        self.offer = make_offer(provider, **(offer or {}))

    @property
    def digest(self):
        """The offer's."""
        return offer_digest(self.market, chain.id, self.offer)

    @property
    def signature(self):
        """The requester's, over the request as it is now."""
        return sign(self.requester, job_id(self.market, chain.id, self.request))

    @property
    def offer_signature(self):
        return sign(self.provider, self.digest)

    @property
    def pair(self):
        """What matchOrders takes, but for the proof."""
        return self.order, self.signature, offer_tuple(self.offer), self.offer_signature

    def match(self, at=None, by=None, proof=()):
        by = by or self.submitter
        tx = send(self.market.matchOrders, *self.pair, list(proof), by=by, at=at)
        self.started(event(tx, "JobMatched"), tip=self.request["tip"])
        return tx

    def fill(self, at=None, by=None, proof=()):
        call = (self.market.fill, self.order, self.signature, list(proof))
        tx = send(*call, by=by or self.provider, at=at)
        self.started(event(tx, "JobMatched"), tip=0)
        return tx

    def fill_and_claim(self, at=None, by=None, units=UNITS):
        claim = seal(self.provider, self.id, ROOT, units)
        call = (self.market.fillAndClaim, self.order, self.signature, claim, MANIFEST)
        tx = send(*call, by=by or self.provider, at=at)
        self.started(tx.events["JobMatched"], tip=0)
        self.claimed(tx.events["JobClaimed"], claim)
        return tx

    def started(self, said, tip):
        """Rebuilds the record from a JobMatched."""
        told = bytes.fromhex(str(said["terms"])[2:])
        self.job = {name: self.request.get(name, 0) for name in JOB_FIELDS}
        self.job |= {"provider": said["provider"], "tipPaid": tip}
        self.job["unitPrice"] = int.from_bytes(told[352:364], "big")
        self.job["acceptedAt"] = int.from_bytes(told[364:372], "big")
        self.job |= {"caseDone": False, "demandHash": ZERO32, "seal": ZERO32}

    def until(self, state, at=None):
        """Brings a new pair to Open (posted), Running (matched, at `at`), Claimed or Disputed."""
        if state == "Open":
            self.post()
            return self
        self.match(at=at)
        self._further(state)
        return self

    def demand(self, pairs, by=None, at=None):
        call = (self.market.demand, self.id, self.record, pairs)
        tx = send(*call, by=by or self.requester, at=at)
        said = event(tx, "OutputDemanded")
        self.job |= {"demandHash": demand_hash(pairs), "answerBy": said["answerBy"]}
        self.job["answered"] = 255 << len(pairs) & 255
        return tx

    def answer(self, pairs, result, answers, by=None, at=None):
        """`answers` to a demand of `pairs`, of a claim that seals `result`."""
        given = (pairs, result.root, result.units, answers)
        call = (self.market.answer, self.id, self.record, *given)
        tx = send(*call, by=by or self.provider, at=at)
        said = event(tx, "OutputAnswered")
        self.job |= {"answered": said["answered"], "windowEnd": said["windowEnd"]}
        return tx
