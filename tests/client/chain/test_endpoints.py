"""Several RPC endpoints: the next one answers when one fails, and never for another chain."""

from __future__ import annotations

import pytest

from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.endpoints import OtherChain
from workbond.errors import ChainError, UsageError

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
