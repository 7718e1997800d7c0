"""docs/matcher.md names every option, route, code and metric of the matcher, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from workbond.cli.matcher import TERMS, run
from workbond.matcher import resting, terms
from workbond.matcher.codes import Code, Refusal
from workbond.matcher.follow import HEADS_KEPT
from workbond.matcher.metrics import METRICS
from workbond.matcher.problems import KINDS
from workbond.orders import details, envelope, typed
from workbond.settings.declared import SETTINGS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "matcher.md").read_text()
PROSE = " ".join(PAGE.split())
CLIENT = ROOT / "client/workbond"
SAYING = [*sorted(CLIENT.glob("matcher/*.py")), CLIENT / "provider/outages.py"]  # to the journal
SOURCES = "".join(path.read_text() for path in SAYING)


def section(title: str) -> str:
    text = PAGE[PAGE.index(f"\n## {title}\n") :]
    return text[: text.index("\n## ", 1)] if "\n## " in text[1:] else text


def cells(title: str, column: int) -> list[str]:
    rows = re.findall(r"^\|(.*)\|$", section(title), re.MULTILINE)
    return [row.split("|")[column].strip() for row in rows]


def test_every_option_has_its_default() -> None:
    options = {o.opts[0]: o.name for o in run.params if isinstance(o, click.Option)}
    told = dict(zip(cells("Options", 0)[2:], cells("Options", 1)[2:], strict=True))
    assert {name.strip("`") for name in told} == {flag for flag, n in options.items() if n in TERMS}
    for flag, default in told.items():
        setting = SETTINGS[f"matcher.{options[flag.strip('`')]}"]
        if setting.name not in ("matcher.database", "matcher.trust_proxy"):
            assert default == setting.default_shown


def test_every_code_is_told() -> None:
    told = re.findall(r"^\| (?:open|dormant|used|ended) \| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert sorted(told) == sorted(code.value for code in Code)


def test_every_refusal_is_told_with_its_status() -> None:
    told = dict(re.findall(r"^\| `([a-z][a-z-]*)` \| ([0-9]{3}) \|", PAGE, re.MULTILINE))
    assert told == {refusal.value: str(KINDS[refusal][0]) for refusal in Refusal}


def test_every_metric_and_journal_code_is_told() -> None:
    assert {name.strip("`") for name in cells("Metrics", 0)[2:]} == set(METRICS)
    said = set(re.findall(r'^\s+"([A-Z]+)",$', SOURCES, re.MULTILINE))
    said |= set(re.findall(r'"([A-Z]+)" if setback.paid else "([A-Z]+)"', SOURCES)[0])
    said |= set(re.findall(r'(?:code=|, )"([A-Z]+)"[,)]', SOURCES))
    assert {name.strip("`") for name in cells("Journal", 0)[2:]} == said


@pytest.mark.parametrize(
    "words",
    [
        typed.DETAILS_TYPE,
        typed.WITHDRAWAL_TYPE,
        f"at most {envelope.ORDER_BYTES_MAX // 1024} KiB",
        f"at most {details.ADMITTED_MAX}",
        f"the latest {terms.ENDED:,}",
        f"It rests {resting.FIRST_BLOCKS} blocks, then {2 * resting.FIRST_BLOCKS}, up to "
        f"{resting.MOST_BLOCKS}",
        f"the last {HEADS_KEPT} blocks",
    ],
)
def test_figures_are_those_of_the_code(words: str) -> None:
    assert words in PROSE
