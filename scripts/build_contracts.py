"""Compile the contracts with py-solc-x and write the artifacts that ship inside the package.

    python scripts/build_contracts.py          # compile, write client/workbond/artifacts/*.json
    python scripts/build_contracts.py --check  # compile, compare with those, exit 1 on a difference

Each contract gets two files: the artifact (`Market.json`), and solc's standard JSON input that made
it (`Market.standard-input.json`), which block explorers compile again to verify a deployment. The
input holds every source that the contract needs and no other, and is compiled without access to
files, so it is known to be complete.

The compiler is the native solc where py-solc-x can install it, else the npm one behind the same
command line (scripts/solcjs); which one ran is printed. Both give the same bytecode.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = ROOT / "client" / "workbond" / "artifacts"
SOLC = "0.8.37"
SHIPPED = {
    "Market": "contracts/Market.sol",
    "Committee": "contracts/Committee.sol",
    "WorkToken": "contracts/WorkToken.sol",
}
LICENSE = "MIT"  # SPDX, as the sources' first lines say
SETTINGS: dict[str, Any] = {
    "evmVersion": "prague",
    "viaIR": True,
    # Not more, so that demands, orders and disputes find room below 24,576 bytes (docs/design.md).
    "optimizer": {"enabled": True, "runs": 200},
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "remappings": ["@openzeppelin/=node_modules/@openzeppelin/"],
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
            ]
        }
    },
}
MAX_CODE_BYTES = 24_576  # EIP-170


def compiler() -> str:
    """Make solc available to py-solc-x; returns which one it is."""
    import solcx

    if "SOLCX_BINARY_PATH" not in os.environ:
        try:
            solcx.install_solc(SOLC)
            return "native"
        except Exception:  # a closed network fails in many ways, and each means the same
            os.environ["SOLCX_BINARY_PATH"] = str(ROOT / "scripts" / "solcjs")
    return f"from {os.environ['SOLCX_BINARY_PATH']}"


def long_version() -> str:
    """solc's version as explorers list it, like `v0.8.37+commit.f401782d`."""
    import solcx

    version = solcx.wrapper.solc_wrapper(
        solc_binary=solcx.install.get_executable(SOLC), version=True
    )[0]
    found = re.search(rf"{re.escape(SOLC)}\+commit\.[0-9a-f]{{8}}", version)
    if found is None:
        sys.exit(f"solc names no version like {SOLC}+commit.00000000: {version!r}")
    return f"v{found[0]}"


def standard_input(path: str) -> dict[str, Any]:
    """The input that compiles the contract in `path`: all sources with their contents, settings."""
    import solcx

    os.chdir(ROOT)  # solc resolves imports from here, and paths in errors stay short
    # Parsing alone finds what is imported, without generating code.
    parse = {"remappings": SETTINGS["remappings"], "outputSelection": {"*": {"": ["ast"]}}}
    output = solcx.compile_standard(
        {"language": "Solidity", "sources": _contents([path]), "settings": parse},
        allow_paths=str(ROOT),
        solc_version=SOLC,
    )
    return {
        "language": "Solidity",
        "sources": _contents(sorted(output["sources"])),
        "settings": SETTINGS,
    }


def _contents(paths: list[str]) -> dict[str, dict[str, str]]:
    return {path: {"content": (ROOT / path).read_text("utf-8")} for path in paths}


def compile_input(name: str, path: str, standard: dict[str, Any], solc: str) -> dict[str, Any]:
    """The artifact that `standard` makes; `solc` is the compiler's long version."""
    import solcx

    with tempfile.TemporaryDirectory() as nowhere, contextlib.chdir(nowhere):  # nothing to import
        output = solcx.compile_standard(standard, solc_version=SOLC)
    for problem in output.get("errors", []):
        print(problem["formattedMessage"], file=sys.stderr)
    return artifact(name, path, output["contracts"][path][name], solc)


def artifact(name: str, path: str, compiled: dict[str, Any], solc: str) -> dict[str, Any]:
    code = compiled["evm"]["deployedBytecode"]
    size = len(code["object"]) // 2
    print(f"{name}: {size} bytes of code ({MAX_CODE_BYTES - size} left)")
    if size > MAX_CODE_BYTES:
        sys.exit(f"{name} has {size} bytes of code, above the limit of {MAX_CODE_BYTES} (EIP-170)")
    references = [place for places in code["immutableReferences"].values() for place in places]
    return {
        "contractName": name,
        "sourceName": path,
        "license": LICENSE,
        "compiler": {
            "version": solc,
            "settings": {k: v for k, v in SETTINGS.items() if k != "outputSelection"},
        },
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + code["object"],
        # Where the constructor writes immutables into the code: [{"start", "length"}] in bytes.
        "immutables": sorted(references, key=lambda place: place["start"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of write")
    check = parser.parse_args().check
    print(f"solc {SOLC}: {compiler()}")
    ARTIFACTS.mkdir(exist_ok=True)
    different = []
    solc = long_version()
    for name, path in SHIPPED.items():
        standard = standard_input(path)
        compiled = compile_input(name, path, standard, solc)
        for file, content in ((name, compiled), (f"{name}.standard-input", standard)):
            target = ARTIFACTS / f"{file}.json"
            text = json.dumps(content, indent=1, sort_keys=True) + "\n"
            if not check:
                target.write_text(text, "utf-8")
            elif not target.is_file() or target.read_text("utf-8") != text:
                different.append(target.name)
    if different:
        sys.exit(f"stale: {', '.join(different)}; run `make contracts` and commit the result")


if __name__ == "__main__":
    main()
