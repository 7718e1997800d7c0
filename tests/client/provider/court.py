"""A committee whose seats all belong to one verifier, who votes as a test says."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest

from workbond import accounts
from workbond.chain import anvil, cases, funds
from workbond.chain.cases import Policy
from workbond.chain.committee import Committee
from workbond.chain.types import State
from workbond.jobs import JOB_EVENTS, JobBook
from workbond.tree import seal

WORK = 10**18
CASE_FEE = WORK
WRONG = b"\x77" * 32  # a D that nobody found
SALT = b"\x55" * 32


@dataclass
class Court:
    """The committee, and what challengers and its one verifier do there."""

    world: Any
    committee: Committee
    verifier: accounts.Signer  # the world's stranger: holds every seat
    challenger: accounts.Signer

    @property
    def terms(self) -> dict[str, Any]:
        """What a request says so that its claim can be judged here."""
        policy = Policy(seats=3, rate_bps=500)
        return {
            "resolver": self.committee.address,
            "policy": policy.encode(),
            "case_for": policy.course_s(600),
            "case_fee": CASE_FEE,
            "challenge_for": 600,
        }

    def fund(self, signer: accounts.Signer, amount: int) -> None:
        """Brings tokens of its wallet into the committee."""
        funds.deposit(self.committee, self.world.token, signer, amount)

    def record(self, job_id: bytes) -> Any:
        events = self.world.market.events(0, self.world.connection.block().number, names=JOB_EVENTS)
        return JobBook(events).jobs[job_id]

    def challenge(self, job_id: bytes, found: bytes = WRONG) -> None:
        """The challenger says that the result is another one."""
        record = self.record(job_id)
        job = record.live_job()
        self.fund(self.challenger, cases.challenge_bond(job.case_fee, job.bond))
        sealed = seal(self.challenger.address, job_id, found)
        self.committee.challenge(self.challenger, record.request, job, sealed)

    def draw(self, job_id: bytes) -> None:
        anvil.mine(self.world.connection, 3)
        self.committee.draw(self.verifier, job_id)

    def vote(self, job_id: bytes, found: bytes) -> None:
        """All seats of the round find `found`, and show it."""
        number = self.committee.case_of(job_id).round
        seats = list(range(self.committee.case_of(job_id).seats))
        address = self.committee.address
        words = [cases.commitment(address, job_id, number, seat, found, SALT) for seat in seats]
        self.committee.commit(self.verifier, job_id, seats, words)
        self.reach(self.committee.case_of(job_id).deadline)
        many = len(seats)
        self.committee.reveal(self.verifier, job_id, seats, [found] * many, [SALT] * many)

    def judge(self, job_id: bytes, found: bytes) -> None:
        """A whole round."""
        self.draw(job_id)
        self.vote(job_id, found)

    def close(self, job_id: bytes) -> None:
        """Once nobody can appeal any more."""
        case = self.committee.case_of(job_id)
        self.reach(case.appeals_until)
        self.committee.close(self.verifier, job_id, self.record(job_id).live_job())

    def reach(self, time_s: int) -> None:
        """Moves the chain's clock to `time_s`, unless it is past it."""
        self.world.advance(max(1, time_s - self.world.now()))


@pytest.fixture
def court(world: Any) -> Court:
    """With a stake that is drawn in this epoch, at its beginning."""
    committee = Committee(world.connection, world.deployment.committee.address)
    court = Court(world, committee, world.stranger, world.requester)
    court.fund(court.verifier, 200 * WORK)
    court.committee.stake(court.verifier, 200 * WORK)
    court.reach((cases.epoch(world.now()) + 1) * cases.EPOCH_S)
    return court


def judged(operator: Any, court: Court, **terms: Any) -> None:
    """Has the operator's nodes take what this committee judges."""
    operator.terms = dataclasses.replace(operator.terms, committee=court.committee.address, **terms)


def claim(operator: Any, court: Court, shop: Any, **changes: Any) -> bytes:
    """A job of the operator's whose claim can be judged; the node goes on running."""
    terms = court.terms | {"salt": bytes(31) + b"\x09"} | changes
    job_id = bytes(shop.post(shop.spec(), **terms))
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    return job_id
