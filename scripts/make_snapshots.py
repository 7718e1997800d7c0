"""Writes contracts/snapshots: each contract's ABI and storage, a line per thing, to read diffs of.

    python scripts/make_snapshots.py           # writes them
    python scripts/make_snapshots.py --check   # prints what differs, exit 1 if anything does

Names of arguments, of structs and of their members, mutability and order of storage are in them as
well as selectors: a change of any of these is seen in review, whether a test minds it or not.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils import keccak
from eth_utils.abi import abi_to_signature

from build_contracts import SETTINGS, SHIPPED, SOLC, compiler

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOTS = ROOT / "contracts" / "snapshots"
Entry = dict[str, Any]


@cache
def analysis() -> dict[str, Any]:
    """What solc knows of the contracts before it makes code: syntax trees, ABIs, storage."""
    compiler()
    import solcx

    wanted = {"*": {"": ["ast"], "*": ["abi", "storageLayout", "transientStorageLayout"]}}
    here = Path.cwd()
    os.chdir(ROOT)  # imports resolve from here
    try:
        return dict(
            solcx.compile_standard(
                {
                    "language": "Solidity",
                    "sources": {
                        path: {"content": Path(path).read_text("utf-8")}
                        for path in SHIPPED.values()
                    },
                    "settings": SETTINGS | {"outputSelection": wanted},
                },
                allow_paths=str(ROOT),
                solc_version=SOLC,
            )
        )
    finally:
        os.chdir(here)


def contract(name: str) -> Entry:
    return dict(analysis()["contracts"][SHIPPED[name]][name])


# ──────────────────────────────────── ABI ─────────────────────────────────────


def shown_type(part: Entry) -> str:
    """An ABI type as the source calls it: `Request`, `State`."""
    declared = part.get("internalType", part["type"])
    if declared.startswith(("struct ", "enum ")):
        return str(declared.split(" ")[1].split(".")[-1])
    return str(part["type"])


def shown(entry: Entry) -> str:
    """`name(type name, …)`, of a function with what it returns."""
    text = f"{entry.get('name', entry['type'])}({_parts(entry['inputs'])})"
    outputs = entry.get("outputs", [])
    if len(outputs) == 1:
        return f"{text} → {_parts(outputs)}"
    return f"{text} → ({_parts(outputs)})" if outputs else text


def _parts(parts: list[Entry]) -> str:
    words = (
        (shown_type(part), "indexed" if part.get("indexed") else "", part["name"]) for part in parts
    )
    return ", ".join(" ".join(filter(None, each)) for each in words)


def selector(entry: Entry) -> str:
    """Four bytes of a function or an error, the whole topic of an event."""
    digest = keccak(text=abi_to_signature(entry))
    return "0x" + (digest if entry["type"] == "event" else digest[:4]).hex()


def abi_lines(abi: list[Entry], enums: dict[str, list[str]]) -> Iterator[str]:
    for entry in abi:
        if entry["type"] not in ("function", "event", "error"):
            yield f"{shown(entry)} {entry['stateMutability']}"
    for kind in ("function", "event", "error"):
        yield f"\n# {kind}s\n"
        for entry in sorted((e for e in abi if e["type"] == kind), key=shown):
            mutability = f" {entry['stateMutability']}" if kind == "function" else ""
            yield f"{selector(entry)} {shown(entry)}{mutability}"
    kinds: dict[str, list[Entry]] = {}
    for entry in abi:
        for part in [*entry["inputs"], *entry.get("outputs", [])]:
            _collect(part, kinds)
    for title, of_struct in (("structs", True), ("enums", False)):
        found = {name: members for name, members in kinds.items() if bool(members) is of_struct}
        if found:
            yield f"\n# {title}\n"
        for name, members in sorted(found.items()):
            if of_struct:
                yield from (f"{name}.{each['name']} {shown_type(each)}" for each in members)
            else:
                yield from (f"{name}.{each} {code}" for code, each in enumerate(enums[name]))


def _collect(part: Entry, kinds: dict[str, list[Entry]]) -> None:
    """Structs with their members, and enums without."""
    if part.get("internalType", "").startswith(("struct ", "enum ")):
        kinds[shown_type(part).removesuffix("[]")] = part.get("components", [])
    for member in part.get("components", []):
        _collect(member, kinds)


@cache
def enums() -> dict[str, list[str]]:
    """The members of each enum of the sources, in the order of their codes."""
    return {
        node["name"]: [member["name"] for member in node["members"]]
        for source in analysis()["sources"].values()
        for contract in source["ast"]["nodes"]
        for node in contract.get("nodes", [])
        if node["nodeType"] == "EnumDefinition"
    }


# ────────────────────────────────── storage ───────────────────────────────────


def storage_lines(layout: Entry, transient: Entry) -> Iterator[str]:
    """Slots in their order, then the structs in them, whose slots count from the struct's first."""
    yield "# slots: slot, bytes, variable, type\n"
    yield from _slots(layout["storage"], layout["types"])
    for kind in layout["types"].values():
        if "members" in kind:
            yield f"\n# {kind['label']}\n"
            yield from _slots(kind["members"], layout["types"])
    yield "\n# transient\n"
    yield from _slots(transient["storage"], transient["types"] or {})


def _slots(members: list[Entry], types: dict[str, Entry]) -> Iterator[str]:
    for member in members:
        kind = types[member["type"]]
        first = member["offset"]
        last = first + min(int(kind["numberOfBytes"]), 32) - 1
        yield f"{member['slot']} {first}..{last} {member['label']} {kind['label']}"


# ─────────────────────────────────── files ────────────────────────────────────


def snapshots() -> dict[Path, str]:
    """The text of each file."""
    files = {}
    for name in SHIPPED:
        made = contract(name)
        parts = {
            "abi": abi_lines(made["abi"], enums()),
            "storage": storage_lines(made["storageLayout"], made["transientStorageLayout"]),
        }
        for kind, lines in parts.items():
            files[SNAPSHOTS / f"{name}.{kind}.txt"] = "\n".join(lines).strip() + "\n"
    return files


def differences() -> list[str]:
    """Lines of a unified diff from what is on record to what the contracts are."""
    found: list[str] = []
    expected = snapshots()
    for path in sorted({*expected, *SNAPSHOTS.glob("*")}):
        recorded = path.read_text("utf-8") if path.exists() else ""
        shown_path = str(path.relative_to(ROOT))
        found += difflib.unified_diff(
            recorded.splitlines(),
            expected.get(path, "").splitlines(),
            f"{shown_path} (on record)",
            f"{shown_path} (the contracts)",
            lineterm="",
            n=1,
        )
    return found


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        if found := differences():
            print(*found, sep="\n", file=sys.stderr)
            print("stale: run `make snapshots` and commit the result", file=sys.stderr)
        return 1 if found else 0
    SNAPSHOTS.mkdir(exist_ok=True)
    for path, text in snapshots().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
