"""Specs: one sequence of bytes for one spec, and hostile ones refused."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from workbond import canonical
from workbond.cid import cid_of, digest_of_cid
from workbond.errors import UsageError
from workbond.inputs import INLINE_MAX, inputs_root
from workbond.spec import (
    ARGUMENTS_BYTES_MAX,
    ARGUMENTS_MAX,
    ENVIRONMENT_MAX,
    MEMORY_MAX,
    OUTPUT_MAX,
    SPEC_BYTES_MAX,
    UNITS_MAX,
    InputList,
    Limits,
    Requirements,
    Spec,
    make_spec,
)

LIMITS = Limits(units=5_000, memory=65_536, output=1_024)
PROGRAM = cid_of(b"program")


def some_inputs(count: int) -> list[str]:
    return [cid_of(b"%d" % number) for number in range(count)]


@pytest.fixture
def spec() -> Spec:
    made, _ = make_spec(
        PROGRAM,
        some_inputs(3),
        LIMITS,
        arguments=["climate", "ü"],
        environment={"LANG": "C"},
        requirements=Requirements(cores=2, memory=1 << 30, region="eu"),
    )
    return made


def test_a_spec_is_canonical_json_with_every_field(spec: Spec) -> None:
    one, two, three = some_inputs(3)
    assert spec.to_bytes().decode() == (
        '{"arguments":["climate","ü"],"environment":{"LANG":"C"},'
        f'"inputs":["{one}","{two}","{three}"],'
        '"limits":{"memory":65536,"output":1024,"units":5000},"profile":"wasm-1",'
        f'"program":"{PROGRAM}",'
        '"requirements":{"cores":2,"memory":1073741824,"region":"eu"}}'
    )


def test_bytes_and_spec_are_each_others_inverse(spec: Spec) -> None:
    again = Spec.from_bytes(spec.to_bytes())
    assert again == spec
    assert again.to_bytes() == spec.to_bytes()


def test_the_digest_is_the_sha256_of_the_bytes_and_names_their_blob(spec: Spec) -> None:
    assert spec.digest == hashlib.sha256(spec.to_bytes()).digest()
    assert digest_of_cid(spec.cid) == spec.digest


def test_up_to_a_thousand_inputs_stand_in_the_spec() -> None:
    spec, list_data = make_spec(PROGRAM, some_inputs(INLINE_MAX), LIMITS)
    assert list_data is None
    assert spec.input_cids(INLINE_MAX) == some_inputs(INLINE_MAX)


def test_more_inputs_become_a_list_with_a_merkle_root() -> None:
    inputs = some_inputs(INLINE_MAX + 1)
    spec, list_data = make_spec(PROGRAM, inputs, LIMITS)
    assert list_data == b"".join(digest_of_cid(cid) for cid in inputs)
    assert isinstance(spec.inputs, InputList)
    assert spec.inputs.list == cid_of(list_data)
    again = Spec.from_bytes(spec.to_bytes())
    assert again == spec
    assert again.input_cids(len(inputs), list_data) == inputs


def test_the_largest_job_has_65536_inputs() -> None:
    inputs = [PROGRAM] * 65_536
    spec, list_data = make_spec(PROGRAM, inputs, LIMITS)
    assert spec.input_cids(65_536, list_data) == inputs
    with pytest.raises(UsageError, match="1 to 65,536 inputs, not 65,537"):
        make_spec(PROGRAM, [*inputs, PROGRAM], LIMITS)
    with pytest.raises(UsageError, match="1 to 65,536 inputs, not 0"):
        make_spec(PROGRAM, [], LIMITS)


def recursive_root(digests: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 as it is written there."""
    if not digests:
        return hashlib.sha256(b"").digest()
    if len(digests) == 1:
        return hashlib.sha256(b"\x00" + digests[0]).digest()
    split = 1
    while split * 2 < len(digests):
        split *= 2
    left, right = recursive_root(digests[:split]), recursive_root(digests[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("count", [*range(20), 63, 64, 65, 1_001])
def test_the_root_is_that_of_rfc_6962(count: int) -> None:
    digests = [digest_of_cid(cid) for cid in some_inputs(count)]
    assert inputs_root(digests) == recursive_root(digests)


def test_a_list_that_is_not_what_the_root_commits_to_is_refused() -> None:
    inputs = some_inputs(INLINE_MAX + 1)
    spec, list_data = make_spec(PROGRAM, inputs, LIMITS)
    assert list_data is not None
    with pytest.raises(UsageError, match="has the root 0x"):
        spec.input_cids(len(inputs), list_data[32:] + list_data[:32])
    with pytest.raises(UsageError, match="32 bytes each"):
        spec.input_cids(len(inputs), list_data[:-1])
    with pytest.raises(UsageError, match="32 bytes each"):
        spec.input_cids(len(inputs) - 1, list_data)
    with pytest.raises(UsageError, match="fetch the input list"):
        spec.input_cids(len(inputs))


def test_a_spec_that_disagrees_with_the_number_of_tasks_is_refused(spec: Spec) -> None:
    with pytest.raises(UsageError, match="3 inputs for 4 tasks"):
        spec.input_cids(4)


Change = Callable[[dict[str, Any]], object]
HOSTILE: dict[str, tuple[Change, str]] = {
    "unknown field": (lambda s: s.update(enviroment={}), "enviroment (did you mean environment?)"),
    "unknown inner field": (lambda s: s["limits"].update(unit=1), "limits.unit (did you mean"),
    "missing field": (lambda s: s.pop("limits"), "the field limits is missing"),
    "missing inner field": (lambda s: s["requirements"].pop("region"), "requirements.region"),
    "another profile": (lambda s: s.update(profile="wasm-2"), "profile: "),
    "program is no CID": (lambda s: s.update(program="bafy"), "program: 'bafy' is not a CID"),
    "no units": (lambda s: s["limits"].update(units=0), "limits.units"),
    "units as text": (lambda s: s["limits"].update(units="5"), "limits.units"),
    "units as truth": (lambda s: s["limits"].update(units=True), "limits.units"),
    "units as fraction": (lambda s: s["limits"].update(units=1.5), "limits.units"),
    "too much memory": (lambda s: s["limits"].update(memory=MEMORY_MAX + 1), "limits.memory"),
    "too much output": (lambda s: s["limits"].update(output=OUTPUT_MAX + 1), "limits.output"),
    "negative output": (lambda s: s["limits"].update(output=-1), "limits.output"),
    "no inputs": (lambda s: s.update(inputs=[]), "inputs.each"),
    "too many inputs": (lambda s: s.update(inputs=[PROGRAM] * 1_001), "inputs.each"),
    "inputs as text": (lambda s: s.update(inputs=PROGRAM), "inputs.each"),
    "a bad input": (lambda s: s["inputs"].append("x"), "inputs.each[3]: 'x' is not a CID"),
    "a list without root": (lambda s: s.update(inputs={"list": PROGRAM}), "inputs.list.root"),
    "a root in capitals": (
        lambda s: s.update(inputs={"list": PROGRAM, "root": "0x" + "AB" * 32}),
        "inputs.list.root",
    ),
    "a region in capitals": (lambda s: s["requirements"].update(region="EU"), "region"),
    "a region with a line": (lambda s: s["requirements"].update(region="eu\n"), "region"),
    "no cores": (lambda s: s["requirements"].update(cores=0), "requirements.cores"),
    "a number as argument": (lambda s: s.update(arguments=[1]), "arguments[0]"),
    "a zero byte": (lambda s: s.update(arguments=["a\0"]), "zero byte"),
    "too many arguments": (lambda s: s.update(arguments=[""] * (ARGUMENTS_MAX + 1)), "arguments"),
    "long arguments": (lambda s: s.update(arguments=["a" * ARGUMENTS_BYTES_MAX]), "arguments"),
    "an empty name": (lambda s: s.update(environment={"": "x"}), "can't be set"),
    "a name with =": (lambda s: s.update(environment={"a=b": "x"}), "can't be set"),
    "a value with zero": (lambda s: s.update(environment={"a": "\0"}), "can't be set"),
    "many variables": (
        lambda s: s.update(environment={str(i): "" for i in range(ENVIRONMENT_MAX + 1)}),
        "environment",
    ),
    "a large variable": (lambda s: s.update(environment={"a": "b" * 65_536}), "environment"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_spec_is_refused_in_one_line(spec: Spec, name: str) -> None:
    change, reason = HOSTILE[name]
    fields = canonical.loads(spec.to_bytes())
    change(fields)
    with pytest.raises(UsageError) as refused:
        Spec.from_bytes(canonical.dumps(fields))
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"null", b"{}", b'"spec"', b"[" * 10_000, b"x" * (SPEC_BYTES_MAX + 1)],
    ids=itertools.count(),
)
def test_bytes_that_are_no_spec_are_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"the spec |the document"):
        Spec.from_bytes(data)


def test_the_same_fields_in_another_form_are_refused(spec: Spec) -> None:
    with pytest.raises(UsageError, match="canonical"):
        Spec.from_bytes(spec.to_bytes() + b"\n")
    with pytest.raises(UsageError, match="stands twice"):
        Spec.from_bytes(b'{"profile":"wasm-1",' + spec.to_bytes()[1:])


def test_the_largest_numbers_survive() -> None:
    limits = Limits(units=UNITS_MAX, memory=MEMORY_MAX, output=OUTPUT_MAX)
    spec, _ = make_spec(PROGRAM, [PROGRAM], limits)
    assert Spec.from_bytes(spec.to_bytes()).limits == limits


def test_a_spec_can_not_be_made_from_what_is_no_cid() -> None:
    with pytest.raises(UsageError, match="is not a CID"):
        make_spec("program.wasm", [PROGRAM], LIMITS)
