"""The reverse Dutch auction: the price of a moment holds for the job."""

import pytest
from chainkit import event

MIN, MAX = 1_000_003, 3_000_017  # of deals.REQUEST; the ramp lasts 100 s


@pytest.mark.parametrize(
    ("after_start", "price"),
    [
        (-50, MIN),
        (0, MIN),
        (1, MIN + (MAX - MIN) // 100),
        (50, MIN + (MAX - MIN) * 50 // 100),
        (99, MIN + (MAX - MIN) * 99 // 100),
        (100, MAX),
        (101, MAX),
        (799, MAX),
    ],
)
def test_price_rises_linearly_and_rounds_down(deal, after_start, price):
    job = deal()
    job.post()
    tx = job.accept(at=job.request["rampStart"] + after_start)
    assert event(tx, "JobAccepted")["unitPrice"] == price


def test_a_ramp_without_length_jumps_at_its_end(deal):
    start = deal().request["rampStart"]
    early, late = (deal(rampEnd=start, salt=bytes([i]) * 32) for i in range(2))
    early.post()
    late.post()
    assert event(early.accept(at=start - 1), "JobAccepted")["unitPrice"] == MIN
    assert event(late.accept(at=start), "JobAccepted")["unitPrice"] == MAX


def test_a_ramp_of_extreme_prices_does_not_overflow(deal, market, token, requester, accounts):
    job = deal(
        minUnitPrice=0,
        maxUnitPrice=2**96 - 1,
        maxUnits=1,
        rampStart=0,
        rampEnd=(start := deal().request["rampEnd"]),
    )
    token.transfer(requester, 10**20, {"from": accounts[0]})
    market.deposit(10**17, {"from": requester})
    job.post()
    at = start - 1
    tx = job.accept(at=at)
    assert event(tx, "JobAccepted")["unitPrice"] == (2**96 - 1) * at // start
