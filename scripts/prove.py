"""`make proofs`: runs halmos over tests/forge/proofs and fails unless every proof there holds.

halmos passes what it did not see (to it a loop cut short is a warning): its report is read here.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "tests" / "forge" / "proofs"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--match", default="", help="only proofs whose name has this regex")
    options = parser.parse_args()
    wanted = [p for p in written() if re.search(options.match, p)]
    if not wanted:
        print("no proof is called so")
        return 1
    started = time.monotonic()
    results = run(wanted)
    bad = [name for name in wanted if verdict(results.get(name)) != "proved"]
    for name in wanted:
        result = results.get(name)
        spent = result["time"] if result else None  # nor has it any where halmos itself failed
        seconds = f"{spent[0]:7.1f} s" if spent else "        -"
        print(f"{verdict(result):16} {seconds}  {name}")
    print(f"{len(wanted) - len(bad)} of {len(wanted)} in {time.monotonic() - started:.0f} s")
    return 1 if bad else 0


def written() -> list[str]:
    """The names of all proofs in the sources, so that none is lost on the way."""
    sources = (path.read_text() for path in sorted(PROOFS.glob("*.sol")))
    return [name for source in sources for name in re.findall(r"function (check_\w+)", source)]


def run(names: list[str]) -> dict[str, dict]:
    report = ROOT / "build" / "proofs.json"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    command = [
        *(sys.executable, str(ROOT / "scripts" / "halmos_sha256.py")),
        *("--root", str(ROOT), "--config", str(PROOFS / "halmos.toml")),
        *("--match-test", f"^({'|'.join(names)})\\("),
        *("--solver-command", f"{sys.executable} {ROOT / 'scripts' / 'halmos_solver.py'}"),
        *("--no-status", "--json-output", str(report)),
    ]
    environment = os.environ | {
        "FOUNDRY_PROFILE": "proofs",
        "PATH": f"{ROOT / 'build' / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if not report.exists():
        return {}
    tests = [t for found in json.loads(report.read_text())["test_results"].values() for t in found]
    return {test["name"].partition("(")[0]: test for test in tests}


def verdict(result: dict | None) -> str:
    if result is None:
        return "not run"
    if result["num_bounded_loops"]:
        return "cut short"
    return {0: "proved", 1: "counterexample", 2: "timeout"}.get(result["exitcode"], "failed")


if __name__ == "__main__":
    sys.exit(main())
