"""Several RPC endpoints: the next one answers when one fails, and never for another chain."""

from __future__ import annotations

import json

import pytest

from workbond.chain.answers import NodeRefused
from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.endpoints import OtherChain
from workbond.errors import ChainError, UsageError

from ..nodes import Line

DEAD = "http://127.0.0.1:9"
BROKEN = b""  # no JSON


def test_the_next_endpoint_answers_when_the_first_is_dead(world):
    connection = Connection([DEAD, world.url])
    assert connection.chain_id == 31337
    assert connection.now_s() > 0


def test_a_failing_endpoint_rests_and_is_not_asked_again_at_once(world, line):
    connection = Connection([line.url, world.url])
    assert connection.chain_id == 31337
    line.broken["*"] = BROKEN
    connection.now_s()
    asked = len(line.asked)
    connection.now_s()
    connection.now_s()
    assert len(line.asked) == asked
    assert connection.label == f"http://127.0.0.1:{world.anvil.port}"


def test_after_its_rest_the_preferred_endpoint_is_asked_again(world, line, monkeypatch):
    monkeypatch.setattr("workbond.chain.endpoints.REST_S", 0.0)
    connection = Connection([line.url, world.url])
    connection.now_s()
    line.broken["*"] = BROKEN
    connection.now_s()
    line.broken.clear()
    connection.now_s()
    assert connection.url == line.url


def test_an_endpoint_of_another_chain_never_answers(world, line):
    with Anvil(chain_id=1337) as other:
        connection = Connection([line.url, other.url])
        assert connection.chain_id == 31337
        line.broken["*"] = BROKEN
        with pytest.raises(ChainError, match="is another chain than"):
            connection.now_s()
    assert issubclass(OtherChain, ChainError)


def test_a_chain_with_the_same_id_but_another_genesis_is_another_chain(world, line):
    with Anvil() as other:
        connection = Connection([line.url, other.url])
        assert connection.chain_id == 31337
        line.broken["*"] = BROKEN
        with pytest.raises(ChainError, match="correct --rpc"):
            connection.now_s()


def test_when_all_fail_the_line_names_all(world):
    with pytest.raises(ChainError) as caught:
        Connection([DEAD, "http://127.0.0.1:10"]).now_s()
    assert "tried in turn: http://127.0.0.1:9, http://127.0.0.1:10" in str(caught.value)


def test_a_contracts_refusal_is_an_answer_and_no_reason_to_ask_another(world, line):
    connection = Connection([world.url, line.url])
    connection.now_s()
    before = len(line.asked)
    with pytest.raises(ChainError):
        connection.call(world.market.address, b"\x00\x00\x00\x01")
    assert len(line.asked) == before


def test_transactions_go_through_whichever_endpoint_lives(world, line):
    from workbond.chain.market import Market

    market = Market(Connection([line.url, world.url]), world.market.address)
    market.stake(world.requester, 10)
    line.broken["*"] = BROKEN
    market.stake(world.requester, 5)
    assert market.account_of(world.requester.address).staked == 15


def test_no_endpoint_or_too_many_are_refused():
    with pytest.raises(UsageError, match="give 1 to 8"):
        Connection([])
    with pytest.raises(UsageError, match="give 1 to 8"):
        Connection([f"http://127.0.0.1:{port}" for port in range(1, 11)])


def answer(**result):
    """A whole JSON-RPC answer."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, **result}).encode()


@pytest.mark.parametrize(
    ("status", "code"), [(429, 429), (200, -32005), (401, -32600), (403, -32000), (500, -32603)]
)
def test_a_service_that_limits_us_or_wants_a_key_is_replaced(world, line, status, code):
    connection = Connection([line.url, world.url])
    assert connection.chain_id == 31337
    line.status = status
    line.broken["*"] = answer(error={"code": code, "message": "not for you"})
    connection.now_s()
    assert connection.url == world.url


def test_too_wide_a_range_of_logs_is_an_answer_so_that_less_is_asked_for(world, line):
    connection = Connection([line.url, world.url])
    assert connection.chain_id == 31337
    line.broken["*"] = answer(error={"code": -32005, "message": "limit exceeded"})
    with pytest.raises(NodeRefused, match="limit exceeded"):
        connection.logs(world.market.address, [], 0, 1)


def test_only_an_anvil_on_this_machine_makes_private_addresses_harmless(world):
    assert Connection(world.url).is_on_this_machine
    distant = Connection([world.url, "http://rpc.example.org"])
    assert distant.is_local
    assert not distant.is_on_this_machine


@pytest.fixture
def lagging(world):
    """A second endpoint, whose head a test can set back."""
    second = Line(world.url)
    yield second
    second.close()


@pytest.fixture
def fallen_back(world, line, lagging, monkeypatch):
    """A connection, without patience, whose first endpoint fails after it told its head."""
    monkeypatch.setattr("workbond.chain.endpoints.LAG_PAUSES_S", ())
    connection = Connection([line.url, lagging.url])
    head = connection.block().number
    line.broken["*"] = BROKEN
    lagging.broken["eth_blockNumber"] = answer(result=hex(head - 1))
    return connection, head


def test_an_endpoint_that_lags_behind_what_was_seen_does_not_take_over(fallen_back, lagging):
    connection, head = fallen_back
    with pytest.raises(ChainError, match=f"lags behind: it is at block {head - 1}, and {head} was"):
        connection.logs("0x" + "11" * 20, [], head, head)
    lagging.broken["eth_blockNumber"] = answer(result=hex(head))
    assert connection.logs("0x" + "11" * 20, [], head, head) == []
    assert connection.url == lagging.url


def test_a_block_that_nobody_else_ever_saw_is_not_waited_for_without_end(fallen_back, monkeypatch):
    connection, head = fallen_back
    monkeypatch.setattr("workbond.chain.endpoints.EXPECTED_S", 0.0)
    assert connection.block().number >= head


@pytest.mark.parametrize("nonsense", ["0xzz", 7, [], {}, "0x" + "f" * 100])
def test_a_head_that_is_no_number_is_no_head(fallen_back, lagging, nonsense):
    connection, _ = fallen_back
    lagging.broken["eth_blockNumber"] = answer(result=nonsense)
    with pytest.raises(ChainError, match="nonsense to eth_blockNumber"):
        connection.block()
