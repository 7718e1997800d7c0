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

AMOUNTS = ("paid", "refunded", "slashed", "compensated", "challenger", "court", "burned")
WORK = 10**18
BOND = 100 * WORK
JUDGED_BOND, CASE_FEE = 40 * WORK, 4 * WORK
TIP = CASE_FEE * 5 // 100
SEAT_FEE = (CASE_FEE - 3 * TIP) // 3


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
        timeout=600,
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
    assert job["verdict"] is None


def test_the_second_job_is_void_and_its_bond_compensates(shown: dict[str, Any]) -> None:
    job = shown["jobs"][1]
    assert (job["state"], job["paid"], job["units"]) == ("Void", "0", 0)
    assert int(job["slashed"]) == BOND * 25 // 100
    assert int(job["compensated"]) == BOND * 24 // 100
    assert int(job["refunded"]) > 0


def _got(job: dict[str, Any], who: str, *about: str) -> int:
    """What `who` got and lost of the job, of all or of what is `about` these."""
    return sum(
        int(gain["amount"])
        for gain in job["got"]
        if gain["who"] == who and (not about or gain["for"] in about)
    )


def test_the_third_jobs_liar_is_found_out_and_loses_its_whole_bond(shown: dict[str, Any]) -> None:
    job = shown["jobs"][2]
    assert (job["state"], job["verdict"], job["paid"]) == ("Void", "Rejected", "0")
    rest = JUDGED_BOND - CASE_FEE
    shares = {"court": CASE_FEE, "compensated": rest * 30 // 100, "challenger": rest * 30 // 100}
    assert int(job["slashed"]) == JUDGED_BOND == -_got(job, "provider-3")
    assert {name: int(job[name]) for name in shares} == shares
    assert int(job["burned"]) == JUDGED_BOND - sum(shares.values()) == _got(job, "")
    assert _got(job, "verifier-1", "the bond, as the first who was right") == shares["challenger"]


def test_the_slashed_bond_is_what_others_got(shown: dict[str, Any]) -> None:
    job = shown["jobs"][2]
    total = sum(int(gain["amount"]) for gain in job["got"] if "back" not in gain["for"])
    assert total == 0


def test_seats_and_cranks_are_paid_by_the_bond(shown: dict[str, Any]) -> None:
    job, names = shown["jobs"][2], [f"verifier-{i}" for i in (1, 2, 3)]
    assert sum(_got(job, name, "seats") for name in names) == 3 * SEAT_FEE
    assert sum(_got(job, name, "turning cranks") for name in names) == 2 * TIP


def test_the_fourth_jobs_provider_is_made_whole_by_who_accused_it(shown: dict[str, Any]) -> None:
    job, bond = shown["jobs"][3], CASE_FEE + JUDGED_BOND // 10
    assert (job["state"], job["verdict"], job["slashed"]) == ("Settled", "Upheld", "0")
    assert int(job["paid"]) > 0
    assert _got(job, "accuser") == -bond
    left = bond - 2 * TIP - 3 * SEAT_FEE
    assert _got(job, "provider-1") == int(job["paid"]) + left


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
