"""Job files: what a requester may write, and how mistakes are told."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from workbond.cid import cid_of
from workbond.errors import UsageError
from workbond.jobfile import JobFile, load_job_file
from workbond.spec import Spec

MINIMAL = """
program = "climate.wasm"
inputs = "months/*.csv"

[limits]
units = 5_000_000_000
memory = "64 MiB"
output = "10 kB"

[price]
max_unit_price = "0.5"
bond = "10"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "climate.wasm").write_bytes(b"\0asm")
    months = tmp_path / "months"
    months.mkdir()
    for name in ("9.csv", "10.csv", "2.csv"):
        (months / name).write_text(name)
    (months / "folder.csv").mkdir()
    return tmp_path


def load(folder: Path, text: str, name: str = "job.toml") -> JobFile:
    path = folder / name
    path.write_text(text)
    return load_job_file(path)


def refusal(folder: Path, text: str, name: str = "job.toml") -> str:
    with pytest.raises(UsageError) as refused:
        load(folder, text, name)
    line = str(refused.value)
    assert str(folder / name) in line
    assert "\n" not in line
    assert len(line) < 600
    return line


def test_a_minimal_job_file_is_enough(folder: Path) -> None:
    job = load(folder, MINIMAL)
    assert job.program_path == folder / "climate.wasm"
    assert [path.name for path in job.input_paths] == ["10.csv", "2.csv", "9.csv"]
    assert all(path.is_absolute() for path in job.input_paths)
    assert job.tasks == 3
    assert job.input_bytes == 16
    assert job.limits.model_dump() == {"units": 5 * 10**9, "memory": 1 << 26, "output": 10_000}
    assert job.price.bond == 10**19
    assert job.max_units == 15 * 10**9
    assert job.max_payment == 15 * 5 * 10**14
    assert (job.min_unit_price, job.ramp_s) == (5 * 10**17, 0)
    assert (job.timing.open_for_s, job.timing.run_for_s, job.timing.challenge_for_s) == (
        3600,
        3600,
        600,
    )
    assert job.providers is None


def test_every_field_can_be_set(folder: Path) -> None:
    job = load(
        folder,
        """
        profile = "wasm-1"
        program = "climate.wasm"
        arguments = ["climate", "2000"]
        environment = { LANG = "C" }
        inputs = ["months/9.csv", "months/1*.csv", "months/9.csv"]
        providers = "0xAbCdEf0123456789aBcDeF0123456789AbCdEf01"
        limits = { units = 1000, memory = 65536, output = 0 }
        requirements = { cores = 2, memory = "1 GiB", region = "us-ca" }
        [price]
        flat = "1"
        min_unit_price = "0.1"
        max_unit_price = "0.5"
        ramp_s = 60
        bond = "40"
        min_stake = "100"
        tip = "1"
        demand_fee = "0.01"
        [timing]
        open_for_s = 100
        run_for_s = 200
        challenge_for_s = 0
        """,
    )
    assert [path.name for path in job.input_paths] == ["9.csv", "10.csv", "9.csv"]
    assert (job.min_unit_price, job.ramp_s) == (10**17, 60)
    assert (job.price.flat, job.price.tip, job.price.demand_fee) == (10**18, 10**18, 10**16)
    spec, list_data = job.make_spec(cid_of(b"p"), [cid_of(b"%d" % i) for i in range(3)])
    assert list_data is None
    assert Spec.from_bytes(spec.to_bytes()) == spec
    assert spec.arguments == ("climate", "2000")
    assert spec.environment == {"LANG": "C"}
    assert spec.requirements.model_dump() == {"cores": 2, "memory": 1 << 30, "region": "us-ca"}


def test_toml_and_json_say_the_same(folder: Path) -> None:
    document = {
        "program": "climate.wasm",
        "inputs": ["months/2.csv"],
        "limits": {"units": 5, "memory": "1 MiB", "output": 0},
        "price": {"max_unit_price": "0", "bond": "0"},
    }
    from_json = load(folder, json.dumps(document), "job.json")
    from_toml = load(
        folder,
        'program = "climate.wasm"\ninputs = ["months/2.csv"]\n'
        'limits = { units = 5, memory = "1 MiB", output = 0 }\n'
        'price = { max_unit_price = "0", bond = "0" }\n',
    )
    assert from_json.model_dump() == from_toml.model_dump()
    assert from_json.input_paths == from_toml.input_paths


def test_a_rising_price_reaches_its_maximum_halfway_by_default(folder: Path) -> None:
    job = load(folder, MINIMAL.replace("bond", 'min_unit_price = "0.1"\nbond'))
    assert job.ramp_s == 1800


def test_a_file_whose_name_looks_like_a_glob_is_found(folder: Path) -> None:
    (folder / "a[1].txt").write_text("x")
    job = load(folder, MINIMAL.replace("months/*.csv", "a[1].txt"))
    assert [path.name for path in job.input_paths] == ["a[1].txt"]


def test_an_absolute_glob_is_followed(folder: Path) -> None:
    job = load(folder, MINIMAL.replace("months/*.csv", f"{folder}/months/*.csv"))
    assert job.tasks == 3


def test_a_recursive_glob_is_followed(folder: Path) -> None:
    job = load(folder, MINIMAL.replace("months/*.csv", "**/*.csv"))
    assert job.tasks == 3


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("memory =", "memroy =", "unknown field limits.memroy (did you mean memory?)"),
        ("[price]", "[prize]", "unknown field prize (did you mean price?)"),
        ("bond =", "bnod =", "unknown field price.bnod (did you mean bond?)"),
        ("program =", "programm = 1\nprogram =", "programm (did you mean program?)"),
        ('bond = "10"', "", "the field price.bond is missing"),
        ("units = 5_000_000_000", "", "the field limits.units is missing"),
        ("units = 5_000_000_000", "units = 0", "limits.units"),
        ("units = 5_000_000_000", "units = 1.5", "limits.units"),
        ("units = 5_000_000_000", "units = 9223372036854775807", "limits.units"),
        ("units = 5_000_000_000", "units = 2024-01-01", "limits.units"),
        ('"64 MiB"', '"64 mib"', "'64 mib' is not a size"),
        ('"64 MiB"', "true", "True is not a size"),
        ('"64 MiB"', '"-1 MiB"', "is not a size"),
        ('"64 MiB"', '"5 GiB"', "limits.memory"),
        ('"0.5"', "0.5", 'write the amount as a string of tokens, like "1.5", not 0.5'),
        ('"0.5"', '"-1"', "price.max_unit_price: '-1' is not an amount"),
        ('"0.5"', '"1e3"', "is not an amount"),
        ('"0.5"', '"0.0000000000000000001"', "19 decimal places"),
        ('"10"', '"0.000000000000000001"', "the bond is 1 base units"),
        ('"10"', '"10"\ntip = "0.26"', "the tip is more than 1/40 of the bond"),
        ('"10"', '"10"\nmin_unit_price = "1"', "min_unit_price is above max_unit_price"),
        ('"10"', '"10"\nmin_unit_price = "0.1"\nramp_s = 0', "min_unit_price would never hold"),
        ('"10"', '"10"\nramp_s = 3601', "ramp_s is 3601, beyond timing.open_for_s (3600)"),
        ('"10"', '"10"\n[timing]\nrun_for_s = 2592001', "timing.run_for_s"),
        ('"10"', '"10"\n[timing]\nrun_for_s = 0', "timing.run_for_s"),
        ('"10"', '"10"\n[timing]\nchallenge_for_s = 2592001', "timing.challenge_for_s"),
        ('"10"', '"10"\n[timing]\nopen_for_s = 7776001', "timing.open_for_s"),
        ('"10"', '"10"\n[requirements]\nregion = "Germany"', "requirements.region"),
        ("program =", 'providers = "0x12"\nprogram =', "providers"),
        ("program =", 'profile = "wasm-2"\nprogram =', "profile"),
        ("program =", 'arguments = ["a\\u0000"]\nprogram =', "zero byte"),
        ("climate.wasm", "missing.wasm", "program: 'missing.wasm' can't be found"),
        ("climate.wasm", "months", "is not a regular file"),
        ("climate.wasm", "a\\u0000b", "program"),
        ('"months/*.csv"', '"months/*.txt"', "'months/*.txt' matches no file"),
        ('"months/*.csv"', '"months/3.csv"', "inputs: 'months/3.csv' can't be found"),
        ('"months/*.csv"', '"**.csv"', "inputs"),
        ('"months/*.csv"', "[]", "inputs"),
        ('"months/*.csv"', '[""]', "inputs"),
        ('"months/*.csv"', "5", "inputs"),
        ("[limits]", "[limits", "is not valid TOML"),
    ],
    ids=itertools.count(),
)
def test_a_mistake_is_told_in_one_line(folder: Path, old: str, new: str, reason: str) -> None:
    assert old in MINIMAL
    assert reason in refusal(folder, MINIMAL.replace(old, new, 1))


def test_units_of_all_tasks_together_are_bounded(folder: Path) -> None:
    entries = ", ".join(['"months/2.csv"'] * 2_049)
    text = MINIMAL.replace('"months/*.csv"', f"[{entries}]")
    text = text.replace("5_000_000_000", str(2**53 - 1)).replace('"0.5"', '"0"')
    assert "2,049 tasks of 9,007,199,254,740,991 units" in refusal(folder, text)


def test_the_price_of_all_units_together_is_bounded(folder: Path) -> None:
    text = MINIMAL.replace("5_000_000_000", "5_000_000_000_000").replace('"0.5"', '"79228162514"')
    assert "cost more than the market can hold" in refusal(folder, text)


def test_more_than_65536_inputs_are_refused(folder: Path) -> None:
    entries = ", ".join(['"months/*.csv"'] * 21_846)
    text = MINIMAL.replace('"months/*.csv"', f"[{entries}]")
    assert "more than 65,536 files" in refusal(folder, text)


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ('{"program":"a","program":"b"}', "job.json", "'program' stands twice"),
        ("[" * 5_000, "job.json", "nests deeper"),
        ("a = " + "[" * 5_000, "job.toml", "not valid TOML"),
        ("[]", "job.json", "should be an object"),
        ("program: a", "job.yaml", "must end in .toml or .json"),
    ],
    ids=itertools.count(),
)
def test_a_file_in_another_form_is_refused(folder: Path, text: str, name: str, reason: str) -> None:
    assert reason in refusal(folder, text, name)


def test_a_missing_job_file_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.toml can't be read: No such file"):
        load_job_file(folder / "nothing.toml")


def test_every_field_is_documented() -> None:
    schema = JobFile.model_json_schema()
    sections = [schema, *schema["$defs"].values()]
    for section in sections:
        assert section["description"], section["title"]
        for name, field in section["properties"].items():
            assert "description" in field, name
