"""Nodes that are broken or lie: one clear error each, in bounded time and memory."""

import contextlib
import json
import socket
import subprocess
import sys
import threading

import pytest
from eth_abi import encode

from workbond.chain import contract, reverts, rpc
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.errors import ChainError, Reverted

BLOCK = {
    "number": "0x1",
    "timestamp": "0x10",
    "hash": "0x" + "ab" * 32,
    "baseFeePerGas": "0x1",
    "gasLimit": "0x1c9c380",
}
ADDRESS = "0x" + "11" * 20
TOPIC = b"\x01" * 32
LOG = {
    "address": ADDRESS,
    "topics": ["0x" + TOPIC.hex()],
    "data": "0x",
    "blockNumber": "0x5",
    "blockHash": "0x" + "ab" * 32,
    "transactionHash": "0x" + "cd" * 32,
    "transactionIndex": "0x0",
    "logIndex": "0x0",
    "removed": False,
}


def test_a_sound_block_is_read(node, result):
    server = node(lambda body: result(BLOCK))
    block = Connection(server.url).block()
    assert (block.number, block.timestamp, block.gas_limit) == (1, 16, 30_000_000)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>login</html>",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'{"jsonrpc":"2.0","id":1}',
    ],
)
def test_an_answer_that_is_no_json_rpc_is_nonsense(node, answer):
    with pytest.raises(ChainError, match="answered nonsense to eth_chainId"):
        _ = Connection(node(lambda body: answer).url).chain_id


@pytest.mark.parametrize(
    "value",
    [
        "latest",
        {},
        [],
        7,
        {**BLOCK, "timestamp": "-0x1"},
        {**BLOCK, "timestamp": None},
        {**BLOCK, "timestamp": {"a": 1}},
        {**BLOCK, "number": "0x" + "ff" * 40},
        {**BLOCK, "hash": "0xab"},
        {k: v for k, v in BLOCK.items() if k != "gasLimit"},
    ],
)
def test_a_block_of_another_shape_is_nonsense(node, result, value):
    with pytest.raises(ChainError, match="answered nonsense to eth_getBlockByNumber"):
        Connection(node(lambda body: result(value)).url).block()


def test_an_error_of_the_node_is_shown_bounded_and_without_control_characters(node):
    evil = "\x1b[2Jpwned\n" + "x" * 100_000
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": evil}})
    with pytest.raises(ChainError) as caught:
        Connection(node(lambda body: answer.encode()).url).block()
    message = str(caught.value)
    assert len(message) < 500
    assert message.isprintable()


def test_a_revert_reason_of_any_length_is_shown_bounded_and_without_control_characters(node):
    evil = ("\x1b[2Jpwned\n" + "x" * 100_000).encode()
    text = len(evil).to_bytes(32, "big") + evil + bytes(-len(evil) % 32)
    selector = next(s for s, e in reverts._errors().items() if e.name == "StringTooLong")
    data = "0x" + (selector + (32).to_bytes(32, "big") + text).hex()
    error = {"code": 3, "message": "execution reverted", "data": data}
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
    market = Market(Connection(node(lambda body: answer).url), ADDRESS)
    with pytest.raises(Reverted, match="refused with StringTooLong") as caught:
        market.account_of(ADDRESS)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


def test_another_block_than_the_one_asked_for_is_nonsense(node, result):
    connection = Connection(node(lambda body: result(BLOCK)).url)
    assert connection.block(1).number == 1
    with pytest.raises(ChainError, match="answered nonsense to eth_getBlockByNumber"):
        connection.block(2)


def test_a_history_without_end_is_not_kept(node, result, monkeypatch):
    """A lying node could fill memory with events, one answer after the other."""
    monkeypatch.setattr(contract, "MAX_HISTORY_BYTES", 100_000)
    card = encode(["bytes"], [bytes(10_000)])

    def script(body):
        first = body["params"][0]["fromBlock"]
        topics = ["0x" + market.abi.events["CardAnnounced"].hash.hex(), "0x" + "00" * 32] * 2
        log = {**LOG, "blockNumber": first, "data": "0x" + card.hex(), "topics": topics[:3]}
        return result([log])

    market = Market(Connection(node(script).url), ADDRESS)
    with pytest.raises(ChainError, match="more than 100000 bytes of events"):
        list(market.events(0, 2**64))


@pytest.mark.parametrize("error", ["text", 7, {"code": "x"}, {"data": 5}, {"data": {"data": "zz"}}])
def test_an_error_of_any_shape_is_an_error(node, error):
    answer = json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
    with pytest.raises(ChainError, match="refused eth_getBlockByNumber"):
        Connection(node(lambda body: answer).url).block()


def test_an_endless_answer_is_cut_off(node, result, monkeypatch):
    monkeypatch.setattr(rpc, "MAX_RESPONSE_BYTES", 1 << 20)
    server = node(lambda body: result("0x" + "00" * (2 << 20)))
    with pytest.raises(rpc.RpcAnswerTooLarge, match="more than 1048576 bytes"):
        Connection(server.url).code(ADDRESS)


def test_a_node_that_never_answers_times_out(node):
    forever = threading.Event()

    def script(body):
        forever.wait(30)

    with pytest.raises(ChainError, match=r"can't reach .* \(timed out\)"):
        Connection(node(script).url, timeout_s=0.3).block()
    forever.set()


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ],
    ids=["body", "header", "status", "chunk", "trailer"],
)
def test_a_node_that_drips_its_answer_times_out(drip, head, piece):
    with pytest.raises(ChainError, match="timed out"):
        Connection(drip(head, piece), timeout_s=0.3).block()


@pytest.fixture
def drip():
    """Starts a node that sends `head`, then `piece` again and again until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    threads = []

    def serve(head, piece):
        peer, _ = listener.accept()
        with peer, contextlib.suppress(OSError):
            peer.recv(65536)
            peer.sendall(head)
            while not stop.wait(0.05):
                peer.sendall(piece)

    def start(head, piece):
        threads.append(threading.Thread(target=serve, args=(head, piece)))
        threads[0].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    stop.set()
    threads[0].join()
    listener.close()


def test_calls_share_one_connection_until_it_breaks(node, result):
    server = node(lambda body: result("0x1"))
    connection = Connection(server.url)
    for _ in range(5):
        connection.balance(ADDRESS)
    assert server.connections == 1
    server.script = lambda body: None
    with pytest.raises(ChainError, match="connection lost"):
        connection.balance(ADDRESS)
    server.script = lambda body: result("0x1")
    assert connection.balance(ADDRESS) == 1


def test_a_kept_connection_still_has_a_deadline(node, result):
    """It was opened in an earlier exchange, whose time is long over."""
    silent = threading.Event()
    server = node(lambda body: result("0x1"))
    connection = Connection(server.url, timeout_s=0.3)
    for _ in range(2):
        connection.balance(ADDRESS)
        server.script = lambda body: silent.wait(30) and None
        with pytest.raises(ChainError, match="timed out"):
            connection.balance(ADDRESS)
        server.script = lambda body: result("0x1")
    silent.set()
    assert connection.balance(ADDRESS) == 1


def test_a_node_that_closes_the_connection_is_told(node):
    with pytest.raises(ChainError, match="connection lost"):
        Connection(node(lambda body: None).url).block()


def test_a_busy_node_is_asked_again_a_few_times(node, result):
    def script(body):
        server.status = 200 if len(server.asked) > 2 else 503
        return result("0x7a69")

    server = node(script)
    assert Connection(server.url).chain_id == 31337
    assert len(server.asked) == 3


def test_a_redirect_is_not_followed(node, result):
    server = node(lambda body: b"")
    server.status = 302
    with pytest.raises(ChainError, match="HTTP status 302"):
        Connection(server.url).block()


def test_logs_come_in_chain_order(node, result):
    later = {**LOG, "blockNumber": "0x6"}
    server = node(lambda body: result([later, {**LOG, "logIndex": "0x2"}, LOG]))
    logs = Connection(server.url).logs(ADDRESS, [TOPIC], 0, 10)
    assert [(log.block_number, log.log_index) for log in logs] == [(5, 0), (5, 2), (6, 0)]


def test_logs_that_a_reorganization_removed_are_left_out(node, result):
    server = node(lambda body: result([{**LOG, "removed": True}]))
    assert Connection(server.url).logs(ADDRESS, [TOPIC], 0, 10) == []


@pytest.mark.parametrize(
    "lie",
    [
        {"address": "0x" + "22" * 20},
        {"topics": ["0x" + "02" * 32]},
        {"topics": []},
        {"topics": ["0x02"]},
        {"blockNumber": "0xb"},
        {"blockNumber": None},
        {"logIndex": None},
        {"transactionHash": "0x"},
        {"data": {}},
    ],
)
def test_a_log_that_was_not_asked_for_is_refused(node, result, lie):
    server = node(lambda body: result([{**LOG, **lie}]))
    with pytest.raises(ChainError, match="answered nonsense to eth_getLogs"):
        Connection(server.url).logs(ADDRESS, [TOPIC], 0, 10)


def test_two_logs_in_one_place_are_refused(node, result):
    server = node(lambda body: result([LOG, LOG]))
    with pytest.raises(ChainError, match="two logs in one place"):
        Connection(server.url).logs(ADDRESS, [TOPIC], 0, 10)


@pytest.mark.parametrize("module", ["workbond.chain.connection", "workbond.accounts"])
def test_nested_json_can_not_crash_the_process(module):
    # web3 8 raises Python's recursion limit, under which json overflows the C stack of Python 3.11
    program = (
        f"import json, {module}\n"
        "try:\n"
        "    json.loads('[' * 100_000)\n"
        "except RecursionError:\n"
        "    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "refused\n")
