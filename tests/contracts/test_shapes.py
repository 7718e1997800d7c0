"""The contracts' interfaces are exactly what shapes.py and committee_shapes.py freeze."""

import re
from pathlib import Path

import committee_shapes
import pytest
import shapes
from chainkit import rpc
from eth_utils import keccak

MAX_CODE_BYTES = 24_576  # EIP-170
INTERFACES = Path(__file__).parents[2] / "contracts" / "interfaces"


@pytest.fixture(params=["market", "committee"])
def frozen(request, market, bench):
    """A contract, and what is frozen of it."""
    return {"market": (market, shapes), "committee": (bench, committee_shapes)}[request.param]


@pytest.fixture
def contract(frozen):
    return frozen[0]


def type_of(part):
    """An ABI part's canonical type."""
    if not part["type"].startswith("tuple"):
        return part["type"]
    return f"({types_of(part['components'])}){part['type'][5:]}"


def types_of(parts):
    return ",".join(map(type_of, parts))


def plain(entry):
    """The signature that is hashed: `Name(type,...)`."""
    return f"{entry['name']}({types_of(entry['inputs'])})"


def named(entry):
    """`Name(type* name,...)`, with a star behind the type of what is indexed."""
    parts = (
        f"{type_of(part)}{'*' if part.get('indexed') else ''} {part['name']}"
        for part in entry["inputs"]
    )
    return f"{entry['name']}({','.join(parts)})"


def entries(market, kind):
    return [entry for entry in market.abi if entry["type"] == kind]


def functions(market, *mutability):
    return [e for e in entries(market, "function") if e["stateMutability"] in mutability]


def test_events_are_the_frozen_ones(frozen):
    contract, words = frozen
    found = {named(entry): plain(entry) for entry in entries(contract, "event")}
    assert found.keys() == words.EVENTS.keys()
    hashed = {name: "0x" + keccak(text=signature).hex() for name, signature in found.items()}
    assert hashed == words.EVENTS


def test_errors_are_the_frozen_ones(frozen):
    contract, words = frozen
    assert {named(entry) for entry in entries(contract, "error")} == words.ERRORS


def test_no_function_is_an_owners_or_an_upgraders(frozen):
    """All that changes anything is in this list, which has no such function."""
    contract, words = frozen
    found = functions(contract, "nonpayable", "payable")
    assert set(map(plain, found)) == words.TRANSACTIONS


def test_views_are_the_frozen_ones(frozen):
    contract, words = frozen
    found = functions(contract, "view", "pure")
    assert {f"{plain(entry)} {types_of(entry['outputs'])}" for entry in found} == words.VIEWS


def test_no_ether_is_taken(contract, stranger):
    assert not functions(contract, "payable")
    assert not entries(contract, "receive") + entries(contract, "fallback")
    with pytest.raises(Exception, match="revert"):
        stranger.transfer(contract, 1)


def opcodes(code):
    """The opcodes of `code`, what they push skipped, without solc's metadata, which is no code."""
    place, end = 0, len(code) - int.from_bytes(code[-2:], "big") - 2
    while place < end:
        yield code[place]
        place += code[place] - 0x5E if 0x60 <= code[place] <= 0x7F else 1


def test_the_code_cannot_replace_or_destroy_itself(contract, market):
    """It creates nothing, and runs no code but its own in its storage.

    A delegatecall takes its gas and its target from the top of the stack: right behind ADDRESS and
    GAS it runs the contract's own code. Nothing can jump in between, where no JUMPDEST stands. Only
    the market's batches have one.
    """
    code = bytes.fromhex(rpc("eth_getCode", contract.address, "latest")[2:])
    found = list(opcodes(code))
    create, call, callcode, delegatecall, create2, selfdestruct = 0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFF
    assert call in found  # the token is called
    assert not set(found) & {create, callcode, create2, selfdestruct}
    address, gas = 0x30, 0x5A
    places = [place for place, opcode in enumerate(found) if opcode == delegatecall]
    assert bool(places) == (contract == market)
    assert {tuple(found[place - 2 : place]) for place in places} <= {(address, gas)}


def test_the_code_fits_the_limit(contract):
    code = rpc("eth_getCode", contract.address, "latest")
    assert 0 < (len(code) - 2) // 2 <= MAX_CODE_BYTES


@pytest.mark.parametrize(
    ("file", "name", "members"),
    [
        ("IMarketTypes", "State", shapes.STATES),
        ("IMarketTypes", "VoidReason", shapes.VOID_REASONS),
        ("IMarketTypes", "Verdict", shapes.VERDICTS),
        ("ICommitteeTypes", "Phase", committee_shapes.PHASES),
        ("ICommitteeTypes", "Outcome", committee_shapes.OUTCOMES),
    ],
)
def test_codes_are_frozen(file, name, members):
    source = (INTERFACES / f"{file}.sol").read_text()
    body = re.search(rf"enum {name} \{{(.*?)\}}", source, re.DOTALL)[1]
    assert re.findall(r"^\s+(\w+),? //", body, re.MULTILINE) == members
