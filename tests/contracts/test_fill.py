"""A provider takes a signed request itself, without an offer and without its tip."""

import pytest
from chainkit import account, event, moves, now, out_of_range, refused, send
from conftest import FUNDS, STAKE
from deals import DAY, MANIFEST, ROOT, UNITS
from orders import ZERO32, seal, terms
from proofs import address_tree
from test_post_validity import OUTSIDE, timed

BOND = 1_000_007
MIN_PRICE, MAX_PRICE = 1_000_003, 3_000_017
FILLS = ["fill", "fill_and_claim"]


def cost(price):
    return 5_000_003 + 7_123_456_789_013 * price // 10**12


def whole(address):
    return bytes.fromhex(str(address)[2:]).rjust(32, b"\0")


def matched(job, price, at):
    return {
        "id": "0x" + job.id.hex(),
        "requester": job.requester,
        "provider": job.provider,
        "terms": "0x" + terms(job.request, price, at).hex(),
    }


def test_a_fill_locks_the_escrow_without_the_tip(signed, market, everybody, requester, provider):
    job = signed()
    at = now() + 10
    with moves(
        market, everybody, {(requester, "free"): -cost(MIN_PRICE), (provider, "bonded"): BOND}
    ):
        tx = job.fill(at=at)
    assert event(tx, "JobMatched") == matched(job, MIN_PRICE, at)
    assert market.check(job.id, job.record) == job.state == 2
    assert job.job["tipPaid"] == 0


def test_a_fill_with_the_claim_is_two_events_and_one_more_transaction_settles_it(
    signed, market, everybody, requester, provider
):
    job = signed()
    at = now() + 10
    with moves(
        market, everybody, {(requester, "free"): -cost(MIN_PRICE), (provider, "bonded"): BOND}
    ):
        tx = job.fill_and_claim(at=at)
    assert [entry.name for entry in tx.events] == ["JobMatched", "JobClaimed"]
    assert dict(tx.events["JobMatched"]) == matched(job, MIN_PRICE, at)
    assert dict(tx.events["JobClaimed"]) == {
        "id": "0x" + job.id.hex(),
        "requester": requester,
        "provider": provider,
        "seal": "0x" + seal(provider, job.id, ROOT, UNITS).hex(),
        "manifest": "0x" + MANIFEST.hex(),
        "claimedAt": at,
        "claimBlock": tx.block_number,
    }
    assert market.check(job.id, job.record) == job.state == 3
    paid = 5_000_003 + UNITS * MIN_PRICE // 10**12
    expected = {(provider, "free"): paid, (provider, "bonded"): -BOND}
    with moves(market, everybody, expected | {(requester, "free"): cost(MIN_PRICE) - paid}):
        job.approve()


@pytest.mark.parametrize("how", FILLS)
def test_the_price_is_the_ramps(signed, market, requester, how):
    job = signed()
    free = account(market, requester)["free"]
    getattr(job, how)(at=job.request["openUntil"] - 1)
    assert job.job["unitPrice"] == MAX_PRICE
    assert account(market, requester)["free"] == free - cost(MAX_PRICE)


@pytest.mark.parametrize("how", FILLS)
def test_who_fills_is_the_provider_and_must_be_admitted(signed, provider, stranger, how):
    job = signed(providers=whole(provider))
    with refused("ProviderNotAllowed", stranger, whole(provider)):
        getattr(job, how)(by=stranger)
    getattr(job, how)()
    assert job.job["provider"] == provider


def test_an_allow_list_needs_the_proof_of_whoever_fills(signed, provider, stranger, accounts):
    members = [str(one) for one in (*accounts[4:7], provider)]
    root, proofs = address_tree(members)
    job = signed(providers=root)
    for who, proof in ((provider, []), (stranger, proofs[str(provider)])):
        with refused("ProviderNotAllowed", who, root):
            job.fill(by=who, proof=proof)
    with refused("ProviderNotAllowed", provider, root):
        job.fill_and_claim()  # takes no proof: who is on a list fills and submits
    job.fill(proof=proofs[str(provider)])


@pytest.mark.parametrize(("changes", "field", "value", "least", "most"), OUTSIDE)
def test_an_invalid_request_is_refused_whoever_signed_it(
    signed, changes, field, value, least, most
):
    at = now() + 10
    job = signed(**{name: timed(given, at) for name, given in changes.items()})
    with out_of_range(field, timed(value, at), timed(least, at), timed(most, at)):
        job.fill(at=at)
    assert job.state == 0


@pytest.mark.parametrize("how", FILLS)
def test_open_until_is_the_first_second_too_late(signed, how):
    job = signed()
    until = job.request["openUntil"]
    with out_of_range("openUntil", until, until + 1, until + 90 * DAY):
        getattr(job, how)(at=until)


@pytest.mark.parametrize("how", FILLS)
@pytest.mark.parametrize("missing", [0, 1])
def test_the_requester_needs_the_escrow_and_no_tip(signed, market, requester, how, missing):
    job = signed()
    needed = cost(MIN_PRICE)
    send(market.withdraw, requester, FUNDS - needed + missing, by=requester)
    if missing:
        with refused("InsufficientFree", requester, needed - 1, needed):
            getattr(job, how)()
    else:
        getattr(job, how)()
        assert account(market, requester)["free"] == 0


@pytest.mark.parametrize("how", FILLS)
def test_the_provider_needs_stake_and_bond(signed, provider, how):
    job = signed(minStake=STAKE + 1)
    with refused("StakeTooLow", provider, STAKE, STAKE + 1):
        getattr(job, how)()
    job = signed(bond=STAKE + 1)
    with refused("InsufficientStake", provider, STAKE, STAKE + 1):
        getattr(job, how)()


@pytest.mark.parametrize("how", FILLS)
@pytest.mark.parametrize("first", ["post", "match", *FILLS])
def test_a_request_becomes_one_job_only(signed, how, first):
    job = signed()
    getattr(job, first)()
    code = {"post": 1, "fill_and_claim": 3}.get(first, 2)
    with refused("WrongState", job.id, 0, code):
        getattr(job, how)()


def test_a_filled_job_released_burns_the_whole_part(signed, market, everybody, requester, provider):
    """There is no tip to repay."""
    job = signed()
    job.fill()
    expected = {
        (requester, "free"): cost(MIN_PRICE),
        (provider, "staked"): -50_000,
        (provider, "bonded"): -BOND,
        ("0x000000000000000000000000000000000000dEaD", "free"): 50_000,
    }
    with moves(market, everybody, expected):
        job.release(at=job.job["acceptedAt"])


def test_a_fill_uses_no_offer(signed, market):
    job = signed()
    job.fill()
    assert market.offerUses(job.digest) == market.offerUses(ZERO32) == 0
