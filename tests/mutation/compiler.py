"""Mutated contracts, compiled with the settings that ship."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "client" / "workbond" / "artifacts"
MAX_CODE_BYTES = 24_576  # EIP-170: what is larger can't be deployed
WORN = 60  # compilations after which the compiler is started anew: its memory only grows


class NotBuilt(Exception):
    """The sources are no contract that could be deployed."""


class BadSource(NotBuilt):
    """The compiler refuses them, here: path, and first and last byte."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["formattedMessage"])
        found = [e["sourceLocation"] for e in errors if e.get("sourceLocation")]
        self.places = [(place["file"], place["start"], place["end"]) for place in found]


@cache
def standard_input(contract: str) -> dict[str, Any]:
    """The shipped contract's, with the sources as they are now."""
    shipped: dict[str, Any] = json.loads(
        (ARTIFACTS / f"{contract}.standard-input.json").read_text()
    )
    sources = {path: {"content": (ROOT / path).read_text("utf-8")} for path in shipped["sources"]}
    return {**shipped, "sources": sources}


@cache
def sources_of(contract: str) -> dict[str, str]:
    """What the contract consists of, by path."""
    return {path: s["content"] for path, s in standard_input(contract)["sources"].items()}


class Compiler:
    """One solc that stays."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.compiled = 0
        self.codes: dict[str, str] = {}

    def __enter__(self) -> Compiler:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def right(self, contract: str) -> str:
        """The creation code of the contract as it is."""
        if contract not in self.codes:
            self.codes[contract] = self.creation_code(contract, {})
        return self.codes[contract]

    def creation_code(
        self, contract: str, changed: Mapping[str, str], *, limited: bool = True
    ) -> str:
        """Hex, of `contract` with some sources changed; raises NotBuilt, if `limited` also for more
        code than can be deployed."""
        path = f"contracts/{contract}.sol"
        wanted = ["evm.bytecode.object", "evm.deployedBytecode.object"]
        output = self.run(contract, changed, {path: {contract: wanted}})
        evm = output["contracts"][path][contract]["evm"]
        size = len(evm["deployedBytecode"]["object"]) // 2
        if limited and size > MAX_CODE_BYTES:
            raise NotBuilt(f"{size} bytes of code")
        return str(evm["bytecode"]["object"])

    def trees(self, contract: str) -> dict[str, Any]:
        """The syntax trees of the contract's sources, by path."""
        output = self.run(contract, {}, {"*": {"": ["ast"]}})
        return {path: source["ast"] for path, source in output["sources"].items()}

    def run(self, contract: str, changed: Mapping[str, str], wanted: object) -> dict[str, Any]:
        standard = standard_input(contract)
        settings = {**standard["settings"], "outputSelection": wanted}
        sources = {**standard["sources"], **{p: {"content": c} for p, c in changed.items()}}
        output = self.ask({**standard, "sources": sources, "settings": settings})
        errors = [e for e in output.get("errors", []) if e["severity"] == "error"]
        if errors:
            raise BadSource(errors)
        return output

    def ask(self, standard: dict[str, Any]) -> dict[str, Any]:
        if self.compiled % WORN == 0:
            self.stop()
            command = ["node", str(Path(__file__).with_name("solc.js"))]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self.process = subprocess.Popen(command, text=True, cwd=ROOT, **pipes)  # type: ignore[call-overload]
        self.compiled += 1
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(standard) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the compiler stopped")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process = None
