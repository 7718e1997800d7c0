"""Posting locks the escrow under the requester's own name, once."""

import pytest
from chainkit import event, moves, now, out_of_range, refused, send
from conftest import FUNDS
from deals import GATEWAY, Deal
from orders import REQUEST_FIELDS, escrow

MATCHER = "0x00000000000000000000000000000000000000Bb"


def hexed(value):
    return "0x" + value.hex() if isinstance(value, bytes) else value


def test_posting_locks_the_escrow_and_tells_the_whole_request(deal, market, everybody, requester):
    job = deal()
    # flat + 7,123,456,789,013 * 3,000,017 / 1e12 + tip, the division floored
    locked = 5_000_003 + 21_370_491 + 25_000
    assert escrow(job.request) == locked
    with moves(market, everybody, {(requester, "free"): -locked}):
        said = event(job.post(), "JobPosted")
    assert job.state == 1
    assert (said["id"], said["requester"]) == ("0x" + job.id.hex(), requester)
    assert (said["resolver"], said["gateway"]) == (job.request["resolver"], GATEWAY)
    told = dict(zip(REQUEST_FIELDS, said["request"], strict=True))
    assert told == {name: hexed(value) for name, value in job.request.items()}


def test_posting_returns_the_id(deal, market, requester):
    job = deal()
    assert job.post().return_value == "0x" + job.id.hex()


def test_nobody_can_post_for_another(deal, market, requester, stranger):
    job = deal()
    with refused("NotAllowed", stranger, requester):
        send(market.post, job.order, GATEWAY, by=stranger)


def test_a_request_cannot_be_posted_twice(deal, market):
    job = deal()
    job.post()
    with refused("WrongState", job.id, 0, 1):
        job.post()
    assert job.state == 1


def test_another_salt_makes_another_job(deal):
    first, second = deal(), deal(salt=b"\7" * 32)
    first.post()
    second.post()
    assert first.id != second.id
    assert (first.state, second.state) == (1, 1)


@pytest.mark.parametrize("counter", [1, 2**64 - 1])
def test_a_counter_other_than_the_requesters_is_refused(deal, counter):
    with refused("CounterMismatch", 0, counter):
        deal(counter=counter).post()


def test_a_request_that_names_a_matcher_cannot_be_posted(deal):
    with out_of_range("matcher", int(MATCHER, 16), 0, 0):
        deal(matcher=MATCHER).post()


@pytest.mark.parametrize("missing", [0, 1])
def test_the_escrow_must_be_free(market, requester, missing):
    job = Deal(market, requester, None, minUnitPrice=0, maxUnitPrice=0, tip=0, flat=FUNDS + missing)
    if missing:
        with refused("InsufficientFree", requester, FUNDS, FUNDS + missing):
            job.post()
    else:
        with moves(market, [requester], {(requester, "free"): -FUNDS}):
            job.post()


@pytest.mark.parametrize("field", ["flat", "maxUnitPrice", "tip", "caseFee", "maxUnits"])
def test_the_largest_values_are_refused_without_overflow(market, requester, field):
    """Every amount at its type's end: no sum wraps into a small escrow."""
    huge = {"bond": 2**96 - 1, "flat": 2**96 - 1, "maxUnitPrice": 2**96 - 1}
    huge |= {"maxUnits": 2**63 - 1, "tip": (2**96 - 1) // 40, "caseFee": (2**96 - 1) // 4}
    huge["resolver"] = MATCHER
    job = Deal(market, requester, None, **{**huge, field: huge[field] - 1})
    with refused("InsufficientFree", requester, FUNDS, escrow(job.request)):
        job.post(at=now() + 1)
