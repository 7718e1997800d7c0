"""Sending: nonces, fees, lost answers, and the reasons of failures."""

import sys
import threading

import pytest

from workbond import progress
from workbond.chain import anvil as local
from workbond.chain import fees, transactions
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.refusals import InsufficientFree
from workbond.chain.token import Token
from workbond.chain.transactions import TransactionUnresolved
from workbond.errors import ChainError


@pytest.fixture
def through(world, proxy):
    """The world's market behind a proxy that `tamper`s; returns (market, proxy)."""

    def start(tamper):
        server = proxy(world.url, tamper)
        return Market(Connection(server.url), world.market.address), server

    return start


def test_a_receipt_tells_cost_and_events(world):
    before = world.connection.balance(world.requester.address)
    receipt = world.market.withdraw(world.requester, world.stranger.address, 5)
    assert before - world.connection.balance(world.requester.address) == receipt.fee
    (event,) = receipt.events
    assert event.name == "Withdrawn"
    assert event.args == {
        "account": world.requester.address,
        "to": world.stranger.address,
        "amount": 5,
    }


def test_threads_of_one_account_do_not_disturb_each_other(world):
    start = world.connection.nonce(world.requester.address)
    failures = []

    def work():
        try:
            for _ in range(4):
                world.market.withdraw(world.requester, world.stranger.address, 1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert world.connection.nonce(world.requester.address) == start + 16


def test_a_transaction_that_landed_though_its_answer_was_lost_succeeds(world, through):
    def tamper(body, forward):
        answer = forward()
        return None if body["method"] == "eth_sendRawTransaction" else answer

    market, server = through(tamper)
    before = world.market.account_of(world.requester.address).free
    market.withdraw(world.requester, world.stranger.address, 5)
    assert world.market.account_of(world.requester.address).free == before - 5
    assert server.asked.count("eth_sendRawTransaction") >= 1


def test_a_transaction_that_landed_though_reported_failed_succeeds_once(world, through):
    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_sendRawTransaction":
            return _error("nonce too low")
        return answer

    market, server = through(tamper)
    before = world.market.account_of(world.requester.address).free
    market.withdraw(world.requester, world.stranger.address, 5)
    assert world.market.account_of(world.requester.address).free == before - 5
    assert server.asked.count("eth_sendRawTransaction") == 1


def test_a_nonce_that_another_process_used_is_read_again(world, through):
    stale = []

    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getTransactionCount" and not stale:
            stale.append(answer["result"])
            # dev accounts are unlocked in anvil: it signs for them as another process would
            other = {"from": world.requester.address, "to": world.stranger.address, "value": "0x1"}
            world.connection.rpc("eth_sendTransaction", other)
        return answer

    market, server = through(tamper)
    market.withdraw(world.requester, world.stranger.address, 5)
    assert server.asked.count("eth_sendRawTransaction") == 2


def test_a_node_that_refuses_every_transaction_is_not_asked_for_ever(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_sendRawTransaction":
            return _error("nonce too low")
        return forward()

    market, server = through(tamper)
    with pytest.raises(ChainError, match="nonce too low"):
        market.withdraw(world.requester, world.stranger.address, 5)
    assert server.asked.count("eth_sendRawTransaction") == transactions.SEND_TRIES


def test_a_lost_transaction_is_handed_over_again(world, through, monkeypatch):
    monkeypatch.setattr(transactions, "FIRST_PAUSE_S", transactions.LAST_PAUSE_S)
    dropped = []

    def tamper(body, forward):
        if body["method"] == "eth_sendRawTransaction" and not dropped:
            dropped.append(body)
            return {"jsonrpc": "2.0", "id": 1, "result": "0x" + "00" * 32}
        return forward()

    market, server = through(tamper)
    market.withdraw(world.requester, world.stranger.address, 5)
    assert server.asked.count("eth_sendRawTransaction") == 2


def test_a_transaction_that_is_never_mined_names_its_hash(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_getTransactionReceipt":
            return {"jsonrpc": "2.0", "id": 1, "result": None}
        return forward()

    market, _ = through(tamper)
    data = market.abi.call_data("withdraw", [world.stranger.address, 5])
    with pytest.raises(TransactionUnresolved, match="may still land") as caught:
        transactions.send(market.connection, world.requester, market.address, data, wait_s=0.2)
    local.mine(world.connection)
    assert world.connection.receipt(caught.value.tx_hash).succeeded


def test_one_that_waits_as_fees_rose_is_outbid_and_made_once(world, monkeypatch):
    connection, signer = world.connection, world.requester
    market, signed = world.market, []
    data = market.abi.call_data("withdraw", (world.stranger.address, 5))

    def send(wait_s, **options):
        return transactions.send(
            connection,
            signer,
            market.address,
            data,
            sent=tuple(signed),
            before_sending=signed.append,
            wait_s=wait_s,
            **options,
        )

    connection.rpc("evm_setAutomine", False)
    connection.rpc("evm_setIntervalMining", 0)
    try:
        with pytest.raises(TransactionUnresolved):
            send(0.1)
        with pytest.raises(TransactionUnresolved):
            send(0.1, outbids=True)  # fees are as they were
        usual = fees.price(connection)
        fields = {**usual.fields, "maxFeePerGas": 3 * usual.per_gas}
        dear = fees.Price(fields, 3 * usual.per_gas, 2 * usual.per_gas)
        monkeypatch.setattr(fees, "price", lambda *_: dear)
        with pytest.raises(TransactionUnresolved):
            send(0.1)
        assert len(signed) == 1
        with pytest.raises(TransactionUnresolved):
            send(0.1, outbids=True)
        first, second = signed
        assert first.nonce == second.nonce
        local.mine(connection)
    finally:
        connection.rpc("evm_setAutomine", True)
        connection.rpc("evm_setIntervalMining", 1)
    assert connection.receipt(first.hash) is None
    assert send(5, outbids=True).tx_hash == second.hash
    assert len(signed) == 2


def test_waiting_long_for_a_block_is_shown_on_a_terminal(world, through, monkeypatch, capsys):
    monkeypatch.setattr(progress, "SHOWN_AFTER_S", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    seen = []

    def tamper(body, forward):
        if body["method"] == "eth_getTransactionReceipt":
            seen.append(capsys.readouterr().err)
            if not any("waiting for the transaction's block" in text for text in seen):
                return {"jsonrpc": "2.0", "id": 1, "result": None}
        return forward()

    market, _ = through(tamper)
    data = market.abi.call_data("withdraw", [world.stranger.address, 5])
    transactions.send(market.connection, world.requester, market.address, data, wait_s=20)


def test_a_transaction_that_fails_when_mined_gives_the_contracts_reason(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_estimateGas":
            return {"jsonrpc": "2.0", "id": 1, "result": hex(200_000)}
        return forward()

    market, _ = through(tamper)
    with pytest.raises(InsufficientFree, match="deposit"):
        market.withdraw(world.requester, world.stranger.address, 10**27)


def test_running_out_of_gas_is_told(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_estimateGas":
            return {"jsonrpc": "2.0", "id": 1, "result": hex(24_000)}
        return forward()

    market, _ = through(tamper)
    with pytest.raises(ChainError, match="ran out of its 30000 gas"):
        market.withdraw(world.requester, world.stranger.address, 5)


def test_a_refused_call_is_not_sent(world, through):
    market, server = through(lambda body, forward: forward())
    with pytest.raises(InsufficientFree):
        market.withdraw(world.requester, world.stranger.address, 10**27)
    assert "eth_sendRawTransaction" not in server.asked


def test_an_absurd_tip_of_the_node_is_capped(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_maxPriorityFeePerGas":
            return {"jsonrpc": "2.0", "id": 1, "result": hex(10**15)}
        return forward()

    market, _ = through(tamper)
    receipt = market.withdraw(world.requester, world.stranger.address, 5)
    base = world.connection.block(receipt.block_number).base_fee
    assert receipt.fee <= receipt.gas_used * (base + fees.MAX_TIP)


def test_a_transaction_that_would_cost_a_fortune_is_not_sent(world, through):
    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getBlockByNumber":
            answer["result"]["baseFeePerGas"] = hex(10**15)
        return answer

    market, server = through(tamper)
    with pytest.raises(ChainError, match="wait for lower fees"):
        market.withdraw(world.requester, world.stranger.address, 5)
    assert "eth_sendRawTransaction" not in server.asked


def test_an_account_without_gas_coin_is_told_what_to_do(world):
    local.set_balance(world.connection, world.pauper.address, 1_000)
    with pytest.raises(ChainError, match=r"gas coin but up to .* `workbond account faucet`"):
        world.token.approve(world.pauper, world.market.address, 1)


def test_only_events_of_the_called_contract_are_decoded(world):
    world.token.approve(world.requester, world.market.address, 7)
    receipt = world.market.deposit(world.requester, 7)
    assert [event.name for event in receipt.events] == ["Deposited"]
    assert {log.address for log in receipt.logs} == {world.market.address, world.token.address}


def test_the_token_tells_its_unit(world):
    token = Token(world.connection, world.token.address)
    assert (token.symbol, token.decimals) == ("WORK", 18)


def _error(message):
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message}}
