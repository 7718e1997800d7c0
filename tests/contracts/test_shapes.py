"""The market's interface is exactly what shapes.py freezes."""

import re
from pathlib import Path

import pytest
from chainkit import rpc
from eth_utils import keccak
from shapes import ERRORS, EVENTS, STATES, TRANSACTIONS, VIEWS, VOID_REASONS

MAX_CODE_BYTES = 24_576  # EIP-170
TYPES = Path(__file__).parents[2] / "contracts" / "interfaces" / "IMarketTypes.sol"


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


def test_events_are_the_frozen_ones(market):
    found = {named(entry): plain(entry) for entry in entries(market, "event")}
    assert found.keys() == EVENTS.keys()
    assert {
        name: "0x" + keccak(text=signature).hex() for name, signature in found.items()
    } == EVENTS


def test_errors_are_the_frozen_ones(market):
    assert {named(entry) for entry in entries(market, "error")} == ERRORS


def test_no_function_is_an_owners_or_an_upgraders(market):
    """All that changes anything is in this list, which has no such function."""
    found = functions(market, "nonpayable", "payable")
    assert set(map(plain, found)) == TRANSACTIONS


def test_views_are_the_frozen_ones(market):
    found = functions(market, "view", "pure")
    assert {f"{plain(entry)} {types_of(entry['outputs'])}" for entry in found} == VIEWS


def test_the_market_takes_no_ether(market, stranger):
    assert not functions(market, "payable")
    assert not entries(market, "receive") + entries(market, "fallback")
    with pytest.raises(Exception, match="revert"):
        stranger.transfer(market, 1)


def opcodes(code):
    """The opcodes of `code`, what they push skipped, without solc's metadata, which is no code."""
    place, end = 0, len(code) - int.from_bytes(code[-2:], "big") - 2
    while place < end:
        yield code[place]
        place += code[place] - 0x5E if 0x60 <= code[place] <= 0x7F else 1


def test_the_code_cannot_replace_or_destroy_itself(market):
    """It creates nothing, and runs no code but its own in its storage.

    A delegatecall takes its gas and its target from the top of the stack: right behind ADDRESS and
    GAS it runs the market's own code. Nothing can jump in between, where no JUMPDEST stands.
    """
    code = bytes.fromhex(rpc("eth_getCode", market.address, "latest")[2:])
    found = list(opcodes(code))
    create, call, callcode, delegatecall, create2, selfdestruct = 0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFF
    assert call in found  # the token is called
    assert not set(found) & {create, callcode, create2, selfdestruct}
    address, gas = 0x30, 0x5A
    places = [place for place, opcode in enumerate(found) if opcode == delegatecall]
    assert places
    assert {tuple(found[place - 2 : place]) for place in places} == {(address, gas)}


def test_the_code_fits_the_limit(market):
    code = rpc("eth_getCode", market.address, "latest")
    assert 0 < (len(code) - 2) // 2 <= MAX_CODE_BYTES


@pytest.mark.parametrize(("name", "members"), [("State", STATES), ("VoidReason", VOID_REASONS)])
def test_codes_are_frozen(name, members):
    source = TYPES.read_text()
    body = re.search(rf"enum {name} \{{(.*?)\}}", source, re.DOTALL)[1]
    assert re.findall(r"^\s+(\w+),? //", body, re.MULTILINE) == members
