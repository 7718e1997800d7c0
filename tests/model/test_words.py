"""The model's words are those of the published interface."""

from pathlib import Path

import pytest

from .errors import MARKET_ERRORS
from .hashing import OFFER_TYPE, REQUEST_TYPE
from .wire import artifact
from .words import Account, Job, Offer, Request, State, VoidReason, wire_types

INTERFACES = Path(__file__).parents[2] / "contracts" / "interfaces"


@pytest.mark.parametrize(
    ("struct", "function", "side"),
    [
        (Request, "jobId", "inputs"),
        (Offer, "offerDigest", "inputs"),
        (Job, "check", "inputs"),
        (Account, "accountOf", "outputs"),
    ],
)
def test_structs_have_the_fields_of_the_abi(struct: type, function: str, side: str) -> None:
    entry = next(e for e in artifact("Market")["abi"] if e.get("name") == function)
    parts = next(p["components"] for p in entry[side] if p["type"] == "tuple")
    assert [*wire_types(struct).items()] == [(part["name"], part["type"]) for part in parts]


@pytest.mark.parametrize("type_string", [REQUEST_TYPE, OFFER_TYPE])
def test_the_type_strings_are_the_published_ones(type_string: str) -> None:
    assert f"`{type_string}`" in (INTERFACES / "IMarket.sol").read_text()


def test_errors_have_the_values_of_the_abi() -> None:
    """But those of tokens that are not the reference one, which contract tests meet."""
    inherited = ("DepositMismatch", "NoTokenAt", "ReentrancyGuardReentrantCall")
    inherited += ("SafeERC20FailedOperation", "InvalidShortString", "StringTooLong")
    published = {
        entry["name"]: tuple(value["type"] for value in entry["inputs"])
        for entry in artifact("Market")["abi"]
        if entry["type"] == "error" and entry["name"] not in inherited
    }
    assert published == MARKET_ERRORS


@pytest.mark.parametrize("enum", [State, VoidReason])
def test_codes_are_the_published_ones(enum: type[State] | type[VoidReason]) -> None:
    source = (INTERFACES / "IMarketTypes.sol").read_text()
    body = source.split(f"enum {enum.__name__} {{")[1].split("}")[0]
    names = [line.split("//")[0].strip(" ,") for line in body.splitlines()]
    assert [name.upper() for name in names if name] == [member.name for member in enum]
