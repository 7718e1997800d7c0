"""What happens on the chain happens in the book, and a reorganisation undoes it there too."""

from __future__ import annotations

from typing import Any

import pytest

from workbond.chain import anvil
from workbond.chain.types import State

from .conftest import WORK, House, Open, Side


def test_a_cancelled_request_leaves(world: Any, house: House, side: Side) -> None:
    request = side.request()
    house.send(request)
    world.market.cancel(world.requester, request.order)
    house.turn()
    assert house.state(request) == ("ended", "CANCELLED")


def test_a_cancelled_offer_leaves(world: Any, house: House, side: Side) -> None:
    offer, other = side.offer(), side.offer()
    house.send(offer, other)
    world.market.cancel_offer(world.provider, offer.order)
    house.turn()
    assert house.state(offer) == ("ended", "CANCELLED")
    assert house.state(other) == ("open", "")


def test_a_raised_counter_revokes_all_before_it(world: Any, house: House, side: Side) -> None:
    orders = [side.offer(), side.offer(max_jobs=1)]
    house.send(*orders)
    world.market.raise_counter(world.provider)
    house.turn()
    assert [house.state(order) for order in orders] == [("ended", "REVOKED")] * 2
    later = side.offer(counter=1)
    house.send(later)
    assert house.state(later) == ("open", "")


def test_a_request_that_its_author_posts_is_used(world: Any, house: House, side: Side) -> None:
    request = side.request()
    house.send(request)
    world.market.post(world.requester, request.order, "")
    house.turn()
    assert house.state(request) == ("used", "POSTED")


def test_a_request_that_a_provider_fills_is_used(world: Any, house: House, side: Side) -> None:
    request = side.request()
    house.send(request)
    world.market.fill(world.provider, request.order, request.signature)
    house.turn()
    assert house.state(request) == ("used", "MATCHED")


def test_a_request_sleeps_while_its_money_is_gone(world: Any, house: House, side: Side) -> None:
    request = side.request()
    house.send(request)
    free = world.market.account_of(world.requester.address).free
    world.market.withdraw(world.requester, world.requester.address, free)
    house.turn()
    assert house.state(request) == ("dormant", "UNFUNDED")
    house.send(side.offer())
    house.turn()
    assert world.market.state_of(request.id) is State.NONE
    world.token.approve(world.requester, world.market.address, free)
    world.market.deposit(world.requester, free)
    house.turn()
    assert world.market.state_of(request.id) is State.RUNNING


def test_an_offer_sleeps_until_its_provider_stakes(world: Any, house: House, side: Side) -> None:
    offer = side.offer(signer=world.requester)
    house.send(offer)
    assert house.state(offer) == ("dormant", "UNSTAKED")
    world.market.stake(world.requester, 50 * WORK)
    house.turn()
    assert house.state(offer) == ("open", "")


def test_what_is_over_leaves(world: Any, house: House, side: Side) -> None:
    now = world.now()
    request = side.request(ramp_end=now + 50, open_until=now + 1_000)
    offer = side.offer(valid_until=now + 1_000, requester=world.pauper.address)
    house.send(request, offer)
    house.turn()
    assert house.state(request) == house.state(offer) == ("open", "")
    anvil.set_time(world.connection, now + 1_000)
    house.turn()
    assert house.state(request) == house.state(offer) == ("ended", "EXPIRED")


def test_a_reorganisation_puts_orders_back(world: Any, house: House, side: Side) -> None:
    request, offer, revoked = side.request(), side.offer(max_jobs=1), side.offer()
    world.advance(1)
    house.send(revoked)
    house.turn()
    taken = anvil.snapshot(world.connection)
    world.market.cancel_offer(world.provider, revoked.order)
    house.send(request, offer)
    house.turn()
    house.turn()
    assert house.state(request) == ("used", "MATCHED")
    assert house.state(offer) == ("used", "USED_UP")
    assert house.state(revoked) == ("ended", "CANCELLED")
    assert house.matcher.upkeep.records[world.provider.address].live == 1

    anvil.revert(world.connection, taken)
    for _ in range(6):
        world.advance(1)
    assert world.market.state_of(request.id) is State.NONE
    seen = house.matcher.upkeep.forks
    house.turn()
    assert house.matcher.upkeep.forks == seen + 1
    # put back, and matched anew in the same turn
    assert house.state(revoked)[0] == "open"
    assert world.market.state_of(request.id) is State.RUNNING
    house.turn()
    assert house.state(request) == ("used", "MATCHED")
    assert house.matcher.upkeep.records[world.provider.address].live == 1


def test_a_reorganisation_that_takes_the_money_puts_the_request_to_sleep(
    world: Any, house: House, side: Side
) -> None:
    taken = anvil.snapshot(world.connection)
    world.token.approve(world.pauper, world.market.address, 0)
    world.token.transfer(world.requester, world.pauper.address, 100 * WORK)
    world.token.approve(world.pauper, world.market.address, 100 * WORK)
    world.market.deposit(world.pauper, 100 * WORK)
    request = side.request(signer=world.pauper)
    house.send(request)
    house.turn()
    assert house.state(request) == ("open", "")
    anvil.revert(world.connection, taken)
    for _ in range(8):
        world.advance(1)
    house.turn()
    assert house.state(request) == ("dormant", "UNFUNDED")


def test_a_fork_deeper_than_all_heads_known_is_read_from_the_start(
    world: Any, open_house: Open, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbond.matcher import follow

    monkeypatch.setattr(follow, "HEADS_KEPT", 2)
    house = open_house()
    taken = anvil.snapshot(world.connection)
    request = side.request()
    house.send(request, side.offer())
    for _ in range(5):
        house.turn()
        world.advance(1)
    assert house.state(request) == ("used", "MATCHED")
    anvil.revert(world.connection, taken)
    for _ in range(20):
        world.advance(1)
    house.turn()
    assert world.market.state_of(request.id) is State.RUNNING
    house.turn()
    assert house.matcher.upkeep.records[world.provider.address].live == 1


def test_history_is_read_piece_by_piece_and_the_place_is_kept(
    world: Any, open_house: Open, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbond.matcher import follow

    first = open_house()
    request, cancelled = side.request(), side.offer()
    first.send(request, cancelled)
    seen = first.matcher.upkeep.block
    first.matcher.store.close()
    world.market.fill(world.provider, request.order, request.signature)
    for _ in range(10):
        world.advance(1)
    world.market.cancel_offer(world.provider, cancelled.order)
    monkeypatch.setattr(follow, "PIECE_BLOCKS", 3)
    asked: list[tuple[int, int]] = []
    events = world.market.events

    def listen(start: int, end: int, **more: Any) -> Any:
        asked.append((start, end))
        return events(start, end, **more)

    monkeypatch.setattr(world.market, "events", listen)
    second = open_house()
    assert asked[0] == (seen + 1, seen + 3)
    assert [end + 1 for _, end in asked[:-1]] == [start for start, _ in asked[1:]]
    assert second.state(request) == ("used", "MATCHED")
    assert second.state(cancelled) == ("ended", "CANCELLED")
    assert second.matcher.upkeep.records[world.provider.address].live == 1


def test_records_count_what_providers_did(world: Any, house: House, side: Side) -> None:
    from workbond.tree import opening_digest, seal

    root, units = b"\x05" * 32, 10**11
    request, job_id, job = world.claimed(root, units, salt=b"\x21" * 32)
    assert seal(world.provider.address, job_id, opening_digest(root, units)) == job.seal
    house.turn()
    record = house.matcher.upkeep.records[world.provider.address]
    assert (record.live, record.settled, record.failed) == (1, 0, 0)
    world.market.approve(world.requester, job_id, job, root, units)
    _, other, late = world.accepted(salt=b"\x22" * 32)
    world.advance(request.run_for)
    world.market.expire(world.stranger, other, late)
    house.turn()
    record = house.matcher.upkeep.records[world.provider.address]
    assert (record.live, record.settled, record.failed) == (0, 1, 1)
