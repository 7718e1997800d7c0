"""What a block explorer does with an export, and what `check` finds."""

import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from workbond import verification
from workbond.chain.artifacts import artifact
from workbond.chain.connection import Connection
from workbond.chain.deploy import deploy

ROOT = Path(__file__).resolve().parents[2]
COMPILE = """
import contextlib, json, os, sys
sys.path.insert(0, sys.argv[1])
from build_contracts import SOLC, compiler, long_version
compiler()
import solcx
os.chdir(sys.argv[3])  # where no source is
with open(sys.argv[2], encoding="utf-8") as file:
    made = solcx.compile_standard(json.load(file), solc_version=SOLC)
json.dump({"version": long_version(), "contracts": made["contracts"]}, sys.stdout)
"""


def explorer(folder: Path, name: str, nowhere: Path) -> tuple[str, str]:
    """Compiles an exported standard JSON input with the real solc: its version, creation code."""
    source = folder / f"{name}.standard-input.json"
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, ROOT / "scripts", source, nowhere],
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"PYTHONPATH": ""},
    )
    made = json.loads(done.stdout)
    path, contract = artifact(name).identifier.split(":")
    return made["version"], made["contracts"][path][contract]["evm"]["bytecode"]["object"]


@pytest.fixture
def exported(world, tmp_path):
    verification.export(world.deployment, tmp_path / "verify")
    return tmp_path / "verify"


@pytest.mark.parametrize("role", ["committee", "market", "token"])
def test_compiling_the_export_gives_what_the_transaction_carried(world, exported, tmp_path, role):
    """What an explorer does: same bytes, to the last one."""
    contract = getattr(world.deployment, role)
    version, code = explorer(exported, contract.name, tmp_path)
    arguments = (exported / f"{contract.name}.constructor-arguments.txt").read_text()
    sent = world.connection.rpc("eth_getTransactionByHash", contract.tx)
    assert sent["input"] == "0x" + code + arguments
    assert version == contract.compiler["version"]
    assert version in (exported / "README.md").read_text()


def test_the_export_has_only_the_sources_that_a_contract_needs(exported):
    def sources(name):
        return set(json.loads((exported / f"{name}.standard-input.json").read_text())["sources"])

    assert "contracts/WorkToken.sol" not in sources("Market")
    assert not any(path.startswith("contracts/test/") for path in sources("Market"))
    assert "contracts/Market.sol" not in sources("WorkToken")


def test_the_guides_commands_name_files_and_values_that_are_there(world, exported):
    text = (exported / "README.md").read_text()
    commands = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(commands) == 9
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "curl"
        named = [part for word in words for part in re.findall(r"@([\w.-]+)", word)]
        assert named
        assert all((exported / file).is_file() for file in named)
    for contract in world.deployment.contracts:
        assert text.count(contract.address) >= 4
    sourcify = json.loads((exported / "Market.sourcify.json").read_text())
    assert sourcify["creationTransactionHash"] == world.deployment.market.tx
    assert sourcify["compilerVersion"].startswith("0.8.37+commit.")
    standard = json.loads((exported / "Market.standard-input.json").read_text())
    assert sourcify["stdJsonInput"] == standard


def test_nothing_of_a_strangers_record_reaches_the_guides_commands(world, tmp_path):
    evil = "$(touch /tmp/evil)"
    market = dataclasses.replace(
        world.deployment.market,
        identifier=evil,
        license=evil,
        compiler={"version": evil, "settings": {}},
        args={evil: evil},
    )
    record = dataclasses.replace(world.deployment, market=market, date=evil)
    verification.export(record, tmp_path)
    assert all(evil not in file.read_text() for file in tmp_path.iterdir())


def test_a_token_of_others_is_not_exported(world, tmp_path):
    record = deploy(
        world.connection,
        world.stranger,
        recipient=world.stranger.address,
        token=world.token.address,
        cooldown_s=5,
    )
    names = {file.name for file in verification.export(record, tmp_path)}
    assert not any(name.startswith(("WorkToken", "ERC20")) for name in names)
    found = verification.check(world.connection, record)
    assert all(item.passed for item in found), found


def _failed(connection, record):
    return [
        (item.contract, item.what)
        for item in verification.check(connection, record)
        if not item.passed
    ]


def test_a_sound_record_passes_every_check(world):
    found = verification.check(world.connection, world.deployment)
    assert [item for item in found if not item.passed] == []
    assert len(found) == 18


MARKET_CHANGES = {
    "runtime code": {"address": "0x" + "77" * 20},
    "compiler settings and ABI": {"compiler": {"version": "v0.8.30+commit.00000000"}},
    "creation transaction": {"block": 1},
    "constructor arguments": {"encoded_args": "0x" + "00" * 64},
}


@pytest.mark.parametrize("what", MARKET_CHANGES)
def test_a_false_record_is_noticed(world, what):
    market = dataclasses.replace(world.deployment.market, **MARKET_CHANGES[what])
    record = dataclasses.replace(world.deployment, market=market)
    assert ("Market", what) in _failed(world.connection, record)


FALSE_ARGS = [
    {"supply": "7"},
    {"recipient": "0x" + "77" * 20},
    {"supply": "1_000"},
    {"more": "1"},
    {"supply": "9" * 5_000},
]


@pytest.mark.parametrize("change", FALSE_ARGS)
def test_arguments_that_read_otherwise_than_they_are_encoded_are_noticed(world, change):
    token = world.deployment.token
    token = dataclasses.replace(token, args=token.args | change)
    record = dataclasses.replace(world.deployment, token=token)
    assert _failed(world.connection, record) == [("WorkToken", "constructor arguments")]


def test_a_market_paid_in_another_token_is_noticed(world):
    token = dataclasses.replace(world.deployment.token, address="0x" + "77" * 20)
    record = dataclasses.replace(world.deployment, token=token)
    assert ("Market", "token and cooldown") in _failed(world.connection, record)


def test_a_committee_of_another_market_is_noticed(world):
    other = deploy(world.connection, world.stranger, recipient=world.stranger.address)
    record = dataclasses.replace(world.deployment, committee=other.committee)
    assert _failed(world.connection, record) == [("Committee", "market and least stake")]


def test_another_licence_is_noticed(world):
    market = dataclasses.replace(world.deployment.market, license="GPL-3.0")
    record = dataclasses.replace(world.deployment, market=market)
    assert _failed(world.connection, record) == [("Market", "compiler settings and ABI")]


def test_a_transaction_that_made_something_else_is_noticed(world):
    market = dataclasses.replace(world.deployment.market, tx=world.deployment.token.tx)
    record = dataclasses.replace(world.deployment, market=market)
    assert _failed(world.connection, record) == [
        ("Market", "creation transaction"),
        ("Market", "creation bytecode"),
        ("Market", "constructor arguments"),
    ]
    missing = dataclasses.replace(world.deployment.market, tx="0x" + "12" * 32)
    record = dataclasses.replace(world.deployment, market=missing)
    assert _failed(world.connection, record) == [("Market", "creation transaction")]


def test_another_chain_is_noticed(world):
    record = dataclasses.replace(world.deployment, genesis_hash="0x" + "00" * 32)
    assert _failed(Connection(world.url), record) == [("chain", "genesis block")]
