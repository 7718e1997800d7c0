"""What became of the sample, as numbers (mutation.json) and as the tables of mutation.md."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
from collections import Counter
from importlib.metadata import version
from typing import Any

from .compiler import ARTIFACTS, ROOT, Compiler
from .run import SEED, SIZE, Entry, Run
from .sample import CONTRACTS

RESULTS = ROOT / "benchmarks" / "results" / "mutation.json"
PAGE = ROOT / "docs" / "security" / "mutation.md"
LOCK = ROOT / "constraints-slither.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--size", type=int, default=SIZE)
    options = parser.parse_args()
    with Compiler() as compiler:
        results = collected(Run(options.seed, compiler), options.seed, options.size)
    results["sha256 of creation code"] = {contract: fingerprint(contract) for contract in CONTRACTS}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    PAGE.write_text(filled(PAGE.read_text("utf-8"), results), "utf-8")


def fingerprint(contract: str) -> str:
    shipped = json.loads((ARTIFACTS / f"{contract}.json").read_text("utf-8"))
    return hashlib.sha256(bytes.fromhex(shipped["bytecode"].removeprefix("0x"))).hexdigest()


def collected(run: Run, seed: int, size: int) -> dict[str, Any]:
    counted = run.counted(size)
    tried = [run.known[n] for n in run.order if n <= counted[-1]["number"]]
    return {
        "seed": seed,
        "chosen from": len(run.order),
        "tried": len(tried),
        "not built": sum(entry["result"] == "not built" for entry in tried),
        "same code": sum(entry["result"] == "same code" for entry in tried),
        "versions": versions(),
        "mutants": [shown(entry) for entry in counted],
    }


def versions() -> dict[str, str]:
    slither = re.search(r"^slither-analyzer==(.+)$", LOCK.read_text("utf-8"), re.MULTILINE)
    assert slither is not None
    return {
        "solc": "0.8.37",
        "slither-analyzer": slither[1],
        "pyrevm": version("pyrevm"),
        "python": platform.python_version(),
    }


def shown(entry: Entry) -> Entry:
    wanted = ("number", "path", "line", "operator", "old", "new", "result", "by")
    return {key: entry[key] for key in wanted}


def filled(page: str, results: dict[str, Any]) -> str:
    """The page with its tables anew."""
    for name, text in (("summary", summary(results)), ("survivors", survivors(results))):
        block = f"<!-- {name} -->\n{text}\n<!-- /{name} -->"
        pattern = rf"<!-- {name} -->.*<!-- /{name} -->"
        page = re.sub(pattern, lambda _, block=block: block, page, flags=re.DOTALL)
    return page


def summary(results: dict[str, Any]) -> str:
    """By directory and what made the mutants."""
    mutants = results["mutants"]
    killed = sum(m["result"] == "killed" for m in mutants)
    share = 100 * killed / len(mutants)
    lines = [
        f"Seed {results['seed']}: {len(mutants)} of {results['chosen from']:,} mutants, "
        f"**{killed} killed ({share:.1f}%)**. On the way {results['not built']} could not be "
        f"built and {results['same code']} gave the same bytecode; they don't count.",
        "",
        "| source | mutants | killed |",
        "| --- | ---: | ---: |",
    ]
    lines += rows(mutants, [m["path"].removeprefix("contracts/") for m in mutants])
    lines += ["", "| operator | mutants | killed |", "| --- | ---: | ---: |"]
    lines += rows(mutants, [m["operator"] for m in mutants])
    lines += ["", "| noticed first by | mutants |", "| --- | ---: |"]
    first = Counter(m["by"].partition(":")[0] for m in mutants if m["result"] == "killed")
    lines += [f"| {name} | {count} |" for name, count in first.most_common()]
    return "\n".join(lines)


def rows(mutants: list[Entry], names: list[str]) -> list[str]:
    pairs = [*zip(names, mutants, strict=True)]
    killed = Counter(name for name, m in pairs if m["result"] == "killed")
    return [
        f"| {name} | {count} | {killed[name]} |" for name, count in sorted(Counter(names).items())
    ]


def survivors(results: dict[str, Any]) -> str:
    lines = ["| number | place | instead of | stands |", "| ---: | --- | --- | --- |"]
    for mutant in results["mutants"]:
        if mutant["result"] == "survived":
            old, new = (cell(mutant[side]) for side in ("old", "new"))
            place = f"{mutant['path'].removeprefix('contracts/')}:{mutant['line']}"
            lines.append(f"| {mutant['number']} | {place} | {old} | {new} |")
    return "\n".join(lines)


def cell(code: str) -> str:
    """As code in one line of a table."""
    text = " ".join(code.split()).replace("|", "\\|")
    return f"`{text}`" if text else "nothing"


if __name__ == "__main__":
    main()
