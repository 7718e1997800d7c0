"""Cancelling: the requester at any time, anybody once the job is no longer open."""

import pytest
from chainkit import event, moves, refused
from orders import escrow


def test_the_requester_cancels_at_any_time_and_gets_everything_back(
    deal, market, everybody, requester
):
    job = deal()
    with moves(market, everybody, {}):
        job.post()
        tx = job.cancel(by=requester)
    refund = escrow(job.request)
    said = {"id": "0x" + job.id.hex(), "requester": requester, "caller": requester}
    assert event(tx, "JobCancelled") == said | {"refund": refund}
    assert job.state == 6


def test_others_cancel_from_open_until_on(deal, market, everybody, requester, stranger):
    job = deal()
    job.post()
    until = job.request["openUntil"]
    with refused("NotAllowed", stranger, requester):
        job.cancel(by=stranger, at=until - 1)
    with moves(market, everybody, {(requester, "free"): escrow(job.request)}):
        tx = job.cancel(by=stranger, at=until)
    assert event(tx, "JobCancelled")["caller"] == stranger


def test_the_requester_cancels_after_open_until_too(deal, requester):
    job = deal()
    job.post()
    job.cancel(by=requester, at=job.request["openUntil"] + 10**6)
    assert job.state == 6


@pytest.mark.parametrize(("state", "code"), [("Running", 2), ("Claimed", 3)])
def test_an_accepted_job_cannot_be_cancelled(deal, requester, state, code):
    job = deal().until(state)
    with refused("WrongState", job.id, 1, code):
        job.cancel(by=requester)


def test_an_unknown_job_cannot_be_cancelled_by_others(deal, stranger):
    """Its author can, see test_revoke.py."""
    job = deal()
    with refused("WrongState", job.id, 1, 0):
        job.cancel(by=stranger, at=job.request["openUntil"])


def test_a_cancelled_job_cannot_be_accepted(deal, requester):
    job = deal()
    job.post()
    job.cancel(by=requester)
    with refused("WrongState", job.id, 1, 6):
        job.accept()
