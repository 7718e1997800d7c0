"""Each row of a quote, to the last base unit, against what the real contract does."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from workbond.chain import anvil, rules
from workbond.chain.types import Job, Request
from workbond.jobfile import JobFile, load_job_file
from workbond.requester.exits_money import Change, exits_of, free_again_s
from workbond.requester.order import make_request
from workbond.requester.quote import Quote, make_quote
from workbond.requester.sample import Sample, SampledTask
from workbond.tree import opening_digest, seal

ROOT, MANIFEST = b"\x05" * 32, b"\x06" * 32
GATEWAY = "http://127.0.0.1:9"
# Amounts that no percentage divides without a remainder.
ODD_PRICES = (
    ('flat = "0.5"', 'flat = "0.500000000000000007"'),
    ('min_unit_price = "100"', 'min_unit_price = "100.000000000000000003"'),
    ('max_unit_price = "300"', 'max_unit_price = "300.000000000000000101"'),
    ('bond = "5"', 'bond = "4.999999999999999989"\ntip = "0.1"'),
)
SAMPLED = (123_456_789, 987_654_321)  # units of two of the three tasks


@pytest.fixture
def odd_job(job_path) -> JobFile:
    text = job_path.read_text()
    for old, new in ODD_PRICES:
        assert old in text
        text = text.replace(old, new)
    job_path.write_text(text)
    return load_job_file(job_path)


@pytest.fixture
def quote(odd_job) -> Quote:
    tasks = [SampledTask(i, "x", 0, 0, units, 0, "") for i, units in enumerate(SAMPLED)]
    return make_quote(odd_job, sample=Sample(tuple(tasks), of=odd_job.tasks))


def requested(world: Any, job: JobFile) -> Request:
    """As the quote has it, of a real requester and at the chain's time."""
    counter = world.market.account_of(world.requester.address).counter
    args = (b"\x01" * 32, world.requester.address, counter, world.now(), b"\x02" * 32)
    return make_request(job, *args)


@pytest.fixture
def request_(world, odd_job) -> Request:
    return requested(world, odd_job)


class Course:
    """A job on the chain whose parties' money is compared before and after."""

    def __init__(self, world: Any, request: Request) -> None:
        self.world, self.market, self.request = world, world.market, request
        self.id = world.id_of(request)
        self.before = self._money()
        self.market.post(world.requester, request, GATEWAY)

    def _money(self) -> list[int]:
        parties = (self.world.requester, self.world.provider, self.world.stranger)
        addresses = [*(party.address for party in parties), rules.SINK]
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
        (event,) = self.market.accept(self.world.provider, self.request).events
        args = event.args
        job = Job.accepted(
            self.request, args["provider"], args["unitPrice"], args["acceptedAt"], args["tipPaid"]
        )
        prices = {"highest price": "max_unit_price", "lowest price": "min_unit_price"}
        assert not at or job.unit_price == getattr(self.request, prices[at])
        return job

    def claim(self, job: Job, units: int) -> Job:
        sealed = seal(self.world.provider.address, self.id, opening_digest(ROOT, units))
        (event,) = self.market.submit(self.world.provider, self.id, job, sealed, MANIFEST).events
        return job.claimed(sealed, event.args["claimedAt"], event.args["claimBlock"])


@pytest.fixture
def course(world, request_) -> Course:
    return Course(world, request_)


def case(quote: Quote, name: str, which: str) -> Change:
    (found,) = {c.change for e in quote.exits if e.name == name for c in e.cases if c.name == which}
    return found


def test_cancelling_costs_nothing(quote, course, world):
    course.market.cancel(world.requester, course.request)
    assert course.change == case(quote, "cancel", "never accepted") == Change(0, 0)


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
def early_course(world, request_) -> Course:
    """Its price rises from far in the future on, so that blocks in between don't change it."""
    later = request_.ramp_start + 200
    return Course(world, dataclasses.replace(request_, ramp_start=later, ramp_end=later + 100))


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
    quote, odd_job, still_world
):
    course = Course(still_world, requested(still_world, odd_job))
    job = course.accept(at="highest price")
    still_world.connection.rpc("evm_setNextBlockTimestamp", job.accepted_at)
    course.market.release(still_world.provider, course.id, job)
    assert course.change == case(quote, "release", "right after acceptance")


def test_a_release_in_the_last_second_costs_what_the_quote_says(quote, odd_job, still_world):
    course = Course(still_world, requested(still_world, odd_job))
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


def test_a_claim_that_nobody_opens_costs_what_the_quote_says(quote, course, world):
    job = course.claim(course.accept(at="highest price"), 7)
    (found,) = [e for e in quote.exits if e.name == "void"]
    anvil.set_time(world.connection, job.claimed_at + found.from_s)
    course.market.void(world.stranger, course.id, job)
    assert course.change == case(quote, "void", "sealed, but never opened")


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


def test_the_worst_course_frees_the_money_when_the_quote_says(quote, odd_job, still_world):
    """Accepted at the last moment, claimed at the last moment, never opened."""
    connection, posted_s = still_world.connection, still_world.now()
    request = requested(still_world, odd_job)
    assert free_again_s(request, posted_s) == quote.free_again_s
    course = Course(still_world, request)
    connection.rpc("evm_setNextBlockTimestamp", request.open_until - 1)
    job = course.accept()
    connection.rpc("evm_setNextBlockTimestamp", rules.runs_until(job) - 1)
    job = course.claim(job, 1)
    free_s = posted_s + quote.free_again_s["the provider seals, but never opens"]
    assert free_s - 2 == rules.opens_until(job)  # one second for each last moment
    anvil.set_time(connection, free_s)
    course.market.void(still_world.requester, course.id, job)
    assert course.change.requester > 0


def test_what_posting_locks_is_what_the_quote_says(quote, course, world):
    assert course.change.requester == -quote.cost.escrow == -rules.escrow(course.request)


@pytest.mark.parametrize("expected_units", [None, 0, 1, 2_999_999_999])
def test_every_row_sums_to_zero(quote, expected_units):
    for one in exits_of(quote.request, 0, expected_units):
        for found in one.cases:
            assert sum(dataclasses.astuple(found.change)) == 0, (one.name, found)


def test_every_exit_of_the_state_machine_is_there(quote):
    """Protocol section 5; those of disputes come with their functions."""
    functions = {"cancel", "release", "expire", "void", "approve", "finalize"}
    assert {one.name for one in quote.exits} == functions


def test_no_worse_act_costs_a_provider_less(quote):
    def loss(name: str) -> int:
        (found,) = [e for e in quote.exits if e.name == name]
        change = found.worst("provider")
        return -change.provider - change.caller  # a friend may be the caller

    assert loss("release") < loss("expire") < loss("void")
    assert loss("approve") < 0
