"""Holds a page against a contract: each function here returns what is wrong, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from make_snapshots import shown

from .markdown import Page, Section, named
from .walk import NO_DATA, OTHERS, Site, Sources

Abi = list[dict[str, Any]]
VIEWS = ("view", "pure")


def interface(page: Page, abi: Abi) -> list[str]:
    """The page has every function, event and error of the ABI, as it is there, and no other."""
    writing = {shown(e) for e in abi if e.get("stateMutability") not in (*VIEWS, None)}
    views = {shown(e) for e in abi if e.get("stateMutability") in VIEWS}
    events = {shown(e) for e in abi if e["type"] == "event"}
    errors = {shown(e) for e in abi if e["type"] == "error"}
    return [
        *_differ("function", set(page.functions), writing),
        *_differ("view", set(page.views), views),
        *_differ("event", {row[0].strip("`") for row in page.table("event", "means")}, events),
        *_differ("error", {row[0].strip("`") for row in page.table("error", "means")}, errors),
    ]


def behaviour(page: Page, sources: Sources, abi: Abi) -> list[str]:
    """Every function's refusals in their order, events, storage and calls are its code's."""
    shapes = {shown(e): e for e in abi if e["type"] in ("function", "constructor")}
    code = {node["name"]: node for node in sources.functions(page.name).values()}
    found: list[str] = []
    for signature, section in page.functions.items():
        if (entry := shapes.get(signature)) is None:
            continue  # interface() tells
        if entry["type"] == "constructor":
            sites = sources.below_constructors(page.name)
        else:
            sites = sources.below(page.name, code[entry["name"]])
        found += refusals(page, section, sites)
        found += events(page, section, sites)
        touched = set(_spoken(page.name, sites, "storage"))
        found += _differ(f"{section.title}: variable", named_in(section, "Touches"), touched)
        called = {site.name for site in sites if site.kind == "call"}
        found += _differ(f"{section.title}: call", named_in(section, "Calls"), called)
        for point in ("Caller", "Effects", "Gas"):
            if section.point(point) is None:
                found.append(f"{section.title}: nothing is said of {point}")
    for signature, (_, _, otherwise) in page.views.items():
        sites = sources.below(page.name, code[shapes[signature]["name"]])
        expected = _collapsed(_spoken(page.name, sites, "error"))
        expected = [error for error in expected if error not in _never(page, signature)]
        if named(otherwise) != expected:
            found.append(f"{signature}: the code has {expected}, the page {named(otherwise)}")
    return found


def refusals(page: Page, section: Section, sites: list[Site]) -> list[str]:
    never = named(section.point("Never") or "")
    spoken = _spoken(page.name, sites, "error")
    said = [*spoken, *_spoken(page.name, sites, "event")]
    problems = [f"{section.title}: the code has no {e}" for e in never if e not in said]
    expected = _collapsed(error for error in spoken if error not in never)
    told = _collapsed(_plain(error, spoken) for error in page.refusals(section))
    if told != expected:
        problems.append(f"{section.title}: the code refuses by {expected}, the page by {told}")
    return problems


def events(page: Page, section: Section, sites: list[Site]) -> list[str]:
    said = set(_spoken(page.name, sites, "event")) - named_in(section, "Never")
    return _differ(f"{section.title}: event", named_in(section, "Events"), said)


def named_in(section: Section, point: str) -> set[str]:
    return set(named(section.point(point) or ""))


def _never(page: Page, signature: str) -> list[str]:
    """What a view's code has and can't do, from the table of such."""
    rows = page.table("view", "never", "because")
    return [error for row in rows if row[0].strip("`") == signature for error in named(row[1])]


def _spoken(name: str, sites: Iterable[Site], kind: str) -> list[str]:
    """Sites in the page's words: another contract's carry its name."""
    words = []
    for site in sites:
        if site.kind == kind:
            foreign = site.owner != name and site.name not in (NO_DATA, OTHERS)
            detail = f"({site.detail})" if site.detail else ""
            words.append(f"{site.owner}.{site.name}" if foreign else site.name + detail)
    return words


def _plain(error: str, spoken: list[str]) -> str:
    """Without a detail that the code does not name literally."""
    name = error.split("(")[0]
    return name if error not in spoken and name in spoken else error


def _collapsed(errors: Iterable[str]) -> list[str]:
    found: list[str] = []
    for error in errors:
        if not found or found[-1] != error:
            found.append(error)
    return found


def _differ(what: str, told: set[str], true: set[str]) -> list[str]:
    return [f"{what} {one} is not on the page" for one in sorted(true - told)] + [
        f"{what} {one} is on the page and nowhere else" for one in sorted(told - true)
    ]


def documented(sources: Sources, interface: str) -> list[dict[str, Any]]:
    """The functions of an interface, each with its documentation."""
    nodes = sources.contracts[interface]["nodes"]
    return [node for node in nodes if node["nodeType"] == "FunctionDefinition"]


# ─────────────────────────────── libraries, figures ───────────────────────────


def libraries(page: Page, sources: Sources) -> list[str]:
    """Each library's section has each of its functions, with the errors that it can raise."""
    found: list[str] = []
    for name, path in sources.files.items():
        if not path.startswith("contracts/libraries/"):
            continue
        nodes = sources.contracts[name]["nodes"]
        code = {
            declared(node): node
            for node in nodes
            if node["nodeType"] == "FunctionDefinition" and node["visibility"] == "internal"
        }
        rows = page.section(name.lower()).table("function", "gives", "refuses")
        told = {row[0].strip("`"): row[2] for row in rows}
        found += _differ(f"{name}'s function", set(told), set(code))
        for signature in code.keys() & told.keys():
            sites = sources.below(name, code[signature])
            errors = {site.name for site in sites if site.kind == "error"}
            said = {error for error in named(told[signature]) if not error.startswith("Panic")}
            found += _differ(f"{name}.{signature}: error", said, errors)
    return found


def declared(node: dict[str, Any]) -> str:
    """A function of the sources as the pages write it: types without locations and contracts."""
    parts = []
    for each in node["parameters"]["parameters"]:
        words = each["typeDescriptions"]["typeString"].split(" ")
        kind = words[1].split(".")[-1] if words[0] in ("struct", "enum") else words[0]
        parts.append(f"{kind} {each['name']}")
    return f"{node['name']}({', '.join(parts)})"


def storage(page: Page, layout: dict[str, Any]) -> list[str]:
    told = {(row[0], row[1].strip("`")) for row in page.table("slot", "variable", "holds")}
    true = {(entry["slot"], entry["label"]) for entry in layout["storage"]}
    return [f"storage: {a} {b}" for a, b in sorted(told ^ true)]


FIGURE = re.compile(r"about ([\d,]+)( an entry)? \((?:`([^`]+)` of )?`(\w+)`\)")


def gas(page: Page, measured: list[dict[str, Any]]) -> list[str]:
    """Figures, in thousands, are those of the last measurement; those of cases vary by chance."""
    rows = {row["name"]: row["transactions"] for row in measured}
    found = []
    for section in page.functions.values():
        for figure, each, key, row in FIGURE.findall(section.point("Gas") or ""):
            key = key or section.title
            count = int(m[0]) if (m := re.match(r"\d+", key)) else 32 if each else 1
            true = rows[row][key] / count
            share = 0.12 if row.startswith("committee_") else 0.01
            if abs(int(figure.replace(",", "")) - true) > 500 + share * true:
                found.append(f"{section.title}: {figure} gas, measured {true:,.0f} ({row})")
    return found
