"""Payment: approved at once, or finalized within the grace after the window."""

import pytest
from chainkit import event, moves, now, refused
from deals import DAY, ROOT, UNITS, Deal
from orders import seal

BOND = 1_000_007
FLAT, MIN_PRICE, MAX_PRICE, MAX_UNITS = 5_000_003, 1_000_003, 3_000_017, 7_123_456_789_013


def cost(units, price=MIN_PRICE):
    return FLAT + min(units, MAX_UNITS) * price // 10**12


def settled(job, units, approved):
    paid = cost(units)
    return {
        "id": "0x" + job.id.hex(),
        "requester": job.requester,
        "provider": job.provider,
        "payment": paid,
        "refund": cost(MAX_UNITS) - paid,
        "root": "0x" + ROOT.hex(),
        "totalUnits": units,
        "approved": approved,
    }


@pytest.mark.parametrize("units", [0, 1, UNITS, MAX_UNITS - 1, MAX_UNITS, MAX_UNITS + 1, 2**64 - 1])
@pytest.mark.parametrize("approved", [True, False])
def test_the_provider_gets_the_metered_price_and_never_more(
    deal, market, everybody, requester, provider, stranger, units, approved
):
    job = deal().until("Running")
    job.submit(units=units)
    paid = cost(units)
    expected = {
        (provider, "free"): paid,
        (provider, "bonded"): -BOND,
        (requester, "free"): cost(MAX_UNITS) - paid,
    }
    with moves(market, everybody, expected):
        if approved:
            tx = job.approve(units=units)
        else:
            tx = job.finalize(by=stranger, at=job.job["windowEnd"], units=units)
    assert event(tx, "JobSettled") == settled(job, units, approved)
    assert job.state == 5


def test_the_price_of_acceptance_holds(deal, market, everybody, requester, provider):
    job = deal()
    job.post()
    job.accept(at=job.request["rampEnd"])
    job.submit()
    paid = cost(UNITS, MAX_PRICE)
    refund = cost(MAX_UNITS, MAX_PRICE) - paid
    expected = {(provider, "free"): paid, (requester, "free"): refund, (provider, "bonded"): -BOND}
    with moves(market, everybody, expected):
        job.approve()


def test_finalize_waits_for_the_window(deal, stranger):
    job = deal().until("Claimed")
    end = job.job["windowEnd"]
    with refused("TooEarly", end - 1, end):
        job.finalize(by=stranger, at=end - 1)
    job.finalize(by=stranger, at=end)


def test_finalize_ends_with_the_grace(deal, stranger):
    job, late = deal(), deal(salt=b"\1" * 32)
    at = now() + 10
    for each in (job, late):
        each.post()
        each.accept()
    for each in (job, late):
        each.submit(at=at)
    until = at + 600 + DAY
    job.finalize(by=stranger, at=until - 1)
    with refused("TooLate", until, until):
        late.finalize(by=stranger, at=until)
    late.approve(at=until)  # as long as nobody voids it, the requester can still pay


def test_only_the_requester_approves(deal, requester, provider, stranger):
    job = deal().until("Claimed")
    for other in (provider, stranger):
        with refused("NotAllowed", other, requester):
            job.approve(by=other)


@pytest.mark.parametrize("changes", [{"units": UNITS + 1}, {"units": 0}, {"root": bytes(32)}])
def test_only_the_sealed_result_opens(deal, provider, stranger, changes):
    job = deal().until("Claimed")
    opened = {"root": ROOT, "units": UNITS} | changes
    given = seal(provider, job.id, opened["root"], opened["units"])
    with refused("SealMismatch", job.job["seal"], given):
        job.approve(**changes)
    with refused("SealMismatch", job.job["seal"], given):
        job.finalize(by=stranger, at=job.job["windowEnd"], **changes)


def test_a_copied_seal_opens_nowhere_else(deal, market, requester, provider, stranger):
    """Neither for another provider nor for another job."""
    source = deal().until("Claimed")
    for salt, who in ((b"\1", stranger), (b"\2", provider)):
        copy = Deal(market, requester, who, salt=salt * 32, bond=0, tip=0)
        copy.post()
        copy.accept()
        stolen = source.job["seal"]
        copy.submit(claim=stolen)
        with refused("SealMismatch", stolen, seal(who, copy.id, ROOT, UNITS)):
            copy.approve()


def test_a_job_is_settled_once(deal, stranger):
    job = deal().until("Claimed")
    job.approve()
    with refused("WrongState", job.id, 3, 5):
        job.approve()
    with refused("WrongState", job.id, 3, 5):
        job.finalize(by=stranger, at=job.job["windowEnd"])


def test_dealing_with_oneself_moves_nothing_in_the_end(market, provider):
    job = Deal(market, provider, provider)
    with moves(market, [provider], {}):
        job.until("Claimed")
        job.approve()


def test_a_job_without_bond_price_and_units_settles(deal, market, everybody, stranger):
    job = deal(bond=0, tip=0, flat=0, minUnitPrice=0, maxUnitPrice=0, maxUnits=0, challengeFor=0)
    with moves(market, everybody, {}):
        job.until("Claimed")
        job.finalize(by=stranger, at=job.job["windowEnd"])
    assert job.state == 5
