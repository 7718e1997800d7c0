"""The simulated month of docs/economics.md, in small."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from benchmarks.economy import page, plots
from benchmarks.economy.month import Month
from benchmarks.economy.report import report
from benchmarks.economy.scale import Scale
from tests.model.words import State

ROOT = Path(__file__).parents[3]
SMALL = Scale(providers=40, requesters=8, jobs=150, days=2, seed=7)


def played(scale: Scale = SMALL) -> Month:
    month = Month(scale)
    month.play()
    return month


@pytest.fixture(scope="module")
def month() -> Month:
    return played()


def test_every_matched_job_comes_to_an_end_on_the_market(month: Month) -> None:
    states = {month.world.market.record(id_).state for id_ in month.lives.all}
    assert states <= {State.SETTLED, State.VOID}
    assert all(life.end for life in month.lives.all.values())
    assert len(month.lives.all) > len(month.book.waits) / 2


def test_the_market_takes_every_match_of_the_engine(month: Month) -> None:
    assert month.world.skipped.total() == 0


def test_no_order_that_fits_is_passed_over_more_often_than_the_bound(month: Month) -> None:
    rivals = month.book.rivals()
    assert any(wait.missed for wait in month.book.waits), "nobody had to wait: a larger load is due"
    assert all(wait.missed <= rivals[wait.order.id] for wait in month.book.waits)


def test_whoever_was_not_matched_is_told_why(month: Month) -> None:
    assert all(wait.reason for wait in month.book.waits if not wait.matched_s)


def test_what_is_slashed_goes_to_requesters_and_callers_or_is_burned(month: Month) -> None:
    lives = month.lives.all.values()
    assert any(life.slashed for life in lives)
    for life in lives:
        assert life.slashed == life.compensation + life.reward + life.burned
    assert sum(life.burned for life in lives) == month.world.audit.burned()


def test_the_same_seed_plays_the_same_month(month: Month) -> None:
    assert json.dumps(report(played())) == json.dumps(report(month))


def test_plots_are_the_same_bytes_for_the_same_month(month: Month, tmp_path: Path) -> None:
    figures = report(month)
    first = [path.read_bytes() for path in plots.draw(month, figures, tmp_path / "a")]
    again = [path.read_bytes() for path in plots.draw(month, figures, tmp_path / "b")]
    assert first == again


def test_the_page_shows_the_tables_and_plots_of_the_last_results() -> None:
    document = (ROOT / "docs" / "economics.md").read_text()
    figures = json.loads((ROOT / "benchmarks" / "results" / "economy.json").read_text())
    assert page.filled(document, figures) == document
    assert figures["scale"] == vars(Scale())
    shown = {Path(path).name for path in re.findall(r"\((images/economics-\S+?\.svg)\)", document)}
    assert shown == {path.name for path in (ROOT / "docs" / "images").glob("economics-*.svg")}
