"""Several RPC endpoints: the next one answers when one fails, and never for another chain."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection, NodeRefused
from workbond.chain.endpoints import OtherChain
from workbond.errors import ChainError, UsageError

DEAD = "http://127.0.0.1:9"


class _Proxy(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the chain while `up`, else answers `refusal`; counts them."""

    def do_POST(self):
        import urllib.request

        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        if not self.server.up:
            status, content = self.server.refusal
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        request = urllib.request.Request(
            self.server.target, body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            content = answer.read()
        if self.server.head is not None and b"eth_blockNumber" in body:
            content = json.dumps({"jsonrpc": "2.0", "id": 1, "result": self.server.head}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(world):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    server.target, server.up, server.asked = world.url, True, 0
    server.head = None
    server.refusal = (500, b"")
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_next_endpoint_answers_when_the_first_is_dead(world):
    connection = Connection([DEAD, world.url])
    assert connection.chain_id == 31337
    assert connection.now_s() > 0


def test_a_failing_endpoint_rests_and_is_not_asked_again_at_once(world, proxy):
    connection = Connection([proxy.url, world.url])
    assert connection.chain_id == 31337
    proxy.up = False
    connection.now_s()
    asked = proxy.asked
    connection.now_s()
    connection.now_s()
    assert proxy.asked == asked
    assert connection.label == f"http://127.0.0.1:{world.anvil.port}"


def test_after_its_rest_the_preferred_endpoint_is_asked_again(world, proxy, monkeypatch):
    monkeypatch.setattr("workbond.chain.endpoints.REST_S", 0.0)
    connection = Connection([proxy.url, world.url])
    connection.now_s()
    proxy.up = False
    connection.now_s()
    proxy.up = True
    connection.now_s()
    assert connection.url == proxy.url


def test_an_endpoint_of_another_chain_never_answers(world, proxy):
    with Anvil(chain_id=1337) as other:
        connection = Connection([proxy.url, other.url])
        assert connection.chain_id == 31337
        proxy.up = False
        with pytest.raises(ChainError, match="is another chain than"):
            connection.now_s()
    assert issubclass(OtherChain, ChainError)


def test_a_chain_with_the_same_id_but_another_genesis_is_another_chain(world, proxy):
    with Anvil() as other:
        connection = Connection([proxy.url, other.url])
        assert connection.chain_id == 31337
        proxy.up = False
        with pytest.raises(ChainError, match="correct --rpc"):
            connection.now_s()


def test_when_all_fail_the_line_names_all(world):
    with pytest.raises(ChainError) as caught:
        Connection([DEAD, "http://127.0.0.1:10"]).now_s()
    assert "tried in turn: http://127.0.0.1:9, http://127.0.0.1:10" in str(caught.value)


def test_a_contracts_refusal_is_an_answer_and_no_reason_to_ask_another(world, proxy):
    connection = Connection([world.url, proxy.url])
    connection.now_s()
    before = proxy.asked
    with pytest.raises(ChainError):
        connection.call(world.market.address, b"\x00\x00\x00\x01")
    assert proxy.asked == before


def test_transactions_go_through_whichever_endpoint_lives(world, proxy):
    from workbond.chain.market import Market

    market = Market(Connection([proxy.url, world.url]), world.market.address)
    market.stake(world.requester, 10)
    proxy.up = False
    market.stake(world.requester, 5)
    assert market.account_of(world.requester.address).staked == 15


def test_no_endpoint_or_too_many_are_refused():
    with pytest.raises(UsageError, match="give 1 to 8"):
        Connection([])
    with pytest.raises(UsageError, match="give 1 to 8"):
        Connection([f"http://127.0.0.1:{port}" for port in range(1, 11)])


@pytest.mark.parametrize(
    ("status", "code"), [(429, 429), (200, -32005), (401, -32600), (403, -32000), (500, -32603)]
)
def test_a_service_that_limits_us_or_wants_a_key_is_replaced(world, proxy, status, code):
    connection = Connection([proxy.url, world.url])
    assert connection.chain_id == 31337
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "not for you"}}
    proxy.up, proxy.refusal = False, (status, json.dumps(error).encode())
    connection.now_s()
    assert connection.url == world.url


def test_too_wide_a_range_of_logs_is_an_answer_so_that_less_is_asked_for(world, proxy):
    connection = Connection([proxy.url, world.url])
    assert connection.chain_id == 31337
    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": "limit exceeded"}}
    proxy.up, proxy.refusal = False, (200, json.dumps(error).encode())
    with pytest.raises(NodeRefused, match="limit exceeded"):
        connection.logs(world.market.address, [], 0, 1)


def test_only_an_anvil_on_this_machine_makes_private_addresses_harmless(world):
    assert Connection(world.url).is_on_this_machine
    distant = Connection([world.url, "http://rpc.example.org"])
    assert distant.is_local
    assert not distant.is_on_this_machine


@pytest.fixture
def two(proxy, world, monkeypatch):
    """A proxy that answers first, a second one that may lag, and no patience."""
    monkeypatch.setattr("workbond.chain.endpoints.LAG_PAUSES_S", ())
    second = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    second.target, second.up, second.asked, second.head = world.url, True, 0, None
    second.url = f"http://127.0.0.1:{second.server_port}"
    threading.Thread(target=second.serve_forever, daemon=True).start()
    yield proxy, second
    second.shutdown()
    second.server_close()


def test_an_endpoint_that_lags_behind_what_was_seen_does_not_take_over(two, monkeypatch):
    first, second = two
    connection = Connection([first.url, second.url])
    head = connection.block().number
    first.up, second.head = False, hex(head - 1)
    with pytest.raises(ChainError, match=f"lags behind: it is at block {head - 1}, and {head} was"):
        connection.logs("0x" + "11" * 20, [], head, head)
    second.head = hex(head)
    assert connection.logs("0x" + "11" * 20, [], head, head) == []
    assert connection.url == second.url


def test_a_block_that_nobody_else_ever_saw_is_not_waited_for_without_end(two, monkeypatch):
    first, second = two
    connection = Connection([first.url, second.url])
    head = connection.block().number
    first.up, second.head = False, hex(head - 1)
    monkeypatch.setattr("workbond.chain.endpoints.EXPECTED_S", 0.0)
    assert connection.block().number == head


@pytest.mark.parametrize("nonsense", ["0xzz", 7, None, {}, "0x" + "f" * 100])
def test_a_head_that_is_no_number_is_no_head(two, nonsense):
    first, second = two
    connection = Connection([first.url, second.url])
    connection.block()
    first.up = False
    second.head = nonsense if nonsense is not None else []
    with pytest.raises(ChainError, match="nonsense to eth_blockNumber"):
        connection.block()
