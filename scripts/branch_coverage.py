"""Run forge's unit tests over the contracts and say which branches none of them takes.

    python scripts/branch_coverage.py               # a table, what is missing, exit 1 below 98%
    python scripts/branch_coverage.py --at-least 95

An `if` and a `require` have two branches each. `forge coverage` looks for them among the jumps of
the compiled code, and of what is compiled through the IR, as the market must be (`--ir-minimum`:
without, "stack too deep"), it finds few. But it finds the code of a body. So it measures a copy,
below build/coverage, in which each branch has one:

    require(a < b, TooLate(a, b));

becomes

    if (a < b) { NOTHING } else { NOTHING revert TooLate(a, b); }

All lines keep their numbers, and nothing else is changed: the copy does what the contracts do, and
the tests are the same files. To what is written in assembly the IR keeps no way back: its lines and
its few `if`s are not counted, and the report says so.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from build_contracts import ROOT, SETTINGS, SOLC, compiler

COPY = ROOT / "build" / "coverage"
LEAST_PERCENT = 98
# A body of its own, though the compiler leaves nothing of it: forge passes over empty ones.
NOTHING = b'assembly ("memory-safe") { mstore(64, mload(64)) } '

Node = dict[str, Any]


@dataclass
class Source:
    """A contract's file, the edits that make its copy, and what forge counted there."""

    path: str
    content: bytes
    edits: list[tuple[int, int, bytes]] = field(default_factory=list)
    expected: int = 0  # branches that forge must find
    hidden: int = 0  # branches in assembly
    assembly: set[int] = field(default_factory=set)  # its lines
    # What forge counted: how often each was run.
    branches: dict[tuple[int, str, str], int] = field(default_factory=dict)  # line, block, path
    lines: dict[int, int] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)

    # ───────────────────────────────── the copy ─────────────────────────────────

    def find_branches(self, tree: Any) -> None:
        for node in _nodes(tree):
            kind = node.get("nodeType")
            if kind == "IfStatement":
                self._split_if(node)
            elif kind == "ExpressionStatement" and _is_require(node["expression"]):
                self._split_require(node["expression"])
            elif kind == "TryStatement":
                self.expected += 1  # forge looks whether it failed
            elif kind == "YulIf":
                self.hidden += 1
            elif kind == "InlineAssembly":
                start, end = map(self._line, _range(node))
                self.assembly |= set(range(start + 1, end))

    def _split_if(self, node: Node) -> None:
        self.expected += 2
        self._enter(node["trueBody"])
        if node.get("falseBody"):
            self._enter(node["falseBody"])
        else:
            self._insert(self._after(node["trueBody"]), b" else { " + NOTHING + b"}")

    def _enter(self, body: Node) -> None:
        """A body begins with nothing; one that is no block becomes one."""
        start, _ = _range(body)
        if body["nodeType"] == "Block":
            self._insert(start + 1, b" " + NOTHING)
        else:
            self._insert(start, b"{ " + NOTHING)
            self._insert(self._after(body), b" }")

    def _split_require(self, call: Node) -> None:
        self.expected += 2
        start, end = _range(call)
        condition, error = map(_range, call["arguments"])
        fails = b") { " + NOTHING + b"} else { " + NOTHING + b"revert "
        self._replace(start, condition[0], b"if (")
        self._replace(condition[1], error[0], fails)
        self._replace(error[1], end + 1, b"; }")

    def _after(self, statement: Node) -> int:
        """The end of a statement, its semicolon included: solc's ranges stop before it."""
        _, end = _range(statement)
        return end + 1 if self.content[end : end + 1] == b";" else end

    def _insert(self, at: int, text: bytes) -> None:
        self.edits.append((at, at, text))

    def _replace(self, start: int, end: int, text: bytes) -> None:
        breaks = self.content.count(b"\n", start, end)
        self.edits.append((start, end, text + b"\n" * breaks))

    def _line(self, place: int) -> int:
        return self.content.count(b"\n", 0, place) + 1

    def copy(self) -> bytes:
        """The file with all edits."""
        done = b""
        place = 0
        for start, end, text in sorted(self.edits, key=lambda edit: edit[:2]):
            assert start >= place, f"{self.path}: two edits of byte {start}"
            done += self.content[place:start] + text
            place = end
        return done + self.content[place:]

    # ─────────────────────────────── what was run ───────────────────────────────

    def read(self, key: str, value: str) -> None:
        """Takes a record of an lcov report."""
        if key == "BRDA":
            line, block, path, hits = value.split(",")
            self.branches[int(line), block, path] = 0 if hits == "-" else int(hits)
        elif key == "DA":
            number, hits = value.split(",")[:2]
            if int(number) not in self.assembly:
                self.lines[int(number)] = int(hits)
        elif key == "FNDA":
            hits, name = value.split(",", 1)
            self.functions[name] = int(hits)

    def settle(self) -> None:
        """Forgets what forge can't see, and checks that it counts all other branches."""
        seen = {key: hits for key, hits in self.branches.items() if key[0] not in self.assembly}
        if len(seen) != self.expected:
            sys.exit(f"{self.path} has {self.expected} branches, but forge counts {len(seen)}")
        self.branches = seen
        # A line that begins with a branch of the copy's was run if the branch was.
        text = self.content.decode().split("\n")
        for (line, _, _), hits in seen.items():
            self.lines[line] = max(hits, self.lines.get(line, 0))
        for line in list(self.lines):
            if text[line - 1].strip(" {}") in ("", "else"):
                del self.lines[line]

    def missed(self) -> Iterator[str]:
        text = self.content.decode().split("\n")
        for (line, _, path), hits in sorted(self.branches.items()):
            if not hits:
                never = "never true" if path == "0" else "never false"
                yield f"{self.path}:{line}: {never}: {text[line - 1].strip()}"


def _nodes(tree: Any) -> Iterator[Node]:
    """All nodes, the inner first: where two end together, so do their edits."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from _nodes(value)
        if "nodeType" in tree:
            yield tree
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _range(node: Node) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _is_require(expression: Node) -> bool:
    called = expression.get("expression", {})
    return expression["nodeType"] == "FunctionCall" and called.get("name") == "require"


def judged() -> list[Path]:
    """The files that count: all contracts but those that are for tests alone."""
    paths = sorted((ROOT / "contracts").rglob("*.sol"))
    return [p for p in paths if not {"test", "interfaces"} & set(p.relative_to(ROOT).parts)]


def parse(paths: list[Path], root: Path = ROOT) -> list[Source]:
    """The files with their branches found."""
    import solcx

    names = [str(path.relative_to(root)) for path in paths]
    contents = {name: (root / name).read_bytes() for name in names}
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {name: {"content": text.decode()} for name, text in contents.items()},
            "settings": {
                "remappings": SETTINGS["remappings"],
                "stopAfter": "parsing",
                "outputSelection": {"*": {"": ["ast"]}},
            },
        },
        solc_version=SOLC,
    )
    sources = []
    for name in names:
        source = Source(name, contents[name])
        source.find_branches(output["sources"][name]["ast"])
        sources.append(source)
    return sources


def write_copy(sources: list[Source]) -> None:
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in ("node_modules", "scripts"):
        (COPY / name).symlink_to(ROOT / name)
    settings = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    # No tables: of what is compiled in two ways forge would report only one.
    told = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items() if _plain(value)]
    (COPY / "foundry.toml").write_text("[profile.default]\n" + "".join(told))
    shutil.copytree(ROOT / "contracts", COPY / "contracts")
    for name in ("kit", "units"):
        shutil.copytree(ROOT / "tests" / "forge" / name, COPY / "tests" / "forge" / name)
    for source in sources:
        (COPY / source.path).write_bytes(source.copy())


def _plain(value: Any) -> bool:
    entries = value if isinstance(value, list) else [value]
    return not any(isinstance(entry, dict) for entry in entries)


def measure(sources: list[Source]) -> None:
    """Runs the tests over the copy, and adds to `sources` what forge counted."""
    report = COPY / "lcov.info"
    forge = [str(ROOT / "build" / "bin" / "forge"), "coverage", "--root", str(COPY)]
    options = ["--ir-minimum", "--report", "lcov", "--report-file", str(report)]
    run = subprocess.run([*forge, *options], capture_output=True, text=True, cwd=COPY)
    if run.returncode:
        sys.exit(f"forge coverage failed:\n{run.stdout[-6000:]}\n{run.stderr[-2000:]}")
    by_path = {source.path: source for source in sources}
    source: Source | None = None
    for line in report.read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            source = by_path.get(value)
        elif source is not None:
            source.read(key, value)
    for source in sources:
        source.settle()


# ─────────────────────────────────────── report ───────────────────────────────────


def _share(hits: list[int]) -> str:
    if not hits:
        return "none"
    reached = sum(map(bool, hits))
    return f"{100 * reached / len(hits):.1f}% ({reached}/{len(hits)})"


def _row(name: str, sources: list[Source]) -> str:
    counted = (
        [hits for source in sources for hits in source.branches.values()],
        [hits for source in sources for hits in source.lines.values()],
        [hits for source in sources for hits in source.functions.values()],
    )
    return f"{name:40}" + "".join(f"{_share(hits):>18}" for hits in counted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at-least", type=float, default=LEAST_PERCENT, metavar="PERCENT")
    least = parser.parse_args().at_least
    print(f"solc {SOLC}: {compiler()}")
    sources = parse(judged())
    write_copy(sources)
    measure(sources)

    print(f"\n{'':40}{'branches':>18}{'lines':>18}{'functions':>18}")
    for source in sources:
        print(_row(source.path, [source]))
    print(_row("all", sources))
    hidden = sum(source.hidden for source in sources)
    print(f"Not counted: {hidden} `if`s in assembly.")
    for source in sources:
        for line in source.missed():
            print(line)
    hits = [count for source in sources for count in source.branches.values()]
    percent = 100 * sum(map(bool, hits)) / len(hits)
    if percent < least:
        sys.exit(f"{percent:.2f}% of the branches are taken, less than {least}%")


if __name__ == "__main__":
    main()
