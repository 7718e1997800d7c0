"""Do the directed tests notice? Forge's units and griefing tests deploy the contracts from forge's
artifacts, where a mutant's code can lie instead: nothing needs to be compiled again."""

from __future__ import annotations

import json
import re
import subprocess

from .compiler import ROOT

FORGE = ROOT / "build" / "bin" / "forge"
TESTS = "tests/forge/{units,griefing}/*"
OUT = ROOT / "build" / "forge"
SUITE = re.compile(r"^Ran \d+ tests? for ([\w/.]+):", re.MULTILINE)
FAILURE = re.compile(r"^\[FAIL.*\] (\w+)\(", re.MULTILINE)


def passes() -> bool:
    """Whether all of them pass with the contracts as they are; builds what is not built."""
    return run().returncode == 0


def noticed(contract: str, code: str) -> str | None:
    """The first test that fails with this creation code (hex) for `contract`, or None."""
    artifact = OUT / f"{contract}.sol" / f"{contract}.json"
    shipped = artifact.read_text("utf-8")
    entry = json.loads(shipped)
    entry["bytecode"]["object"] = f"0x{code}"
    artifact.write_text(json.dumps(entry), "utf-8")
    try:
        done = run()
    finally:
        artifact.write_text(shipped, "utf-8")
    if done.returncode == 0:
        return None
    return first_failure(done.stdout)


def first_failure(log: str) -> str:
    """File and name of the test."""
    failure = FAILURE.search(log)
    if failure is None:
        raise RuntimeError(f"forge failed, but no test did: {log[-2000:]}")
    file = SUITE.findall(log, 0, failure.start())[-1]
    return f"{file}: {failure[1]}"


def run() -> subprocess.CompletedProcess[str]:
    command = [str(FORGE), "test", "--match-path", TESTS]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
