"""docs/provider.md names every refusal and every option, with the figures of the code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from workbond.chain import rules
from workbond.cli.provider import run
from workbond.provider import binder, books, fit, own, statusfile, take, tally, terms
from workbond.provider.fit import Misfit
from workbond.provider.retry import FIRST_PAUSE_S
from workbond.provider.returns import Habits
from workbond.provider.statusfile import (
    Counted,
    Counts,
    EndedJob,
    LiveJob,
    NodeStatus,
    RefusedJob,
    RpcHealth,
)
from workbond.provider.terms import Terms
from workbond.settings.declared import SETTINGS

PAGE = (Path(__file__).parents[2] / "docs" / "provider.md").read_text()
PROSE = " ".join(PAGE.split())  # however its lines are broken
OPTIONS = {
    option.opts[0]: option
    for option in run.params
    if isinstance(option, click.Option) and option.name != "help"
}


def section(title: str, page: str = PAGE) -> str:
    """The page's text below the heading `title`, to the next one of the same or a higher level."""
    level = title.split()[0]
    text = page[page.index(f"\n{title}\n") + len(title) + 2 :]
    return re.split(rf"^#{{1,{len(level)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def rows(first: str, page: str = PAGE) -> dict[str, list[str]]:
    """The tables' cells by their first one, which has the form `first` in backticks."""
    found = re.findall(rf"^\| `({first})` \|(.*)\|$", page, re.MULTILINE)
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "something has two rows"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


REFUSALS = rows("[A-Z]+", section("## How a job is chosen"))
TOLD_OPTIONS = rows("--[a-z-]+")


def test_every_refusal_code_is_documented_and_no_other() -> None:
    assert set(REFUSALS) == {misfit.name for misfit in Misfit}


@pytest.mark.parametrize("code", [misfit.name for misfit in Misfit])
def test_a_refusal_tells_when_whether_again_and_what_to_do(code: str) -> None:
    when, again, advice = REFUSALS[code]
    assert min(len(when), len(advice)) > 5
    assert again


def test_request_checks_stand_in_the_order_in_which_they_are_made() -> None:
    """Of the refusals that the request alone causes; each code is looked up where it is given."""
    made: list[Callable[..., object]] = [fit.check_request, fit._check_price, fit._check_stake]
    text = "".join(inspect.getsource(function) for function in made)
    order = list(dict.fromkeys(re.findall(r"Misfit\.([A-Z]+)", text)))
    assert list(REFUSALS)[: len(order)] == order


def test_every_option_is_documented_and_no_other() -> None:
    assert len(OPTIONS) > 15
    assert set(TOLD_OPTIONS) == set(OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_default_that_help_shows_is_the_documented_one(name: str) -> None:
    default, why = TOLD_OPTIONS[name]
    option = OPTIONS[name]
    assert default
    assert why
    setting = SETTINGS.get(f"provider.{option.name}")
    if setting is not None:
        assert default.startswith(setting.default_shown)


def test_the_plan_of_the_worst_case_is_the_codes() -> None:
    example = re.search(
        r"(\d+) tasks of ([\d,]+) units, (\d+) MiB of memory and (\d+) KiB of output on (\d+) "
        r"cores plan ([\d.]+) s",
        PROSE,
    )
    assert example is not None
    *numbers, seconds = example.groups()
    tasks, units, memory_mib, output_kib, cores = (int(n.replace(",", "")) for n in numbers)
    planned = Terms(cores=cores, memory_bytes=0).run_s(
        tasks, units, memory_mib << 20, output_kib << 10
    )
    assert f"{planned:.1f}" == seconds
    formula = PROSE[PROSE.index("rounds =") : PROSE.index("starts a process")]
    for constant in (
        terms.TASK_START_S,
        terms.TASK_STORE_S,
        terms.MEMORY_BYTES_PER_S,
        terms.STORE_BYTES_PER_S,
        terms.SUBMIT_S,
    ):
        assert f"{constant:,g}" in formula or f"{constant:,}" in formula


def test_the_shares_of_the_bond_are_the_markets() -> None:
    grown = re.search(r"^\| release \| (\d+)% \+ (\d+)% . elapsed", PAGE, re.MULTILINE)
    assert grown is not None
    assert [int(share) for share in grown.groups()] == [
        rules.RELEASE_PERCENT,
        rules.RELEASE_ELAPSED_PERCENT,
    ]
    for name, percent in (("expire", rules.EXPIRE_PERCENT), ("void", rules.VOID_PERCENT)):
        assert f"| {name} | {percent}%; {percent - rules.CALLER_PERCENT}% if you" in PAGE


def test_tries_and_pauses_are_the_codes() -> None:
    pauses = [f"{FIRST_PAUSE_S * 2**n:g}" for n in range(binder.GATHER_TRIES - 1)]
    again = f"after {', '.join(pauses[:-1])} and {pauses[-1]} s, then no"
    assert (REFUSALS["INPUTS"][1], REFUSALS["MACHINE"][1]) == (again, again)
    tries = [f"{take.GATHER_S * 2**n:g}" for n in range(binder.GATHER_TRIES)]
    assert f"may take {tries[0]} s, the next ones {tries[1]}, {tries[2]} and {tries[3]} s" in PROSE
    assert own.EXECUTE_TRIES == 2
    assert own.FETCH_TRIES == 6
    assert "fails here twice; blobs can't be had again after six tries" in PROSE
    assert f"{own.GIVE_UP_S} s before the deadline" in PROSE


def test_the_figures_that_a_new_node_starts_with_are_the_codes() -> None:
    start = Habits()
    figures = {
        "use": f"{start.usage_ppm:,} ppm",
        "speed": f"{start.units_per_second:,} units/s",
        "task": f"{start.task_ms:,} ms",
        "overhead": f"{start.overhead_ms:,} ms",
    }
    for name, figure in figures.items():
        assert f"\n| {name} | {figure} |" in PAGE


def test_every_field_of_the_status_file_is_documented_and_no_other() -> None:
    first_cells = re.findall(r"^\| (`.*?`) \|", section("### Status file"), re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(NodeStatus.model_fields)
    text = section("### Status file") + section("### Expected pay per second")
    for model in (RpcHealth, Counts, Counted, RefusedJob, EndedJob, LiveJob):
        for field in model.model_fields:
            assert f"`{field}`" in text, field
    for number in (statusfile.REFUSED_MAX, statusfile.ENDED_MAX):
        assert f"the last {number} " in text
    assert f"every {books.STATUS_S:g} s" in text
    assert f"at most every {books.SUMMARY_S / 60:g} minutes" in PROSE
    assert f"The last {tally.REMEMBERED:,} jobs" in PROSE


def test_every_code_of_the_journal_is_documented_and_no_other() -> None:
    told = set(re.findall(r"`([A-Z_]+)`", section("### Journal")))
    said = set()
    for path in Path(books.__file__).parent.glob("*.py"):
        for call in re.findall(
            r"(?:say|remark)\((.*?)\n\s*\)\n|say\((.*)\)\n", path.read_text(), re.DOTALL
        ):
            said |= set(re.findall(r'"([A-Z_]{4,})"', "".join(call)))
    assert told == said | {"NOTE"}
