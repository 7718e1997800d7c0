"""Cases are opened by the job's resolver alone, once for each claim, before its window ends."""

import pytest
from chainkit import event, moves, now, refused, send
from deals import DAY, UNITS
from orders import ZERO, seal
from results import Result, content, pair

RESULT = Result([content(40_000), b"", content(100)])
GIVEN = {"units": RESULT.units, "root": RESULT.root}
PAIRS = [pair(0, 0), pair(2, 0)]
FEE = 77


@pytest.fixture
def claimed(disputable):
    """Makes a job whose claim seals RESULT."""

    def make(**changes):
        job = disputable(tasks=3, **changes).until("Running")
        job.submit_result(RESULT)
        return job

    return make


# ─────────────────────────────────── who and when ─────────────────────────────────


@pytest.mark.parametrize("way", ["post", "match", "fill", "fill_and_claim"])
def test_a_case_is_told_and_moves_nothing(
    disputable, market, everybody, requester, provider, judge, way
):
    job = disputable()
    if way == "post":
        job.post()
        job.accept()
    else:
        getattr(job, way)()
    if way != "fill_and_claim":
        job.submit()
    at = now() + 5
    with moves(market, [*everybody, judge], {}):
        tx = job.dispute(at=at)
    assert event(tx, "JobDisputed") == {
        "id": "0x" + job.id.hex(),
        "resolver": judge,
        "provider": provider,
        "disputedAt": at,
    }
    assert market.check(job.id, job.record) == job.state == 4


def test_only_the_resolver_opens_a_case(disputable, requester, provider, stranger, judge):
    job = disputable().until("Claimed")
    for other in (requester, provider, stranger):
        with refused("NotAllowed", other, judge):
            job.dispute(by=other)


def test_without_a_resolver_nobody_does(signed, requester, provider, stranger, judge):
    job = signed().until("Claimed")
    for other in (requester, provider, stranger, judge):
        with refused("NotAllowed", other, ZERO):
            job.dispute(by=other)


def test_the_resolver_may_be_a_party(disputable, requester, provider):
    """Both signed it."""
    for salt, party in enumerate((requester, provider)):
        job = disputable(resolver=str(party), salt=bytes([salt]) * 32).until("Claimed")
        job.dispute(by=party)
        assert job.state == 4


def test_a_case_is_opened_before_the_window_ends(disputable):
    job, late = disputable().until("Claimed"), disputable(salt=b"\1" * 32).until("Claimed")
    job.dispute(at=job.job["windowEnd"] - 1)
    end = late.job["windowEnd"]
    for at in (end, end + 7):
        with refused("TooLate", at, end):
            late.dispute(at=at)


def test_a_claim_without_a_window_cannot_be_disputed(disputable):
    job = disputable(challengeFor=0).until("Claimed")
    end = job.job["claimedAt"]
    with refused("TooLate", end, end):
        job.dispute(at=end)


def test_the_window_that_an_answer_left_is_one_for_cases_too(claimed):
    job = claimed()
    end = job.job["windowEnd"]
    job.demand(PAIRS, at=end - 1)
    answers = [RESULT.answer(0, 0, 0), RESULT.answer(1, 2, 0)]
    job.answer(PAIRS, RESULT, answers, at=end + 50)
    assert job.job["windowEnd"] == end + 350
    job.dispute(at=end + 349)


@pytest.mark.parametrize("again", [0, 1, 10**6])
def test_a_claim_is_disputed_once(disputable, again):
    job = disputable().until("Disputed")
    with refused("WrongState", job.id, 3, 4):
        job.dispute()
    end = now() + 10  # within the claim's own window
    job.resolve(0, at=end)
    assert job.job["windowEnd"] == end < job.job["claimedAt"] + 600
    with refused("TooLate", end + again, end):
        job.dispute(at=end + again)


def test_a_timed_out_claim_is_not_disputed_again(disputable, stranger):
    job = disputable(caseFor=60).until("Disputed")
    end = job.job["disputedAt"] + 60
    job.timeout(by=stranger, at=end)
    with refused("TooLate", end, end):
        job.dispute(at=end)


def test_nothing_else_happens_to_a_disputed_job(disputable, requester, stranger):
    """However late it is: only its resolver's word and its silence end a case."""
    job = disputable(caseFor=365 * DAY).until("Disputed")
    for at in (now() + 1, job.job["windowEnd"], now() + 364 * DAY):
        with refused("WrongState", job.id, 3, 4):
            job.approve(at=at)
        with refused("WrongState", job.id, 3, 4):
            job.finalize(by=stranger, at=at)
        with refused("WrongState", job.id, 3, 4):
            job.void(by=stranger, at=at)
    assert job.state == 4


def test_bonds_in_cases_stay_locked(disputable, market, provider):
    disputable().until("Disputed")
    free = market.accountOf(provider)["staked"] - 1_000_007
    with refused("InsufficientStake", provider, free, free + 1):
        send(market.unstake, free + 1, by=provider)


# ────────────────────────────────── demands in cases ──────────────────────────────


def test_a_case_does_not_keep_outputs_from_being_shown(claimed, market, everybody, provider, judge):
    """The fees are paid at once, and no answer moves the window any more."""
    job = claimed()
    end = job.job["windowEnd"]
    job.demand(PAIRS, at=end - 2)
    job.dispute(at=end - 1)
    for place, named, bits in ((1, (2, 0), 0b11111110), (0, (0, 0), 255)):
        with moves(market, [*everybody, judge], {(provider, "free"): FEE}):
            tx = job.answer(PAIRS, RESULT, [RESULT.answer(place, *named)], at=end + 1_000 - place)
        assert event(tx, "OutputAnswered")["windowEnd"] == end
        assert job.job["answered"] == bits
        assert market.check(job.id, job.record) == job.state == 4


def test_a_case_does_not_keep_outputs_from_being_demanded(claimed, market, everybody, judge):
    """Else a friend of the provider would open one at once, and a verdict end the window."""
    job = claimed()
    end = job.job["windowEnd"]
    job.dispute()
    with moves(market, [*everybody, judge], {(job.requester, "free"): -2 * FEE}):
        tx = job.demand(PAIRS, at=end - 1)
    assert event(tx, "OutputDemanded")["answerBy"] == end - 1 + DAY
    assert market.check(job.id, job.record) == job.state == 4
    job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0)])
    job.resolve(0)
    with refused("DemandOpen", job.id, 0b11111101):
        job.finalize(**GIVEN, by=judge)


def test_outputs_are_demanded_in_the_window_alone_case_or_not(claimed):
    job = claimed()
    end = job.job["windowEnd"]
    job.dispute()
    with refused("TooLate", end, end):
        job.demand(PAIRS, at=end)


def test_answers_in_a_case_have_the_same_deadline(claimed):
    job = claimed()
    job.demand(PAIRS)
    job.dispute()
    until = job.job["answerBy"]
    job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0)], at=until - 1)
    with refused("TooLate", until, until):
        job.answer(PAIRS, RESULT, [RESULT.answer(1, 2, 0)], at=until)


def test_a_delegate_answers_in_cases_too(claimed, market, provider, stranger, requester):
    send(market.setDelegate, stranger, by=provider)
    job = claimed()
    job.demand(PAIRS)
    job.dispute()
    with refused("NotAllowed", requester, provider):
        job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0)], by=requester)
    job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0)], by=stranger)


def test_in_a_case_only_the_claimed_result_answers(claimed):
    job = claimed()
    job.demand(PAIRS)
    job.dispute()
    other = Result([b"another"])
    given = seal(job.provider, job.id, other.root, other.units)
    with refused("SealMismatch", job.job["seal"], given):
        job.answer(PAIRS, other, [other.answer(0, 0, 0)])


def test_a_claim_that_owes_outputs_since_long_can_still_be_disputed(claimed, stranger):
    """Whoever is first decides: who voids it, or the resolver."""
    job = claimed(challengeFor=5 * DAY)
    job.demand(PAIRS)
    job.dispute(at=job.job["answerBy"])
    with refused("WrongState", job.id, 3, 4):
        job.void(by=stranger)
    job.resolve(0)
    assert event(job.void(by=stranger), "JobVoided")["reason"] == 2


@pytest.mark.parametrize("answered", [0, 1])
@pytest.mark.parametrize("how", ["resolve", "timeout"])
def test_demands_that_are_open_still_bind_after_a_case(claimed, stranger, how, answered):
    job = claimed(caseFor=600)
    job.demand(PAIRS)
    job.dispute()
    if answered:
        job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0)])
    if how == "resolve":
        job.resolve(0)
    else:
        job.timeout(by=stranger, at=job.job["disputedAt"] + 600)
    bits = 0b11111101 if answered else 0b11111100
    until = job.job["answerBy"]
    for at in (now() + 1, until - 2):
        with refused("DemandOpen", job.id, bits):
            job.finalize(by=stranger, at=at, **GIVEN)
    with refused("TooEarly", until - 1, until):
        job.void(by=stranger, at=until - 1)
    said = event(job.void(by=stranger, at=until), "JobVoided")
    assert (said["reason"], said["slashed"]) == (2, 500_003)


def test_answers_after_a_case_move_no_window(claimed, market, everybody, provider, stranger):
    """Who wanted to look had the case."""
    job = claimed()
    job.demand(PAIRS)
    job.dispute()
    job.resolve(0)
    end = job.job["windowEnd"]
    at = job.job["answerBy"] - 1
    answers = [RESULT.answer(0, 0, 0), RESULT.answer(1, 2, 0)]
    with moves(market, everybody, {(provider, "free"): 2 * FEE}):
        job.answer(PAIRS, RESULT, answers, at=at)
    assert job.job["windowEnd"] == end
    job.finalize(by=stranger, at=at, **GIVEN)
    assert job.state == 5


@pytest.mark.parametrize("late", [0, 1])
def test_the_grace_after_a_case_runs_from_the_later_deadline(claimed, stranger, late):
    job = claimed()
    job.demand(PAIRS)
    job.dispute()
    job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0), RESULT.answer(1, 2, 0)])
    job.resolve(0)
    until = job.job["answerBy"] + DAY
    assert job.job["windowEnd"] < job.job["answerBy"]
    with refused("TooEarly", until - 2, until):
        job.void(by=stranger, at=until - 2)
    if late:
        with refused("TooLate", until, until):
            job.finalize(by=stranger, at=until, **GIVEN)
        assert event(job.void(by=stranger), "JobVoided")["reason"] == 3
    else:
        job.finalize(by=stranger, at=until - 1, **GIVEN)


def test_nothing_is_demanded_after_a_case(claimed):
    job = claimed()
    job.dispute()
    job.resolve(0)
    end = job.job["windowEnd"]
    with refused("TooLate", end, end):
        job.demand(PAIRS, at=end)


def test_a_job_that_was_approved_is_not_disputed(disputable, judge):
    """Approving waives an audit."""
    job = disputable().until("Claimed")
    job.approve(units=UNITS)
    with refused("WrongState", job.id, 3, 5):
        job.dispute()
