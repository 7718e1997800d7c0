"""Compile the contracts with py-solc-x and write the artifacts that ship inside the package.

    python scripts/build_contracts.py          # compile, write client/workbond/artifacts/*.json
    python scripts/build_contracts.py --check  # compile, compare with those, exit 1 on a difference

The compiler is the native solc where py-solc-x can install it, else the npm one behind the same
command line (scripts/solcjs); which one ran is printed. Both give the same bytecode.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = ROOT / "client" / "workbond" / "artifacts"
SOLC = "0.8.37"
SHIPPED = {"Market": "contracts/Market.sol", "WorkToken": "contracts/WorkToken.sol"}
SETTINGS: dict[str, Any] = {
    "evmVersion": "prague",
    "viaIR": True,
    # Not more, so that demands, orders and disputes find room below 24,576 bytes (docs/design.md).
    "optimizer": {"enabled": True, "runs": 1_000},
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


def compile_sources(sources: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Compile `sources` (contract name to path); returns an artifact for each name."""
    import solcx

    os.chdir(ROOT)  # solc resolves imports from here, and paths in errors stay short
    standard = {
        "language": "Solidity",
        "sources": {path: {"content": Path(path).read_text()} for path in sources.values()},
        "settings": SETTINGS,
    }
    output = solcx.compile_standard(standard, allow_paths=str(ROOT), solc_version=SOLC)
    for problem in output.get("errors", []):
        print(problem["formattedMessage"], file=sys.stderr)
    return {
        name: artifact(name, path, output["contracts"][path][name])
        for name, path in sources.items()
    }


def artifact(name: str, path: str, compiled: dict[str, Any]) -> dict[str, Any]:
    code = compiled["evm"]["deployedBytecode"]
    size = len(code["object"]) // 2
    print(f"{name}: {size} bytes of code ({MAX_CODE_BYTES - size} left)")
    if size > MAX_CODE_BYTES:
        sys.exit(f"{name} has {size} bytes of code, above the limit of {MAX_CODE_BYTES} (EIP-170)")
    references = [place for places in code["immutableReferences"].values() for place in places]
    return {
        "contractName": name,
        "sourceName": path,
        "compiler": {
            "version": SOLC,
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
    for name, content in compile_sources(SHIPPED).items():
        target = ARTIFACTS / f"{name}.json"
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        if not check:
            target.write_text(text)
        elif not target.is_file() or target.read_text() != text:
            different.append(target.name)
    if different:
        sys.exit(f"stale: {', '.join(different)}; run `make contracts` and commit the result")


if __name__ == "__main__":
    main()
