"""The invariants of docs/protocol.md section 9, held against what the contracts said and hold.

The audit knows events only, as any stranger does: it rebuilds accounts and escrows from them (7),
checks every payment on the way (2, 6), and then compares with storage (1, 3).
"""

from collections import Counter, defaultdict
from dataclasses import replace

from . import rules
from .market import Market
from .orders import REVOKED
from .packing import unpack_terms
from .rules import SINK
from .words import NOBODY, ZERO32, Account, Job, Request, VoidReason


class Audit:
    """A ledger rebuilt from events alone."""

    def __init__(self) -> None:
        self.accounts: defaultdict[str, Account] = defaultdict(Account)
        self.requests: dict[bytes, Request] = {}
        self.escrow: dict[bytes, int] = {}  # of every job that is not final
        self.bonds: dict[bytes, tuple[str, int]] = {}  # provider and bond of every live job
        self.ended: set[bytes] = set()
        self.jobs: dict[bytes, Job] = {}  # every live job's record
        self.uses: Counter[bytes] = Counter()  # of offers, by digest
        self.given: dict[bytes, int] = {}  # of rejected claims' bonds, to resolver and challenger

    def read(self, event: tuple[object, ...]) -> None:
        """Follow one event."""
        name, *values = event
        getattr(self, f"on_{name}")(*values)

    def check(self, held: int, donated: int, accounts: dict[str, Account]) -> None:
        """Compare with the market's token balance and with its accounts in storage."""
        bonded: Counter[str] = Counter()
        for provider, bond in self.bonds.values():
            bonded[provider] += bond
        for owner, account in accounts.items():
            live = bonded[owner]
            assert account.bonded == live, f"{owner}: bonded {account.bonded}, live bonds {live}"
            assert account.bonded <= account.staked, f"{owner}: bonded exceeds staked"
            told = self.accounts[owner]
            assert account == told, f"{owner}: storage {account}, events tell {told}"
        owed = sum(a.free + a.staked + a.unbonding for a in self.accounts.values())
        owed += sum(self.escrow.values())
        assert held == owed + donated, f"holds {held}, owes {owed}, was given {donated}"

    def check_jobs(self, model: Market) -> None:
        """Compare the records that events tell with those that the slots hold the hashes of, and
        each offer's uses with what its provider has signed."""
        stored = {i: r.job for i, r in model.records.items() if r.job}
        assert self.jobs == stored
        self.jobs = stored  # the same, and compared faster next time
        for digest, uses in self.uses.items():
            signed, counted = model.offers[digest].max_jobs, model.offer_uses[digest]
            assert uses <= signed, f"an offer for {signed} jobs was used {uses} times"
            assert counted in (uses, REVOKED), f"{uses} uses of an offer, {counted} are stored"

    def burned(self) -> int:
        """What nobody can spend any more."""
        return self.accounts[SINK].free

    # ───────────────────────────── ledger and stake ──────────────────────────

    def on_Deposited(self, owner: str, amount: int) -> None:
        self.accounts[owner].free += amount

    def on_Withdrawn(self, owner: str, to: str, amount: int) -> None:
        self.accounts[owner].free -= amount

    def on_Staked(self, owner: str, amount: int) -> None:
        self.accounts[owner].free -= amount
        self.accounts[owner].staked += amount

    def on_Unstaked(self, owner: str, amount: int, matures_at: int) -> None:
        self.accounts[owner].staked -= amount
        self.accounts[owner].unbonding += amount
        self.accounts[owner].matures_at = matures_at

    def on_StakeWithdrawn(self, owner: str, amount: int) -> None:
        self.accounts[owner].unbonding -= amount
        self.accounts[owner].matures_at = 0
        self.accounts[owner].free += amount

    def on_CardAnnounced(self, provider: str, card: bytes, json: bytes) -> None:
        pass

    # ──────────────────────────────── life of a job ──────────────────────────

    def on_JobPosted(
        self, id_: bytes, requester: str, resolver: str, request: tuple[object, ...], gateway: str
    ) -> None:
        assert id_ not in self.requests, "an id came back"
        self.requests[id_] = Request(*request)  # type: ignore[arg-type]
        self.escrow[id_] = rules.escrow_of(self.requests[id_])
        self.accounts[requester].free -= self.escrow[id_]

    def on_JobAccepted(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        unit_price: int,
        accepted_at: int,
        refund: int,
        tip_to: str,
        tip_paid: int,
    ) -> None:
        request = self.requests[id_]
        assert request.min_unit_price <= unit_price <= request.max_unit_price
        self.escrow[id_] -= refund + tip_paid
        self.bonds[id_] = provider, request.bond
        self.accounts[provider].bonded += request.bond
        self.accounts[requester].free += refund
        self.accounts[tip_to].free += tip_paid
        self.jobs[id_] = record(request, provider, unit_price, accepted_at, tip_paid)

    def on_JobMatched(self, id_: bytes, requester: str, provider: str, packed: bytes) -> None:
        assert id_ not in self.requests, "an id came back"
        request, unit_price, accepted_at, offer, matcher = unpack_terms(requester, packed)
        self.requests[id_] = request
        assert request.min_unit_price <= unit_price <= request.max_unit_price
        tip = request.tip if matcher != NOBODY else 0
        self.escrow[id_] = rules.match_escrow(request, unit_price)
        taken, signed = self.escrow[id_] + tip, rules.escrow_of(request)
        assert taken <= signed, f"{taken} were taken, {signed} were signed"
        self.bonds[id_] = provider, request.bond
        self.accounts[requester].free -= self.escrow[id_] + tip
        self.accounts[provider].bonded += request.bond
        if tip:
            self.accounts[matcher].free += tip
        if offer != ZERO32:
            self.uses[offer] += 1
        self.jobs[id_] = record(request, provider, unit_price, accepted_at, tip)

    def on_JobClaimed(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        seal: bytes,
        manifest: bytes,
        claimed_at: int,
        claim_block: int,
    ) -> None:
        job = self.jobs[id_]
        assert not job.claimed_at, "claimed twice"
        window_end = claimed_at + job.challenge_for
        told = {"claimed_at": claimed_at, "claim_block": claim_block, "seal": seal}
        self.jobs[id_] = replace(job, window_end=window_end, **told)

    def on_JobSettled(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        payment: int,
        refund: int,
        root: bytes,
        total_units: int,
        approved: bool,
    ) -> None:
        assert approved or not rules.unanswered(self.jobs[id_]), "paid in spite of a demand"
        self.end(id_, payment + refund)
        request = self.requests[id_]
        signed = rules.price_of(request.flat, request.max_units, request.max_unit_price)
        assert request.flat <= payment <= signed, f"paid {payment}, signed {signed}"
        self.unlock(id_)
        self.accounts[provider].free += payment
        self.accounts[requester].free += refund

    def on_JobCancelled(self, id_: bytes, requester: str, caller: str, refund: int) -> None:
        self.end(id_, refund)
        self.accounts[requester].free += refund

    def on_JobVoided(
        self,
        id_: bytes,
        requester: str,
        provider: str,
        reason: int,
        refund: int,
        slashed: int,
        compensation: int,
        caller: str,
        reward: int,
        burned: int,
    ) -> None:
        self.end(id_, refund)
        bond = self.requests[id_].bond
        assert (reason == VoidReason.REJECTED) == (id_ in self.given), "a verdict without a case"
        most = bond if id_ in self.given else bond * rules.VOID_PERCENT // 100
        given = self.given.pop(id_, 0)
        parts = given + compensation + reward + burned
        assert slashed == parts <= most, f"slashed {slashed} of {bond}, told {parts}"
        assert slashed == bond or reason != VoidReason.REJECTED, f"slashed {slashed} of {bond}"
        self.unlock(id_)
        self.accounts[provider].staked -= slashed - given
        self.accounts[requester].free += refund + compensation
        self.accounts[caller].free += reward
        self.accounts[SINK].free += burned

    # ──────────────────────── orders, delegates, demands ─────────────────────

    def on_CounterRaised(self, owner: str, counter: int) -> None:
        assert counter == self.accounts[owner].counter + 1
        self.accounts[owner].counter = counter

    def on_OrderCancelled(self, digest: bytes, author: str) -> None:
        assert digest not in self.escrow, "a job was cancelled like an order"
        self.ended.add(digest)

    def on_DelegateSet(self, owner: str, delegate: str) -> None:
        pass

    def on_EntrySkipped(self, entry: int, id_: bytes, reason: bytes) -> None:
        assert len(reason) >= 4, "skipped without a reason"

    def on_OutputDemanded(
        self,
        id_: bytes,
        requester: str,
        demand_hash: bytes,
        pairs: tuple[int, ...],
        fees: int,
        answer_by: int,
    ) -> None:
        job = self.jobs[id_]
        assert not job.answer_by, "demanded twice"
        assert fees == job.demand_fee * len(pairs) <= job.demand_fee * rules.MAX_PAIRS
        told = {"demand_hash": demand_hash, "answer_by": answer_by}
        self.jobs[id_] = replace(job, answered=255 & 255 << len(pairs), **told)
        self.accounts[requester].free -= fees
        self.escrow[id_] += fees

    def on_OutputAnswered(
        self, id_: bytes, provider: str, answered: int, fees: int, window_end: int
    ) -> None:
        job = self.jobs[id_]
        judged = job.disputed_at or job.case_done
        assert window_end == job.window_end or not judged, "a window moved in spite of a case"
        new = (answered ^ job.answered).bit_count()
        assert answered & job.answered == job.answered, "an answer was forgotten"
        assert fees == new * job.demand_fee, f"{new} answers for {fees}"
        assert window_end >= job.window_end, "a window shrank"
        self.jobs[id_] = replace(job, answered=answered, window_end=window_end)
        self.accounts[provider].free += fees
        self.escrow[id_] -= fees

    # ────────────────────────────────── disputes ─────────────────────────────

    def on_JobDisputed(self, id_: bytes, resolver: str, provider: str, disputed_at: int) -> None:
        job = self.jobs[id_]
        assert not job.disputed_at, "two cases at once"
        assert not job.case_done, "a second case"
        assert disputed_at < job.window_end, "a case after the window"
        self.jobs[id_] = replace(job, disputed_at=disputed_at)

    def on_CaseResolved(
        self,
        id_: bytes,
        resolver: str,
        challenger: str,
        rejected: bool,
        timed_out: bool,
        to_resolver: int,
        to_challenger: int,
        fee_refund: int,
        window_end: int,
    ) -> None:
        job = self.jobs[id_]
        assert job.disputed_at, "a verdict without a case"
        assert resolver == job.resolver, "somebody else's verdict"
        if rejected:
            assert to_resolver == job.case_fee, "a rejected claim pays for its case"
            self.given[id_] = to_resolver + to_challenger
            self.accounts[job.provider].staked -= self.given[id_]
            self.accounts[challenger].free += to_challenger
        else:
            assert to_resolver + fee_refund == job.case_fee, "a case fee was lost"
            told = {"case_fee": 0, "disputed_at": 0, "case_done": True, "window_end": window_end}
            self.jobs[id_] = replace(job, **told)
            self.escrow[id_] -= job.case_fee
            self.accounts[job.requester].free += fee_refund
        self.accounts[resolver].free += to_resolver

    def end(self, id_: bytes, paid_out: int) -> None:
        """A job is final: all of its escrow, and no more, is paid out, and once only."""
        assert id_ not in self.ended, "a job ended twice"
        self.ended.add(id_)
        escrow = self.escrow.pop(id_)
        assert escrow == paid_out, f"escrow {escrow}, paid out {paid_out}"

    def unlock(self, id_: bytes) -> None:
        del self.jobs[id_]
        provider, bond = self.bonds.pop(id_)
        self.accounts[provider].bonded -= bond


def record(request: Request, provider: str, price: int, at: int, tip: int) -> Job:
    """A job's record when it starts, by the names of its members."""
    told = {"provider": provider, "unit_price": price, "accepted_at": at, "tip_paid": tip}
    same = vars(Job)["__dataclass_fields__"].keys() & vars(request).keys()
    return Job(**{name: getattr(request, name) for name in same}, **told)
