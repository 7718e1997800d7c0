"""The demo as users run it: real chain, real processes, real money."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

AMOUNTS = ("paid", "refunded", "slashed", "compensated", "burned")
BOND = 5 * 10**18


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def shown(place: Path) -> dict[str, Any]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WORKBOND_HOME")}
    (place / "tmp").mkdir()
    environment["TMPDIR"] = str(place / "tmp")  # all that belongs to this demo names it
    done = subprocess.run(
        [sys.executable, "-m", "workbond", "demo", "--json"],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_the_first_job_is_paid_for_its_units_and_nobody_loses(shown: dict[str, Any]) -> None:
    job = shown["jobs"][0]
    assert (job["state"], job["tasks"]) == ("Settled", 48)
    assert job["units"] == 228_482_755  # the bill is deterministic: any honest executor's
    assert int(job["paid"]) > 5 * 10**17
    assert [job[name] for name in ("slashed", "compensated", "burned")] == ["0"] * 3


def test_the_second_job_is_void_and_its_bond_compensates(shown: dict[str, Any]) -> None:
    job = shown["jobs"][1]
    assert (job["state"], job["paid"], job["units"]) == ("Void", "0", 0)
    assert int(job["slashed"]) == BOND * 25 // 100
    assert int(job["compensated"]) == BOND * 24 // 100
    assert int(job["refunded"]) > 0


def test_amounts_are_decimal_strings_of_base_units(shown: dict[str, Any]) -> None:
    for job in shown["jobs"]:
        assert all(isinstance(job[name], str) and job[name].isdigit() for name in AMOUNTS)
        assert isinstance(job["seconds"], int)


def test_the_ledger_matches_storage_and_the_market_is_solvent(shown: dict[str, Any]) -> None:
    assert shown["ledger"] == {"matches_storage": True, "solvent": True}


def test_the_plot_is_left_behind(shown: dict[str, Any], place: Path) -> None:
    picture = place / shown["plot"]
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    assert "2015" in picture.read_text("utf-8")


def test_no_process_of_the_demo_outlives_it(shown: dict[str, Any], place: Path) -> None:
    for line in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = line.read_bytes()
        except OSError:  # ended, or another user's
            continue
        assert os.fsencode(place) not in environment
