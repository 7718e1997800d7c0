"""Reading a healthy node."""

import pytest

from workbond.chain.answers import CallReverted, NodeRefused
from workbond.chain.connection import Connection
from workbond.errors import ChainError, UsageError


def test_a_connection_tells_which_chain_it_is_on(world):
    block = world.connection.block(0)
    assert world.connection.chain_id == 31337
    assert world.connection.genesis_hash == block.hash
    assert world.connection.is_local


def test_the_latest_block_is_the_markets_clock(world):
    before = world.now()
    assert world.advance(1_000) >= before + 1_000


def test_a_view_can_be_read_as_of_an_earlier_block(world):
    block = world.connection.block().number
    world.market.withdraw(world.requester, world.requester.address, 1)
    now = world.market.account_of(world.requester.address).free
    then = world.market.account_of(world.requester.address, at=block).free
    assert then == now + 1


def test_a_block_that_does_not_exist_is_told(world):
    with pytest.raises(ChainError, match="does not have that block"):
        world.connection.block(10**9)


def test_an_unknown_method_is_refused_in_the_nodes_words(world):
    with pytest.raises(NodeRefused, match="refused no_such: Method not found"):
        world.connection.rpc("no_such")


def test_a_reverted_call_carries_what_the_contract_returned(world):
    data = world.market.abi.call_data("stake", [10**27])
    with pytest.raises(CallReverted) as caught:
        world.connection.call(world.market.address, data, sender=world.stranger.address)
    assert caught.value.data[:4] == world.market.abi.errors["InsufficientFree"].selector


def test_a_contract_cannot_make_the_client_fetch_urls(world, node, result):
    # OffchainLookup(address,string[],bytes,bytes4,bytes) with a URL of ours (EIP-3668): revert
    # code that returns it verbatim must be a plain refusal.
    from eth_abi import encode

    trap = node(lambda body: result("0x"))
    payload = bytes.fromhex("556f1830") + encode(
        ["address", "string[]", "bytes", "bytes4", "bytes"],
        ["0x" + "11" * 20, [trap.url + "/{sender}/{data}"], b"", b"\0" * 4, b""],
    )
    size = len(payload).to_bytes(2, "big")
    code = bytes.fromhex("61") + size + bytes.fromhex("600c60003961") + size
    code += bytes.fromhex("6000fd")
    code = code.replace(bytes.fromhex("600c"), bytes([0x60, len(code)]), 1) + payload
    world.connection.rpc("anvil_setCode", "0x" + "11" * 20, "0x" + code.hex())
    with pytest.raises(CallReverted) as caught:
        world.connection.call("0x" + "11" * 20, b"")
    assert caught.value.data == payload
    assert trap.asked == []


@pytest.mark.parametrize(
    "url", ["", "localhost:8545", "ftp://host", "http://", "http://host:port", "file:///etc/passwd"]
)
def test_an_rpc_url_of_another_form_is_refused(url):
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:8545"):
        Connection(url)


def test_secrets_in_an_rpc_url_stay_out_of_messages():
    connection = Connection("http://user:hunter2@127.0.0.1:1/v3/apikey?token=geheim")
    with pytest.raises(ChainError) as caught:
        connection.block()
    message = str(caught.value)
    assert "http://127.0.0.1:1 " in message
    assert not any(secret in message for secret in ("hunter2", "apikey", "geheim", "user"))
