"""A claim: the provider's seal, in time, once."""

import pytest
from chainkit import account, event, moves, now, refused
from deals import MANIFEST, ROOT, UNITS
from orders import seal


def test_a_claim_seals_a_result_and_moves_no_money(deal, market, everybody, requester, provider):
    job = deal().until("Running")
    at = now() + 10
    with moves(market, everybody, {}):
        tx = job.submit(at=at)
    assert event(tx, "JobClaimed") == {
        "id": "0x" + job.id.hex(),
        "requester": requester,
        "provider": provider,
        "seal": "0x" + seal(provider, job.id, ROOT, UNITS).hex(),
        "manifest": "0x" + MANIFEST.hex(),
        "claimedAt": at,
        "claimBlock": tx.block_number,
    }
    assert market.check(job.id, job.record) == job.state == 3


def test_a_claim_is_in_time_before_the_end_of_run_for(deal):
    at = now() + 10
    job, late = deal(), deal(salt=b"\1" * 32)
    late.post()
    job.post()
    late.accept(at=at)
    job.accept(at=at)
    deadline = at + job.request["runFor"]
    job.submit(at=deadline - 1)
    for when in (deadline, deadline + 1):
        with refused("TooLate", when, deadline):
            late.submit(at=when)


def test_only_the_provider_claims(deal, provider, requester, stranger):
    job = deal().until("Running")
    for other in (requester, stranger):
        with refused("NotAllowed", other, provider):
            job.submit(by=other)


def test_a_claim_cannot_be_replaced(deal):
    job = deal().until("Claimed")
    with refused("WrongState", job.id, 2, 3):
        job.submit()


def test_the_window_runs_from_the_claim(deal, market, stranger):
    for length in (0, 1, 600):
        job = deal(challengeFor=length, salt=bytes([length % 256]) * 32).until("Running")
        job.submit()
        assert job.job["windowEnd"] == job.job["claimedAt"] + length
        assert market.check(job.id, job.record) == 3


def test_claims_in_the_first_second_are_fine(deal):
    at = now() + 10
    job = deal(runFor=1)
    job.post()
    job.accept(at=at)
    job.submit(at=at)
    assert job.state == 3


@pytest.mark.parametrize("claim", [bytes(32), b"\xff" * 32])
def test_any_seal_can_be_claimed_but_its_bond_stays_locked(deal, market, provider, claim):
    job = deal().until("Running")
    job.submit(claim=claim)
    assert job.state == 3
    assert account(market, provider)["bonded"] == job.request["bond"]
