"""The packaged artifacts are these contracts, and a market made of them is the same market."""

import pytest
from artifacts import artifact, plain_code
from brownie import project
from chainkit import rpc
from conftest import COOLDOWN, MIN_STAKE, SUPPLY
from eth_abi import encode

CONTRACTS = ["Market", "Committee", "WorkToken"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_brownies_runtime_code_is_the_shipped_one(name):
    built = project.get_loaded_projects()[0]._build.get(name)
    shipped = artifact(name)
    assert plain_code(built["deployedBytecode"], shipped) == shipped["deployedBytecode"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_abi_is_the_shipped_one(name):
    built = project.get_loaded_projects()[0]._build.get(name)

    def known(abi):
        named = [{"name": entry["type"]} | entry for entry in abi]  # brownie names constructors
        return sorted(named, key=lambda entry: (entry["type"], entry["name"]))

    assert known(built["abi"]) == known(artifact(name)["abi"])


@pytest.mark.parametrize("name", CONTRACTS)
def test_holes_for_immutables_are_zero_and_inside_the_code(name):
    shipped = artifact(name)
    code = bytes.fromhex(shipped["deployedBytecode"][2:])
    assert shipped["immutables"]
    for hole in shipped["immutables"]:
        assert code[hole["start"] : hole["start"] + hole["length"]] == bytes(32)


def test_the_shipped_creation_code_makes_what_brownie_deploys(
    Market, Committee, WorkToken, accounts, chain
):
    """Both builds, from the same address, nonce and arguments: immutables included."""

    def deployed(make_token, make_market, make_committee):
        chain.snapshot()
        token = make_token()
        market = make_market(token)
        made = [token, market, make_committee(market)]
        codes = [rpc("eth_getCode", address, "latest") for address in made]
        chain.revert()
        return made, codes

    def built(Contract, *values):
        return str(accounts[0].deploy(Contract, *values))

    def shipped(name, types, *values):
        data = artifact(name)["bytecode"] + encode(types, values).hex()
        sent = {"from": str(accounts[0]), "data": data, "gas": hex(10**7), "gasPrice": "0x0"}
        return rpc("eth_getTransactionReceipt", rpc("eth_sendTransaction", sent))["contractAddress"]

    ours = deployed(
        lambda: built(WorkToken, accounts[0], SUPPLY),
        lambda token: built(Market, token, COOLDOWN),
        lambda market: built(Committee, market, MIN_STAKE),
    )
    theirs = deployed(
        lambda: shipped("WorkToken", ["address", "uint256"], str(accounts[0]), SUPPLY),
        lambda token: shipped("Market", ["address", "uint64"], token, COOLDOWN),
        lambda market: shipped("Committee", ["address", "uint96"], market, MIN_STAKE),
    )
    assert [address.lower() for address in ours[0]] == [address.lower() for address in theirs[0]]
    for ours_, packaged in zip(ours[1], theirs[1], strict=True):
        assert len(packaged) > 2
        assert ours_.startswith(packaged)
