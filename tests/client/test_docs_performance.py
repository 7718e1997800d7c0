"""docs/performance.md shows what was measured last."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import gas_tables

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")
MEASURED: list[dict[str, Any]] = json.loads(gas_tables.RESULTS.read_text())
UNSHOWN = {"open_1_finalize", "open_65536"}  # compared by `make bench-gas` with the last ones alone


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
