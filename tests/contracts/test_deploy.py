"""`brownie run deploy` deploys what `workbond deploy` deploys: packaged code, same arguments."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from artifacts import artifact, plain_code
from brownie import Contract
from chainkit import rpc
from eth_abi import decode

from workbond.chain.deploy import DEFAULT_SEAT_STAKE, DEFAULT_SUPPLY, LOCAL_COOLDOWN_S

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 120


@pytest.fixture
def addresses(accounts):
    """Runs the script for real; it finds this test's chain and deploys there."""
    brownie = Path(sys.executable).with_name("brownie")
    command = [brownie, "run", "deploy", "--network", "anvil"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S)
    found = dict(
        re.findall(r"^(Token|Market|Committee) +(0x[0-9a-fA-F]{40})", done.stdout, re.MULTILINE)
    )
    assert found.keys() == {"Token", "Market", "Committee"}, done.stdout + done.stderr
    return found


def creation_of(address):
    """Input of the transaction that created `address`, by going through the chain's blocks."""
    for number in range(int(rpc("eth_blockNumber"), 16) + 1):
        for sent in rpc("eth_getBlockByNumber", hex(number), True)["transactions"]:
            receipt = rpc("eth_getTransactionReceipt", sent["hash"])
            if (receipt["contractAddress"] or "").lower() == address.lower():
                return sent
    raise AssertionError(f"no transaction created {address}")


def test_the_script_deploys_the_packaged_contracts(addresses, accounts):
    wanted = {
        "Token": ("WorkToken", ["address", "uint256"], (str(accounts[0]).lower(), DEFAULT_SUPPLY)),
        "Market": ("Market", ["address", "uint64"], (addresses["Token"].lower(), LOCAL_COOLDOWN_S)),
        "Committee": (
            "Committee",
            ["address", "uint96"],
            (addresses["Market"].lower(), DEFAULT_SEAT_STAKE),
        ),
    }
    for said, (name, types, arguments) in wanted.items():
        shipped = artifact(name)
        code = rpc("eth_getCode", addresses[said], "latest")
        assert plain_code(code, shipped) == shipped["deployedBytecode"]
        sent = creation_of(addresses[said])
        assert sent["from"] == str(accounts[0]).lower()
        assert decode(types, bytes.fromhex(sent["input"][2:])[-64:]) == arguments


def test_the_deployed_market_answers(addresses, accounts):
    market = Contract.from_abi("Market", addresses["Market"], artifact("Market")["abi"])
    token = Contract.from_abi("WorkToken", addresses["Token"], artifact("WorkToken")["abi"])
    committee = Contract.from_abi("Committee", addresses["Committee"], artifact("Committee")["abi"])
    assert (committee.market(), committee.minStake()) == (market.address, DEFAULT_SEAT_STAKE)
    assert (market.token(), market.cooldown()) == (token.address, LOCAL_COOLDOWN_S)
    assert token.totalSupply() == token.balanceOf(accounts[0]) == DEFAULT_SUPPLY
