"""A node at order books: signed requests found there, offered for, filled, executed and paid."""

from __future__ import annotations

import http.server
import json
import threading
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from workbond.chain import anvil as local
from workbond.chain.types import ZERO_ADDRESS, State
from workbond.cid import cid_of_digest, digest_of_cid
from workbond.manifest import Manifest
from workbond.orders import RequestDetails, sign_request
from workbond.orders.allowlist import root_of
from workbond.orders.listing import Listing, OrderState
from workbond.provider import orderbooks
from workbond.provider.card import make_card
from workbond.provider.machine import describe
from workbond.provider.plan import Plan
from workbond.provider.trade import Booking

from .conftest import FOREIGN
from .test_demands import record_of

WORK = 10**18


def address_word(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def test_a_request_in_a_book_is_fetched_first_then_offered_for_and_matched(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec(), tip=WORK // 10)
    house.send(order)
    operator.deal(house)
    line = operator.turn_until_said("offered for it at the books")
    assert order.id.hex() in line
    before = world.market.account_of(world.stranger.address).free
    operator.turn_until(
        lambda: house.turn() or world.market.state_of(order.id) is State.CLAIMED, "the claim"
    )
    assert any(f"matched by {world.stranger.address}, 2 tasks" in line for line in operator.lines)
    assert world.market.account_of(world.stranger.address).free == before + WORK // 10
    operator.turn_until_state(order.id, State.SETTLED)
    counts = operator.node._books.tally
    assert (counts.seen, counts.done) == (1, 1)


def test_what_nobody_matches_is_filled_when_the_offer_is_over(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec())
    house.send(order)
    operator.deal(house, fill_after_s=36)
    operator.turn_until_said("offered for it at the books")
    for _ in range(3):
        operator.turn()
    assert world.market.state_of(order.id) is State.NONE
    world.advance(36)
    operator.turn_until_state(order.id, State.SETTLED)
    assert any(": filled, 2 tasks" in line for line in operator.lines)


def test_with_no_time_for_matching_it_is_filled_at_once_and_without_an_offer(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec())
    house.send(order)
    operator.deal(house, fill_after_s=0)
    operator.turn_until_state(order.id, State.SETTLED)
    assert list(house.client.orders(kind="offer")) == []


def test_a_request_for_this_provider_alone_is_executed_first_and_takes_one_transaction(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(
        shop.spec(), providers=address_word(world.provider.address), challenge_for=600
    )
    house.send(order)
    before = world.connection.nonce(world.provider.address)
    operator.deal(house)
    operator.turn_until_state(order.id, State.CLAIMED)
    # the card, and fillAndClaim
    assert world.connection.nonce(world.provider.address) == before + 2
    world.advance(600)
    operator.turn_until_state(order.id, State.SETTLED)


def test_who_let_us_work_in_vain_is_filled_first_the_next_time(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    mine = {"providers": address_word(world.provider.address)}
    first = shop.sign(shop.spec(), **mine)
    house.send(first)
    node = operator.deal(house)
    operator.turn_until(lambda: node._trade.deals.to_execute, "the execution to begin")
    world.market.cancel(world.requester, first.order)
    operator.turn_until(lambda: node._trade.deals.current is None, "the deal to be off")
    second = shop.sign(shop.spec(), **mine)
    house.turn()
    house.send(second)
    operator.turn_until_state(second.id, State.RUNNING)


def test_a_listed_provider_shows_its_proof(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    admitted = (world.provider.address, world.pauper.address, world.requester.address)
    plain = shop.sign(shop.spec(), providers=root_of(admitted))
    said = RequestDetails(issued=world.now(), gateway=shop.gateway.url, admitted=admitted)
    order = sign_request(world.requester, plain.order, plain.chain_id, plain.market, said)
    house.send(order)
    operator.deal(house, fill_after_s=0)
    operator.turn_until_state(order.id, State.SETTLED)


def test_a_request_that_names_another_matcher_is_offered_for_but_never_filled(
    world: Any, shop: Any, operator: Any, open_house: Any
) -> None:
    house = open_house()
    order = shop.sign(shop.spec(), matcher=world.stranger.address, tip=WORK // 10)
    house.send(order)
    operator.deal(house, fill_after_s=0)
    operator.turn_until_said("offered for it at the books")
    world.advance(120)
    operator.turn_until_said("is not taken: UNMATCHED")
    assert world.market.state_of(order.id) is State.NONE


@pytest.mark.parametrize("how", ["unfunded", "revoked", "forged"])
def test_a_request_that_could_not_become_a_job_is_not_fetched(
    world: Any, shop: Any, operator: Any, how: str
) -> None:
    order = shop.sign(shop.spec())
    if how == "unfunded":
        free = world.market.account_of(world.requester.address).free
        world.market.withdraw(world.requester, world.requester.address, free)
    elif how == "revoked":
        world.market.raise_counter(world.requester)
    else:
        order = replace(order, signature=order.details_signature)
    # books refuse these: a file is not asked what it holds
    operator.start(booking=Booking(requests=(order,)))
    code = {"unfunded": "FUNDS", "revoked": "REVOKED", "forged": "SIGNATURE"}[how]
    operator.turn_until_said(f"is not taken: {code}")
    assert not list(operator.workshop.inputs.list())


def test_a_signed_request_in_a_file_is_filled_without_any_book(
    world: Any, shop: Any, operator: Any
) -> None:
    order = shop.sign(shop.spec())
    operator.start(Plan(once=True, poll_s=0.05), booking=Booking(requests=(order,)))
    operator.turn_until(lambda: operator.node.finished, "the node to end")
    assert world.market.state_of(order.id) is State.SETTLED


def test_once_takes_what_the_books_list_and_ends(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec())
    posted = shop.post(shop.spec())
    house.send(order)
    operator.deal(house, plan=Plan(once=True, poll_s=0.05), fill_after_s=0)
    operator.turn_until(lambda: operator.node.finished, "the node to end")
    assert world.market.state_of(order.id) is State.SETTLED
    assert world.market.state_of(posted) is State.SETTLED


def test_nothing_else_is_begun_while_an_offer_may_bind_the_machine(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec(), matcher=world.stranger.address, tip=WORK // 10)
    house.send(order)
    node = operator.deal(house)
    operator.turn_until_said("offered for it at the books")
    posted = shop.post(shop.spec(), flat=100 * WORK)
    for _ in range(5):
        operator.turn()
    assert world.market.state_of(posted) is State.OPEN
    assert node._trade.pledges.promised(world.now()) == 10 * WORK
    world.advance(120)
    operator.turn_until_state(posted, State.SETTLED)


def test_an_offer_still_counts_after_a_crash_and_its_job_is_done(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec(), tip=WORK // 10)
    house.send(order)
    operator.deal(house)
    operator.turn_until_said("offered for it at the books")
    operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer to be there")
    operator.crash()
    house.turn()  # matched while nobody is at home
    assert world.market.state_of(order.id) is State.RUNNING
    node = operator.deal(house)
    operator.turn()
    assert not node._trade.pledges.open(world.now())  # it is used up
    operator.turn_until_state(order.id, State.SETTLED)


def test_a_matched_job_of_the_past_is_not_taken_again_by_a_restarted_node(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec(), tip=WORK // 10)
    house.send(order)
    operator.deal(house)
    operator.turn_until_said("offered for it at the books")
    operator.turn_until(
        lambda: house.turn() or world.market.state_of(order.id) is State.SETTLED, "the end"
    )
    operator.crash()
    told = len(operator.lines)
    node = operator.deal(house)
    for _ in range(3):
        operator.turn()
    assert not any("matched by" in line for line in operator.lines[told:])
    assert node._binder.accepted == 0


def test_an_unused_offer_blocks_a_restarted_node_until_it_is_over(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec(), matcher=world.stranger.address, tip=WORK // 10)
    house.send(order)
    operator.deal(house)
    operator.turn_until_said("offered for it at the books")
    operator.crash()
    posted = shop.post(shop.spec())
    node = operator.start()
    for _ in range(3):
        operator.turn()
    assert node._trade.pledges.promised(world.now()) == 10 * WORK
    assert world.market.state_of(posted) is State.OPEN
    world.advance(120)
    operator.turn_until_state(posted, State.SETTLED)


def test_a_node_that_stops_has_its_offers_forgotten(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    house.send(shop.sign(shop.spec(), matcher=world.stranger.address, tip=WORK // 10))
    operator.deal(house)
    operator.turn_until_said("offered for it at the books")
    operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer to be there")
    operator.stop()
    assert list(house.client.orders(kind="offer")) == []


def test_a_book_that_is_down_costs_a_line_and_nothing_else(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec())
    house.send(order)
    posted = shop.post(shop.spec())
    booking = Booking(urls=("http://127.0.0.1:9", house.url), look_s=0.0, fill_after_s=0)
    node = operator.start(booking=booking)
    operator.turn_until_state(order.id, State.SETTLED)
    operator.turn_until_state(posted, State.SETTLED)
    assert sum("its orders are not seen meanwhile" in line for line in operator.lines) == 1
    assert [bool(book.problem) for book in node._trade.books] == [True, False]


class _Hostile(http.server.BaseHTTPRequestHandler):
    """Answers everything with the next of the class's bodies, and then the last again."""

    bodies: ClassVar[list[bytes]] = []

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_hostile_book_gets_nothing_but_a_line(
    world: Any, shop: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orderbooks, "PAUSE_FIRST_S", 0.0)
    order = shop.sign(shop.spec())
    forged = replace(order, signature=order.details_signature)
    listing = Listing(
        forged.id, "request", forged.author, OrderState.OPEN, 0, order=forged
    ).to_json()
    other = listing | {"id": "0x" + "11" * 32}
    page = json.dumps({"orders": [listing], "next": None}).encode()
    _Hostile.bodies = [
        b"<html>",
        b"[" * 100_000,
        b'{"orders":5}',
        b'{"orders":[],"next":"1"}',  # and never an end
        json.dumps({"orders": [other], "next": None}).encode(),
        b'{"orders":[' + b" " * (5 << 20) + b"]}",
        page,
    ]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hostile)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        urls = (f"http://127.0.0.1:{server.server_address[1]}",)
        operator.start(booking=Booking(urls=urls, look_s=0.0))
        operator.turn_until_said("is not taken: SIGNATURE")
        posted = shop.post(shop.spec())
        operator.turn_until_state(posted, State.SETTLED)
    finally:
        server.shutdown()
        server.server_close()
    assert world.market.state_of(order.id) is State.NONE
    assert len(_Hostile.bodies) == 1
    assert not any("internal error" in line for line in operator.lines)


def test_a_standing_offer_gets_jobs_whose_inputs_come_from_the_book_s_listing(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    operator.deal(house, standing=True)
    operator.turn_until_said("a standing offer is out for 10 min")
    (offer,) = operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer")
    assert offer.order.order.requester == ZERO_ADDRESS
    assert offer.order.order.max_bond == 500 * WORK
    assert offer.order.details.machine.units_per_second > 1_000_000

    order = shop.sign(shop.spec(), tip=WORK // 10, run_for=3_000)
    house.send(order)
    house.turn()
    assert world.market.state_of(order.id) is State.RUNNING
    operator.turn_until_state(order.id, State.SETTLED)
    # one job at a time: the next offer follows when this one was done
    operator.turn_until(
        lambda: sum("a standing offer is out" in line for line in operator.lines) == 2, "another"
    )
    posted = shop.post(shop.spec())
    operator.turn()
    assert world.market.state_of(posted) is State.OPEN
    world.advance(600)
    operator.turn_until_state(posted, State.SETTLED)


def test_a_matched_job_whose_inputs_are_nowhere_is_given_back(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    operator.deal(house, standing=True)
    operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer")
    order = shop.sign(shop.spec(), tip=WORK // 10, run_for=3_000, gateway="http://127.0.0.1:9")
    house.send(order)
    house.turn()
    operator.turn_until_said("failed here: the blob")
    world.advance(2_990 - 25)
    operator.turn_until_state(order.id, State.VOID)
    operator.turn_until_said("released, lost 1.")


def test_the_requesters_card_tells_where_the_inputs_are_if_no_book_does(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    card = make_card(hardware=describe(1, 0), region="", gateway=shop.gateway.url)
    world.market.announce(world.requester, card.to_bytes())
    operator.deal(house, standing=True)
    (offer,) = operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer")
    order = shop.sign(shop.spec(), run_for=3_000)  # in no book: it comes from elsewhere
    world.market.match_orders(
        world.stranger, order.order, order.signature, offer.order.order, offer.order.signature
    )
    operator.turn_until_state(order.id, State.SETTLED)


def test_a_reorganisation_that_takes_a_match_back_is_no_trouble(
    world: Any, shop: Any, operator: Any, house: Any
) -> None:
    order = shop.sign(shop.spec(), tip=WORK // 10)
    operator.deal(house)
    operator.turn()
    taken = local.snapshot(world.connection)
    house.send(order)
    operator.turn_until(
        lambda: house.turn() or world.market.state_of(order.id) is State.CLAIMED, "the claim"
    )
    local.revert(world.connection, taken)
    for _ in range(3):
        world.advance(60)  # another course of things, longer than the first
    operator.turn_until(
        lambda: house.turn() or world.market.state_of(order.id) is State.SETTLED, "the job again"
    )


@pytest.mark.parametrize("broken", ["program", "spec"])
def test_a_matched_job_that_breaks_the_profile_is_claimed_as_invalid(
    world: Any, shop: Any, operator: Any, house: Any, broken: str
) -> None:
    operator.deal(house, standing=True)
    operator.turn_until(lambda: list(house.client.orders(kind="offer")), "the offer")
    spec = shop.spec(FOREIGN)
    changes: dict[str, Any] = {"run_for": 3_000, "tip": WORK // 10}
    if broken == "spec":
        changes["spec"] = digest_of_cid(shop.store.put(b"{}"))
    order = shop.sign(spec, **changes)
    house.send(order)
    house.turn()
    operator.turn_until_state(order.id, State.SETTLED)
    operator.turn_until_said("settled, earned 1 WORK")  # what a job pays flat, and for no unit
    manifests = operator.workshop.results
    record = record_of(world, order.id)
    manifest = Manifest.from_bytes(manifests.read(cid_of_digest(record.manifest)))
    assert [task.cls for task in manifest.tasks] == [3, 3]


def test_claims_that_are_due_together_are_finalized_in_one_transaction(
    world: Any, shop: Any, operator: Any
) -> None:
    jobs = [shop.post(shop.spec(inputs=(bytes([n]),)), challenge_for=6_000) for n in range(3)]
    operator.start()
    for job_id in jobs:
        operator.turn_until_state(job_id, State.CLAIMED)
    before = world.connection.nonce(world.provider.address)
    world.advance(6_000)
    for job_id in jobs:
        operator.turn_until_state(job_id, State.SETTLED)
    assert world.connection.nonce(world.provider.address) == before + 1
    assert sum("settled, earned" in line for line in operator.lines) == 3
