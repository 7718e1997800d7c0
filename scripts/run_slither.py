"""Slither over the contracts; fails on a finding that slither.toml does not explain.

    make slither

Every finding of every detector is either mended or stands in slither.toml with the reason why it
stays, by detector and function: a new finding fails, and so does an explanation of what is found no
more. So does code that slither can't read, beyond what is named there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TRIAGE = ROOT / "slither.toml"
SLITHER = ROOT / ".venv-slither" / "bin" / "slither"
BUILD = "build/slither"  # of its own: slither cleans what it builds in
UNREAD = re.compile(r"Impossible to generate IR for \w+\.\w+ \((?:.*/)?([\w.]+)#")

Place = tuple[str, str]  # detector, and where it found something


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        log = analyse(report)
        found = json.loads(report.read_text("utf-8"))
    if not found["success"]:
        sys.exit(f"{log}\nslither failed: {found['error']}")
    findings = found["results"].get("detectors", [])
    explained = tomllib.loads(TRIAGE.read_text("utf-8"))
    wrong = [*differences(findings, explained["triage"])]
    unread = {*UNREAD.findall(log)} - {*explained["unread"]["files"]}
    wrong += [f"slither can't read all of {file}" for file in sorted(unread)]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(findings)} findings, each explained in {TRIAGE.name}")


def analyse(report: Path) -> str:
    """Runs slither; returns what it says."""
    search = f"{ROOT / 'build' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # for forge
    settings = {"PATH": search, "FOUNDRY_OUT": BUILD, "FOUNDRY_CACHE_PATH": f"{BUILD}-cache"}
    command = [str(SLITHER), ".", "--compile-force-framework", "foundry", "--fail-none"]
    command += ["--foundry-out-directory", BUILD, "--filter-paths", "node_modules|contracts/test"]
    command += ["--json", str(report)]
    environment = {**os.environ, **settings}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if not report.is_file():
        sys.exit(f"{done.stdout}\n{done.stderr}\nslither wrote no report")
    return done.stderr


def differences(findings: list[dict[str, Any]], triage: list[dict[str, Any]]) -> list[str]:
    """What is found and not explained, or explained and not found."""
    told: dict[Place, str] = {}
    for finding in findings:
        told.setdefault(place_of(finding), finding["description"].strip())
    found = Counter(place_of(finding) for finding in findings)
    known = Counter((entry["check"], place) for entry in triage for place in entry["in"])
    wrong = [f"{e['check']}: no reason is given" for e in triage if not e["reason"].strip()]
    for place, _ in sorted((found - known).items()):
        wrong.append(f"new: {place[0]} in {place[1]} is not in {TRIAGE.name}\n{told[place]}")
    for place, _ in sorted((known - found).items()):
        wrong.append(
            f"{TRIAGE.name} explains {place[0]} in {place[1]}, which is not found any more"
        )
    return wrong


def place_of(finding: dict[str, Any]) -> Place:
    """Contract, function and variable, as far as the finding is about them; no line: they move."""
    names: list[str] = []
    element = finding["elements"][0]
    while element:
        if element["type"] != "node":
            names.insert(0, element["name"])
        element = element.get("type_specific_fields", {}).get("parent")
    return finding["check"], ".".join(names)


if __name__ == "__main__":
    main()
