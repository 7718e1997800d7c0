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
from workbond.provider import fit, own, take, terms
from workbond.provider.fit import Misfit
from workbond.provider.retry import FIRST_PAUSE_S
from workbond.provider.terms import Terms

PAGE = (Path(__file__).parents[2] / "docs" / "provider.md").read_text()
PROSE = " ".join(PAGE.split())  # however its lines are broken
OPTIONS = {
    option.opts[0]: option
    for option in run.params
    if isinstance(option, click.Option) and option.name != "help"
}


def rows(first: str) -> dict[str, list[str]]:
    """The tables' cells by their first one, which has the form `first` in backticks."""
    found = re.findall(rf"^\| `({first})` \|(.*)\|$", PAGE, re.MULTILINE)
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "something has two rows"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


REFUSALS, TOLD_OPTIONS = rows("[A-Z]+"), rows("--[a-z-]+")


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
    shown = option.show_default if isinstance(option.show_default, str) else option.default
    if option.show_default:
        assert default == str(shown)


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
    pauses = [f"{FIRST_PAUSE_S * 2**n:g}" for n in range(take.GATHER_TRIES - 1)]
    again = f"after {', '.join(pauses[:-1])} and {pauses[-1]} s, then no"
    assert (REFUSALS["INPUTS"][1], REFUSALS["MACHINE"][1]) == (again, again)
    assert own.EXECUTE_TRIES == 2
    assert own.FETCH_TRIES == 6
    assert "fails here twice; blobs can't be had again after six tries" in PROSE
    assert f"{own.GIVE_UP_S} s before the deadline" in PROSE
