"""docs/jobs.md names every field of a job file, and its examples are job files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from workbond.cli.job_why import WAITING_S
from workbond.jobfile import JobFile, load_job_file
from workbond.requester.why import deals, lookout, survey
from workbond.requester.why.reasons import Code

PAGE = Path(__file__).parents[2] / "docs" / "jobs.md"
LITERALS: dict[str, object] = {"[]": (), "{}": {}}  # defaults as people write them


def fields(model: type[BaseModel] = JobFile, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every field with its dotted name, sections and their fields."""
    for name, field in model.model_fields.items():
        yield prefix + name, field
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from fields(field.annotation, f"{prefix}{name}.")


FIELDS = dict(fields())


def rows() -> dict[str, list[str]]:
    """The tables' cells by the field in their first one."""
    found = re.findall(r"^\| `([a-z_.]+)` \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "a field has two rows"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def codes() -> dict[str, list[str]]:
    """The cells of the table of reasons by code."""
    found = re.findall(r"^\| `([A-Z]+)` \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    assert len(found) == len(dict(found)), "a code has two rows"
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "climate.wasm").write_bytes(b"\0asm")
    (tmp_path / "months").mkdir()
    for name in ("2.csv", "10.csv"):
        (tmp_path / "months" / name).write_text(name)
    return tmp_path


def load(folder: Path, text: str, name: str) -> JobFile:
    (folder / name).write_text(text)
    return load_job_file(folder / name)


def set_fields(value: BaseModel, prefix: str = "") -> Iterator[str]:
    for name in value.model_fields_set:
        yield prefix + name
        inner = getattr(value, name)
        if isinstance(inner, BaseModel):
            yield from set_fields(inner, f"{prefix}{name}.")


def test_every_field_is_documented_and_nothing_else() -> None:
    assert len(FIELDS) > 20
    assert set(rows()) == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_has_type_bounds_meaning_and_example(name: str) -> None:
    kind, default, _bounds, meaning, example = rows()[name]
    assert kind
    assert default
    assert meaning
    assert bool(example) == (kind != "table")


@pytest.mark.parametrize("name", FIELDS)
def test_the_default_is_the_models(name: str) -> None:
    told, field = rows()[name][1], FIELDS[name]
    assert (told == "required") == field.is_required()
    default = field.get_default(call_default_factory=True)
    if field.is_required() or default is None or isinstance(default, BaseModel):
        return  # a section, or one that depends on other fields and is told in words
    literal = told.strip("`")
    expected = LITERALS[literal] if literal in LITERALS else literal.strip('"')
    assert expected == (default if isinstance(expected, tuple | dict) else str(default))


@pytest.mark.parametrize("name", FIELDS)
def test_the_bounds_are_the_models(name: str) -> None:
    cell = rows()[name][2].replace(",", "")
    for fact in FIELDS[name].metadata:
        for limit in (getattr(fact, "ge", None), getattr(fact, "le", None)):
            if limit is not None:
                spellings = {str(limit), f"{limit >> 20} MiB", f"{limit >> 30} GiB"}
                spellings |= {f"{limit >> 40} TiB", f"{limit // 86_400} days"}
                alone = "|".join(rf"(?<!\d){text}(?!\d)" for text in spellings)
                assert re.search(alone, cell), limit


def test_the_full_example_sets_every_field(folder: Path) -> None:
    _, full = blocks("toml")
    assert set(set_fields(load(folder, full, "job.toml"))) == set(FIELDS)


def test_the_smallest_example_sets_the_required_fields_alone(folder: Path) -> None:
    smallest, _ = blocks("toml")
    required = {name for name, field in FIELDS.items() if field.is_required()}
    assert set(set_fields(load(folder, smallest, "job.toml"))) == required


def test_the_examples_in_toml_and_json_are_the_same_job(folder: Path) -> None:
    _, toml = blocks("toml")
    (json,) = blocks("json")
    one, other = load(folder, toml, "job.toml"), load(folder, json, "job.json")
    assert one.model_dump() == other.model_dump()
    assert [path.name for path in one.input_paths] == ["2.csv", "10.csv"]


def test_every_reason_to_wait_is_documented_in_its_order() -> None:
    assert list(codes()) == [code.name for code in Code]
    for when, weight, remedy in codes().values():
        assert when
        assert remedy
        assert re.match(r"sure|likely|partly|by share", weight)


def test_the_figures_of_looking_for_reasons_are_the_codes() -> None:
    text = " ".join(PAGE.read_text().split())
    for figure in (
        f"up to {deals.DEALS_MAX} acceptances of other jobs in the last {survey.BLOCKS_BACK:,} "
        f"blocks ({survey.EVENTS_MAX:,} events)",
        f"the latest {survey.CARD_EVENTS_MAX:,} announced cards",
        f"the balances of the {survey.CANDIDATES_MAX} providers",
        f"the gateways of {survey.PROBED_MAX} of them, within {survey.PROBE_S:g} s",
        f"longer than {survey.PATIENCE_S:g} s",
        f"within {survey.RECENT_S // 60} minutes",
        f"open for {WAITING_S} s of the chain's time",
        f"after {lookout.FIRST_S:g} s",
    ):
        assert figure in text, figure
