"""Chains whose EVM is too old for the contracts, found before money is spent."""

import pytest

from workbond import accounts
from workbond.chain import evm
from workbond.chain.anvil import Anvil
from workbond.chain.artifacts import artifact
from workbond.chain.creation import Terms, estimate
from workbond.chain.deploy import deploy
from workbond.errors import ChainError

# Instructions by the hard fork that brought them, after London (ethereum.org's EVM opcodes).
LATER = {
    0x5F: "PUSH0",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0x5C: "TLOAD",
    0x5D: "TSTORE",
    0x5E: "MCOPY",
    0x1E: "CLZ",
}
PUSH1, PUSH32, INVALID = 0x60, 0x7F, 0xFE


def _instructions(code: bytes) -> set[int]:
    """Up to the first INVALID, behind which solc puts data, or the code that a creation returns."""
    found, at = set(), 0
    while at < len(code) and code[at] != INVALID:
        found.add(code[at])
        at += 1 + (code[at] - PUSH1 + 1 if PUSH1 <= code[at] <= PUSH32 else 0)
    return found


@pytest.mark.parametrize("name", ["Market", "Committee", "WorkToken"])
def test_every_later_instruction_of_the_shipped_code_is_probed(name):
    shipped = artifact(name)
    used = _instructions(shipped.bytecode) | _instructions(shipped.deployed_bytecode)
    assert {LATER[code] for code in used if code in LATER} <= {name for name, _, _ in evm.PROBES}


def test_the_probes_use_what_they_are_named_after():
    codes = {name: code for code, name in LATER.items()}
    for name, _, code in evm.PROBES:
        assert codes[name] in _instructions(bytes.fromhex(code))


def test_a_chain_that_has_all_passes(world):
    assert evm.missing(world.connection) == []


@pytest.mark.parametrize(
    ("hardfork", "lacking"),
    [
        ("berlin", "PUSH0, MCOPY, TLOAD, TSTORE (of the Shanghai and Cancun upgrade)"),
        ("london", "PUSH0, MCOPY, TLOAD, TSTORE (of the Shanghai and Cancun upgrade)"),
        ("shanghai", "MCOPY, TLOAD, TSTORE (of the Cancun upgrade)"),
    ],
)
def test_an_old_chain_is_refused_before_anything_is_sent(hardfork, lacking):
    owner = accounts.dev_signer(0)
    with Anvil(hardfork=hardfork) as old:
        for attempt in (
            lambda: estimate(old.connection, owner.address, Terms(owner.address)),
            lambda: deploy(old.connection, owner, recipient=owner.address),
        ):
            with pytest.raises(ChainError) as caught:
                attempt()
            assert f"its EVM lacks {lacking}" in str(caught.value)
        assert old.connection.nonce(owner.address) == 0


@pytest.mark.parametrize("hardfork", ["cancun", "osaka"])
def test_chains_from_cancun_on_take_the_contracts(hardfork):
    owner = accounts.dev_signer(0)
    with Anvil(hardfork=hardfork) as chain:
        made = deploy(chain.connection, owner, recipient=owner.address)
        assert chain.connection.code(made.market.address)


def test_a_node_that_refuses_creations_in_calls_tells_nothing(world, proxy):
    def tamper(body, forward):
        if body["method"] == "eth_call" and "to" not in body["params"][0]:
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32602, "message": "no `to`"}}
        return forward()

    from workbond.chain.connection import Connection

    assert evm.missing(Connection(proxy(world.url, tamper).url)) == []
