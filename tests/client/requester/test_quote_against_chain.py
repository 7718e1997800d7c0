"""Each row of a quote, to the last base unit, against what the real contract does."""

from __future__ import annotations

import dataclasses

import pytest

from workbond.chain import anvil, cases, funds, rules
from workbond.chain.measured import TIMEOUT
from workbond.chain.types import Job, Request
from workbond.jobfile import JobFile, load_job_file
from workbond.requester.exits_money import (
    Change,
    Entry,
    Exit,
    exits_of,
    free_again_s,
    worst_of,
)
from workbond.requester.judged import Choice, judged
from workbond.requester.quote import Quote, make_quote
from workbond.requester.sample import Sample, SampledTask
from workbond.tree import opening_digest, seal

from .courses import ROOT, TREE, Course, Judges, requested

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


@pytest.fixture
def request_(world, odd_job) -> Request:
    return requested(world, odd_job)


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
def test_every_row_sums_to_zero(judged_quote, expected_units):
    for one in exits_of(judged_quote.request, 0, expected_units, judged_quote.entry):
        for found in one.cases:
            assert sum(dataclasses.astuple(found.change)) == 0, (one.name, found)


def test_every_exit_of_the_state_machine_is_there(quote):
    """Protocol section 5; a job without a resolver has no disputes."""
    functions = {"cancel", "release", "expire", "void", "approve", "finalize"}
    assert {one.name for one in quote.exits} == functions


def test_every_exit_of_a_judged_job_is_there(judged_quote):
    functions = {"cancel", "release", "expire", "void", "approve", "finalize", "resolve", "timeout"}
    assert {one.name for one in judged_quote.exits} == functions


def test_no_worse_act_costs_a_provider_less(judged_quote):
    def loss(name: str) -> int:
        found = next(e for e in judged_quote.exits if e.name == name)
        change = found.worst("provider")
        return -change.provider - change.caller  # a friend may be the caller

    assert loss("release") < loss("expire") < loss("void") < loss("resolve")
    assert loss("approve") < 0


# ─────────────────────────────────── cases ────────────────────────────────────

RIGHT, WRONG, OTHER = opening_digest(ROOT, 7), b"\x66" * 32, b"\x77" * 32
UNITS = 7  # of the claim
CHOICE = Choice("committee", seats=3, audit_rate=cases.ALL_BPS, case_fee=1_200_000_000_000_000_007)


@pytest.fixture
def judges(world) -> Judges:
    return Judges(world)


@pytest.fixture
def judged_job(odd_job, world) -> JobFile:
    """All of its claims are audited, so that no test depends on a lottery."""
    return judged(odd_job, world.deployment.committee.address, CHOICE)


@pytest.fixture
def judged_quote(judged_job, entry) -> Quote:
    return make_quote(judged_job, entry=entry)


@pytest.fixture
def case_course(judges, world, judged_job, entry) -> Course:
    return Course(world, requested(world, judged_job), entry)


def dispute(course: Course, judges: Judges, which: str, claim: bytes = RIGHT) -> Job:
    """A claim at the highest price that `which` disputes; the record then."""
    job = course.claim(course.accept(at="highest price"), UNITS)
    if "audited" in which:
        return judges.audit(course, job)
    return judges.challenge(course, job, WRONG)


@pytest.mark.parametrize("which", ["found wrong, challenged", "found wrong, audited"])
def test_a_wrong_result_costs_what_the_quote_says(judged_quote, case_course, judges, which):
    job = dispute(case_course, judges, which)
    judges.decide(case_course, job, [WRONG] * 3)
    assert case_course.change == case(judged_quote, "resolve", which)


@pytest.mark.parametrize(
    ("which", "votes"),
    [
        ("found right, challenged", [RIGHT] * 3),
        ("found right, audited", [RIGHT] * 3),
        ("undecided, challenged", [RIGHT, WRONG, OTHER]),
    ],
)
def test_a_result_that_stands_costs_what_the_quote_says_beside_its_payment(
    judged_quote, case_course, judges, world, which, votes
):
    course = case_course
    job = judges.decide(course, dispute(course, judges, which), votes)
    course.market.approve(world.requester, course.id, job, ROOT, UNITS)
    assert course.change == sum_of(paid(course, job), case(judged_quote, "resolve", which))


def test_a_case_that_nobody_decides_costs_nothing(judged_quote, case_course, judges, world):
    course = case_course
    job = dispute(course, judges, "challenged")
    (found,) = [one for one in judged_quote.exits if one.name == "timeout"]
    anvil.set_time(world.connection, job.disputed_at + found.from_s)
    sent = course.market.timeout(world.stranger, course.id, job)
    assert sent.gas_used == pytest.approx(TIMEOUT, rel=0.02)
    judges.committee.abandon(judges.cranker, course.id)
    job = job.upheld(world.connection.block(sent.block_number).timestamp)
    course.market.approve(world.requester, course.id, job, ROOT, UNITS)
    assert course.change == paid(course, job)


def test_a_job_that_is_judged_but_never_disputed_costs_its_payment_alone(case_course, world):
    course = case_course
    job = course.claim(course.accept(at="highest price"), UNITS)
    course.market.approve(world.requester, course.id, job, ROOT, UNITS)
    assert course.change == paid(course, job)


def paid(course: Course, job: Job) -> Change:
    """What the payment of the claim's units moves, and the tip of a match."""
    tip = course.request.tip if course.entry is Entry.MATCHED else 0
    payment = rules.payment(job, UNITS)
    return Change(-payment, payment).tipped(tip)


def sum_of(one: Change, other: Change) -> Change:
    return Change(*map(sum, zip(*map(dataclasses.astuple, (one, other)), strict=True)))


def test_the_worst_that_a_judged_job_can_cost_is_told(judged_quote):
    most = judged_quote.request.case_fee
    payment = rules.max_payment(
        judged_quote.request.flat, judged_quote.request.max_units, 300 * 10**18 + 101
    )
    worst = -worst_of(judged_quote.exits, "requester")
    tip = judged_quote.request.tip if judged_quote.entry is Entry.MATCHED else 0
    assert payment + tip < worst <= payment + tip + most
    assert -worst_of(judged_quote.exits, "provider") == judged_quote.request.bond


def test_the_worst_course_of_a_judged_job_frees_the_money_when_the_quote_says(
    odd_job, still_world, entry
):
    """Accepted, claimed and challenged at the last moment, never decided, never opened."""
    judges = Judges(still_world)
    job_file = judged(odd_job, still_world.deployment.committee.address, CHOICE)
    connection, posted_s = still_world.connection, still_world.now()
    request = requested(still_world, job_file)
    quote = make_quote(job_file, entry=entry)
    assert free_again_s(request, posted_s, entry) == quote.free_again_s
    course = Course(still_world, request, entry)
    connection.rpc("evm_setNextBlockTimestamp", request.open_until - 1)
    job = course.accept()
    connection.rpc("evm_setNextBlockTimestamp", rules.runs_until(job) - 1)
    job = course.claim(job, 1)
    bond = cases.challenge_bond(job.case_fee, job.bond)
    funds.deposit(judges.committee, still_world.token, judges.challenger, bond)
    connection.rpc("evm_setNextBlockTimestamp", job.window_end - 1)
    sealed = seal(judges.challenger.address, course.id, WRONG)
    judges.committee.challenge(judges.challenger, request, job, sealed)
    job = job.disputed(job.window_end - 1)
    free_s = (
        posted_s + quote.free_again_s["it is disputed at last, nobody decides, and it never opens"]
    )
    over_s = rules.resolves_until(job)
    assert over_s + rules.GRACE_S == free_s - 3  # one second for each last moment
    anvil.set_time(connection, over_s)
    sent = course.market.timeout(still_world.stranger, course.id, job)
    job = job.upheld(connection.block(sent.block_number).timestamp)
    anvil.set_time(connection, free_s)
    course.market.void(still_world.requester, course.id, job)
    assert course.change.requester > 0
