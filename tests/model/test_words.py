"""The model's words are those of the published interface."""

from pathlib import Path

import pytest

from .chain import artifact
from .hashing import REQUEST_TYPE
from .words import Account, Job, Request, State, VoidReason, wire_types

INTERFACES = Path(__file__).parents[2] / "contracts" / "interfaces"


@pytest.mark.parametrize(
    ("struct", "function", "side"),
    [
        (Request, "jobId", "inputs"),
        (Job, "check", "inputs"),
        (Account, "accountOf", "outputs"),
    ],
)
def test_structs_have_the_fields_of_the_abi(struct: type, function: str, side: str) -> None:
    entry = next(e for e in artifact("Market")["abi"] if e.get("name") == function)
    parts = next(p["components"] for p in entry[side] if p["type"] == "tuple")
    assert [*wire_types(struct).items()] == [(part["name"], part["type"]) for part in parts]


def test_the_type_string_is_the_published_one() -> None:
    assert f"`{REQUEST_TYPE}`" in (INTERFACES / "IMarket.sol").read_text()


@pytest.mark.parametrize("enum", [State, VoidReason])
def test_codes_are_the_published_ones(enum: type[State] | type[VoidReason]) -> None:
    source = (INTERFACES / "IMarketTypes.sol").read_text()
    body = source.split(f"enum {enum.__name__} {{")[1].split("}")[0]
    names = [line.split("//")[0].strip(" ,") for line in body.splitlines()]
    assert [name.upper() for name in names if name] == [member.name for member in enum]
