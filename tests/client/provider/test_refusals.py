"""Jobs that must not be accepted, whatever their requester serves: the bond stays untouched."""

from __future__ import annotations

import http.server
import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workbond import canonical
from workbond.chain.types import State
from workbond.provider.fit import Misfit
from workbond.provider.plan import Plan
from workbond.provider.work import Fetching
from workbond.spec import SPEC_BYTES_MAX, Limits

from .conftest import ECHO, FOREIGN, LIMITS

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@pytest.fixture
def rogue() -> Iterator[Callable[[Answer], str]]:
    """Starts gateways that answer as a test says; gives their addresses."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def refused(world: Any, operator: Any, job_id: bytes, reason: Misfit, **terms: Any) -> str:
    """Turns a node with --once until it ends; the job must be open still, refused for `reason`."""
    before = world.market.account_of(world.provider.address)
    node = operator.start(Plan(once=True, poll_s=0.05), **terms)
    operator.turn_until(lambda: node.finished, "the node to end")
    assert world.market.state_of(job_id) is State.OPEN
    assert world.market.account_of(world.provider.address) == before
    (line,) = [x for x in operator.lines if x.startswith(f"job 0x{job_id.hex()} is not taken: ")]
    assert f"not taken: {reason.name}: " in line
    return str(line)


def test_a_price_below_mine_is_refused(world: Any, shop: Any, operator: Any) -> None:
    refused(world, operator, shop.post(shop.spec()), Misfit.PRICE, min_price=10**20)


def test_a_bond_above_the_free_stake_is_refused(world: Any, shop: Any, operator: Any) -> None:
    refused(world, operator, shop.post(shop.spec(), bond=501 * 10**18), Misfit.STAKE)


def test_tasks_that_may_use_more_units_than_are_paid_are_refused(
    world: Any, shop: Any, operator: Any
) -> None:
    refused(world, operator, shop.post(shop.spec(), max_units=1_999_999), Misfit.UNITS)


def test_a_spec_with_fewer_inputs_than_tasks_is_refused(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(), tasks=3, max_units=10**12)
    refused(world, operator, job_id, Misfit.SPEC)


def test_a_spec_with_a_false_list_is_refused(world: Any, shop: Any, operator: Any) -> None:
    inputs = {"list": shop.store.put(bytes(64)), "root": "0x" + "00" * 32}
    data = canonical.loads(shop.spec().to_bytes()) | {"inputs": inputs}
    request = shop.post_bytes(canonical.dumps(data))
    refused(world, operator, world.id_of(request), Misfit.SPEC)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"\xff\xfe", b"[" * 10_000, b'{"profile":"wasm-1"}', b"null"],
    ids=itertools.count(),
)
def test_a_spec_that_is_none_is_refused(world: Any, shop: Any, operator: Any, data: bytes) -> None:
    job_id = world.id_of(shop.post_bytes(data))
    refused(world, operator, job_id, Misfit.SPEC)


def test_a_giant_spec_is_not_read_to_its_end(world: Any, shop: Any, operator: Any) -> None:
    job_id = world.id_of(shop.post_bytes(b" " * (SPEC_BYTES_MAX + 1)))
    line = refused(world, operator, job_id, Misfit.INPUTS)
    assert f"{SPEC_BYTES_MAX:,}" in line


def test_a_gateway_with_wrong_bytes_is_refused(
    world: Any, shop: Any, operator: Any, rogue: Any
) -> None:
    def lie(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"not what you asked for")

    request = shop.post_bytes(shop.spec().to_bytes(), rogue(lie), max_units=10**12)
    refused(world, operator, world.id_of(request), Misfit.INPUTS)
    assert list(operator.workshop.inputs.list()) == []


def test_a_gateway_with_an_endless_blob_is_refused(
    world: Any, shop: Any, operator: Any, rogue: Any
) -> None:
    sent = []

    def flood(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(bytes(1 << 16))
                sent.append(1 << 16)
        except OSError:
            return

    request = shop.post_bytes(shop.spec().to_bytes(), rogue(flood), max_units=10**12)
    refused(world, operator, world.id_of(request), Misfit.INPUTS)
    assert sum(sent) < 1 << 26  # what was read, and what the sockets' buffers hold
    assert list(operator.workshop.inputs.list()) == []


def test_a_gateway_that_redirects_for_ever_is_refused(
    world: Any, shop: Any, operator: Any, rogue: Any
) -> None:
    def redirect(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", request.path)
        request.end_headers()

    request = shop.post_bytes(shop.spec().to_bytes(), rogue(redirect), max_units=10**12)
    line = refused(world, operator, world.id_of(request), Misfit.INPUTS)
    assert "redirects more than 3 times" in line


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
def test_a_node_is_not_made_to_call_its_own_network(
    world: Any, shop: Any, operator: Any, rogue: Any, host: str
) -> None:
    """The node of an owner who did not allow it; tests' own loopback is where the trap is."""
    asked = []

    def trap(request: http.server.BaseHTTPRequestHandler) -> None:
        asked.append(request.path)
        request.send_response(204)
        request.end_headers()

    operator.fetching = Fetching()
    url = rogue(trap).replace("127.0.0.1", host)
    request = shop.post_bytes(shop.spec().to_bytes(), url, max_units=10**12)
    line = refused(world, operator, world.id_of(request), Misfit.INPUTS)
    assert "--allow-private" in line
    assert asked == []


def test_a_gateway_that_the_owner_named_may_be_private(
    world: Any, shop: Any, operator: Any
) -> None:
    operator.fetching = Fetching(gateways=(shop.gateway.url,))
    request = shop.post_bytes(shop.spec().to_bytes(), "http://127.0.0.1:1", max_units=10**12)
    operator.start()
    operator.turn_until_state(world.id_of(request), State.CLAIMED)


def test_the_second_address_of_a_job_is_asked_when_the_first_fails(
    world: Any, shop: Any, operator: Any
) -> None:
    two = f"http://127.0.0.1:1 {shop.gateway.url}"
    request = shop.post_bytes(shop.spec().to_bytes(), two, max_units=10**12)
    operator.start()
    operator.turn_until_state(world.id_of(request), State.CLAIMED)


@pytest.mark.parametrize(
    "gateway",
    [
        "",
        "file:///etc/passwd",
        "http://127.0.0.1:1",
        "http://user:secret@127.0.0.1",
        "\x1b]0;owned\x07http://x",
        "http://[",
        "nonsense " * 50,
    ],
)
def test_an_unusable_gateway_is_refused_and_harmless(
    world: Any, shop: Any, operator: Any, gateway: str
) -> None:
    request = shop.post_bytes(shop.spec().to_bytes(), gateway, max_units=10**12)
    line = refused(world, operator, world.id_of(request), Misfit.INPUTS)
    assert line.isprintable()


def test_inputs_beyond_max_download_are_refused(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(inputs=(bytes(3_000), bytes(3_001))))
    line = refused(world, operator, job_id, Misfit.INPUTS, download_bytes=6_000)
    assert "bytes" in line


def test_a_program_outside_the_profile_is_refused(world: Any, shop: Any, operator: Any) -> None:
    refused(world, operator, shop.post(shop.spec(FOREIGN)), Misfit.PROGRAM)


def test_no_input_is_fetched_for_a_program_outside_the_profile(
    world: Any, shop: Any, operator: Any, rogue: Any
) -> None:
    spec = shop.spec(FOREIGN, inputs=(b"one", b"two"))
    asked: list[str] = []

    def serve(request: http.server.BaseHTTPRequestHandler) -> None:
        cid = request.path.split("/")[2].split("?")[0]
        asked.append(cid)
        request.send_response(200)
        request.end_headers()
        request.wfile.write(shop.store.read(cid))

    request = shop.post_bytes(spec.to_bytes(), rogue(serve), max_units=10**12)
    refused(world, operator, world.id_of(request), Misfit.PROGRAM)
    assert asked == [spec.cid, spec.program]


def test_a_program_larger_than_its_own_memory_limit_is_refused(
    world: Any, shop: Any, operator: Any
) -> None:
    limits = Limits(units=LIMITS.units, memory=1 << 10, output=16)
    refused(world, operator, shop.post(shop.spec(limits=limits)), Misfit.PROGRAM)


def test_a_job_without_time_for_its_worst_case_is_refused(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(limits=Limits(units=10**12, memory=1 << 20, output=16)))
    line = refused(world, operator, job_id, Misfit.DEADLINE)
    assert "allows 600 s" in line


def test_a_bad_job_does_not_keep_the_node_from_a_good_one(
    world: Any, shop: Any, operator: Any
) -> None:
    bad = shop.post_bytes(b"{}", bond=10**18)
    environment = {"LD_PRELOAD": "/tmp/x.so", "PYTHONPATH": "/tmp", "A\x1b[2J": "\n"}
    good = shop.post(shop.spec(ECHO, arguments=("--", "$(reboot)"), environment=environment))
    node = operator.start(Plan(once=True, poll_s=0.05))
    operator.turn_until(lambda: node.finished, "the node to end")
    assert world.market.state_of(good) is State.SETTLED
    assert world.market.state_of(world.id_of(bad)) is State.OPEN


def test_a_price_that_rises_to_mine_is_waited_for(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start(min_price=2 * 10**18)
    line = operator.turn_until_said("is not taken: PRICE")
    assert "rising to 3" in line
    assert world.market.state_of(job_id) is State.OPEN
    world.advance(500)  # the ramp: 1 to 3 WORK in 1,000 s
    operator.turn_until_state(job_id, State.CLAIMED)
    accepted = operator.turn_until_said(": accepted, ")
    assert float(accepted.split(" WORK at ")[1].split()[0]) >= 2


def test_each_refusal_is_told_once(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(), bond=501 * 10**18)
    operator.start()
    operator.turn_until_said("not taken: STAKE")
    for _ in range(3):
        world.advance(1)
        operator.turn()
    assert len([line for line in operator.lines if job_id.hex() in line]) == 1
