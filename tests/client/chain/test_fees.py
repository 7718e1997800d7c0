"""Fee markets: with and without a base fee, dear and cheap coins, rollups, odd nodes."""

import pytest
from eth_account import Account

from workbond import accounts
from workbond.chain import fees, transactions
from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.deploy import deploy
from workbond.chain.market import Market
from workbond.errors import ChainError

GWEI = 10**9


def _error(message, code=-32601):
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}


def legacy(sent=None, gas_price=None):
    """What a chain without EIP-1559 does, in front of one that has it."""

    def tamper(body, forward):
        method = body["method"]
        if method in ("eth_maxPriorityFeePerGas", "eth_feeHistory"):
            return _error("the method does not exist")
        if method == "eth_gasPrice" and gas_price is not None:
            return {"jsonrpc": "2.0", "id": 1, "result": hex(gas_price)}
        if method == "eth_sendRawTransaction":
            raw = bytes.fromhex(body["params"][0][2:])
            if raw[0] < 0xC0:  # EIP-2718: no legacy transaction
                return _error("transaction type not supported", -32000)
            if sent is not None:
                sent.append(raw)
        answer = forward()
        if method == "eth_getBlockByNumber":
            del answer["result"]["baseFeePerGas"]
        if method == "eth_getTransactionReceipt" and answer["result"]:
            del answer["result"]["effectiveGasPrice"]
        return answer

    return tamper


@pytest.fixture
def through(world, proxy):
    def start(tamper, **options):
        return Connection(proxy(world.url, tamper).url, **options)

    return start


def test_without_a_base_fee_transactions_are_legacy_and_bound_to_the_chain(world, through):
    sent = []
    connection = through(legacy(sent))
    market = Market(connection, world.market.address)
    receipt = market.withdraw(world.requester, world.stranger.address, 5)
    (raw,) = sent
    assert Account.recover_transaction(raw) == world.requester.address
    transaction = world.connection.rpc("eth_getTransactionByHash", "0x" + receipt.tx_hash.hex())
    assert transaction["type"] == "0x0"
    assert int(transaction["chainId"], 16) == 31337
    assert int(transaction["v"], 16) in (31337 * 2 + 35, 31337 * 2 + 36)  # EIP-155
    assert receipt.fee == receipt.gas_used * int(transaction["gasPrice"], 16)


def test_a_market_is_deployed_where_there_is_no_base_fee(world, through):
    made = deploy(through(legacy()), world.stranger, recipient=world.stranger.address)
    assert world.connection.code(made.market.address)


def test_a_null_base_fee_is_none(world, through):
    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getBlockByNumber":
            answer["result"]["baseFeePerGas"] = None
        return answer

    connection = through(tamper)
    assert connection.block().base_fee is None
    assert set(fees.price(connection).fields) == {"gasPrice"}


def test_an_absurd_legacy_price_is_not_paid(world, through):
    connection = through(legacy(gas_price=10**15))
    market = Market(connection, world.market.address)
    nonce = world.connection.nonce(world.requester.address)
    with pytest.raises(ChainError, match=r"more than 1, the most allowed.*max_fee"):
        market.withdraw(world.requester, world.stranger.address, 5)
    assert world.connection.nonce(world.requester.address) == nonce


def test_a_cheap_coin_needs_a_higher_limit(world, through):
    limits = {"max_fee": 1_000 * 10**18, "currency": "TAO"}
    connection = through(legacy(gas_price=10**14), **limits)
    market = Market(connection, world.market.address)
    assert market.withdraw(world.requester, world.stranger.address, 5).fee > 10**18
    connection.max_fee = 10**18
    with pytest.raises(ChainError, match=r"up to [0-9.]+ TAO"):
        transactions.send(connection, world.requester, world.stranger.address, b"", value=1)


def test_a_node_without_a_proposal_is_asked_what_others_paid(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_maxPriorityFeePerGas":
            return _error("the method does not exist")
        if body["method"] == "eth_feeHistory":
            rewards = [[hex(tip)] for tip in (0, 3 * GWEI, 9 * GWEI, 5 * GWEI)]
            result = {"oldestBlock": "0x1", "gasUsedRatio": [0.5] * 4, "reward": rewards}
            return {"jsonrpc": "2.0", "id": 1, "result": result | {"baseFeePerGas": ["0x1"] * 5}}
        return forward()

    assert fees.price(through(tamper)).fields["maxPriorityFeePerGas"] == 5 * GWEI


@pytest.mark.parametrize("answer", [_error("the method does not exist"), {"result": {"a": 1}}])
def test_a_node_that_tells_nothing_gets_a_tip_of_one_gwei(through, answer):
    def tamper(body, forward):
        if body["method"] == "eth_maxPriorityFeePerGas":
            return _error("the method does not exist")
        return answer if body["method"] == "eth_feeHistory" else forward()

    assert fees.price(through(tamper)).fields["maxPriorityFeePerGas"] == GWEI


def test_where_the_base_fee_is_high_the_tip_may_be_high_too(world, through):
    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getBlockByNumber":
            answer["result"]["baseFeePerGas"] = hex(1_000 * GWEI)
        if body["method"] == "eth_maxPriorityFeePerGas":
            answer["result"] = hex(10**6 * GWEI)
        return answer

    fields = fees.price(through(tamper)).fields
    assert fields["maxPriorityFeePerGas"] == 2_000 * GWEI
    assert fields["maxFeePerGas"] == 4_000 * GWEI


def test_a_base_fee_of_zero_is_a_base_fee():
    with Anvil(options=["--block-base-fee-per-gas", "0"]) as free:
        assert free.connection.block(0).base_fee == 0
        owner = accounts.dev_signer(0)
        made = deploy(free.connection, owner, recipient=owner.address)
        sent = free.connection.rpc("eth_getTransactionByHash", made.market.tx)
        assert sent["type"] == "0x2"


def test_signatures_of_authorities_in_blocks_do_no_harm(world, through):
    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getBlockByNumber":
            answer["result"]["extraData"] = "0x" + "ab" * 97
        return answer

    assert through(tamper).genesis_hash == world.connection.genesis_hash


def test_a_rollups_data_fee_is_known(world):
    assert fees.data_fee(world.connection, b"abc") == 0
    # a contract that answers 1,000 to everything, where the OP stack has its oracle
    world.connection.rpc("anvil_setCode", fees.OP_FEE_ORACLE, "0x6103e85f5260205ff3")
    assert fees.data_fee(world.connection, b"abc") == 1_000
    world.connection.rpc("anvil_setCode", fees.OP_FEE_ORACLE, "0x5f5ffd")
    assert fees.data_fee(world.connection, b"abc") == 0


def test_a_rollups_data_fee_counts_in_the_receipt(world, through):
    def tamper(body, forward):
        answer = forward()
        if body["method"] == "eth_getTransactionReceipt" and answer["result"]:
            answer["result"]["l1Fee"] = hex(7_000)
        return answer

    market = Market(through(tamper), world.market.address)
    receipt = market.withdraw(world.requester, world.stranger.address, 5)
    plain = world.connection.receipt(receipt.tx_hash)
    assert receipt.fee == plain.gas_used * plain.gas_price + 7_000


def test_a_rollup_that_wants_more_coin_than_gas_costs_says_so(world, through):
    def tamper(body, forward):
        if body["method"] == "eth_sendRawTransaction":
            return _error("insufficient funds for gas * price + value + L1 fee", -32000)
        return forward()

    market = Market(through(tamper, currency="ETH"), world.market.address)
    with pytest.raises(ChainError, match=r"has [0-9.]+ ETH but more is needed"):
        market.withdraw(world.requester, world.stranger.address, 5)
