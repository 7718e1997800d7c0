"""Delegates submit and answer for an account; nothing else, and no money."""

import pytest
from batches import submits
from chainkit import event, moves, refused, send
from orders import ZERO, offer_tuple, seal
from results import Result, pair

RESULT = Result([b"output"])


@pytest.fixture
def operator(accounts):
    return accounts[8]


@pytest.fixture
def named(market, provider, operator):
    """The operator is the provider's delegate."""
    send(market.setDelegate, operator, by=provider)


def test_a_delegate_is_told_and_published(market, provider, operator):
    assert market.delegateOf(provider) == ZERO
    tx = send(market.setDelegate, operator, by=provider)
    assert event(tx, "DelegateSet") == {"account": provider, "delegate": operator}
    assert market.delegateOf(provider) == operator
    assert market.delegateOf(operator) == ZERO


def test_a_delegate_claims_and_the_seal_is_the_providers(
    signed, market, everybody, requester, provider, operator, named
):
    job = signed().until("Running")
    with moves(market, [*everybody, operator], {}):
        tx = job.submit(by=operator)
    assert event(tx, "JobClaimed")["provider"] == provider
    paid = {(provider, "free"): 5_000_003 + 6_123_456_789_012 * 1_000_003 // 10**12}
    paid |= {(provider, "bonded"): -1_000_007}
    back = 7_123_456_789_013 * 1_000_003 // 10**12 - 6_123_456_789_012 * 1_000_003 // 10**12
    with moves(market, [*everybody, operator], paid | {(requester, "free"): back}):
        job.approve()


def test_a_delegate_claims_in_batches_too(signed, market, operator, named):
    jobs = [signed(salt=bytes([i]) * 32).until("Running") for i in (1, 2)]
    claims = [(job, seal(job.provider, job.id, bytes(32), 1), bytes(32)) for job in jobs]
    tx = send(market.submitBatch, submits(*claims), by=operator)
    assert [entry.name for entry in tx.events] == ["JobClaimed", "JobClaimed"]


def test_a_delegate_answers_and_the_provider_earns(
    signed, market, everybody, provider, operator, named
):
    job = signed(tasks=1).until("Running")
    job.submit(claim=seal(provider, job.id, RESULT.root, RESULT.units))
    pairs = [pair(0, 0)]
    job.demand(pairs)
    with moves(market, [*everybody, operator], {(provider, "free"): 77}):
        job.answer(pairs, RESULT, [RESULT.answer(0, 0, 0)], by=operator)


def test_only_the_account_and_its_one_delegate_act(signed, market, provider, operator, stranger):
    job, other = signed().until("Running"), signed(salt=b"\1" * 32).until("Running")
    for who in (operator, stranger):
        with refused("NotAllowed", who, provider):
            job.submit(by=who)
    send(market.setDelegate, stranger, by=provider)
    send(market.setDelegate, operator, by=provider)
    with refused("NotAllowed", stranger, provider):
        job.submit(by=stranger)
    job.submit(by=operator)
    other.submit(by=provider)


def test_a_delegate_is_removed_by_zero(signed, market, provider, operator, named):
    job = signed().until("Running")
    send(market.setDelegate, ZERO, by=provider)
    with refused("NotAllowed", operator, provider):
        job.submit(by=operator)


def test_delegation_goes_one_way_and_one_step(signed, market, provider, operator, stranger, named):
    send(market.setDelegate, stranger, by=operator)
    job = signed().until("Running")
    with refused("NotAllowed", stranger, provider):
        job.submit(by=stranger)
    own = type(job)(market, job.requester, operator, stranger, bond=0, tip=0)
    own.fill()
    with refused("NotAllowed", provider, operator):
        own.submit(by=provider)


def test_a_delegate_moves_no_money_and_binds_nobody(
    signed, market, everybody, requester, provider, operator, named
):
    running = signed().until("Running")
    job = signed(salt=b"\1" * 32)
    everyone = [*everybody, operator]
    with moves(market, everyone, {}):
        with refused("NotAllowed", operator, provider):
            running.release(by=operator)
        with refused("NotAllowed", operator, provider):
            send(market.cancelOffer, offer_tuple(job.offer), by=operator)
        with refused("InsufficientFree", operator, 0, 1):
            send(market.withdraw, operator, 1, by=operator)
        with refused("InsufficientFree", operator, 0, 1):
            send(market.stake, 1, by=operator)
        with refused("InsufficientStake", operator, 0, 1):
            send(market.unstake, 1, by=operator)
        with refused("InsufficientStake", operator, 0, 1_000_007):
            job.fill(by=operator)


def test_a_requesters_delegate_neither_demands_nor_approves(signed, market, requester, operator):
    send(market.setDelegate, operator, by=requester)
    job = signed().until("Claimed")
    with refused("NotAllowed", operator, requester):
        job.demand([0], by=operator)
    with refused("NotAllowed", operator, requester):
        job.approve(by=operator)
    unused = signed(salt=b"\1" * 32)
    with refused("WrongState", unused.id, 1, 0):
        unused.cancel(by=operator)
