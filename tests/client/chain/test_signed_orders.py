"""Orders, batches, demands and delegates through the market's wrappers, on a real chain."""

import dataclasses

import pytest

from workbond.chain import refusals, reverts, rules
from workbond.chain.orders import Pairing
from workbond.chain.types import OFFER_TYPE, ZERO_ADDRESS, Offer, State, demand_hash, pair, unpaired
from workbond.jobs import HistoryGap, JobBook
from workbond.tree import opening_digest, seal

WORK = 10**18
ROOT, UNITS, MANIFEST = b"\x05" * 32, 10**12, b"\x04" * 32


def _book(world):
    return JobBook(world.market.events(0, world.connection.block().number))


def _seal(world, job_id):
    return seal(world.provider.address, job_id, opening_digest(ROOT, UNITS))


def test_an_offers_digest_is_computed_as_the_contract_does(world):
    offer = world.offer(spec=b"\x09" * 32, requester=world.pauper.address, matcher=WHO)
    chain_id = world.connection.chain_id
    digests = {offer.digest(chain_id, world.market.address)}
    for field in dataclasses.fields(Offer):
        value = getattr(offer, field.name)
        other = value + 1 if isinstance(value, int) else b"\xff" * 32
        changed = dataclasses.replace(
            offer, **{field.name: world.stranger.address if isinstance(value, str) else other}
        )
        digests.add(changed.digest(chain_id, world.market.address))
        assert world.market.offer_digest(changed) in digests
    assert len(digests) == 1 + OFFER_TYPE.count(",") + 1


WHO = "0x" + "11" * 20


def test_a_match_makes_a_running_job_that_the_events_tell_whole(world):
    offer = world.offer()
    request, job_id, job = world.matched(offer, tip=WORK // 10)
    record = _book(world).jobs[job_id]
    assert (record.state, record.request, record.job) == (State.RUNNING, request, job)
    assert (record.matcher, record.gateway) == (world.stranger.address, "")
    assert record.offer == world.market.offer_digest(offer)
    assert record.is_signed
    assert job.tip_paid == WORK // 10
    assert world.market.slot_of(job_id) == (State.RUNNING, job.hash248())
    assert world.market.offer_uses(record.offer) == 1


def test_a_filled_job_names_no_matcher_and_pays_no_tip(world):
    request, job_id, job = world.filled(tip=WORK // 10)
    record = _book(world).jobs[job_id]
    assert (record.job, record.matcher, record.offer) == (job, None, None)
    assert job.tip_paid == 0
    assert world.market.check(job_id, job) is State.RUNNING
    assert record.locked == rules.match_escrow(request, job.unit_price) - request.tip


def test_a_filled_and_claimed_job_is_paid_with_a_second_transaction(world):
    request = world.request()
    job_id, signature = world.id_of(request), world.sign(world.requester, request)
    market = world.market
    receipt = market.fill_and_claim(
        world.provider, request, signature, _seal(world, job_id), MANIFEST
    )
    assert [event.name for event in receipt.events] == ["JobMatched", "JobClaimed"]
    record = JobBook(receipt.events).jobs[job_id]
    market.approve(world.requester, job_id, record.live_job(), ROOT, UNITS)
    assert market.state_of(job_id) is State.SETTLED


def test_batches_match_submit_and_finalize_and_tell_what_they_skip(world):
    market, offer = world.market, world.offer(max_jobs=2)
    offered = offer, world.sign(world.provider, offer)
    requests = [world.request(bond=WORK, salt=bytes([n]) * 32) for n in range(3)]
    signatures = [world.sign(world.requester, request) for request in requests]
    pairs = [Pairing(*order, *offered) for order in zip(requests, signatures, strict=True)]
    *matched, skipped = market.match_batch(world.stranger, pairs).events
    assert [event.name for event in matched] == ["JobMatched", "JobMatched"]
    assert (skipped.name, skipped.args["entry"]) == ("EntrySkipped", 2)
    assert skipped.args["id"] == world.id_of(requests[2])
    assert isinstance(reverts.explain_reason(skipped.args["reason"]), refusals.OfferUsedUp)

    book = JobBook(matched)
    claims = [
        (job_id, record.live_job(), _seal(world, job_id), MANIFEST)
        for job_id, record in book.jobs.items()
    ]
    for event in market.submit_batch(world.provider, claims).events:
        book.apply(event)
    world.advance(300)
    openings = [(i, record.live_job(), ROOT, UNITS) for i, record in book.jobs.items()]
    done = market.finalize_batch(world.stranger, openings)
    assert [event.name for event in done.events] == ["JobSettled", "JobSettled"]
    again = market.finalize_batch(world.stranger, openings[:1]).events[0]
    reason = reverts.explain_reason(again.args["reason"])
    assert isinstance(reason, refusals.WrongState)
    assert reason.actual is State.SETTLED


def test_what_was_signed_is_revoked_one_by_one_or_all_at_once(world):
    market = world.market
    request, offer = world.request(), world.offer()
    (event,) = market.cancel(world.requester, request).events
    assert event.name == "OrderCancelled"
    assert event.args == {"digest": world.id_of(request), "author": world.requester.address}
    assert JobBook([event]).jobs == {}
    with pytest.raises(refusals.WrongState):
        market.fill(world.provider, request, world.sign(world.requester, request))
    market.cancel_offer(world.provider, offer)
    digest = market.offer_digest(offer)
    assert market.offer_uses(digest) == rules.OFFER_REVOKED
    with pytest.raises(refusals.OfferRevoked, match="was cancelled by its provider"):
        world.matched(offer, salt=b"\x07" * 32)
    (event,) = market.raise_counter(world.requester).events
    assert event.args == {"account": world.requester.address, "counter": 1}
    with pytest.raises(refusals.CounterMismatch):
        world.filled(salt=b"\x07" * 32)


def test_a_delegate_submits_for_the_provider(world):
    market = world.market
    _, job_id, job = world.filled()
    assert market.delegate_of(world.provider.address) is None
    with pytest.raises(refusals.NotAllowed):
        market.submit(world.pauper, job_id, job, _seal(world, job_id), MANIFEST)
    market.set_delegate(world.provider, world.pauper.address)
    assert market.delegate_of(world.provider.address) == world.pauper.address
    market.submit(world.pauper, job_id, job, _seal(world, job_id), MANIFEST)
    assert market.state_of(job_id) is State.CLAIMED
    market.set_delegate(world.provider, ZERO_ADDRESS)
    assert market.delegate_of(world.provider.address) is None


def test_a_demand_changes_the_record_as_its_event_says(world):
    pairs = [pair(1, 0), pair(0, 3)]
    _, job_id, job = world.demanded(pairs)
    record = _book(world).jobs[job_id]
    assert record.job == job
    assert (record.pairs, job.demand_hash) == (tuple(pairs), demand_hash(pairs))
    assert [unpaired(p) for p in record.pairs] == [(1, 0), (0, 3)]
    assert job.unanswered == 2
    assert [job.needs_answer(place) for place in range(3)] == [True, True, False]
    assert world.market.slot_of(job_id) == (State.CLAIMED, job.hash248())
    assert record.locked == rules.job_escrow(job)
    world.advance(300)
    with pytest.raises(refusals.DemandOpen, match="2 of its demanded pairs wait"):
        world.market.finalize(world.stranger, job_id, job, ROOT, UNITS)
    with pytest.raises(refusals.TooLate):
        world.market.demand(world.requester, job_id, job, pairs)
    assert rules.voids_from(job) == job.answer_by


def test_a_second_demand_is_refused_with_what_to_do(world):
    _, job_id, job = world.demanded([pair(0, 0)])
    with pytest.raises(refusals.AlreadyDemanded, match="possible once"):
        world.market.demand(world.requester, job_id, job, [pair(1, 0)])


def test_events_of_signed_jobs_that_cannot_be_are_gaps(world):
    pairs = [pair(0, 0)]
    world.demanded(pairs)
    events = list(world.market.events(0, world.connection.block().number))
    claimed, demanded = events[-2:]
    assert (claimed.name, demanded.name) == ("JobClaimed", "OutputDemanded")
    book = JobBook(events)
    with pytest.raises(HistoryGap, match="demanded twice"):
        book.apply(demanded)
    with pytest.raises(HistoryGap, match="can't follow state None"):
        JobBook([demanded])
    world.matched(salt=b"\x0a" * 32)
    *_, matched = world.market.events(0, world.connection.block().number)
    book.apply(matched)
    with pytest.raises(HistoryGap, match="existed before"):
        book.apply(matched)


@pytest.mark.parametrize(
    ("changes", "field", "value", "limit"),
    [
        ({"max_bond": 10 * WORK - 1}, "maxBond", "10 WORK", "9.999999999999999999 WORK"),
        ({"requester": WHO}, "requester", "0x70997970", WHO),
        ({"min_run_for": 601}, "minRunFor", "600", "601"),
        ({"profile": b"\x0f" * 32}, "profile", "0x0202", "0x0f0f"),
    ],
)
def test_an_offer_that_does_not_fit_names_its_field_and_both_values(
    world, changes, field, value, limit
):
    with pytest.raises(refusals.OfferExceeded) as caught:
        world.matched(world.offer(**changes))
    text = str(caught.value)
    assert f"{field} is" in text
    assert value in text
    assert limit in text


def test_a_signature_of_somebody_else_is_refused_by_name(world):
    request = world.request()
    signature = world.sign(world.stranger, request)
    with pytest.raises(refusals.SignatureRefused, match=world.requester.address):
        world.market.fill(world.provider, request, signature)
