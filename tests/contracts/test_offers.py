"""What an offer binds its provider to: each limit at its edge and one beyond, uses, times."""

import pytest
from chainkit import exceeded, moves, now, refused
from deals import DAY, REQUEST
from orders import OFFER_FIELDS, ZERO, ZERO32, offer_tuple

JUDGE = "0x00000000000000000000000000000000000000aA"
OTHER = "0x00000000000000000000000000000000000000bB"
MAX = {bits: 2**bits - 1 for bits in (32, 64, 96)}
LOCK = 600 + 300 + 2 * DAY

# offer's field, what it may be, one beyond, and the value that the request has (its tip aside, the
# request is that of deals.py, whose price is 1,000,003 before the ramp)
AMOUNTS = [
    ("minUnitPrice", 1_000_003, 1_000_004, 1_000_003),
    ("minFlat", 5_000_003, 5_000_004, 5_000_003),
    ("minRunFor", 1_000, 1_001, 1_000),
    ("minDemandFee", 77, 78, 77),
    ("maxBond", 1_000_007, 1_000_006, 1_000_007),
    ("maxUnits", 7_123_456_789_013, 7_123_456_789_012, 7_123_456_789_013),
    ("maxTasks", 48, 47, 48),
    ("maxLockFor", LOCK, LOCK - 1, LOCK),
    ("minSecondsPer1e12Units", 140, 141, 1_000),
]
LOOSE = {
    "minUnitPrice": 0,
    "minFlat": 0,
    "minRunFor": 0,
    "minDemandFee": 0,
    "maxBond": MAX[96],
    "maxUnits": MAX[64],
    "maxTasks": MAX[32],
    "maxLockFor": MAX[32],
    "minSecondsPer1e12Units": 0,
}
TIGHT = {
    "minUnitPrice": MAX[96],
    "minFlat": MAX[96],
    "minRunFor": MAX[32],
    "minDemandFee": MAX[96],
    "maxBond": 0,
    "maxUnits": 0,
    "maxTasks": 0,
    "maxLockFor": 0,
    "minSecondsPer1e12Units": MAX[64],
}


@pytest.mark.parametrize(("field", "edge", "beyond", "value"), AMOUNTS)
def test_each_limit_holds_at_its_edge_and_not_one_beyond(
    signed, market, everybody, field, edge, beyond, value
):
    for limit in (beyond, TIGHT[field]):
        with moves(market, everybody, {}), exceeded(field, value, limit):
            signed(offer={field: limit}).match()
    signed(offer={field: edge}).match()
    signed(offer={field: LOOSE[field], "salt": b"\6" * 32}, salt=b"\6" * 32).match()


# offer's field, request's changes that an offer must equal, a value of another request
NAMES = [
    ("requester", None, OTHER),
    ("spec", REQUEST["spec"], b"\1" * 32),
    ("profile", REQUEST["profile"], b"\1" * 32),
    ("resolver", ZERO, JUDGE),
    ("policy", ZERO32, b"\1" * 32),
]


def number(value):
    return int(value, 16) if isinstance(value, str) else int.from_bytes(value, "big")


@pytest.mark.parametrize(("field", "right", "wrong"), NAMES, ids=[name for name, *_ in NAMES])
def test_what_an_offer_names_must_be_the_requests(signed, requester, field, right, wrong):
    right = right or str(requester)
    with exceeded(field, number(right), number(wrong)):
        signed(offer={field: wrong}).match()
    signed(offer={field: right}).match()


@pytest.mark.parametrize(("field", "anything"), [("requester", ZERO), ("spec", ZERO32)])
def test_requester_and_spec_may_be_anything(signed, field, anything):
    signed(offer={field: anything}).match()


def test_profile_resolver_and_policy_are_never_anything(signed):
    judged = {"resolver": JUDGE, "policy": b"\7" * 32}
    job = signed(**judged, tip=0)
    with exceeded("profile", number(REQUEST["profile"]), 0):
        signed(offer={"profile": ZERO32}).match()
    with exceeded("resolver", number(JUDGE), 0):
        job.match()
    job.offer |= {"resolver": JUDGE}
    with exceeded("policy", number(b"\7" * 32), 0):
        job.match()
    job.offer |= judged
    job.match()


@pytest.mark.parametrize("window", [0, 1, 7, 30 * DAY])
@pytest.mark.parametrize("case_for", [0, 365 * DAY])
def test_the_longest_lock_is_window_half_a_window_answer_case_and_grace(signed, window, case_for):
    lock = window + window // 2 + DAY + case_for + DAY
    judged = {"resolver": JUDGE}
    job = signed(**judged, challengeFor=window, caseFor=case_for, offer=judged)
    job.offer["maxLockFor"] = lock - 1
    with exceeded("maxLockFor", lock, lock - 1):
        job.match()
    job.offer["maxLockFor"] = lock
    job.match()


@pytest.mark.parametrize(
    ("units", "pace", "run_for"),
    [(10**12, 1_000, 1_000), (1, 10**15, 1_000), (9 * 10**15, 288, 30 * DAY), (0, MAX[64], 1)],
)
def test_slow_machines_are_bound_to_as_many_seconds_per_unit_as_they_said(
    signed, units, pace, run_for
):
    """runFor * 1e12 >= maxUnits * pace, without rounding."""
    free = {"minUnitPrice": 0, "maxUnitPrice": 0}
    limits = {
        "minRunFor": 0,
        "maxUnits": MAX[64],
        "minSecondsPer1e12Units": pace,
        "minUnitPrice": 0,
    }
    if units:
        assert units * pace > (run_for - 1) * 10**12
        with exceeded("minSecondsPer1e12Units", run_for - 1, pace):
            signed(maxUnits=units, runFor=run_for - 1, **free, offer=limits).match()
        faster = signed(maxUnits=units, runFor=run_for, **free, offer=limits)
        faster.offer["minSecondsPer1e12Units"] = run_for * 10**12 // units + 1
        with exceeded("minSecondsPer1e12Units", run_for, run_for * 10**12 // units + 1):
            faster.match()
    signed(maxUnits=units, runFor=run_for, **free, offer=limits).match()


def test_the_offers_price_is_held_against_the_ramp_of_the_moment(signed):
    job = signed(offer={"minUnitPrice": 1_020_004})
    at = job.request["rampStart"]
    with exceeded("minUnitPrice", 1_000_003, 1_020_004):
        job.match(at=at)
    with exceeded("minUnitPrice", 1_020_003, 1_020_004):
        job.match(at=at + 1)
    job.match(at=at + 2)
    assert job.job["unitPrice"] == 1_040_003


def test_the_last_second_of_an_offer_is_before_valid_until(signed):
    job = signed()
    until = job.offer["validUntil"]
    for at in (until, until + 1):
        with refused("TooLate", at, until):
            job.match(at=at)
    early = signed()
    early.match(at=early.offer["validUntil"] - 1)


def test_an_offer_never_valid_is_no_trap(signed):
    job = signed(offer={"validUntil": 0})
    at = now() + 10
    with refused("TooLate", at, 0):
        job.match(at=at)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_offer_is_used_as_often_as_it_says(signed, market, most):
    jobs = [signed(salt=bytes([i]) * 32, offer={"maxJobs": most}) for i in range(most + 1)]
    for used, job in enumerate(jobs[:most]):
        assert market.offerUses(job.digest) == used
        job.match()
    last = jobs[most]
    with refused("OfferUsedUp", last.digest, most):
        last.match()
    assert market.offerUses(last.digest) == most


def test_an_ended_job_gives_no_use_back(signed):
    first, second = (signed(salt=bytes([i]) * 32, offer={"maxJobs": 1}) for i in (1, 2))
    first.match()
    first.release()
    with refused("OfferUsedUp", second.digest, 1):
        second.match()


def test_an_offer_of_no_jobs_is_used_up(signed):
    job = signed(offer={"maxJobs": 0})
    with refused("OfferUsedUp", job.digest, 0):
        job.match()


def test_an_offer_of_more_jobs_than_anyone_has_works(signed, market):
    job = signed(offer={"maxJobs": MAX[32]})
    job.match()
    assert market.offerUses(job.digest) == 1


def test_a_refused_match_uses_nothing(signed, market, requester):
    job = signed()
    short = signed(flat=10**13, salt=b"\1" * 32)
    with refused("InsufficientFree", requester, 10**12, 10**13 + 7_123_478 + 25_000):
        short.match()
    assert market.offerUses(job.digest) == 0


def test_offers_that_differ_in_salt_alone_count_apart(signed, market):
    first, second = (signed(salt=bytes([i]) * 32, offer={"salt": bytes([i]) * 32}) for i in (1, 2))
    first.match()
    second.match()
    assert market.offerUses(first.digest) == market.offerUses(second.digest) == 1


def test_the_digest_of_an_offer_is_published(signed, market):
    job = signed()
    assert str(market.offerDigest(offer_tuple(job.offer))) == "0x" + job.digest.hex()


def test_every_field_of_an_offer_is_tested():
    here = {field for field, *_ in AMOUNTS + NAMES} | {"maxJobs", "validUntil", "salt"}
    elsewhere = {"provider", "matcher", "counter"}  # signatures, match and revoke
    assert here | elsewhere == set(OFFER_FIELDS)
