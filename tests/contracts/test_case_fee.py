"""A named resolver's fee is held by the market, and comes back wherever no case was judged."""

import pytest
from chainkit import account, moves, now
from deals import DAY, judged

JUDGE = "0x00000000000000000000000000000000000000Aa"
JUDGED = judged(JUDGE)
FEE = JUDGED["caseFee"]
CHANGES = {"minUnitPrice": 0, "maxUnitPrice": 0, "flat": 1_000, "tip": 0}

# how the job ends, what the requester pays the provider, and what it is compensated with
ENDS = {
    "cancel": (0, 0),
    "approve": (1_000, 0),
    "finalize": (1_000, 0),
    "release": (0, 0),
    "expire": (0, 240_001),
    "void": (0, 490_003),
}


def end(job, how, caller):
    if how == "cancel":
        return job.cancel(by=job.requester)
    if how == "release":
        return job.release(at=job.job["acceptedAt"])
    if how == "expire":
        return job.expire(by=caller, at=job.job["acceptedAt"] + 1_000)
    if how == "approve":
        return job.approve()
    late = job.job["windowEnd"] + (DAY if how == "void" else 0)
    return (job.void if how == "void" else job.finalize)(by=caller, at=late)


@pytest.mark.parametrize("how", ENDS)
def test_the_fee_is_back_at_every_end(deal, market, requester, stranger, how):
    payment, compensation = ENDS[how]
    job = deal(**JUDGED, **CHANGES)
    with moves(market, [requester], {(requester, "free"): -1_000 - FEE}):
        job.post()
    if how != "cancel":
        with moves(market, [requester], {}):
            job.accept(at=now() + 10)
    if how in ("approve", "finalize", "void"):
        job.submit()
    before = account(market, requester)["free"]
    end(job, how, stranger)
    gain = account(market, requester)["free"] - before
    assert gain == 1_000 + FEE - payment + compensation


def test_a_resolver_finds_its_jobs_by_their_event(deal):
    tx = deal(**JUDGED).post()
    assert tx.events["JobPosted"]["resolver"] == JUDGE
