"""docs/contracts says what the contracts do: every function, refusal, event, slot and constant."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import make_snapshots

from . import checks, constants
from .markdown import Page
from .walk import Sources

GAS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "gas.json"
CONTRACTS = ["Market", "Committee", "WorkToken"]
FOLDERS = {  # whose page has the constants of which sources
    "Market": ("contracts/Market.sol", "contracts/market/"),
    "Committee": ("contracts/Committee.sol", "contracts/committee/"),
    "libraries": ("contracts/libraries/",),
}


def hold(complaints: list[str]) -> None:
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(make_snapshots.analysis())


def abi(name: str) -> list[dict[str, Any]]:
    return list(make_snapshots.contract(name)["abi"])


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_page_has_every_function_event_and_error_of_the_abi_and_no_other(name: str) -> None:
    hold(checks.interface(Page.read(name), abi(name)))


@pytest.mark.parametrize("name", CONTRACTS)
def test_requirements_and_events_are_those_of_the_code_in_its_order(
    name: str, sources: Sources
) -> None:
    hold(checks.behaviour(Page.read(name), sources, abi(name)))


@pytest.mark.parametrize("name", ["Market", "Committee"])
def test_an_interfaces_documentation_names_no_error_that_cannot_come(
    name: str, sources: Sources
) -> None:
    known = {entry["name"] for each in CONTRACTS for entry in abi(each) if entry["type"] == "error"}
    for node in checks.documented(sources, f"I{name}"):
        told = set(re.findall(r"\b[A-Z]\w+", node["documentation"]["text"])) & known
        code = sources.functions(name)[node["functionSelector"]]
        assert told <= {site.name for site in sources.below(name, code)}, node["name"]


EXITS = ["cancel", "release", "expire", "void", "approve", "finalize", "resolve", "timeout"]


@pytest.mark.parametrize(
    ("name", "exits", "called"),
    [
        ("Market", EXITS, set()),
        ("Committee", ["close"], {"Market.resolve", "BlockHashes.staticcall"}),
        ("Committee", ["abandon"], {"Market.slotOf"}),
    ],
)
def test_an_exit_depends_on_nobodys_code(
    name: str, exits: list[str], called: set[str], sources: Sources
) -> None:
    functions = {node["name"]: node for node in sources.functions(name).values()}
    for exit_ in exits:
        sites = sources.below(name, functions[exit_])
        assert {site.name for site in sites if site.kind == "call"} == called, exit_


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_error_and_event_is_some_functions_or_said_to_be_nobodys(
    name: str, sources: Sources
) -> None:
    """What the walk overlooks would be missing here."""
    functions = sources.functions(name).values()
    sites = [site for node in functions for site in sources.below(name, node)]
    sites += sources.below_constructors(name)
    met = {site.name for site in sites if site.owner == name}
    page = Page.read(name)
    rows = [*page.table("error", "means"), *page.table("event", "means")]
    unmet = {row[0].strip("`").split("(")[0] for row in rows} - met
    nobodys = {row[0].strip("`").split("(")[0] for row in rows if row[1].startswith("never said")}
    never = {row[0].strip("`").split("(")[0] for row in rows if row[1].startswith("never raised")}
    assert unmet <= nobodys | never
    assert nobodys <= unmet


@pytest.mark.parametrize("name", CONTRACTS)
def test_storage_is_where_the_page_says(name: str) -> None:
    layout = make_snapshots.contract(name)["storageLayout"]
    hold(checks.storage(Page.read(name), layout))


def test_libraries_have_these_functions_and_refuse_by_these_errors(sources: Sources) -> None:
    hold(checks.libraries(Page.read("libraries"), sources))


@pytest.mark.parametrize("name", FOLDERS)
def test_constants_have_these_values(name: str, sources: Sources) -> None:
    true = {
        (f"`{contract}.{node['name']}`" if name == "libraries" else f"`{node['name']}`"): (
            constants.shown(sources, node)
        )
        for path, contract, node in constants.declared(sources, "constant")
        if path.startswith(FOLDERS[name])
    }
    rows = Page.read(name).table("constant", "value", "unit, and why")
    assert {row[0]: row[1] for row in rows} == true


@pytest.mark.parametrize("name", ["Market", "Committee"])
def test_immutables_are_these(name: str, sources: Sources) -> None:
    true = {
        f"`{node['name']}`"
        for path, _, node in constants.declared(sources, "immutable")
        if path.startswith(FOLDERS[name])
    }
    assert {row[0] for row in Page.read(name).table("immutable", "set to", "why")} == true


@pytest.mark.parametrize("name", CONTRACTS)
def test_figures_of_gas_are_measured(name: str) -> None:
    hold(checks.gas(Page.read(name), json.loads(GAS.read_text())))


# ─────────────────────────── pages that are wrong ─────────────────────────────

WRONG = {
    "a function is missing": (r"### expire\n.*?(?=### void)", "", "expire"),
    "a function that there isn't": (r"`expire\(", "`expires(", "expires"),
    "an argument's name": (r"`stake\(uint96 amount\)`", "`stake(uint96 value)`", "value"),
    "a requirement is missing": (r"\| now < `windowEnd` \| `TooLate` \|\n", "", "TooLate"),
    "a requirement of another function": (
        r"(?<=\| `amount` is not 0 \| )`FieldOutOfRange\(amount\)` \|\n",
        "`FieldOutOfRange(amount)` |\n| the sun shines | `TooEarly` |\n",
        "TooEarly",
    ),
    "requirements in another order": (
        r"(\| `counter` is the requester's \| .*?\n)(\| the id was never used \| .*?\n)",
        r"\2\1",
        "CounterMismatch",
    ),
    "another state": (r"`WrongState\(Disputed\)`", "`WrongState(Claimed)`", "Disputed"),
    "another field": (r"`FieldOutOfRange\(rampEnd\)`", "`FieldOutOfRange(rampStart)`", "rampEnd"),
    "an event is missing": (r"`OutputAnswered`", "none", "OutputAnswered"),
    "an event too many": (
        r"\*\*Events:\*\* `Staked`",
        "**Events:** `Staked`, `Unstaked`",
        "Unstaked",
    ),
    "an event's member": (r"uint64 disputedAt\)`", "uint64 at)`", "disputedAt"),
    "an error is missing": (r"\| `SealMismatch\(bytes32.*?\n", "", "SealMismatch"),
    "another variable": (r"`_jobs`, `_delegates`", "`_jobs`", "_delegates"),
    "a call is missing": (r"`IERC20.balanceOf`, ", "", "IERC20.balanceOf"),
    "effects are missing": (
        r"- \*\*Effects:\*\* `amount` moves from `free` to",
        "Moves",
        "Effects",
    ),
    "never, of what isn't in the code": (
        r"Never:\*\* `StringTooLong`",
        "Never:** `TooLate`",
        "Too",
    ),
    "a view refuses": (r"(offer's) \| no data", r"\1 | `TooLate`", "offerDigest"),
    "a reference to other requirements": (r"\[as there\]\(#fill\)", "no data", "fillAndClaim"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_page_is_noticed(wrong: str, sources: Sources) -> None:
    pattern, instead, told = WRONG[wrong]
    text, found = re.subn(pattern, instead, Page.read("Market").text, count=1, flags=re.DOTALL)
    assert found == 1
    page = Page("Market", text)
    complaints = checks.interface(page, abi("Market")) + checks.behaviour(
        page, sources, abi("Market")
    )
    assert any(told in complaint for complaint in complaints), complaints


def test_wrong_figures_and_slots_are_noticed() -> None:
    text = Page.read("Market").text.replace("about 67,000", "about 69,000")
    assert checks.gas(Page("Market", text), json.loads(GAS.read_text()))[0].startswith(
        "post: 69,000"
    )
    text = text.replace("| 4 | `_jobs`", "| 3 | `_jobs`")
    layout = make_snapshots.contract("Market")["storageLayout"]
    assert len(checks.storage(Page("Market", text), layout)) == 2
