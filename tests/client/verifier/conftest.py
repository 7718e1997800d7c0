"""Claims that a committee judges, true and false, and verifiers whose loops tests turn by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.chain import cases, funds
from workbond.chain.cases import Policy
from workbond.chain.committee import Committee
from workbond.chain.types import Job, State
from workbond.jobs import JobBook, JobRecord
from workbond.provider.journal import Journal
from workbond.provider.terms import Terms
from workbond.provider.work import Fetching, Workshop
from workbond.tree import opening_digest, seal
from workbond.verifier.bench import Bench
from workbond.verifier.bounds import Bounds
from workbond.verifier.node import Node
from workbond.verifier.notebook import Notebook
from workbond.verifier.plan import Plan

from ..conftest import WORK
from ..nodes import Line
from ..patience import until
from ..provider.conftest import Shop, shop

__all__ = ["shop"]  # fixtures

BOND, FEE = 40 * WORK, 6 * WORK
STAKE = 200 * WORK
POLICY = Policy(3, 0)
WRONG = b"\x66" * 32  # a result that nothing has


@dataclass
class Court:
    """The world's committee, and claims that it judges."""

    world: Any
    shop: Shop
    home: Path
    committee: Committee
    truths: dict[bytes, bytes] = field(default_factory=dict)

    def post(self, spec: Any = None, policy: Policy = POLICY, **changes: Any) -> bytes:
        """Posts a job whose claims the committee judges; returns its id."""
        judged = {
            "resolver": self.committee.address,
            "policy": policy.encode(),
            "bond": BOND,
            "case_fee": FEE,
            "challenge_for": 3_600,
            "run_for": 600,
        }
        judged["case_for"] = policy.course_s(int(changes.get("run_for", 600)))
        return self.shop.post(spec or self.shop.spec(), **(judged | changes))

    def claim(self, job_id: bytes, opening: bytes | None = None) -> bytes:
        """The world's provider accepts the job and claims `opening`, by default the true one, which
        it returns."""
        self._accept(job_id)
        truth = self.truths[job_id] = self._truth(job_id)
        self._submit(job_id, opening or truth)
        return truth

    def claim_unknown(self, job_id: bytes) -> None:
        """As `claim`, but nobody executes the job: what is claimed is wrong, most likely."""
        self._accept(job_id)
        self._submit(job_id, WRONG)

    def _accept(self, job_id: bytes) -> None:
        self.world.market.accept(self.world.provider, self.shop.posted[job_id])

    def _submit(self, job_id: bytes, opening: bytes) -> None:
        provider, job = self.world.provider, self.job(job_id)
        sealed = seal(provider.address, job_id, opening)
        self.world.market.submit(provider, job_id, job, sealed, b"\x04" * 32)

    def truth_of(self, job_id: bytes) -> bytes:
        """D of a claimed job, whatever was claimed."""
        return self.truths[job_id]

    def _truth(self, job_id: bytes) -> bytes:
        """D of the accepted job, as its provider finds it."""
        terms = Terms(cores=2, memory_bytes=1 << 30)
        shop = Workshop(self.home, self.world.provider.address, terms, Fetching((), True))
        try:
            found = shop.execute(self.record(job_id), None, 60.0)
        finally:
            shop.close()
        return opening_digest(found.root, found.total_units)

    def claimed(self, opening: bytes | None = None, **changes: Any) -> bytes:
        """A job that was claimed, truly or not; returns its id."""
        job_id = self.post(**changes)
        self.claim(job_id, opening)
        return job_id

    def record(self, job_id: bytes) -> JobRecord:
        """As it is now."""
        market = self.world.market
        head = self.world.connection.block().number
        found = JobBook(market.events(0, head)).jobs[job_id]
        assert found.job is not None
        return found

    def job(self, job_id: bytes) -> Job:
        return self.record(job_id).live_job()

    def state(self, job_id: bytes) -> State:
        return State(self.world.market.state_of(job_id))

    def challenge(self, job_id: bytes, opening: bytes, signer: Any = None) -> None:
        """`signer`, by default the stranger, says that the result is `opening`."""
        signer = signer or self.world.stranger
        job = self.job(job_id)
        bond = cases.challenge_bond(job.case_fee, job.bond)
        funds.deposit(self.committee, self.world.token, signer, bond)
        sealed = seal(signer.address, job_id, opening)
        self.committee.challenge(signer, self.shop.posted[job_id], job, sealed)

    def draw(self, job_id: bytes) -> None:
        """Draws the round's seats."""
        self.mine(3)
        self.committee.draw(self.world.stranger, job_id)

    def seated(self, opening: bytes | None = None, **changes: Any) -> bytes:
        """A claim that was challenged, wrongly or not, and whose seats are drawn."""
        job_id = self.claimed(opening, **changes)
        self.challenge(job_id, b"\x77" * 32)
        self.draw(job_id)
        return job_id

    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            self.world.advance(1)

    def enrol(self, index: int, stake: int = STAKE, wallet: int = 1_000 * WORK) -> Any:
        """Dev account `index` with tokens, and a stake that is drawn from the next day on."""
        world, owner = self.world, accounts.dev_signer(0)
        signer = accounts.dev_signer(index)
        world.token.transfer(owner, signer.address, wallet + stake)
        if stake:
            funds.deposit(self.committee, world.token, signer, stake)
            self.committee.stake(signer, stake)
        return signer

    def tomorrow(self) -> None:
        """A minute after the next midnight UTC: stakes are drawn, and a day is left."""
        now = self.world.now()
        self.world.advance(cases.EPOCH_S - now % cases.EPOCH_S + 60)

    def to_reveals(self, job_id: bytes) -> None:
        self._advance_to(self.committee.case_of(job_id).deadline)

    def to_closing(self, job_id: bytes) -> None:
        self._advance_to(self.committee.case_of(job_id).appeals_until)

    def _advance_to(self, when_s: int) -> None:
        self.world.advance(max(0, when_s - self.world.now()))

    def events(self, name: str) -> list[dict[str, Any]]:
        head = self.world.connection.block().number
        return [event.args for event in self.committee.events(0, head, names=[name])]


@pytest.fixture
def court(world: Any, shop: Shop, tmp_path: Path) -> Court:
    committee = Committee(world.connection, world.deployment.committee.address)
    return Court(world, shop, tmp_path / "worker", committee)


@dataclass
class Judge:
    """Starts verifiers of one account in one home, one after the other."""

    court: Court
    signer: Any
    home: Path
    lines: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    bounds: Bounds = field(default_factory=lambda: Bounds(2, 1 << 30, sample_bps=0))
    line: Line | None = None  # to the chain, if it is to be cut
    node: Node | None = None
    bench: Bench | None = None
    notebook: Notebook | None = None

    def start(self, plan: Plan | None = None, **bounds: Any) -> Node:
        """A new node; an earlier one is stopped first."""
        self.stop()
        world = self.court.world
        market, committee = world.market, self.court.committee
        chosen = dataclasses.replace(self.bounds, **bounds)
        first = world.deployment.market.block
        self.bench = Bench(self.home, market, first, self.signer, chosen, Fetching((), True))
        self.notebook = Notebook(self.home)
        self.node = Node(
            market,
            committee,
            world.token,
            self.signer,
            first,
            self.bench,
            self.notebook,
            chosen,
            plan or Plan(poll_s=0.05, stagger_s=0),
            Journal(self.lines.append, self.records.append),
        )
        return self.node

    def stop(self) -> None:
        if self.node is not None and self.bench is not None and self.notebook is not None:
            self.node.stop()
            self.bench.close()
            self.notebook.close()
            self.node = self.bench = self.notebook = None

    def turn(self) -> None:
        assert self.node is not None
        self.node.turn()

    def turn_until(self, condition: Callable[[], Any], what: str) -> Any:
        """Turns the node's loop until the condition holds."""
        return until(condition, f"{what}; the node said {self.lines}", self.turn)

    def turn_until_said(self, code: str) -> str:
        """Turns until a line with `code` is told; returns its text."""

        def look() -> str | None:
            return next((each["text"] for each in self.records if each["code"] == code), None)

        return str(self.turn_until(look, code))

    def executes(self, job_id: bytes) -> bool:
        """Whether the node's worker is at this job."""
        assert self.node is not None
        want = self.node._examiner.doing
        return want is not None and want.record.id == job_id

    def said(self, code: str) -> list[str]:
        return [each["text"] for each in self.records if each["code"] == code]


@pytest.fixture
def judges(court: Court, tmp_path: Path) -> Iterator[Callable[..., Judge]]:
    """Makes verifiers: dev accounts from 5 on, each with a stake unless told otherwise."""
    made: list[Judge] = []

    def make(**money: int) -> Judge:
        signer = court.enrol(5 + len(made), **money)
        made.append(Judge(court, signer, tmp_path / f"verifier-{len(made)}"))
        return made[-1]

    yield make
    for judge in made:
        judge.stop()


@pytest.fixture
def judge(judges: Callable[..., Judge], court: Court) -> Judge:
    """The only verifier of the committee, whose stake is drawn."""
    made = judges()
    court.tomorrow()
    return made
