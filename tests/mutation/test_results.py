"""The page on mutants tells what was measured, and explains each that survived."""

from __future__ import annotations

import json

from .results import PAGE, RESULTS, filled

RESULT = json.loads(RESULTS.read_text("utf-8"))
MUTANTS = RESULT["mutants"]
KILLED = [mutant for mutant in MUTANTS if mutant["result"] == "killed"]


def test_the_page_shows_the_last_run() -> None:
    page = PAGE.read_text("utf-8")
    assert page == filled(page, RESULT)


def test_the_sample_is_large_and_mostly_killed() -> None:
    assert len(MUTANTS) >= 200
    assert len(KILLED) >= 0.95 * len(MUTANTS)


def test_each_survivor_is_explained() -> None:
    told = PAGE.read_text("utf-8")
    alive = [mutant["number"] for mutant in MUTANTS if mutant["result"] == "survived"]
    assert [number for number in alive if f"\n- **{number}**" not in told] == []


def test_who_killed_is_on_record() -> None:
    assert all(mutant["by"] for mutant in KILLED)
