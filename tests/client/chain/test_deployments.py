"""Deployment files, and what can be wrong with them."""

import dataclasses
import json
from datetime import datetime

import pytest

from workbond import deployments
from workbond.chain.anvil import Anvil
from workbond.chain.artifacts import artifact
from workbond.chain.deploy import deploy
from workbond.deployments import StaleDeployment
from workbond.errors import ChainError, UsageError


@pytest.fixture
def file(world, tmp_path):
    """A sound deployment file of the world in a directory of its own."""
    return deployments.save(world.deployment, tmp_path / "here")


def _edit(file, change):
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


def test_a_saved_deployment_loads_as_it_was(world, file):
    assert deployments.load(world.connection, file.parent) == world.deployment


def test_the_file_records_what_was_deployed(world, file):
    data = json.loads(file.read_text())
    assert file.name == "31337.json"
    market = data["market"]
    assert market["constructor_arguments"] == {"token_": world.token.address, "cooldown_": "60"}
    assert market["encoded_constructor_arguments"] == (
        "0x" + world.token.address[2:].lower().rjust(64, "0") + f"{60:064x}"
    )
    assert market["contract"] == "contracts/Market.sol:Market"
    assert market["license"] == "MIT"
    assert market["compiler"]["version"].startswith("v0.8.37+commit.")
    assert market["compiler"]["settings"]["evmVersion"] == "prague"
    assert market["compiler"]["settings"]["optimizer"] == {"enabled": True, "runs": 200}
    assert {"type", "name"} <= set(market["abi"][1])
    assert data["genesis_hash"] == "0x" + world.connection.genesis_hash.hex()
    sent = world.connection.rpc("eth_getTransactionByHash", market["transaction_hash"])
    assert market["block_number"] == int(sent["blockNumber"], 16)
    assert market["block_hash"] == sent["blockHash"]
    assert market["deployer"].lower() == sent["from"]
    assert data["token"]["constructor_arguments"]["supply"] == str(10**27)
    at = datetime.fromisoformat(data["date"]).timestamp()
    assert at == world.connection.block(market["block_number"]).timestamp


def _first_format(world):
    """The file of yesterday."""
    record = world.deployment

    def contract(deployed, args):
        return {"address": deployed.address, "tx": deployed.tx, "block": deployed.block} | {
            "args": args
        }

    return {
        "format": 1,
        "chain_id": record.chain_id,
        "genesis_hash": record.genesis_hash,
        "deployer": record.deployer,
        "token": contract(record.token, [record.deployer, 10**27]),
        "market": contract(record.market, [record.token.address, 60]),
        "compiler": record.market.compiler | {"version": "0.8.37"},
    }


def test_a_file_of_the_first_format_is_read(world, file):
    file.write_text(json.dumps(_first_format(world)))
    loaded = deployments.load(world.connection, file.parent)
    assert loaded.date == ""
    assert loaded.market == dataclasses.replace(world.deployment.market, block_hash=None)
    assert loaded.token == dataclasses.replace(world.deployment.token, block_hash=None)
    assert loaded.committee is None


def test_a_file_without_a_committee_is_read(world, file):
    _edit(file, lambda d: d.pop("committee"))
    loaded = deployments.load(world.connection, file.parent)
    assert loaded == dataclasses.replace(world.deployment, committee=None)
    assert loaded.contracts == [world.deployment.token, world.deployment.market]
    assert "committee" not in json.loads(deployments.save(loaded, file.parent).read_text())


def test_a_file_of_a_newer_format_says_to_upgrade(world, file):
    _edit(file, lambda d: d.update(format=3, chain_id="who knows"))
    with pytest.raises(ChainError, match=r"has format 3.*reads up to 2.*upgrade workbond"):
        deployments.load(world.connection, file.parent)


def test_a_missing_file_says_to_deploy(world, tmp_path):
    with pytest.raises(ChainError, match=r"does not exist.*`workbond deploy`"):
        deployments.load(world.connection, tmp_path)


@pytest.fixture
def other_chain(world):
    """Another anvil; those that begin in the same second begin with the same block."""
    while True:
        with Anvil() as other:
            if other.connection.genesis_hash != world.connection.genesis_hash:
                yield other
                return


def test_a_file_of_an_earlier_chain_is_recognised(other_chain, file):
    with pytest.raises(StaleDeployment, match=r"31337\.json belongs to an earlier chain 31337"):
        deployments.load(other_chain.connection, file.parent)


def test_another_contract_at_the_markets_address_is_recognised(world, file):
    _edit(file, lambda d: d["market"].update(address=world.token.address))
    with pytest.raises(
        ChainError, match=f"wrong contract at {world.token.address}.*not the Market"
    ):
        deployments.load(world.connection, file.parent)


def test_an_address_without_code_is_recognised(world, file):
    _edit(file, lambda d: d["market"].update(address=world.pauper.address))
    with pytest.raises(ChainError, match="no contract is there"):
        deployments.load(world.connection, file.parent)


def test_a_market_paid_in_another_token_is_recognised(world, file):
    other = deploy(
        world.connection,
        world.stranger,
        recipient=world.stranger.address,
        supply=1,
        cooldown_s=0,
    )
    _edit(file, lambda d: d["token"].update(address=other.token.address))
    with pytest.raises(ChainError, match="that market is paid in"):
        deployments.load(world.connection, file.parent)


def test_another_contract_at_the_committees_address_is_recognised(world, file):
    _edit(file, lambda d: d["committee"].update(address=world.market.address))
    with pytest.raises(
        ChainError, match=f"wrong contract at {world.market.address}.*not the Committee"
    ):
        deployments.load(world.connection, file.parent)


def test_a_committee_of_another_market_is_recognised(world, file):
    other = deploy(world.connection, world.stranger, recipient=world.stranger.address)
    _edit(file, lambda d: d["committee"].update(address=other.committee.address))
    hint = f"that committee judges claims of {other.market.address}"
    with pytest.raises(ChainError, match=hint):
        deployments.load(world.connection, file.parent)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("market"),
        lambda d: d.update(committee=None),
        lambda d: d["committee"].update(name="ERC20"),
        lambda d: d.update(format=0),
        lambda d: d.update(format="3"),
        lambda d: d.update(format=True),
        lambda d: d["market"].update(name="WorkToken"),
        lambda d: d["market"].update(name="ERC20"),
        lambda d: d["market"].update(transaction_hash="0x12"),
        lambda d: d["market"].update(encoded_constructor_arguments="0xabc"),
        lambda d: d["market"].pop("block_hash"),
        lambda d: d["market"].update(block_number=-1),
        lambda d: d.update(chain_id=1),
        lambda d: d["market"].update(address="0x12"),
        lambda d: d["token"].update(block_number="x"),
        lambda d: d["token"].update(block_number=float("inf")),
        lambda d: d["market"].update(compiler=None),
        lambda d: d["token"]["constructor_arguments"].update(supply="9" * 5_000),
        lambda d: d["token"]["constructor_arguments"].update(supply=[]),
        lambda d: d.update(padding="x" * 600_000),
    ],
)
def test_a_damaged_file_is_told_by_name(world, file, change):
    _edit(file, change)
    with pytest.raises(ChainError, match=r"31337\.json is no sound deployment file"):
        deployments.load(world.connection, file.parent)


@pytest.mark.parametrize("text", ["", "[", "[]", "null", "7", "[" * 50_000])
def test_a_file_that_is_no_record_is_told_by_name(world, file, text):
    file.write_text(text)
    with pytest.raises(ChainError, match=r"31337\.json is no sound deployment file"):
        deployments.load(world.connection, file.parent)


def test_saving_where_one_cannot_write_is_told(world, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ChainError, match="can't write"):
        deployments.save(world.deployment, tmp_path / "file")


def test_saving_replaces_the_file_whole(world, file):
    changed = dataclasses.replace(world.deployment, date="2026-01-01T00:00:00Z")
    deployments.save(changed, file.parent)
    assert deployments.read(file) == changed
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "terms",
    [
        {"cooldown_s": -1},
        {"cooldown_s": 90 * 86_400 + 1},
        {"supply": 0},
        {"supply": 2**96},
        {"seat_stake": 0},
        {"seat_stake": 2**96},
    ],
)
def test_parameters_out_of_range_are_refused_before_deploying(world, terms):
    nonce = world.connection.nonce(world.stranger.address)
    with pytest.raises(UsageError, match="out of range"):
        deploy(world.connection, world.stranger, recipient=world.stranger.address, **terms)
    assert world.connection.nonce(world.stranger.address) == nonce


def test_code_is_compared_up_to_immutables_and_a_metadata_tail(world):
    shipped = artifact("Market")
    code = world.connection.code(world.market.address)
    assert code != shipped.deployed_bytecode
    assert shipped.runtime_matches(code)
    assert shipped.runtime_matches(code + b"\xa1\x64solc\x43\x00\x08\x25" + b"\x00\x0a")
    assert not shipped.runtime_matches(code + b"\x00")
    assert not shipped.runtime_matches(code[:-1])
    changed = bytearray(code)
    changed[100] ^= 1
    assert not shipped.runtime_matches(bytes(changed))
