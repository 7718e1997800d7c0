"""Accepting: who may, until when, with which stake; what comes back at once."""

import pytest
from chainkit import event, moves, refused, send
from conftest import STAKE
from deals import Deal
from orders import ZERO, escrow
from proofs import address_tree

BOND = 1_000_007
MAX_PRICE, MIN_PRICE, UNITS = 3_000_017, 1_000_003, 7_123_456_789_013


@pytest.fixture
def outsiders(accounts):
    """Other members of an allow-list, so that its tree has three levels and an odd end."""
    return [str(one) for one in accounts[4:8]]


def whole(address):
    """An address as a request's `providers` holds it."""
    return bytes.fromhex(str(address)[2:]).rjust(32, b"\0")


def test_acceptance_locks_the_bond_and_refunds_what_is_superfluous(
    deal, market, everybody, requester, provider
):
    job = deal()
    job.post()
    at = job.request["rampStart"]
    # the tip, as nobody matched, and the difference between the highest and this price
    refund = 25_000 + UNITS * MAX_PRICE // 10**12 - UNITS * MIN_PRICE // 10**12
    with moves(market, everybody, {(requester, "free"): refund, (provider, "bonded"): BOND}):
        said = event(job.accept(at=at), "JobAccepted")
    assert job.state == 2
    assert said == {
        "id": "0x" + job.id.hex(),
        "requester": requester,
        "provider": provider,
        "unitPrice": MIN_PRICE,
        "acceptedAt": at,
        "refund": refund,
        "tipTo": ZERO,
        "tipPaid": 0,
    }


def test_a_job_can_be_accepted_before_open_until_only(deal):
    job, late = deal(), deal(salt=b"\1" * 32, openUntil=deal().request["openUntil"])
    job.post()
    late.post()
    until = job.request["openUntil"]
    job.accept(at=until - 1)
    with refused("TooLate", until, until):
        late.accept(at=until)


def test_a_job_cannot_be_accepted_twice_or_unposted(deal, stranger, market):
    job = deal()
    with refused("WrongState", job.id, 1, 0):
        job.accept()
    job.post()
    job.accept()
    with refused("WrongState", job.id, 1, 2):
        send(market.accept, job.order, [], by=stranger)


@pytest.mark.parametrize("missing", [0, 1])
def test_min_stake_counts_bonded_stake_too(deal, provider, missing):
    deal().until("Running")
    job = deal(minStake=STAKE + missing, salt=b"\1" * 32)
    job.post()
    if missing:
        with refused("StakeTooLow", provider, STAKE, STAKE + 1):
            job.accept()
    else:
        job.accept()


@pytest.mark.parametrize("missing", [0, 1])
def test_a_bond_needs_stake_that_no_other_job_has_locked(deal, provider, missing):
    deal().until("Running")
    job = deal(bond=STAKE - BOND + missing, salt=b"\1" * 32)
    job.post()
    if missing:
        with refused("InsufficientStake", provider, STAKE - BOND, STAKE - BOND + 1):
            job.accept()
    else:
        job.accept()


def test_a_request_can_name_its_provider(deal, provider, stranger):
    job = deal(providers=whole(provider))
    job.post()
    with refused("ProviderNotAllowed", stranger, whole(provider)):
        job.accept(by=stranger)
    job.accept(by=provider)


def test_what_does_not_fit_an_address_is_a_tree(deal, provider):
    """One bit above 160: no longer the address that the lower bits spell."""
    root = (1 << 160 | int(str(provider), 16)).to_bytes(32, "big")
    job = deal(providers=root)
    job.post()
    with refused("ProviderNotAllowed", provider, root):
        job.accept()


def test_a_request_can_name_a_tree_of_providers(deal, provider, stranger, outsiders):
    root, proofs = address_tree([*outsiders, str(provider)])
    job = deal(providers=root)
    job.post()
    wrong = [
        (stranger, proofs[str(provider)]),
        (provider, []),
        (provider, proofs[outsiders[0]]),
        (provider, [*proofs[str(provider)], b"\1" * 32]),
        (provider, [b"\1" * 32]),
    ]
    for who, proof in wrong:
        with refused("ProviderNotAllowed", who, root):
            job.accept(by=who, proof=proof)
    job.accept(by=provider, proof=proofs[str(provider)])


@pytest.mark.parametrize("place", range(5))
def test_every_member_of_the_tree_is_admitted(deal, provider, outsiders, place):
    members = [*outsiders[:place], str(provider), *outsiders[place:]]
    root, proofs = address_tree(members)
    job = deal(providers=root)
    job.post()
    job.accept(proof=proofs[str(provider)])


def test_a_job_without_bond_needs_no_stake(deal, market, stranger, everybody):
    job = deal(bond=0, tip=0)
    job.post()
    with moves(market, [stranger], {}):
        job.accept(by=stranger)


def test_a_requester_may_accept_its_own_job(market, provider):
    job = Deal(market, provider, provider)
    locked = escrow(job.request)
    with moves(market, [provider], {(provider, "free"): -locked}):
        job.post()
    refund = 25_000 + UNITS * MAX_PRICE // 10**12 - UNITS * MIN_PRICE // 10**12
    with moves(market, [provider], {(provider, "free"): refund, (provider, "bonded"): BOND}):
        job.accept()
