"""A job's way from posting to payment (docs/protocol.md section 5); for other ends see exits.py.

None ─post─▶ Open ─accept─▶ Running ─submit─▶ Claimed ─approve, finalize─▶ Settled
              │                │                 │
            cancel        release, expire       void
              ▼                ▼                 ▼
          Cancelled          Void              Void
"""

from dataclasses import replace

from . import rules
from .errors import require
from .hashing import job_id, seal_of
from .records import Record, Records, require_clean
from .validity import require_postable
from .words import NOBODY, Job, Request, State


class Jobs(Records):
    """All jobs of one market. Methods take the caller first, then what the contract takes."""

    # ────────────────────────────── the good way ─────────────────────────────

    def post(self, caller: str, request: Request, gateway: str) -> bytes:
        """None → Open: the requester locks the dearest price, the tip and the case fee."""
        require_clean(request)
        id_ = job_id(self.domain, request)
        account = self.accounts[caller]
        require(caller == request.requester, "NotAllowed", caller, request.requester)
        require_postable(request, gateway, self.now)
        self.require_counter(caller, request.counter)
        self.require_state(id_, State.NONE)
        escrow = rules.escrow_of(request)
        self.require_free(caller, escrow)

        account.free -= escrow
        self.records[id_] = Record(State.OPEN)
        self.emit("JobPosted", id_, caller, request.resolver, request, gateway)
        return id_

    def accept(self, caller: str, request: Request, proof: tuple[bytes, ...]) -> None:
        """Open → Running: the price is that of this second, and the caller's bond is locked. What
        the price leaves of the escrow goes back, the tip included, as nobody matched."""
        id_ = job_id(self.domain, request)
        self.require_state(id_, State.OPEN)
        self.require_before(request.open_until)
        self.require_admitted(request, caller, proof)
        self.require_bond(caller, request)

        price = rules.unit_price(request, self.now)
        job = self.job_of(request, caller, price, 0)
        refund = rules.escrow_of(request) - rules.locked_in(job)
        self.accounts[caller].bonded += request.bond
        self.accounts[request.requester].free += refund
        self.records[id_] = Record(State.RUNNING, job)
        parties = (request.requester, caller)
        self.emit("JobAccepted", id_, *parties, price, self.now, refund, NOBODY, 0)

    def submit(self, caller: str, id_: bytes, job: Job, seal: bytes, manifest: bytes) -> None:
        """Running → Claimed: the provider commits to a result without showing it."""
        self.require_record(id_, job, State.RUNNING)
        self.require_acts_for(caller, job.provider)
        self.require_before(rules.run_end(job))
        self.claim(id_, job, seal, manifest)

    def approve(self, caller: str, id_: bytes, job: Job, root: bytes, total_units: int) -> None:
        """Claimed → Settled: the requester is content, whatever the clock says."""
        self.require_record(id_, job, State.CLAIMED)
        require(caller == job.requester, "NotAllowed", caller, job.requester)
        self.settle(id_, job, root, total_units, approved=True)

    def finalize(self, caller: str, id_: bytes, job: Job, root: bytes, total_units: int) -> None:
        """Claimed → Settled: the window is over, and somebody who holds the opening shows it."""
        self.require_record(id_, job, State.CLAIMED)
        self.require_from(job.window_end)
        require(not rules.unanswered(job), "DemandOpen", id_, job.answered)
        self.require_before(rules.grace_end(job))
        self.settle(id_, job, root, total_units, approved=False)

    # ───────────────────────────── what they share ───────────────────────────

    def settle(self, id_: bytes, job: Job, root: bytes, units: int, *, approved: bool) -> None:
        """Pay a job whose seal these opening values explain."""
        self.require_opens(id_, job, root, units)

        paid = rules.payment(job, units)
        refund = rules.locked_in(job) - paid
        self.accounts[job.provider].bonded -= job.bond
        self.accounts[job.provider].free += paid
        self.accounts[job.requester].free += refund
        self.records[id_] = Record(State.SETTLED)
        parties = (job.requester, job.provider)
        self.emit("JobSettled", id_, *parties, paid, refund, root, units, approved)

    def claim(self, id_: bytes, job: Job, seal: bytes, manifest: bytes) -> None:
        """The window opens."""
        claimed = replace(
            job,
            claimed_at=self.now,
            claim_block=self.block,
            window_end=self.now + job.challenge_for,
            seal=seal,
        )
        self.records[id_] = Record(State.CLAIMED, claimed)
        parties = (job.requester, job.provider)
        self.emit("JobClaimed", id_, *parties, seal, manifest, self.now, self.block)

    def require_opens(self, id_: bytes, job: Job, root: bytes, units: int) -> None:
        seal = seal_of(job.provider, id_, root, units)
        require(seal == job.seal, "SealMismatch", job.seal, seal)

    def require_admitted(self, request: Request, provider: str, proof: tuple[bytes, ...]) -> None:
        allowed = rules.is_allowed(request.providers, provider, proof)
        require(allowed, "ProviderNotAllowed", provider, request.providers)

    def require_bond(self, provider: str, request: Request) -> None:
        staked = self.accounts[provider].staked
        enough = staked >= request.min_stake
        require(enough, "StakeTooLow", provider, staked, request.min_stake)
        self.require_unbonded(provider, request.bond)

    def job_of(self, request: Request, provider: str, price: int, tip_paid: int) -> Job:
        """The record of a job that starts now."""
        return Job(
            requester=request.requester,
            provider=provider,
            resolver=request.resolver,
            flat=request.flat,
            unit_price=price,
            max_units=request.max_units,
            bond=request.bond,
            case_fee=request.case_fee,
            demand_fee=request.demand_fee,
            tasks=request.tasks,
            run_for=request.run_for,
            challenge_for=request.challenge_for,
            case_for=request.case_for,
            accepted_at=self.now,
            tip_paid=tip_paid,
        )
