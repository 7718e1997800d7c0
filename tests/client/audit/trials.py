"""A history of cases, of every kind, before a real committee."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from workbond import accounts
from workbond.chain import cases, funds
from workbond.chain.cases import UNAVAILABLE, Policy
from workbond.chain.committee import Committee
from workbond.chain.types import Job, Request
from workbond.tree import opening_digest, seal

WORK = 10**18
BOND, CASE_FEE, STAKE = 10 * WORK + 7, WORK + 1, 200 * WORK
DAY_S = 86_400
ROOT, UNITS = b"\x07" * 32, 5 * 10**11
TRUE, FALSE = opening_digest(ROOT, UNITS), b"\x0f" * 32
SALT = b"\x5a" * 32
VERIFIERS = range(5, 9)  # dev accounts


@dataclass
class Trials:
    """The world's committee, and its cases by the name of what became of them."""

    world: Any
    ids: dict[str, bytes] = field(default_factory=dict)
    requests: dict[bytes, Request] = field(default_factory=dict)
    jobs: dict[bytes, Job] = field(default_factory=dict)
    salts: int = 1_000

    def __post_init__(self) -> None:
        world = self.world
        self.committee = Committee(world.connection, world.deployment.committee.address)
        self.judges = {s.address: s for s in map(accounts.dev_signer, VERIFIERS)}

    def play(self) -> None:
        """Every event that a committee can emit; one case is open at the end."""
        self._enroll()
        self._rejected()
        self._upheld_on_appeal()
        self._audited()
        self._undecided()
        self._undrawn()
        self._abandoned()
        self._ruinous()
        self._open()

    # ─────────────────────────────── cases, each whole ────────────────────────

    def _enroll(self) -> None:
        world, committee = self.world, self.committee
        for number, judge in enumerate(self.judges.values()):
            self.fund(judge, 4 * STAKE)
            committee.stake(judge, (number + 1) * STAKE // 2)
        parties = (world.requester, world.provider, world.stranger, world.pauper)
        for party in parties:
            self.fund(party, 2 * STAKE)
        committee.withdraw(world.pauper, world.pauper.address, WORK)
        leaver = accounts.dev_signer(VERIFIERS[-1])
        committee.unstake(leaver, STAKE // 4)
        self.tomorrow()
        world.advance(cases.LEAVING_FOR_S)
        committee.withdraw_stake(leaver)
        for judge in self.judges.values():  # something leaves of whomever a seat's penalty hits
            committee.stake(judge, STAKE // 8)
            committee.unstake(judge, STAKE // 8)

    def _rejected(self) -> None:
        """A false claim: of its challengers the second is right; one seat is silent."""
        case_id = self.case("rejected", FALSE)
        self.challenge(case_id, b"\x0e" * 32, self.world.pauper)
        self.challenge(case_id, TRUE, self.world.stranger)
        self.draw(case_id)
        self.vote(case_id, [TRUE, None, TRUE])
        self.close(case_id)

    def _upheld_on_appeal(self) -> None:
        """A true claim, found false by the first seats; the provider appeals."""
        case_id = self.case("upheld", TRUE)
        self.challenge(case_id, FALSE, self.world.pauper)
        self.draw(case_id)
        self.vote(case_id, [FALSE, FALSE, TRUE])
        self.appeal(case_id, self.world.provider)
        self.draw(case_id)
        self.vote(case_id, [TRUE, TRUE, TRUE, TRUE, UNAVAILABLE, FALSE, None])
        self.close(case_id)

    def _audited(self) -> None:
        """A true claim that the lottery chose."""
        case_id = self.case("audited", TRUE, rate_bps=cases.ALL_BPS)
        self.committee.audit(self.world.stranger, self.requests[case_id], self.jobs[case_id])
        self._note(case_id)
        self.draw(case_id)
        self.vote(case_id, [TRUE, TRUE, TRUE])
        self.close(case_id)

    def _undecided(self) -> None:
        case_id = self.case("undecided", TRUE)
        self.challenge(case_id, FALSE, self.world.pauper)
        self.draw(case_id)
        self.vote(case_id, [UNAVAILABLE, TRUE, None])
        self.close(case_id)

    def _undrawn(self) -> None:
        """The seed is missed at midnight, and then nobody draws."""
        case_id = self.case("undrawn", TRUE)
        self.tomorrow(before_s=600)
        self.challenge(case_id, FALSE, self.world.pauper)
        self.world.advance(700)
        self.committee.draw(self.world.stranger, case_id)
        assert self.committee.case_of(case_id).redraws == 1
        self.world.advance(cases.DRAW_FOR_S)
        self.committee.close(self.world.stranger, case_id, self.jobs[case_id])

    def _abandoned(self) -> None:
        """An appealed case that nobody goes on with, until the market times it out."""
        case_id = self.case("abandoned", TRUE)
        self.challenge(case_id, FALSE, self.world.pauper)
        self.draw(case_id)
        self.vote(case_id, [FALSE, TRUE, FALSE])
        self.appeal(case_id, self.world.provider)
        job = self.jobs[case_id]
        self.world.advance(job.case_for)
        self.world.market.timeout(self.world.stranger, case_id, job)
        self.committee.abandon(self.world.stranger, case_id)

    def _ruinous(self) -> None:
        """Penalties beyond any stake, and a last round that nobody draws."""
        world, bond = self.world, 2_000 * WORK
        funds.give_tokens(world.token, world.provider.address, bond)
        funds.deposit(world.market, world.token, world.provider, bond)
        world.market.stake(world.provider, bond)
        case_id = self.case("ruinous", FALSE, bond=bond, case_fee=bond // 4)
        self.fund(world.stranger, 20_000 * WORK)
        self.challenge(case_id, TRUE, world.stranger)
        self.draw(case_id)
        self.vote(case_id, [TRUE, None, FALSE])
        self.appeal(case_id, world.stranger)
        self.draw(case_id)
        self.vote(case_id, [TRUE, FALSE, TRUE, None, TRUE, UNAVAILABLE, TRUE])
        self.appeal(case_id, world.stranger)
        world.advance(cases.DRAW_FOR_S)
        self.committee.close(world.requester, case_id, self.jobs[case_id])

    def _open(self) -> None:
        case_id = self.case("open", FALSE)
        self.challenge(case_id, TRUE, self.world.stranger)
        self.draw(case_id)
        self.commit(case_id, [TRUE, None, None])

    # ─────────────────────────────────── steps ────────────────────────────────

    def fund(self, signer: Any, amount: int) -> None:
        funds.give_tokens(self.world.token, signer.address, amount)
        funds.deposit(self.committee, self.world.token, signer, amount)

    def case(self, name: str, opening: bytes, rate_bps: int = 0, **terms: int) -> bytes:
        """A claim of `opening` that the committee can judge; its case is not open yet."""
        world, self.salts = self.world, self.salts + 1
        policy = Policy(3, rate_bps)
        judged = {
            "resolver": self.committee.address,
            "policy": policy.encode(),
            "case_for": policy.course_s(600),
            "case_fee": CASE_FEE,
            "bond": BOND,
            "challenge_for": 2 * DAY_S,
            "salt": self.salts.to_bytes(32, "big"),
        }
        request, case_id, job = world.accepted(**(judged | terms))
        sealed = seal(world.provider.address, case_id, opening)
        receipt = world.market.submit(world.provider, case_id, job, sealed, b"\x04" * 32)
        args = receipt.events[-1].args
        self.jobs[case_id] = job.claimed(args["seal"], args["claimedAt"], args["claimBlock"])
        self.requests[case_id] = request
        self.ids[name] = case_id
        return bytes(case_id)

    def challenge(self, case_id: bytes, opening: bytes, signer: Any) -> None:
        sealed = seal(signer.address, case_id, opening)
        self.committee.challenge(signer, self.requests[case_id], self.jobs[case_id], sealed)
        if not self.jobs[case_id].disputed_at:
            self._note(case_id)

    def _note(self, case_id: bytes) -> None:
        """The market's record says since when it is disputed."""
        self.jobs[case_id] = replace(self.jobs[case_id], disputed_at=self.world.now())

    def draw(self, case_id: bytes) -> None:
        if DAY_S - self.world.now() % DAY_S < 60:
            self.tomorrow()
        for _ in range(3):
            self.world.advance(1)
        self.committee.draw(self.world.requester, case_id)

    def commit(self, case_id: bytes, votes: list[bytes | None]) -> None:
        """Every seat commits to its vote; None: it doesn't."""
        case = self.committee.case_of(case_id)
        verifiers = self.committee.seating_of(case_id, case.round).verifiers
        for seat, (verifier, vote) in enumerate(zip(verifiers, votes, strict=True)):
            if vote is not None:
                place = (self.committee.address, case_id, case.round, seat)
                hidden = cases.commitment(*place, vote, SALT)
                self.committee.commit(self.judges[verifier], case_id, [seat], [hidden])

    def vote(self, case_id: bytes, votes: list[bytes | None]) -> None:
        """Every seat commits to its vote and reveals it."""
        self.commit(case_id, votes)
        self._advance_to(self.committee.case_of(case_id).deadline)
        seats = [seat for seat, vote in enumerate(votes) if vote is not None]
        shown = [vote for vote in votes if vote is not None]
        self.committee.reveal(self.world.stranger, case_id, seats, shown, [SALT] * len(seats))

    def appeal(self, case_id: bytes, signer: Any) -> None:
        self.committee.appeal(signer, case_id, self.jobs[case_id])

    def close(self, case_id: bytes) -> None:
        self._advance_to(self.committee.case_of(case_id).appeals_until)
        self.committee.close(self.world.pauper, case_id, self.jobs[case_id])

    def tomorrow(self, before_s: int = -60) -> None:
        """The next midnight UTC, and a minute more (or `before_s` before it)."""
        self.world.advance(DAY_S - self.world.now() % DAY_S - before_s)

    def _advance_to(self, when_s: int) -> None:
        self.world.advance(max(1, when_s - self.world.now()))
