"""docs/security/griefing.md names every test of griefing, and none that isn't there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests/forge/griefing"


def test_the_page_names_exactly_the_tests_there_are() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "docs/security/griefing.md").read_text("utf-8"))
    written = [
        name
        for path in TESTS.glob("*.t.sol")
        for name in re.findall(r"function (test_\w+)\(", path.read_text("utf-8"))
    ]
    assert len(written) > 100
    assert sorted(named) == sorted(written)
