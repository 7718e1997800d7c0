"""A job's whole course on a real chain, whose parties' money is compared with what a quote says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbond import accounts
from workbond.chain import anvil, cases, funds, rules
from workbond.chain.committee import Committee
from workbond.chain.transactions import Receipt
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Offer, Request, pair
from workbond.jobfile import JobFile
from workbond.orders import sign_offer, sign_request
from workbond.requester.exits_money import Change, Entry
from workbond.requester.order import make_request
from workbond.tree import EMPTY_DIGEST, Leaf, ResultTree, opening_digest, seal

ROOT, MANIFEST = b"\x05" * 32, b"\x06" * 32
GATEWAY = "http://127.0.0.1:9"
VERIFIERS, CHALLENGER, CRANKER = (5, 6, 7), 8, 9  # dev accounts
SEAT_STAKE = 10**6 * 10**18  # more than any penalty
SALT = b"\x09" * 32
TREE = ResultTree(Leaf(i, 0, 0, 10**9, 0, EMPTY_DIGEST) for i in range(3))
PAIRS = [pair(task, chunk=0) for task in range(3)]


def shown_leaf(task: int) -> bytes:
    """The packed answer to the pair of that position."""
    leaf = TREE.leaves[task]
    numbers = ((task, 4), (0, 1), (0, 4), (leaf.units, 8), (0, 8))
    packed = b"".join(value.to_bytes(width, "big") for value, width in numbers)
    path = b"".join(node + units.to_bytes(8, "big") for node, units in TREE.path(task))
    return bytes([task]) + packed + leaf.digest + leaf.extra + path


def requested(world: Any, job: JobFile) -> Request:
    """As the quote has it, of a real requester and at the chain's time."""
    counter = world.market.account_of(world.requester.address).counter
    args = (b"\x01" * 32, world.requester.address, counter, world.now(), b"\x02" * 32)
    return make_request(job, *args)


class Course:
    """A job on the chain whose parties' money is compared before and after; `pauper` matches, and
    those of `Judges` challenge, vote and turn cranks."""

    def __init__(self, world: Any, request: Request, entry: Entry) -> None:
        self.world, self.market, self.request, self.entry = world, world.market, request, entry
        self.committee = Committee(world.connection, world.deployment.committee.address)
        self.id = world.id_of(request)
        self.before = self._money()
        if entry is Entry.POSTED:
            self.market.post(world.requester, request, GATEWAY)

    def _money(self) -> list[int]:
        """In the order of a `Change`: in market, committee and wallet."""
        world = self.world
        parties = [world.requester, world.provider, world.stranger]
        addresses = [*(party.address for party in parties), rules.SINK, world.pauper.address]
        dev = [accounts.dev_signer(n).address for n in (CHALLENGER, CRANKER, *VERIFIERS)]
        found = [self._owned(address) for address in (*addresses, dev[0])]
        return [*found, sum(map(self._owned, dev[1:]))]

    def _owned(self, address: str) -> int:
        here, there = self.market.account_of(address), self.committee.verifier_of(address)
        held = here.free + here.staked + here.unbonding + there.free + there.at_risk
        return held + int(self.world.token.balance(address))

    @property
    def change(self) -> Change:
        pairs = zip(self._money(), self.before, strict=True)
        return Change(*(after - before for after, before in pairs))

    def accept(self, *, at: str = "") -> Job:
        """At the ramp's lowest price, its highest, or whatever it is now."""
        if at == "highest price":
            anvil.set_time(self.world.connection, self.request.ramp_end)
        args = self._begin().events[0].args
        tip = self.request.tip if self.entry is Entry.MATCHED else 0
        job = Job.accepted(
            self.request, args["provider"], args["unitPrice"], args["acceptedAt"], tip
        )
        prices = {"highest price": "max_unit_price", "lowest price": "min_unit_price"}
        assert not at or job.unit_price == getattr(self.request, prices[at])
        return job

    def _begin(self) -> Receipt:
        world, market = self.world, self.market
        if self.entry is Entry.POSTED:
            return market.accept(world.provider, self.request)
        place = (world.connection.chain_id, market.address)
        signed = sign_request(world.requester, self.request, *place)
        if self.entry is Entry.FILLED:
            return market.fill(world.provider, self.request, signed.signature)
        offer = fitting_offer(self.request, world.provider.address)
        theirs = sign_offer(world.provider, offer, *place)
        return market.match_orders(
            world.pauper, self.request, signed.signature, offer, theirs.signature
        )

    def claim(self, job: Job, units: int, root: bytes = ROOT) -> Job:
        sealed = seal(self.world.provider.address, self.id, opening_digest(root, units))
        (event,) = self.market.submit(self.world.provider, self.id, job, sealed, MANIFEST).events
        return job.claimed(sealed, event.args["claimedAt"], event.args["claimBlock"])

    def demand(self, job: Job) -> tuple[Job, int]:
        """Of `PAIRS`; the record from then on, and when that was."""
        (event,) = self.market.demand(self.world.requester, self.id, job, PAIRS).events
        args = event.args
        demanded = job.demanded(args["demandHash"], len(args["pairs"]), args["answerBy"])
        return demanded, args["answerBy"] - rules.ANSWER_FOR_S

    def answer(self, job: Job, positions: Sequence[int]) -> Job:
        """Leaves alone, which is all there is to show of empty outputs."""
        opening = (TREE.root, TREE.total_units)
        shown = [shown_leaf(position) for position in positions]
        receipt = self.market.answer(self.world.provider, self.id, job, PAIRS, *opening, shown)
        args = receipt.events[0].args
        return job.answered_with(args["answered"], args["windowEnd"])


def fitting_offer(request: Request, provider: str) -> Offer:
    """An offer with no room beyond the request."""
    return Offer(
        provider=provider,
        requester=request.requester,
        spec=request.spec,
        profile=request.profile,
        resolver=request.resolver,
        policy=request.policy,
        min_unit_price=request.min_unit_price,
        min_flat=request.flat,
        max_bond=request.bond,
        max_units=request.max_units,
        max_tasks=request.tasks,
        min_run_for=request.run_for,
        min_seconds_per_1e12_units=0,
        max_lock_for=rules.lock_for(request),
        min_demand_fee=request.demand_fee,
        max_jobs=1,
        valid_until=request.open_until,
        matcher=ZERO_ADDRESS,
        counter=0,
        salt=ZERO_WORD,
    )


class Judges:
    """Three verifiers with the same stake, a challenger, and who turns the cranks."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.committee = Committee(world.connection, world.deployment.committee.address)
        self.verifiers = {s.address: s for s in map(accounts.dev_signer, VERIFIERS)}
        self.challenger, self.cranker = map(accounts.dev_signer, (CHALLENGER, CRANKER))
        owner = accounts.dev_signer(0)
        for signer in self.verifiers.values():
            world.token.transfer(owner, signer.address, SEAT_STAKE)
            funds.deposit(self.committee, world.token, signer, SEAT_STAKE)
            self.committee.stake(signer, SEAT_STAKE)
        world.token.transfer(owner, self.challenger.address, SEAT_STAKE)
        now_s = world.now()
        anvil.advance(world.connection, cases.EPOCH_S - now_s % cases.EPOCH_S + 60)

    def challenge(self, course: Course, job: Job, opening: bytes) -> Job:
        """By the challenger, who found `opening`; returns the disputed record."""
        bond = cases.challenge_bond(job.case_fee, job.bond)
        funds.deposit(self.committee, self.world.token, self.challenger, bond)
        sealed = seal(self.challenger.address, course.id, opening)
        return self._disputed(
            course, job, self.committee.challenge(self.challenger, course.request, job, sealed)
        )

    def audit(self, course: Course, job: Job) -> Job:
        return self._disputed(course, job, self.committee.audit(self.cranker, course.request, job))

    def _disputed(self, course: Course, job: Job, receipt: Receipt) -> Job:
        return job.disputed(self.world.connection.block(receipt.block_number).timestamp)

    def decide(self, course: Course, job: Job, votes: Sequence[bytes]) -> Job:
        """One round whose seats vote so, and its end; returns the record, upheld or as it was."""
        self.draw(course)
        self.vote(course, votes)
        anvil.set_time(self.world.connection, self.case(course).appeals_until)
        receipt = self.committee.close(self.cranker, course.id, job)
        return job.upheld(self.world.connection.block(receipt.block_number).timestamp)

    def case(self, course: Course) -> cases.Case:
        return self.committee.case_of(course.id)

    def draw(self, course: Course) -> None:
        for _ in range(3):
            anvil.advance(self.world.connection, 1)
        self.committee.draw(self.cranker, course.id)

    def vote(self, course: Course, votes: Sequence[bytes]) -> None:
        """Every seat of the present round commits and reveals."""
        committee, case = self.committee, self.case(course)
        seating = committee.seating_of(course.id, case.round)
        for seat, (holder, vote) in enumerate(zip(seating.verifiers, votes, strict=True)):
            place = (committee.address, course.id, case.round, seat)
            hidden = cases.commitment(*place, vote, SALT)
            committee.commit(self.verifiers[holder], course.id, [seat], [hidden])
        anvil.set_time(self.world.connection, case.deadline)
        seats = list(range(len(votes)))
        committee.reveal(self.cranker, course.id, seats, list(votes), [SALT] * len(votes))
