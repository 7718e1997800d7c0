"""`provider run` shows what is at stake and asks, before it does anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.chain.fees import Price
from workbond.provider import gas

from ..terminals import WAIT_S, Run, ends

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def account(tmp_path: Path) -> None:
    accounts.import_dev_key(tmp_path / "home", "provider", 2, "right")


@pytest.fixture
def type_in(at_terminal: Run) -> Run:
    """Starts `workbond provider run --once OPTIONS...` at a terminal."""
    command = ("provider", "run", "--once", "--listen", "127.0.0.1:0")
    return lambda *options: at_terminal(*command, *options)


def test_the_bill_is_itemised_and_a_no_ends_it_without_a_password(type_in: Run) -> None:
    child = type_in("--min-price", "1000")
    child.expect_exact("Start the node on these terms? [y/N]: ")
    bill = str(child.before)
    assert re.search(r"stake +500 WORK +of which live jobs lock 0 WORK", bill)
    assert re.search(r"you ask for +1000 WORK +per 10\^12 units, at least", bill)
    assert re.search(r"a job released +-5% to -20% ", bill)
    assert re.search(r"a job expired +-25% ", bill)
    assert re.search(r"a job void +-50% ", bill)
    assert re.search(r"a job rejected +-100% ", bill)
    assert re.search(r"its appeals +-60% +of its bond at most, prepaid from wallet", bill)
    assert re.search(r"worst case +-500 WORK +if all that can be locked ended rejected", bill)
    assert re.search(r"network fee +-0\.000[0-9]+ +gas coin a job", bill)
    assert re.search(r"enough for [0-9,]{5,} jobs at present fees", bill)
    assert "UNPAID" not in bill
    child.sendline("n")
    assert "Stopped: nothing was done" in ends(child, 130)


def test_without_a_price_it_says_plainly_that_it_works_for_nothing(type_in: Run) -> None:
    child = type_in()
    child.expect_exact("[y/N]: ")
    assert re.search(r"you ask for +nothing +UNPAID WORK IS TAKEN TOO", str(child.before))
    child.sendline("y")
    child.expect_exact("Password of provider: ")
    child.sendline("right")
    assert "takes jobs that pay at least 0 WORK" in ends(child, 0)


def run(
    surroundings: dict[str, str], tmp_path: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    (tmp_path / "password").write_text("right\n")
    command = [sys.executable, "-m", "workbond", "provider", "run", "--once"]
    command += ["--listen", "127.0.0.1:0", "--password-file", str(tmp_path / "password")]
    return subprocess.run(
        [*command, *options],
        env=surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S * 2,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--min-price", "1"), "give --yes"), (("--yes",), "--min-price 0 if that is what you want")],
)
def test_nobody_to_ask_is_told_in_one_line(
    surroundings: dict[str, str], tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    done = run(surroundings, tmp_path, *options)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert words in line


def test_with_json_scripts_follow_the_lines_on_standard_output(
    surroundings: dict[str, str], tmp_path: Path, shop: Any
) -> None:
    job_id = shop.post(shop.spec())
    refused = shop.post(shop.spec(), bond=501 * 10**18)
    done = run(surroundings, tmp_path, "--yes", "--min-price", "0", "--json")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    codes = [record["code"] for record in records]
    for code in ("TERMS", "STARTED", "CARD", "STAKE", "ACCEPTED", "DONE", "CLAIMED", "SETTLED"):
        assert code in codes
    assert all(
        set(record) == {"time", "level", "code", "job", "text", "numbers"} for record in records
    )
    told = {record["code"]: record for record in records}
    assert told["SETTLED"]["job"] == f"0x{job_id.hex()}"
    assert int(told["SETTLED"]["numbers"]["earned"]) > 0
    assert told["STAKE"]["job"] == f"0x{refused.hex()}"
    assert int(told["STAKE"]["numbers"]["missing"]) >= 10**18
    for record in records:
        assert record["text"] in done.stderr


def test_the_gas_of_a_job_is_what_the_benchmark_measures() -> None:
    rows = json.loads((ROOT / "benchmarks" / "results" / "gas.json").read_text())
    measured = {row["name"]: row["transactions"] for row in rows}
    for name, taken in gas.JOB_GAS.items():
        assert measured["open_1_finalize"][name] == pytest.approx(taken, abs=24)


def test_the_reserve_of_a_job_covers_doubled_fees() -> None:
    for price in (Price({}, 210, 110), Price({"gasPrice": 100}, 100, 100)):
        assert gas.job_reserve(price) > 2 * gas.job_fee(price)
