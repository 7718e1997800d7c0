"""The walk overlooks no way in which a contract can refuse, log, store or call."""

from __future__ import annotations

import pytest
import solcx

import make_snapshots

from .walk import Site, Sources

SOURCE = """
pragma solidity 0.8.37;

error Refused(uint256);
error FieldOutOfRange(bytes32 field);

library Rules {
    function check(uint256 x) internal pure returns (uint256) {
        require(x != 0, Refused(x));
        return x;
    }
    function named(bytes32 field, bool holds) internal pure {
        require(holds, FieldOutOfRange(field));
    }
}

abstract contract Base {
    using Rules for uint256;
    event Said();
    uint256 internal _stored;
    modifier guarded() { require(_stored == 0, Refused(1)); _; emit Said(); }
    function hook() internal virtual { _stored = 1; }
}

contract Other { }

contract Example is Base {
    using Rules for uint256;
    uint256 private _more;
    function hook() internal override { super.hook(); emit Said(); }
    function inherited() external guarded { hook(); }
    function attached(uint256 x) external { _more = x.check(); }
    function literal(bool a, bool b) external pure { _named("first", a); Rules.named("second", b); }
    function _named(bytes32 field, bool holds) private pure { Rules.named(field, holds); }
    function order(uint256 x) external pure { Rules.named("late", Rules.check(x) == 1); }
    function bare(address payable a) external {
        (bool done,) = a.call{ value: 1 }("");
        (done,) = a.delegatecall("");
        (done,) = a.staticcall("");
        done = a.send(1);
        a.transfer(1);
        new Other();
    }
    function assembled() external {
        bytes32 topic = Said.selector;
        assembly { log1(0, 0, topic) if iszero(call(gas(), 1, 0, 0, 0, 0, 0)) { revert(0, 0) } }
    }
    function old(bool x) external pure { assert(x); revert("no"); }
    function pointer() external { function() internal f = hook; f(); }
}
"""


@pytest.fixture(scope="module")
def example() -> Sources:
    make_snapshots.compiler()
    wanted = {"outputSelection": {"*": {"": ["ast"]}}}
    output = solcx.compile_standard(
        {"language": "Solidity", "sources": {"e.sol": {"content": SOURCE}}, "settings": wanted},
        solc_version=make_snapshots.SOLC,
    )
    return Sources(output)


def walked(sources: Sources, name: str) -> list[Site]:
    functions = {node["name"]: node for node in sources.functions("Example").values()}
    return sources.below("Example", functions[name])


MET = {
    "inherited": [
        "storage _stored",
        "error Refused",
        "storage _stored",
        "event Said",
        "event Said",
    ],
    "attached": ["storage _more", "error Refused"],
    "literal": ["error FieldOutOfRange first", "error FieldOutOfRange second"],
    "order": ["error Refused", "error FieldOutOfRange late"],
    "bare": [
        "call Example.call",
        "call Example.delegatecall",
        "call Example.staticcall",
        "call Example.send",
        "call Example.transfer",
        "call Example.new",
    ],
    "assembled": ["event Said", "call Example.call", "error no data"],
    "old": ["error assert", "error revert"],
}


@pytest.mark.parametrize("name", MET)
def test_a_walk_meets_what_there_is_in_its_order(name: str, example: Sources) -> None:
    sites = walked(example, name)
    assert [f"{s.kind} {s.name} {s.detail or ''}".strip() for s in sites] == MET[name]
    assert {site.owner for site in sites} == {"Example"}


def test_a_call_whose_function_nobody_knows_is_no_silent_gap(example: Sources) -> None:
    with pytest.raises(ValueError, match="nobody knows which function f is"):
        walked(example, "pointer")
