"""Which of several open jobs is taken, on the real chain: the best return per second."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from workbond.chain import rules
from workbond.chain.types import State
from workbond.provider import binder, take
from workbond.provider.plan import Plan
from workbond.spec import Limits

WORK = 10**18
FAST = 2**40  # so that no deadline keeps a long job away
LONG = Limits(units=10**12, memory=1 << 20, output=1 << 16)


def first_accepted(operator: Any, **terms: Any) -> str:
    operator.start(Plan(max_jobs=1, poll_s=0.05), **terms)
    return str(operator.turn_until_said(": accepted, "))


def test_a_small_job_that_pays_well_is_taken_before_a_long_one_that_pays_more_in_all(
    world: Any, shop: Any, operator: Any
) -> None:
    long = shop.post(shop.spec(limits=LONG), flat=0)
    small = shop.post(shop.spec(), flat=2 * WORK)
    # by the highest possible payment, the long one would have come first
    promised = [
        rules.max_payment(r.flat, r.max_units, r.max_unit_price)
        for r in (shop.posted[long], shop.posted[small])
    ]
    assert promised[0] > promised[1]
    assert small.hex() in first_accepted(operator, units_per_second=FAST)
    assert world.market.state_of(long) is State.OPEN


def test_pay_for_units_that_the_spec_does_not_allow_gains_no_place(
    world: Any, shop: Any, operator: Any
) -> None:
    empty = shop.post(shop.spec(inputs=(b"promise",)), flat=0, max_units=10**14)
    honest = shop.post(shop.spec(), flat=WORK // 500)
    assert honest.hex() in first_accepted(operator)
    (line,) = [line for line in operator.lines if "another job pays more per second" in line]
    assert line.startswith(f"job 0x{empty.hex()}: its tasks can use 1,000,000 of the 100,000,000")


def test_a_job_that_was_put_back_is_taken_when_its_turn_comes_with_once_too(
    world: Any, shop: Any, operator: Any
) -> None:
    empty = shop.post(shop.spec(inputs=(b"promise",)), flat=0, max_units=10**14)
    honest = shop.post(shop.spec(), flat=WORK // 500)
    node = operator.start(Plan(once=True, poll_s=0.05))
    operator.turn_until(lambda: node.finished, "the node to end")
    assert {world.market.state_of(job) for job in (empty, honest)} == {State.SETTLED}


@pytest.fixture
def dripping() -> Iterator[str]:
    """A gateway that sends a byte now and then, for ever."""
    over = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not over.wait(0.05):
                try:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    over.set()
    server.shutdown()
    server.server_close()


def test_a_dripping_gateway_holds_up_other_jobs_for_the_first_try_only(
    world: Any, shop: Any, operator: Any, dripping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take, "GATHER_S", 0.5)
    bait = shop.post_bytes(
        shop.spec(inputs=(b"bait",)).to_bytes(), dripping, flat=100 * WORK, tasks=1, max_units=10**6
    )
    honest = shop.post(shop.spec())
    node = operator.start()
    operator.turn_until(lambda: node._worker.kind == "gather", "something to be fetched")
    assert node._worker.job_id == world.id_of(bait)
    operator.turn_until_state(honest, State.SETTLED)
    assert world.market.state_of(world.id_of(bait)) is State.OPEN
    assert any("not taken: INPUTS" in line for line in operator.lines)


def test_the_next_try_gets_twice_the_time(world: Any, operator: Any) -> None:
    taker = operator.start()._taker
    pauses = []
    for _ in range(binder.GATHER_TRIES):
        pauses.append(taker.patience_s(b"job"))
        taker._retries.failed(b"job")
    assert pauses == [60, 120, 240, 480]


def test_a_node_learns_from_its_own_jobs(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec())
    node = operator.start()
    before = node._books.habits("")
    operator.turn_until_state(job_id, State.SETTLED)
    operator.turn_until_said("settled, earned")
    after = node._books.habits(world.requester.address)
    assert after.usage_ppm < before.usage_ppm  # the echo uses few of its million units
    operator.start()
    assert operator.node._books.habits(world.requester.address) == after


def test_false_orders_of_a_book_hold_up_no_posted_job(
    world: Any, shop: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They cost nothing to make, and promise more than any honest one."""
    monkeypatch.setattr(take, "CHECKS_MAX", 1)
    node = operator.start(Plan(poll_s=0.05))
    operator.turn()
    posted = shop.post(shop.spec())
    false = [
        replace(order, signature=order.details_signature)
        for order in (shop.sign(shop.spec(), flat=9 * WORK) for _ in range(3))
    ]
    head = world.connection.block()
    node._board.catch_up(head)
    node._board.list_signed(false)
    chosen = node._taker.choose(node._board.open(), head)
    assert chosen is not None
    assert chosen.id == posted
    assert len(node._board.open()) == 3  # one was looked into, and is gone
    # a sound copy of it in another book is not held up either
    assert all(node._taker._retries.due(order.id) for order in false)
