"""Taking back what was signed: one order, or all of them."""

import pytest
from chainkit import account, event, moves, now, refused, send
from deals import DAY
from orders import offer_tuple
from signed import SignedDeal

REVOKED = 2**32 - 1


def hexed(digest):
    return "0x" + digest.hex()


def cancel_offer(job, by):
    return send(job.market.cancelOffer, offer_tuple(job.offer), by=by)


def test_a_raised_counter_is_told_and_returned(market, requester):
    for counter in (1, 2):
        assert market.raiseCounter.call({"from": requester}) == counter
        tx = send(market.raiseCounter, by=requester)
        assert event(tx, "CounterRaised") == {"account": requester, "counter": counter}
        assert account(market, requester)["counter"] == counter


def test_a_counter_moves_no_money(market, everybody, requester, deal):
    deal().until("Running")
    with moves(market, everybody, {}):
        send(market.raiseCounter, by=requester)


@pytest.mark.parametrize("how", ["post", "match", "fill", "fill_and_claim"])
def test_a_raised_counter_revokes_every_request_signed_before(signed, market, requester, how):
    for job in (signed(), signed(salt=b"\1" * 32)):
        call = getattr(job, how)
        if account(market, requester)["counter"] == 0:
            send(market.raiseCounter, by=requester)
        with refused("CounterMismatch", 1, 0):
            call()
    again = signed(counter=1)
    getattr(again, how)()
    assert again.state in (1, 2, 3)


@pytest.mark.parametrize("how", ["post", "match", "fill", "fill_and_claim"])
def test_a_counter_not_reached_yet_is_as_wrong(signed, how):
    with refused("CounterMismatch", 0, 1):
        getattr(signed(counter=1), how)()


def test_a_raised_counter_revokes_every_offer_signed_before(signed, market, provider):
    job = signed()
    job.match()
    send(market.raiseCounter, by=provider)
    with refused("CounterMismatch", 1, 0):
        signed(salt=b"\1" * 32).match()
    with refused("CounterMismatch", 1, 2):
        signed(salt=b"\1" * 32, offer={"counter": 2}).match()
    signed(salt=b"\1" * 32, offer={"counter": 1}).match()


def test_counters_of_others_do_not_count(signed, market, requester, provider, stranger):
    """Neither the submitter's, nor the provider's where it fills."""
    send(market.raiseCounter, by=stranger)
    signed().match()
    send(market.raiseCounter, by=provider)
    signed(salt=b"\1" * 32).fill()


def test_jobs_that_live_already_go_on(signed, market, requester, provider):
    job, posted = signed(), signed(salt=b"\1" * 32)
    job.match()
    posted.post()
    for who in (requester, provider):
        send(market.raiseCounter, by=who)
    posted.accept()
    job.submit()
    job.approve()
    assert (job.state, posted.state) == (5, 2)


def test_an_author_revokes_one_request_for_ever(signed, market, everybody, requester):
    job = signed(openUntil=now() + 80 * DAY, offer={"validUntil": now() + 80 * DAY})
    with moves(market, everybody, {}):
        tx = job.cancel(by=requester)
    assert event(tx, "OrderCancelled") == {"digest": hexed(job.id), "author": requester}
    assert tuple(market.slotOf(job.id)) == (6, 0)
    for again in (job.match, job.fill, job.fill_and_claim, job.post):
        with refused("WrongState", job.id, 0, 6):
            again()
    with refused("WrongState", job.id, 1, 6):
        job.cancel(by=requester)
    signed(salt=b"\1" * 32).match()


def test_only_the_author_revokes_a_request(signed, provider, stranger):
    job = signed()
    for other in (provider, stranger):
        with refused("WrongState", job.id, 1, 0):
            job.cancel(by=other, at=max(now() + 1, job.request["openUntil"]))
    assert job.state == 0


@pytest.mark.parametrize("changes", [{"counter": 7}, {"tasks": 0}, {"openUntil": 0}, {"runFor": 0}])
def test_a_request_need_not_be_valid_to_be_revoked(signed, requester, changes):
    """It might become so: a counter is reached one day."""
    job = signed(**changes)
    job.cancel(by=requester)
    assert job.state == 6


def test_a_request_with_a_matcher_can_be_revoked(signed, requester, stranger):
    job = signed(matcher=str(stranger))
    job.cancel(by=requester)
    with refused("WrongState", job.id, 0, 6):
        job.match()


@pytest.mark.parametrize("how", ["match", "fill", "fill_and_claim"])
def test_a_job_can_no_longer_be_revoked(signed, requester, how):
    job = signed()
    getattr(job, how)()
    with refused("WrongState", job.id, 1, 3 if how == "fill_and_claim" else 2):
        job.cancel(by=requester)


def test_a_provider_revokes_one_offer_for_ever(signed, market, everybody, provider):
    job, later = signed(), signed(salt=b"\1" * 32)  # of the same offer
    job.match()
    with moves(market, everybody, {}):
        tx = cancel_offer(job, by=provider)
    assert event(tx, "OrderCancelled") == {"digest": hexed(job.digest), "author": provider}
    assert market.offerUses(job.digest) == REVOKED
    with refused("OfferRevoked", job.digest):
        later.match()
    signed(salt=b"\1" * 32, offer={"salt": b"\1" * 32}).match()
    job.submit()  # what was bound stays bound
    job.approve()
    assert job.state == 5


@pytest.mark.parametrize("most", [0, 1, REVOKED])
def test_an_offer_never_used_is_revoked_whatever_it_allows(signed, provider, most):
    job = signed(offer={"maxJobs": most})
    cancel_offer(job, by=provider)
    with refused("OfferRevoked", job.digest):
        job.match()


def test_revoking_an_offer_again_changes_nothing(signed, market, provider):
    job = signed()
    for _ in range(2):
        cancel_offer(job, by=provider)
        assert market.offerUses(job.digest) == REVOKED


def test_only_the_provider_revokes_its_offer(signed, market, requester, provider, stranger):
    job = signed()
    for other in (requester, stranger):
        with refused("NotAllowed", other, provider):
            cancel_offer(job, by=other)
    job.match()


def test_an_offer_naming_another_provider_is_another_offer(market, requester, provider, stranger):
    """Whoever copies an offer under its own name revokes its own copy."""
    job = SignedDeal(market, requester, provider, stranger)
    copy = SignedDeal(market, requester, stranger, provider)
    cancel_offer(copy, by=stranger)
    job.match()
    assert (market.offerUses(copy.digest), market.offerUses(job.digest)) == (REVOKED, 1)
