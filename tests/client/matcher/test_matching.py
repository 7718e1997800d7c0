"""Orders sent over HTTP become jobs on a real chain, and the matcher earns the tips."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from workbond.chain import anvil
from workbond.chain.transactions import Signed
from workbond.chain.types import State
from workbond.errors import Reverted
from workbond.orders import RequestDetails, allowlist

from .conftest import WORK, House, Open, Side


def test_a_request_and_an_offer_become_a_job(world: Any, house: House, side: Side) -> None:
    request, offer = side.request(), side.offer()
    before = world.market.account_of(world.stranger.address).free
    house.send(request, offer)
    house.turn()
    assert world.market.state_of(request.id) is State.RUNNING
    earned = world.market.account_of(world.stranger.address).free - before
    assert earned == request.order.tip
    house.turn()
    assert house.state(request) == ("used", "MATCHED")
    listing = house.client.status(offer.id)
    assert (listing.state.value, listing.uses) == ("open", 1)
    assert house.said("1 job matched in block")


def test_one_offer_serves_several_requests_in_one_transaction(
    world: Any, house: House, side: Side
) -> None:
    requests = [side.request() for _ in range(4)]
    offer = side.offer(max_jobs=3)
    house.send(offer, *requests)
    house.turn()
    states = [world.market.state_of(request.id) for request in requests]
    assert states.count(State.RUNNING) == 3
    house.turn()
    assert house.state(offer) == ("used", "USED_UP")
    assert sum("matched in block" in line for line in house.lines) == 1


def test_a_request_for_providers_of_a_list_is_matched_with_its_proof(
    world: Any, house: House, side: Side
) -> None:
    admitted = (world.provider.address, world.pauper.address, world.stranger.address)
    details = RequestDetails(issued=world.now(), admitted=admitted)
    request = side.request(details=details, providers=allowlist.root_of(admitted))
    house.send(request, side.offer())
    house.turn()
    assert world.market.state_of(request.id) is State.RUNNING


def test_who_waits_is_told_why(house: House, side: Side) -> None:
    request = side.request(min_unit_price=0, max_unit_price=WORK)
    house.send(request, side.offer(min_unit_price=2 * WORK), side.offer(profile=b"\x09" * 32))
    house.turn()
    listing = house.client.status(request.id)
    assert listing.state.value == "open"
    reasons = {reason.code: reason.count for reason in listing.reasons}
    assert set(reasons) <= {"PRICE", "PROFILE", "BOND"}
    assert sum(reasons.values()) == 2


def test_an_empty_other_side_is_told_as_such(house: House, side: Side) -> None:
    request = side.request()
    house.send(request)
    house.turn()
    assert [reason.code for reason in house.client.status(request.id).reasons] == ["NO_OFFERS"]


def test_orders_for_this_matcher_alone_are_matched_by_it(
    world: Any, house: House, side: Side
) -> None:
    me = world.stranger.address
    request = side.request(matcher=me)
    house.send(request, side.offer(matcher=me))
    house.turn()
    assert world.market.state_of(request.id) is State.RUNNING


def test_a_match_that_the_market_refuses_rests_and_others_go_on(
    world: Any, house: House, side: Side
) -> None:
    """The book's copy of an offer is spoilt, as a wallet may change its mind."""
    bad, good = side.request(), side.request(spec=b"\x07" * 32)
    offer = side.offer()
    house.send(bad, good, offer)
    house.matcher.book.revise(
        bad.id,
        lambda old: dataclasses.replace(
            old, order=dataclasses.replace(old.order, signature=b"\x01" * 65)
        ),
    )
    house.turn()
    assert world.market.state_of(good.id) is State.RUNNING
    assert world.market.state_of(bad.id) is State.NONE
    reasons = house.client.status(bad.id).reasons
    assert reasons[0].code == "REFUSED"
    assert "SignatureRefused" in reasons[0].text


def test_a_match_that_fails_in_the_block_is_skipped_and_rests_longer(
    world: Any, house: House, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its requester cancels after it was tried and before the block."""
    gone, good = side.request(), side.request()
    house.send(gone, good)
    house.turn()
    submitter = house.matcher.desk._submitter
    world.market.cancel(world.requester, gone.order)
    monkeypatch.setattr(house.matcher.upkeep, "_take", lambda piece, head: None)
    house.send(side.offer())
    monkeypatch.setattr(submitter, "_simulated", lambda pair: None)
    house.turn()
    assert world.market.state_of(good.id) is State.RUNNING
    assert house.said("1 job matched")
    assert house.said("WrongState")
    rest = house.matcher.rounds._resting.of(gone.id)
    assert rest is not None
    assert rest.times == 4  # what cost gas counts more
    assert rest.until > world.connection.block().number + 10


def test_what_is_on_its_way_is_told_as_such(
    house: House, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = side.request()
    house.send(request, side.offer())
    monkeypatch.setattr(house.matcher.rounds, "submit", lambda pairs, head: [])
    house.turn()
    assert [reason.code for reason in house.client.status(request.id).reasons] == ["CHOSEN"]


def test_a_transaction_under_way_is_waited_for_and_not_sent_again(
    world: Any, open_house: Open, side: Side
) -> None:
    house = open_house()
    request = side.request()
    house.send(request, side.offer())
    connection = world.connection
    connection.rpc("evm_setAutomine", False)
    connection.rpc("evm_setIntervalMining", 0)
    try:
        raw = _raw_transaction(world)
        connection.send_raw(raw.raw)
        house.matcher.store.put_note("pending", raw.hash.hex())
        house.turn()
        assert world.market.state_of(request.id) is State.NONE
        anvil.mine(connection)
    finally:
        connection.rpc("evm_setAutomine", True)
        connection.rpc("evm_setIntervalMining", 1)
    house.turn()
    assert world.market.state_of(request.id) is State.RUNNING


def _raw_transaction(world: Any) -> Signed:
    """Any transaction of the matcher's that waits for its block."""
    connection, signer = world.connection, world.stranger
    nonce = connection.nonce(signer.address)
    tx = {
        "chainId": connection.chain_id,
        "nonce": nonce,
        "to": signer.address,
        "value": 0,
        "data": b"",
        "gas": 30_000,
        "maxFeePerGas": 10**11,
        "maxPriorityFeePerGas": 10**9,
    }
    return Signed(signer.sign_transaction(tx), nonce, 30_000)


def test_a_batch_that_no_block_holds_is_halved(
    world: Any, house: House, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [side.request() for _ in range(4)]
    house.send(side.offer(), *requests)
    submitter = house.matcher.desk._submitter
    really = submitter._transact

    def small(pairs: Any) -> Any:
        if len(pairs) > 1:
            raise Reverted("out of gas")
        return really(pairs)

    monkeypatch.setattr(submitter, "_transact", small)
    house.turn()
    assert all(world.market.state_of(r.id) is State.RUNNING for r in requests)
    assert house.said("4 jobs matched")
