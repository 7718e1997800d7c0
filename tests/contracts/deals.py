"""Jobs as the tests drive them."""

from brownie import accounts, chain
from chainkit import event, now, send
from eth_utils import keccak
from orders import (
    JOB_FIELDS,
    ZERO,
    ZERO32,
    job_id,
    job_tuple,
    request_tuple,
    seal,
)

GATEWAY = "http://192.0.2.10:8080"
ROOT = keccak(b"the root of a result")
MANIFEST = keccak(b"a manifest")
UNITS = 6_123_456_789_012
DAY = 86_400

# Odd amounts, so that every division has a remainder to lose.
REQUEST = {
    "spec": keccak(b"spec"),
    "profile": keccak(b"profile"),
    "tasks": 48,
    "flat": 5_000_003,
    "minUnitPrice": 1_000_003,
    "maxUnitPrice": 3_000_017,
    "maxUnits": 7_123_456_789_013,
    "bond": 1_000_007,
    "minStake": 0,
    "tip": 25_000,
    "runFor": 1_000,
    "challengeFor": 600,
    "resolver": ZERO,
    "policy": ZERO32,
    "caseFor": 0,
    "caseFee": 0,
    "demandFee": 77,
    "providers": ZERO32,
    "matcher": ZERO,
    "counter": 0,
    "salt": keccak(b"salt"),
}


def make_request(requester, **changes):
    """A valid request whose ramp runs from 100 to 200 s from now and which is open for 1,000 s."""
    start = now()
    times = {"rampStart": start + 100, "rampEnd": start + 200, "openUntil": start + 1_000}
    return {**REQUEST, "requester": str(requester), **times, **changes}


def judged(judge, **changes):
    """Changes by which `judge` resolves a request's disputes, for the most that its bond allows."""
    terms = {"resolver": str(judge), "policy": b"\7" * 32, "caseFor": 5 * DAY, "caseFee": 250_001}
    return terms | changes


class Deal:
    """A job from its request on. `job` is its record, rebuilt from the events as anybody can."""

    def __init__(self, market, requester, provider, **changes):
        self.market = market
        self.requester = requester
        self.provider = provider
        self.request = make_request(requester, **changes)
        self.id = job_id(market, chain.id, self.request)
        self.job = dict.fromkeys(JOB_FIELDS, 0)

    @property
    def state(self):
        return self.market.stateOf(self.id)

    @property
    def record(self):
        return job_tuple(self.job)

    @property
    def order(self):
        return request_tuple(self.request)

    def post(self, at=None, gateway=GATEWAY):
        return send(self.market.post, self.order, gateway, by=self.requester, at=at)

    def accept(self, at=None, by=None, proof=()):
        by = by or self.provider
        tx = send(self.market.accept, self.order, list(proof), by=by, at=at)
        said = event(tx, "JobAccepted")
        self.job = {name: self.request.get(name, 0) for name in JOB_FIELDS}
        self.job |= {name: said[name] for name in ("provider", "unitPrice", "acceptedAt")}
        self.job |= {"caseDone": False, "demandHash": ZERO32, "seal": ZERO32}
        self.job["tipPaid"] = said["tipPaid"]
        return tx

    def submit(self, at=None, by=None, units=UNITS, claim=None):
        claim = claim or seal(self.provider, self.id, ROOT, units)
        call = (self.market.submit, self.id, self.record, claim, MANIFEST)
        tx = send(*call, by=by or self.provider, at=at)
        self.claimed(event(tx, "JobClaimed"), claim)
        return tx

    def submit_result(self, result):
        """Claims a `Result`."""
        return self.submit(claim=seal(self.provider, self.id, result.root, result.units))

    def claimed(self, said, claim):
        """Brings the record forward by a JobClaimed."""
        self.job |= {name: said[name] for name in ("claimedAt", "claimBlock")} | {"seal": claim}
        self.job["windowEnd"] = said["claimedAt"] + self.job["challengeFor"]

    def approve(self, at=None, by=None, units=UNITS, root=ROOT):
        call = (self.market.approve, self.id, self.record, root, units)
        return send(*call, by=by or self.requester, at=at)

    def finalize(self, by, at=None, units=UNITS, root=ROOT):
        return send(self.market.finalize, self.id, self.record, root, units, by=by, at=at)

    def cancel(self, by, at=None):
        return send(self.market.cancel, self.order, by=by, at=at)

    def release(self, at=None, by=None):
        return send(self.market.release, self.id, self.record, by=by or self.provider, at=at)

    def expire(self, by, at=None):
        return send(self.market.expire, self.id, self.record, by=by, at=at)

    def void(self, by, at=None):
        return send(self.market.void, self.id, self.record, by=by, at=at)

    @property
    def judge(self):
        """The resolver, an account of the chain."""
        return accounts.at(self.request["resolver"])

    def dispute(self, at=None, by=None):
        tx = send(self.market.dispute, self.id, self.record, by=by or self.judge, at=at)
        self.job["disputedAt"] = event(tx, "JobDisputed")["disputedAt"]
        return tx

    def resolve(self, verdict, challenger=ZERO, at=None, by=None):
        call = (self.market.resolve, self.id, self.record, verdict, challenger)
        tx = send(*call, by=by or self.judge, at=at)
        self.upheld(tx.events["CaseResolved"])
        return tx

    def timeout(self, by, at=None):
        tx = send(self.market.timeout, self.id, self.record, by=by, at=at)
        self.upheld(tx.events["CaseResolved"])
        return tx

    def upheld(self, said):
        """Brings the record forward by a CaseResolved, after which a rejected job has none."""
        if not said["rejected"]:
            self.job |= {"caseFee": 0, "disputedAt": 0, "caseDone": True}
            self.job["windowEnd"] = said["windowEnd"]

    def until(self, state, at=None):
        """Brings a new job to Open, Running, Claimed or Disputed; `at` is when it is accepted."""
        self.post()
        if state != "Open":
            self.accept(at=at)
        self._further(state)
        return self

    def _further(self, state):
        if state in ("Claimed", "Disputed"):
            self.submit()
        if state == "Disputed":
            self.dispute()
