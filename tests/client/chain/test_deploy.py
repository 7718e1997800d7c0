"""Deploying: what it costs, interruptions that lose nothing, tokens of others, slow chains."""

import json
import threading

import pytest

from workbond import accounts, deployments
from workbond.chain import anvil as local
from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.creation import Terms, estimate
from workbond.chain.deploy import deploy, unfinished
from workbond.chain.transactions import TransactionUnresolved
from workbond.deploymentfile import PLAIN_TOKEN
from workbond.deploymentlog import DeploymentLog
from workbond.errors import ChainError, UsageError

WORK = 10**18
ALL = ["WorkToken", "Market", "Committee"]


@pytest.fixture
def owner(world):
    return world.stranger


@pytest.fixture
def through(world, proxy):
    return lambda tamper: Connection(proxy(world.url, tamper).url)


def _spent(world, account, run):
    before = world.connection.balance(account)
    run()
    return before - world.connection.balance(account)


def _result(value):
    return {"jsonrpc": "2.0", "id": 1, "result": value}


def _error(message, code=-32000):
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}


# ─────────────────────────────────── the bill ─────────────────────────────────


def test_the_bill_covers_what_it_costs(world, owner):
    bill = estimate(world.connection, owner.address, Terms(owner.address))
    cost = _spent(
        world,
        owner.address,
        lambda: deploy(world.connection, owner, recipient=owner.address),
    )
    assert set(bill.gas) == {"WorkToken", "Market", "Committee"}
    assert cost <= bill.most
    assert bill.likely // 2 <= cost <= bill.likely * 2


def test_a_node_that_can_assume_no_contract_gets_our_own_estimate(world, owner, through):
    def tamper(body, forward):
        if body["method"] == "eth_estimateGas" and len(body["params"]) > 2:
            return _error("too many arguments, want at most 2", -32602)
        return forward()

    terms = Terms(owner.address)
    ours = estimate(through(tamper), owner.address, terms).gas["Market"]
    real = estimate(world.connection, owner.address, terms).gas["Market"]
    assert real <= ours <= real * 12 // 10


def test_our_own_estimate_of_the_committee_is_enough(world, owner):
    """Its constructor asks the market, which no node can assume."""
    ours = estimate(world.connection, owner.address, Terms(owner.address)).gas["Committee"]
    record = deploy(world.connection, owner, recipient=owner.address)
    made = world.connection.receipt(bytes.fromhex(record.committee.tx[2:]))
    assert made.gas_used <= ours <= made.gas_used * 12 // 10


def test_who_cannot_pay_is_told_before_anything_is_sent(world, through):
    local.set_balance(world.connection, world.pauper.address, 10**12)
    connection = Connection(world.url, currency="ETH")
    with pytest.raises(ChainError, match=r"has 0.000001 ETH but up to [0-9.]+ is needed"):
        estimate(connection, world.pauper.address, Terms(world.pauper.address))


def test_blocks_that_hold_too_little_gas_are_told():
    owner = accounts.dev_signer(0)
    with (
        Anvil(options=["--gas-limit", "2900000"]) as small,
        pytest.raises(ChainError, match=r"needs at least \d+ gas .* blocks hold 2900000"),
    ):
        estimate(small.connection, owner.address, Terms(owner.address))


def test_a_node_whose_own_limit_is_too_low_is_told(owner, through):
    def tamper(body, forward):
        if body["method"] == "eth_estimateGas":
            return _error("gas required exceeds allowance (1000000)")
        return forward()

    with pytest.raises(ChainError, match=r"won't create WorkToken \(gas required exceeds"):
        estimate(through(tamper), owner.address, Terms(owner.address))


def test_a_chain_that_takes_no_contract_of_this_size_is_told():
    owner = accounts.dev_signer(0)
    with (
        Anvil(options=["--code-size-limit", "10000"]) as small,
        pytest.raises(ChainError, match=r"won't create Market .*too little for the contract"),
    ):
        estimate(small.connection, owner.address, Terms(owner.address))


# ──────────────────────────────── interruptions ───────────────────────────────


class Killed(BaseException):
    """As SIGKILL: nothing gets to clean up."""


def _dies_at(number, after):
    """Forwards until the transaction `number`, then stops before or after handing it over."""
    seen = []

    def tamper(body, forward):
        if body["method"] != "eth_sendRawTransaction":
            return forward()
        seen.append(body)
        if len(seen) < number:
            return forward()
        if after and len(seen) == number:
            forward()
        return None

    return tamper


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True], ids=["not handed over", "handed over"])
def test_an_interrupted_deployment_goes_on_and_pays_nothing_twice(
    world, owner, through, tmp_path, monkeypatch, number, after
):
    """Killed before or after the node got the token's, the market's or the committee's
    transaction."""
    terms = {"recipient": owner.address, "supply": WORK, "cooldown_s": 60}
    connection = through(_dies_at(number, after))
    sends = []

    def send_raw(raw):
        sends.append(raw)
        if len(sends) < number:
            return Connection.send_raw(connection, raw)
        if after:
            Connection.send_raw(world.connection, raw)
        raise Killed

    monkeypatch.setattr(connection, "send_raw", send_raw)
    nonce = world.connection.nonce(owner.address)
    with pytest.raises(Killed):
        deploy(connection, owner, **terms, log=DeploymentLog(tmp_path, world.connection))
    log = DeploymentLog(tmp_path, world.connection)
    made = unfinished(world.connection, owner.address, Terms(**terms), log)
    assert made.sent == frozenset(ALL[: number if after else number - 1])
    record = deploy(world.connection, owner, **terms, log=log)
    assert world.connection.nonce(owner.address) == nonce + 3
    deployments.save(record, tmp_path)
    assert deployments.load(world.connection, tmp_path) == record


def test_a_finished_deployment_whose_file_was_not_written_costs_nothing_more(
    world, owner, tmp_path
):
    terms = {"recipient": owner.address, "supply": WORK, "cooldown_s": 60}
    log = DeploymentLog(tmp_path, world.connection)
    first = deploy(world.connection, owner, **terms, log=log)
    local.set_balance(world.connection, owner.address, 0)  # nothing is left to pay with
    log = DeploymentLog(tmp_path, world.connection)
    made = unfinished(world.connection, owner.address, Terms(**terms), log)
    assert estimate(world.connection, owner.address, Terms(**terms), made).most == 0
    assert deploy(world.connection, owner, **terms, log=log) == first


def test_a_transaction_too_cheap_by_now_is_replaced_under_its_own_nonce(proxy, tmp_path):
    owner = accounts.dev_signer(0)
    terms = {"recipient": owner.address, "supply": WORK, "cooldown_s": 60}
    with Anvil() as chain:  # of its own: a snapshot does not bring the base fee back
        connection = chain.connection
        busy = proxy(chain.url, lambda body, ask: _error("busy") if _sends(body) else ask())
        with pytest.raises(ChainError, match="busy"):
            deploy(Connection(busy.url), owner, **terms, log=DeploymentLog(tmp_path, connection))
        connection.rpc("anvil_setNextBlockBaseFeePerGas", hex(5 * 10**9))
        local.mine(connection)
        log = DeploymentLog(tmp_path, connection)
        deploy(connection, owner, **terms, log=log)  # anvil refuses the old one by itself
        old_one, new_one = log.sent("WorkToken")
        assert old_one.nonce == new_one.nonce == 0
        assert connection.receipt(old_one.hash) is None
        assert connection.nonce(owner.address) == 3


def _sends(body):
    return body["method"] == "eth_sendRawTransaction"


@pytest.fixture
def begun(world, owner, through, tmp_path):
    """An interrupted deployment's log."""
    lost = through(lambda body, forward: _error("busy") if _sends(body) else forward())
    log = DeploymentLog(tmp_path, world.connection)
    with pytest.raises(ChainError):
        deploy(lost, owner, recipient=owner.address, cooldown_s=60, log=log)
    return log


@pytest.mark.parametrize(
    "other",
    [
        {"cooldown_s": 60, "supply": 1},
        {"token": "the world's"},
        {"recipient": "0x" + "12" * 20},
    ],
)
def test_other_terms_do_not_go_on_with_it(world, owner, begun, other):
    if "token" in other:
        other = {"token": world.token.address}
    with pytest.raises(UsageError, match=r"other options.*--replace"):
        deploy(world.connection, owner, **({"recipient": owner.address} | other), log=begun)


def test_another_account_does_not_go_on_with_it(world, owner, begun):
    with pytest.raises(UsageError, match=f"{owner.address} began.*--replace"):
        deploy(world.connection, world.provider, recipient=owner.address, log=begun)


def test_a_log_of_another_chain_is_none(world, begun):
    text = json.loads(begun.path.read_text())
    begun.path.write_text(json.dumps(text | {"genesis_hash": "0x" + "00" * 32}))
    assert DeploymentLog(begun.path.parent, world.connection).sent("WorkToken") == []


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"deployer": "me"},
        {"transactions": 7},
        {
            "transactions": [
                {"contract": "Market", "raw": "0x12", "nonce": 1, "gas": 1, "hash": "0x"}
            ]
        },
        {"transactions": [{}] * 65},
    ],
)
def test_a_damaged_log_is_told_by_name(world, begun, change):
    begun.path.write_text(json.dumps(json.loads(begun.path.read_text()) | change))
    with pytest.raises(ChainError, match=r"31337\.sent\.json is no sound log"):
        DeploymentLog(begun.path.parent, world.connection)


def test_a_failure_after_the_token_tells_where_it_is(world, owner, through):
    def tamper(body, forward):
        if body["method"] == "eth_estimateGas" and len(body["params"][0]["data"]) > 20_000:
            return _error("the node is too busy")
        return forward()

    hint = r"too busy.*WorkToken is at 0x\w{40}: .*goes on.*--token 0x\w{40}"
    with pytest.raises(ChainError, match=hint):
        deploy(through(tamper), owner, recipient=owner.address)


def test_a_failure_after_the_market_tells_where_both_are(world, owner, through):
    estimates = []

    def tamper(body, forward):
        if body["method"] == "eth_estimateGas":
            estimates.append(body)
            if len(estimates) == 3:
                return _error("the node is too busy")
        return forward()

    hint = r"too busy.*WorkToken is at 0x\w{40}, Market is at 0x\w{40}: .*goes on"
    with pytest.raises(ChainError, match=hint):
        deploy(through(tamper), owner, recipient=owner.address)


# ─────────────────────────────── tokens of others ─────────────────────────────


def test_a_market_can_be_paid_in_a_token_that_is_there(world, owner, tmp_path):
    nonce = world.connection.nonce(owner.address)
    record = deploy(
        world.connection, owner, recipient=owner.address, token=world.token.address, cooldown_s=5
    )
    assert world.connection.nonce(owner.address) == nonce + 2
    assert record.token.name == PLAIN_TOKEN
    assert record.token.block == record.market.block
    deployments.save(record, tmp_path)
    assert deployments.load(world.connection, tmp_path) == record


def test_a_token_sent_to_the_market_before_it_was_there_is_read_from_the_first_block(world, owner):
    """Whoever knows deployer and nonce knows the market's address."""
    from eth_utils import keccak
    from rlp import encode

    nonce = world.connection.nonce(owner.address)
    ahead = keccak(encode([bytes.fromhex(owner.address[2:]), nonce]))[12:]
    world.token.transfer(world.requester, "0x" + ahead.hex(), 1)
    record = deploy(
        world.connection, owner, recipient=owner.address, token=world.token.address, cooldown_s=5
    )
    assert record.market.address.lower() == "0x" + ahead.hex()
    assert record.token.block == 0


# A contract that answers 6 to everything, as decimals() of a stable coin does.
SIX = "0x60065f5260205ff3"


@pytest.mark.parametrize(
    ("code", "hint"),
    [("0x", "there is no contract"), ("0x5f5ffd", "is no ERC-20"), (SIX, "is no ERC-20")],
)
def test_an_address_that_is_no_token_is_refused(world, owner, code, hint):
    token = "0x" + "77" * 20
    world.connection.rpc("anvil_setCode", token, code)
    with pytest.raises(ChainError, match=hint):
        deploy(world.connection, owner, recipient=owner.address, token=token)


def test_a_token_of_other_decimals_is_refused(world, owner, through):
    decimals = "0x313ce567"

    def tamper(body, forward):
        if body["method"] == "eth_call" and body["params"][0]["data"] == decimals:
            return _result(f"0x{6:064x}")
        return forward()

    with pytest.raises(ChainError, match=r"has 6 decimals, and amounts here have 18"):
        deploy(through(tamper), owner, recipient=owner.address, token=world.token.address)


def test_a_file_cannot_pass_a_token_that_is_none(world, owner, tmp_path):
    record = deploy(
        world.connection, owner, recipient=owner.address, token=world.token.address, cooldown_s=5
    )
    path = deployments.save(record, tmp_path)
    world.connection.rpc("anvil_setCode", world.token.address, SIX)
    with pytest.raises(ChainError, match="is no ERC-20"):
        deployments.load(world.connection, path.parent)


# ────────────────────────── slow, fast and forgetful chains ───────────────────


def test_blocks_of_a_quarter_of_a_second_do():
    owner = accounts.dev_signer(0)
    with Anvil(block_time_s=0.25, at_once=False, chain_id=42161) as quick:
        record = deploy(quick.connection, owner, recipient=owner.address, confirmations=3)
        assert quick.connection.block().number >= record.market.block + 2


def test_blocks_that_come_when_they_like_do():
    """Nothing is mined but when the test says so, as between blocks of any length."""
    owner = accounts.dev_signer(0)
    with Anvil(chain_id=1, block_time_s=3600, at_once=False) as slow:
        done = threading.Event()
        made = []

        def run():
            try:
                made.append(
                    deploy(Connection(slow.url), owner, recipient=owner.address, confirmations=2)
                )
            finally:
                done.set()

        thread = threading.Thread(target=run)
        thread.start()
        while not done.wait(0.05):
            waiting, mined = (
                slow.connection.nonce(owner.address, at) for at in ("pending", "latest")
            )
            if waiting > mined or mined == 3:
                local.mine(slow.connection)
        thread.join()
        blocks = [contract.block for contract in made[0].contracts]
        assert blocks == [blocks[0], blocks[0] + 1, blocks[0] + 2]


def test_a_market_that_nobody_confirms_is_told(world, owner, monkeypatch):
    from workbond.chain import deploy as deploying

    def hurried(*args, **options):
        return send(*args, **options, wait_s=0.2)

    send = deploying.send
    with Anvil(chain_id=1, block_time_s=3600) as idle:
        monkeypatch.setattr(deploying, "send", hurried)
        with pytest.raises(TransactionUnresolved, match="sent but not confirmed within"):
            deploy(
                idle.connection,
                accounts.dev_signer(0),
                recipient=owner.address,
                confirmations=2,
            )


def test_a_block_that_was_replaced_before_it_was_confirmed_is_not_recorded(world, owner):
    """The receipt is read anew until it is deep enough: a reorganisation moves the committee."""
    connection = Connection(world.url)
    taken = None
    reads = []

    class Reorganised(Connection):
        def receipt(self, tx_hash):
            nonlocal taken
            found = super().receipt(tx_hash)
            if found is not None and found.contract and reads.count(tx_hash) == 0:
                reads.append(tx_hash)
                if len(reads) == 3:  # the committee's first block
                    taken = found
                    self.rpc("anvil_reorg", 1, [])
                    self.rpc("anvil_dropTransaction", "0x" + tx_hash.hex())
            return found

    record = deploy(
        Reorganised(world.url), owner, recipient=owner.address, cooldown_s=5, confirmations=3
    )
    assert taken is not None
    assert record.committee.block_hash != "0x" + taken.block_hash.hex()
    assert (
        connection.receipt(bytes.fromhex(record.committee.tx[2:])).block_hash.hex()
        == (record.committee.block_hash[2:])
    )
