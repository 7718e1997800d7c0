"""Each row of a quote, to the last base unit, against what the real contract does."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from workbond.chain import anvil, rules
from workbond.chain.transactions import Receipt
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Offer, Request, pair
from workbond.jobfile import JobFile, load_job_file
from workbond.orders import sign_offer, sign_request
from workbond.requester.exits_money import Change, Entry, Exit, exits_of, free_again_s
from workbond.requester.order import make_request
from workbond.requester.quote import Quote, make_quote
from workbond.requester.sample import Sample, SampledTask
from workbond.tree import EMPTY_DIGEST, Leaf, ResultTree, opening_digest, seal

ROOT, MANIFEST = b"\x05" * 32, b"\x06" * 32
GATEWAY = "http://127.0.0.1:9"
# Amounts that no percentage divides without a remainder.
ODD_PRICES = (
    ('flat = "0.5"', 'flat = "0.500000000000000007"'),
    ('min_unit_price = "100"', 'min_unit_price = "100.000000000000000003"'),
    ('max_unit_price = "300"', 'max_unit_price = "300.000000000000000101"'),
    (
        'bond = "5"',
        'bond = "4.999999999999999989"\ntip = "0.100000000000000003"\n'
        'demand_fee = "0.010000000000000007"',
    ),
)
SAMPLED = (123_456_789, 987_654_321)  # units of two of the three tasks


@pytest.fixture(params=Entry, ids=lambda entry: entry.value)
def entry(request) -> Entry:
    """Each test runs for a posted, a matched and a filled job."""
    return request.param


@pytest.fixture
def odd_job(job_path) -> JobFile:
    text = job_path.read_text()
    for old, new in ODD_PRICES:
        assert old in text
        text = text.replace(old, new)
    job_path.write_text(text)
    return load_job_file(job_path)


@pytest.fixture
def quote(odd_job, entry) -> Quote:
    tasks = [SampledTask(i, "x", 0, 0, units, 0, "") for i, units in enumerate(SAMPLED)]
    return make_quote(odd_job, sample=Sample(tuple(tasks), of=odd_job.tasks), entry=entry)


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


@pytest.fixture
def request_(world, odd_job) -> Request:
    return requested(world, odd_job)


class Course:
    """A job on the chain whose parties' money is compared before and after; `pauper` matches."""

    def __init__(self, world: Any, request: Request, entry: Entry) -> None:
        self.world, self.market, self.request, self.entry = world, world.market, request, entry
        self.id = world.id_of(request)
        self.before = self._money()
        if entry is Entry.POSTED:
            self.market.post(world.requester, request, GATEWAY)

    def _money(self) -> list[int]:
        """In the order of a `Change`."""
        parties = [self.world.requester, self.world.provider, self.world.stranger]
        addresses = [*(party.address for party in parties), rules.SINK, self.world.pauper.address]
        accounts = [self.market.account_of(address) for address in addresses]
        return [a.free + a.staked + a.unbonding for a in accounts]

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


@pytest.fixture
def course(world, request_, entry) -> Course:
    return Course(world, request_, entry)


def case(quote: Quote, name: str, which: str) -> Change:
    (found,) = {c.change for e in quote.exits if e.name == name for c in e.cases if c.name == which}
    return found


def test_cancelling_costs_nothing(quote, course, world):
    course.market.cancel(world.requester, course.request)
    assert course.change == case(quote, "cancel", "never accepted") == Change(0, 0)


@pytest.mark.parametrize("entry", [Entry.POSTED], indirect=True)
def test_anyone_cancels_from_the_quoted_second_on(quote, course, world):
    (late,) = [e for e in quote.exits if e.name == "cancel" and e.who == "anyone"]
    anvil.set_time(world.connection, course.request.open_until)
    course.market.cancel(world.stranger, course.request)
    assert course.change == late.cases[0].change
    assert late.from_s == quote.free_again_s["nobody accepts"]


def units_of(quote: Quote, which: str) -> tuple[int, str]:
    """Units and price that a case of paying is about."""
    units = {"all": quote.request.max_units, "no": 0, "expected": quote.expected_units}
    price = "highest price" if "highest" in which else "lowest price"
    found = units[which.split()[0].strip(",")]
    assert found is not None
    return found, price


PAID = [
    "all units, highest price",
    "expected, highest price",
    "expected, lowest price",
    "no unit used",
]


@pytest.fixture
def early_course(world, request_, entry) -> Course:
    """Its price rises from far in the future on, so that blocks in between don't change it."""
    later = request_.ramp_start + 200
    request = dataclasses.replace(request_, ramp_start=later, ramp_end=later + 100)
    return Course(world, request, entry)


@pytest.mark.parametrize("which", PAID)
def test_approving_pays_what_the_quote_says(quote, early_course, world, which):
    course = early_course
    units, price = units_of(quote, which)
    job = course.claim(course.accept(at=price), units)
    course.market.approve(world.requester, course.id, job, ROOT, units)
    assert course.change == case(quote, "approve", which)


@pytest.mark.parametrize("which", PAID)
def test_finalizing_pays_what_the_quote_says(quote, early_course, world, which):
    course = early_course
    units, price = units_of(quote, which)
    job = course.claim(course.accept(at=price), units)
    (found,) = [e for e in quote.exits if e.name == "finalize"]
    anvil.set_time(world.connection, job.claimed_at + found.from_s)
    course.market.finalize(world.stranger, course.id, job, ROOT, units)
    assert course.change == case(quote, "finalize", which)


def test_a_release_in_the_second_of_its_acceptance_costs_what_the_quote_says(
    quote, odd_job, still_world, entry
):
    course = Course(still_world, requested(still_world, odd_job), entry)
    job = course.accept(at="highest price")
    still_world.connection.rpc("evm_setNextBlockTimestamp", job.accepted_at)
    course.market.release(still_world.provider, course.id, job)
    assert course.change == case(quote, "release", "right after acceptance")


def test_a_release_in_the_last_second_costs_what_the_quote_says(quote, odd_job, still_world, entry):
    course = Course(still_world, requested(still_world, odd_job), entry)
    job = course.accept(at="highest price")
    (found,) = [e for e in quote.exits if e.name == "release"]
    assert found.until_s == job.run_for
    still_world.connection.rpc("evm_setNextBlockTimestamp", job.accepted_at + found.until_s - 1)
    course.market.release(still_world.provider, course.id, job)
    assert course.change == case(quote, "release", "at the last moment")


def test_expiring_costs_what_the_quote_says(quote, course, world):
    job = course.accept(at="highest price")
    (found,) = [e for e in quote.exits if e.name == "expire"]
    anvil.set_time(world.connection, job.accepted_at + found.from_s)
    course.market.expire(world.stranger, course.id, job)
    assert course.change == case(quote, "expire", "no result in time")


def void_of(quote: Quote, after: str) -> Exit:
    (found,) = [e for e in quote.exits if e.name == "void" and e.after == after]
    return found


def test_a_claim_that_nobody_opens_costs_what_the_quote_says(quote, course, world):
    job = course.claim(course.accept(at="highest price"), 7)
    anvil.set_time(world.connection, job.claimed_at + void_of(quote, "claim").from_s)
    course.market.void(world.stranger, course.id, job)
    assert course.change == case(quote, "void", "sealed, but never opened")


def test_a_demand_that_nobody_answers_costs_what_the_quote_says(quote, course, world):
    job, demanded_s = course.demand(course.claim(course.accept(at="highest price"), 7))
    anvil.set_time(world.connection, demanded_s + void_of(quote, "demand").from_s)
    course.market.void(world.stranger, course.id, job)
    assert course.change == case(quote, "void", "demanded, but not shown")


def test_each_shown_piece_costs_its_fee_on_top_whatever_the_end(quote, course, world):
    job = course.claim(course.accept(at="highest price"), TREE.total_units, TREE.root)
    job, demanded_s = course.demand(job)
    job = course.answer(job, [0, 2])  # of three
    anvil.set_time(world.connection, demanded_s + void_of(quote, "demand").from_s)
    course.market.void(world.stranger, course.id, job)
    expected = case(quote, "void", "demanded, but not shown")
    assert course.change == with_fees(expected, 2 * course.request.demand_fee)


def test_an_answered_demand_leaves_the_payment_as_the_quote_says(quote, course, world):
    job = course.claim(course.accept(at="highest price"), TREE.total_units, TREE.root)
    job, _ = course.demand(job)
    job = course.answer(job, [0, 1, 2])
    course.market.approve(world.requester, course.id, job, TREE.root, TREE.total_units)
    expected = case(quote, "approve", "all units, highest price")
    assert course.change == with_fees(expected, 3 * course.request.demand_fee)


def with_fees(change: Change, fees: int) -> Change:
    return dataclasses.replace(
        change, requester=change.requester - fees, provider=change.provider + fees
    )


@pytest.mark.parametrize("caller", ["requester", "provider"])
def test_whoever_calls_gets_the_callers_share(quote, course, world, caller):
    job = course.accept(at="highest price")
    anvil.set_time(world.connection, job.accepted_at + job.run_for)
    course.market.expire(getattr(world, caller), course.id, job)
    quoted = case(quote, "expire", "no result in time")
    shared = dataclasses.replace(
        quoted, caller=0, **{caller: getattr(quoted, caller) + quoted.caller}
    )
    assert course.change == shared


def test_the_worst_course_frees_the_money_when_the_quote_says(quote, odd_job, still_world, entry):
    """Accepted at the last moment, claimed at the last moment, never opened."""
    connection, posted_s = still_world.connection, still_world.now()
    request = requested(still_world, odd_job)
    assert free_again_s(request, posted_s, entry) == quote.free_again_s
    course = Course(still_world, request, entry)
    connection.rpc("evm_setNextBlockTimestamp", request.open_until - 1)
    job = course.accept()
    connection.rpc("evm_setNextBlockTimestamp", rules.runs_until(job) - 1)
    job = course.claim(job, 1)
    free_s = posted_s + quote.free_again_s["the provider seals, but never opens"]
    assert free_s - 2 == rules.opens_until(job)  # one second for each last moment
    anvil.set_time(connection, free_s)
    course.market.void(still_world.requester, course.id, job)
    assert course.change.requester > 0


@pytest.mark.parametrize("entry", [Entry.POSTED], indirect=True)
def test_what_posting_locks_is_what_the_quote_says(quote, course, world):
    assert course.change.requester == -quote.cost.escrow == -rules.escrow(course.request)


@pytest.mark.parametrize("entry", [Entry.MATCHED], indirect=True)
def test_what_a_match_locks_is_at_most_what_the_quote_says(quote, course, world):
    course.accept(at="highest price")
    assert course.change.requester == -quote.cost.escrow == -rules.escrow(course.request)


@pytest.mark.parametrize("expected_units", [None, 0, 1, 2_999_999_999])
def test_every_row_sums_to_zero(quote, expected_units):
    for one in exits_of(quote.request, 0, expected_units, quote.entry):
        for found in one.cases:
            assert sum(dataclasses.astuple(found.change)) == 0, (one.name, found)


def test_every_exit_of_the_state_machine_is_there(quote):
    """Protocol section 5; those of disputes come with their functions."""
    functions = {"cancel", "release", "expire", "void", "approve", "finalize"}
    assert {one.name for one in quote.exits} == functions


def test_no_worse_act_costs_a_provider_less(quote):
    def loss(name: str) -> int:
        found = next(e for e in quote.exits if e.name == name)
        change = found.worst("provider")
        return -change.provider - change.caller  # a friend may be the caller

    assert loss("release") < loss("expire") < loss("void")
    assert loss("approve") < 0
