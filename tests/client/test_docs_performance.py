"""The documents' figures of gas are what was measured last."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

import gas_tables

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")
MEASURED: list[dict[str, Any]] = json.loads(gas_tables.RESULTS.read_text())
UNSHOWN = {"open_1_finalize", "open_65536"}  # compared by `make bench-gas` with the last ones alone
PROSE = [  # elsewhere, in thousands: document, words, row, its transactions
    (
        "provider",
        r"finalize for each job, about ([\d,]+)",
        "open_1_finalize",
        "accept submit finalize",
    ),
    ("verifier", r"committing a seat takes ([\d,]+) gas", "committee_slash_total", "3 commits"),
    ("verifier", r"revealing it ([\d,]+),", "committee_slash_total", "3 reveals"),
    ("verifier", r"a challenge\s+([\d,]+);", "committee_slash_total", "challenge"),
    ("verifier", r"a thousand verifiers ([\d,]+),", "committee_draw_3_of_1000", "draw"),
    ("verifier", r"closing their case ([\d,]+),", "committee_slash_total", "close"),
    ("design", r"A card costs about ([\d,]+) gas", "announce", "announce"),
]


def test_the_tables_are_made_from_the_last_measurement() -> None:
    assert gas_tables.filled(PAGE) == PAGE


@pytest.mark.parametrize("name", [row["name"] for row in MEASURED if row["name"] not in UNSHOWN])
def test_another_figure_is_another_page(name: str) -> None:
    figures = copy.deepcopy(MEASURED)
    (row,) = [row for row in figures if row["name"] == name]
    row["gas"] += 1
    row["transactions"] = {key: gas + 1 for key, gas in row["transactions"].items()}
    assert gas_tables.filled(PAGE, figures) != PAGE


def test_a_page_without_a_tables_place_is_refused() -> None:
    with pytest.raises(ValueError, match="0 places for table cases"):
        gas_tables.filled(PAGE.replace("<!-- end cases -->", ""))


@pytest.mark.parametrize(("document", "words", "name", "keys"), PROSE)
def test_figures_in_prose_are_measured(document: str, words: str, name: str, keys: str) -> None:
    (row,) = [row["transactions"] for row in MEASURED if row["name"] == name]
    if count := re.match(r"(\d+) ", keys):  # as many transactions together
        gas = row[keys] / int(count[1])
    else:
        gas = sum(row[key] for key in keys.split())
    (told,) = re.findall(words, (ROOT / "docs" / f"{document}.md").read_text("utf-8"))
    chance = 0.12 if name.startswith("committee_") else 0.01  # as `make bench-gas` allows
    assert int(told.replace(",", "")) == pytest.approx(gas, abs=500 + chance * gas)
