"""What verdicts and silence do with the case fee, the bond and the escrow: to the last unit."""

import pytest
from chainkit import SINK, account, event, moves, now, out_of_range, raw_reverts, refused, send
from deals import DAY, UNITS, Deal, judged
from orders import ZERO
from results import Result

UPHELD, REJECTED = 0, 1
BOND, FEE, CASE_FOR = 1_000_007, 250_001, 5 * DAY
DEMAND_FEE = 77
BACK = (
    5_000_003 + 7_123_456_789_013 * 1_000_003 // 10**12
)  # a running job's escrow, but for the case fee
PAID = 5_000_003 + UNITS * 1_000_003 // 10**12
SHARE, REST = (
    225_001,
    300_004,
)  # 30% of what the case leaves of the bond, and what two such shares leave


@pytest.fixture
def people(everybody, judge):
    return [*everybody, judge]


# ───────────────────────────────────── rejected ───────────────────────────────────


@pytest.mark.parametrize("challenged", [True, False])
def test_a_rejected_claim_costs_the_whole_bond(
    disputable, market, people, requester, provider, stranger, judge, challenged
):
    job = disputable().until("Disputed")
    challenger = stranger if challenged else ZERO
    reward = SHARE if challenged else 0
    burned = REST if challenged else REST + SHARE
    expected = {
        (requester, "free"): BACK + FEE + SHARE,
        (provider, "staked"): -BOND,
        (provider, "bonded"): -BOND,
        (stranger, "free"): reward,
        (judge, "free"): FEE,
        (SINK, "free"): burned,
    }
    with moves(market, people, expected):
        tx = job.resolve(REJECTED, challenger)
    assert job.state == 7
    assert [entry.name for entry in tx.events] == ["CaseResolved", "JobVoided"]
    id_ = "0x" + job.id.hex()
    assert dict(tx.events["CaseResolved"]) == {
        "id": id_,
        "resolver": judge,
        "challenger": challenger,
        "rejected": True,
        "timedOut": False,
        "toResolver": FEE,
        "toChallenger": reward,
        "feeRefund": 0,
        "windowEnd": 0,
    }
    assert dict(tx.events["JobVoided"]) == {
        "id": id_,
        "requester": requester,
        "provider": provider,
        "reason": 4,
        "refund": BACK + FEE,
        "slashed": BOND,
        "compensation": SHARE,
        "caller": judge,
        "reward": 0,
        "burned": burned,
    }


@pytest.mark.parametrize("who", ["requester", "provider", "judge", "sink", "market"])
def test_anybody_can_be_the_challenger(disputable, market, people, requester, provider, judge, who):
    job = disputable().until("Disputed")
    parties = {"requester": requester, "provider": provider, "judge": judge, "sink": SINK}
    challenger = parties.get(who, market.address)
    expected = {
        (requester, "free"): BACK + FEE + SHARE,
        (provider, "staked"): -BOND,
        (provider, "bonded"): -BOND,
        (judge, "free"): FEE,
        (SINK, "free"): REST,
    }
    expected[challenger, "free"] = expected.get((challenger, "free"), 0) + SHARE
    with moves(market, [*people, market], expected):
        job.resolve(REJECTED, challenger)


def test_whoever_is_everybody_loses_what_is_burned(market, provider):
    job = Deal(market, provider, provider, **judged(provider))
    lost = {(provider, "free"): BOND - REST, (provider, "staked"): -BOND, (SINK, "free"): REST}
    with moves(market, [provider], lost):
        job.until("Disputed").resolve(REJECTED, provider)


@pytest.mark.parametrize("case_fee", [0, 1, 250_000])
def test_the_case_fee_comes_out_of_the_bond_first(
    disputable, market, people, requester, provider, stranger, judge, case_fee
):
    job = disputable(caseFee=case_fee).until("Disputed")
    rest = BOND - case_fee
    share = rest * 30 // 100
    expected = {
        (requester, "free"): BACK + case_fee + share,
        (provider, "staked"): -BOND,
        (provider, "bonded"): -BOND,
        (stranger, "free"): share,
        (judge, "free"): case_fee,
        (SINK, "free"): rest - 2 * share,
    }
    with moves(market, people, expected):
        job.resolve(REJECTED, stranger)


def test_without_a_bond_only_the_escrow_moves(disputable, market, people, requester, stranger):
    job = disputable(bond=0, tip=0, caseFee=0).until("Disputed")
    with moves(market, people, {(requester, "free"): BACK}):
        tx = job.resolve(REJECTED, stranger)
    assert tx.events["JobVoided"]["slashed"] == 0


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_fees_of_unanswered_pairs_go_back_with_the_escrow(
    disputable, market, people, requester, provider, judge, answered
):
    result = Result([b"output"])
    job = disputable(tasks=1).until("Running")
    job.submit_result(result)
    job.demand([0, 0])
    job.dispute()
    if answered:
        job.answer([0, 0], result, [result.answer(place, 0, 0) for place in range(answered)])
    back = BACK + FEE + (2 - answered) * DEMAND_FEE
    expected = {
        (requester, "free"): back + SHARE,
        (provider, "staked"): -BOND,
        (provider, "bonded"): -BOND,
        (judge, "free"): FEE,
        (SINK, "free"): REST + SHARE,
    }
    with moves(market, people, expected):
        tx = job.resolve(REJECTED)
    assert tx.events["JobVoided"]["refund"] == back


def test_a_slashed_stake_bonds_other_jobs_no_more(disputable, market, provider):
    job, other = disputable().until("Disputed"), disputable(salt=b"\1" * 32)
    staked = account(market, provider)["staked"]
    job.resolve(REJECTED)
    send(market.unstake, staked - 2 * BOND + 1, by=provider)
    other.post()
    with refused("InsufficientStake", provider, BOND - 1, BOND):
        other.accept()


# ────────────────────────────────────── upheld ────────────────────────────────────


@pytest.mark.parametrize("challenged", [True, False])
def test_an_upheld_claims_fee_goes_to_the_resolver_or_back(
    disputable, market, people, requester, stranger, judge, challenged
):
    job = disputable().until("Disputed")
    challenger = stranger if challenged else ZERO
    at = now() + 10
    with moves(market, people, {(requester if challenged else judge, "free"): FEE}):
        tx = job.resolve(UPHELD, challenger, at=at)
    assert event(tx, "CaseResolved") == {
        "id": "0x" + job.id.hex(),
        "resolver": judge,
        "challenger": challenger,
        "rejected": False,
        "timedOut": False,
        "toResolver": 0 if challenged else FEE,
        "toChallenger": 0,
        "feeRefund": FEE if challenged else 0,
        "windowEnd": at,
    }
    assert market.check(job.id, job.record) == job.state == 3


@pytest.mark.parametrize("how", ["approve", "finalize"])
def test_an_upheld_job_is_paid_at_once_and_its_fee_is_gone(
    disputable, market, people, requester, provider, stranger, how
):
    job = disputable().until("Disputed")
    job.resolve(UPHELD)
    expected = {(provider, "free"): PAID, (provider, "bonded"): -BOND}
    with moves(market, people, expected | {(requester, "free"): BACK - PAID}):
        tx = job.approve() if how == "approve" else job.finalize(by=stranger, at=now())
    assert tx.events["JobSettled"]["refund"] == BACK - PAID


def test_an_upheld_job_that_nobody_opens_is_void_after_the_grace(
    disputable, market, people, requester, provider, stranger
):
    job = disputable().until("Disputed")
    job.resolve(UPHELD)
    until = job.job["windowEnd"] + DAY
    with refused("TooEarly", until - 1, until):
        job.void(by=stranger, at=until - 1)
    with refused("TooLate", until, until):
        job.finalize(by=stranger, at=until)
    expected = {
        (requester, "free"): BACK + 490_003,
        (provider, "staked"): -500_003,
        (provider, "bonded"): -BOND,
        (stranger, "free"): 10_000,
    }
    with moves(market, people, expected):
        job.void(by=stranger, at=until)


def test_a_case_may_end_after_the_claims_window(disputable, stranger):
    """The window moves on to the verdict, so the grace is whole."""
    job = disputable().until("Disputed")
    at = job.job["windowEnd"] + 3 * DAY
    job.resolve(UPHELD, at=at)
    assert job.job["windowEnd"] == at
    job.finalize(by=stranger, at=at + DAY - 1)
    assert job.state == 5


# ────────────────────────────────── who, when, what ───────────────────────────────


@pytest.mark.parametrize("verdict", [UPHELD, REJECTED])
def test_only_the_resolver_judges(disputable, requester, provider, stranger, judge, verdict):
    job = disputable().until("Disputed")
    for other in (requester, provider, stranger):
        with refused("NotAllowed", other, judge):
            job.resolve(verdict, by=other)


@pytest.mark.parametrize("verdict", [UPHELD, REJECTED])
def test_a_verdict_is_in_time_before_case_for_is_over(disputable, verdict):
    job, late = disputable().until("Disputed"), disputable(salt=b"\1" * 32).until("Disputed")
    job.resolve(verdict, at=job.job["disputedAt"] + CASE_FOR - 1)
    until = late.job["disputedAt"] + CASE_FOR
    for at in (until, until + DAY):
        with refused("TooLate", at, until):
            late.resolve(verdict, at=at)
    assert late.state == 4


@pytest.mark.parametrize("verdict", [2, 255, 256, 2**255])
def test_there_is_no_third_verdict(disputable, market, judge, verdict):
    """Refused like any value beyond a type: without data."""
    job = disputable().until("Disputed")
    data = market.resolve.encode_input(job.id, job.record, UPHELD, ZERO)
    words = bytes.fromhex(data[2:])
    odd = words[:-64] + verdict.to_bytes(32, "big") + words[-32:]
    assert raw_reverts(market.address, "0x" + odd.hex(), judge) == b""
    assert raw_reverts(market.address, data, judge) is None


def test_a_challenger_beyond_an_address_is_refused(disputable, market, judge):
    job = disputable().until("Disputed")
    data = bytes.fromhex(market.resolve.encode_input(job.id, job.record, REJECTED, ZERO)[2:])
    odd = data[:-32] + (1 << 160).to_bytes(32, "big")
    assert raw_reverts(market.address, "0x" + odd.hex(), judge) == b""


@pytest.mark.parametrize("verdict", [UPHELD, REJECTED])
def test_a_case_is_judged_once(disputable, stranger, verdict):
    job = disputable().until("Disputed")
    job.resolve(verdict)
    state = 7 if verdict else 3
    for again in (UPHELD, REJECTED):
        with refused("WrongState", job.id, 4, state):
            job.resolve(again)
    with refused("WrongState", job.id, 4, state):
        job.timeout(by=stranger, at=now() + 400 * DAY)


def test_one_resolvers_cases_do_not_touch_each_other(disputable, market):
    jobs = [disputable(salt=bytes([i]) * 32).until("Disputed") for i in range(3)]
    jobs[0].resolve(REJECTED)
    jobs[1].resolve(UPHELD)
    assert [market.check(job.id, job.record) for job in jobs] == [7, 3, 4]
    with refused("NotAllowed", jobs[2].provider, jobs[2].judge):
        jobs[2].resolve(UPHELD, by=jobs[2].provider)


# ───────────────────────────────────── silence ────────────────────────────────────


@pytest.mark.parametrize("who", ["requester", "provider", "stranger", "judge"])
def test_anybody_ends_a_silent_resolvers_case(
    disputable, market, people, requester, provider, stranger, judge, who
):
    parties = {"requester": requester, "provider": provider, "judge": judge}
    caller = parties.get(who, stranger)
    job = disputable().until("Disputed")
    until = job.job["disputedAt"] + CASE_FOR
    with refused("TooEarly", until - 1, until):
        job.timeout(by=caller, at=until - 1)
    with moves(market, people, {(requester, "free"): FEE}):
        tx = job.timeout(by=caller, at=until)
    assert event(tx, "CaseResolved") == {
        "id": "0x" + job.id.hex(),
        "resolver": judge,
        "challenger": ZERO,
        "rejected": False,
        "timedOut": True,
        "toResolver": 0,
        "toChallenger": 0,
        "feeRefund": FEE,
        "windowEnd": until,
    }
    assert market.check(job.id, job.record) == job.state == 3


@pytest.mark.parametrize("how", ["approve", "finalize", "void"])
def test_a_timed_out_job_goes_on_like_an_upheld_one(
    disputable, market, people, requester, provider, stranger, how
):
    job = disputable().until("Disputed")
    late = now() + 300 * DAY
    job.timeout(by=stranger, at=late)
    if how == "void":
        tx = job.void(by=stranger, at=late + DAY)
        assert event(tx, "JobVoided")["refund"] == BACK
        return
    expected = {(provider, "free"): PAID, (provider, "bonded"): -BOND}
    with moves(market, people, expected | {(requester, "free"): BACK - PAID}):
        job.approve() if how == "approve" else job.finalize(by=stranger, at=late + DAY - 1)


def test_a_case_of_no_time_is_over_at_once(disputable, stranger):
    """Its resolver can delay a job, and nothing else."""
    job = disputable(caseFor=0).until("Disputed")
    at = job.job["disputedAt"]
    with refused("TooLate", at, at):
        job.resolve(REJECTED, at=at)
    job.timeout(by=stranger, at=at)
    assert job.state == 3


def test_the_longest_case_is_a_years(disputable, stranger):
    job = disputable(caseFor=365 * DAY).until("Disputed")
    until = job.job["disputedAt"] + 365 * DAY
    with refused("TooEarly", until - 1, until):
        job.timeout(by=stranger, at=until - 1)
    job.timeout(by=stranger, at=until)
    later = disputable(caseFor=365 * DAY + 1, salt=b"\1" * 32)
    with out_of_range("caseFor", 365 * DAY + 1, 0, 365 * DAY):
        later.post()


def test_only_open_cases_time_out(disputable, stranger):
    job = disputable().until("Claimed")
    with refused("WrongState", job.id, 4, 3):
        job.timeout(by=stranger, at=now() + 400 * DAY)
