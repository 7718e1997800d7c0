"""docs/verifier.md names every option, code and field of the verifier, with the code's figures."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from workbond.chain import cases
from workbond.cli.verifier import run
from workbond.settings.declared import SETTINGS
from workbond.verifier import books, challenges, node, notebook, plan, seats, turns
from workbond.verifier.statusfile import Counts, Duty, VerifierStatus

from .test_docs_provider import rows
from .test_docs_provider import section as _section

PAGE = (Path(__file__).parents[2] / "docs" / "verifier.md").read_text()
PROSE = " ".join(PAGE.split())
OPTIONS = {
    option.opts[0]: option
    for option in run.params
    if isinstance(option, click.Option) and option.name != "help"
}
TOLD = rows("--[a-z-]+", PAGE)


def test_every_option_is_documented_and_no_other() -> None:
    assert len(OPTIONS) > 15
    assert set(TOLD) == set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_default_that_help_shows_is_the_documented_one(name: str) -> None:
    default, why = TOLD[name]
    assert why
    setting = SETTINGS.get(f"verifier.{OPTIONS[name].name}")
    if setting is not None:
        assert default.startswith(setting.default_shown)


def test_every_field_of_the_status_file_is_documented_and_no_other() -> None:
    text = _section("### Status file", PAGE)
    cells = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(VerifierStatus.model_fields)
    for model in (Counts, Duty):
        for field in model.model_fields:
            assert f"`{field}`" in text, field
    assert f"every {books.STATUS_S:g} s" in text


def test_every_code_of_the_journal_is_documented_and_no_other() -> None:
    told = set(re.findall(r"`([A-Z_]+)`", _section("### Journal", PAGE)))
    said = set()
    for path in Path(books.__file__).parent.glob("*.py"):
        said |= set(re.findall(r'"([A-Z_]{4,})"', path.read_text()))
    said -= {"COMMIT", "ROLLBACK"}  # SQL
    assert told == said | {"NOTE", "OUTAGE", "RECOVERED"}


def test_times_shares_and_bounds_are_the_codes() -> None:
    assert cases.MIN_COMMIT_FOR_S == 3_600
    assert "within an hour or the job's `run_for_s`, whichever is longer" in PROSE
    assert cases.REVEAL_FOR_S == 2 * 3_600
    assert f"{cases.LEAVING_FOR_S // 86_400} days later" in PROSE
    assert cases.PENALTY_FEES == 5
    assert cases.BOND_PERCENT == 10
    assert f"A tip is {cases.TIP_PERCENT}% of the case fee" in PROSE
    assert f"brings {challenges.CHALLENGER_PERCENT}% of its bond" in PROSE
    assert seats.HURRY_SHARE == 10
    assert f"the last {seats.LAST_S} s of it" in PROSE
    assert f"of its own, up to {plan.STAGGER_S} s" in PROSE
    assert f"one every {turns.TURN_S} s" in PROSE
    assert f"is {notebook.KEEP_S // 86_400} days old" in PROSE
    assert f"at most {node.URGENT_PAUSE_MAX_S:g} s between two tries" in PROSE
