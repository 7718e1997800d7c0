"""Manifests: what a provider says, checked against its own tree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from workbond import canonical
from workbond.cid import cid_of
from workbond.errors import UsageError, VerificationFailed
from workbond.manifest import MANIFEST_BYTES_MAX, Manifest, make_manifest
from workbond.tree import Leaf, ResultTree, invalid_leaf, output_digest

JOB = bytes(range(32))
PROVIDER = "0xAbCdEf0123456789aBcDeF0123456789AbCdEf01"
OUTPUTS = [b"first", b"", b"third" * 10_000]


@pytest.fixture
def tree() -> ResultTree:
    return ResultTree(
        Leaf(i, 0, i, 2**53 - 1 - i, len(data), output_digest(data))
        for i, data in enumerate(OUTPUTS)
    )


@pytest.fixture
def manifest(tree: ResultTree) -> Manifest:
    outputs = [cid_of(data) for data in OUTPUTS]
    return make_manifest(JOB, PROVIDER, tree, outputs, [None, cid_of(b"log"), None])


def test_bytes_and_manifest_are_each_others_inverse(manifest: Manifest, tree: ResultTree) -> None:
    again = Manifest.from_bytes(manifest.to_bytes())
    assert again == manifest
    assert again.cid == cid_of(manifest.to_bytes())
    assert again.tree().leaves == tree.leaves
    assert again.tree().opening == tree.opening


def test_the_bytes_have_the_published_names(manifest: Manifest, tree: ResultTree) -> None:
    fields = canonical.loads(manifest.to_bytes())
    assert fields["version"] == 1
    assert fields["job"] == "0x" + JOB.hex()
    assert fields["provider"] == PROVIDER.lower()
    assert fields["profile"] == "wasm-1"
    assert fields["root"] == "0x" + tree.root.hex()
    assert fields["totalUnits"] == str(3 * (2**53 - 1) - 3)
    assert fields["tasks"][1] == {
        "class": 0,
        "exitCode": 1,
        "units": 2**53 - 2,
        "length": 0,
        "digest": "0x" + output_digest(b"").hex(),
        "output": cid_of(b""),
        "log": cid_of(b"log"),
    }


def test_an_invalid_program_has_a_manifest_too() -> None:
    tree = ResultTree([invalid_leaf(0), invalid_leaf(1)])
    manifest = make_manifest(JOB, PROVIDER, tree, [cid_of(b"")] * 2, [None, None])
    assert Manifest.from_bytes(manifest.to_bytes()).tree().total_units == 0


def test_the_largest_manifest_fits_its_bound() -> None:
    digest = output_digest(b"x")
    leaves = [Leaf(i, 0, 2**32 - 1, 2**37, 2**53 - 1, digest) for i in range(65_536)]
    cid = cid_of(b"x")
    manifest = make_manifest(JOB, PROVIDER, ResultTree(leaves), [cid] * 65_536, [cid] * 65_536)
    data = manifest.to_bytes()
    assert len(data) + 65_536 * 4 <= MANIFEST_BYTES_MAX  # units may have four more digits
    assert len(Manifest.from_bytes(data).tasks) == 65_536


Change = Callable[[dict[str, Any]], object]
MALFORMED: dict[str, tuple[Change, str]] = {
    "another version": (lambda m: m.update(version=2), "version"),
    "true as version": (lambda m: m.update(version=True), "version"),
    "unknown field": (lambda m: m["tasks"][0].update(exitcode=1), "did you mean exitCode?"),
    "short root": (lambda m: m.update(root="0x00"), "root"),
    "provider in capitals": (lambda m: m.update(provider=PROVIDER), "provider"),
    "units as number": (lambda m: m.update(totalUnits=5), "totalUnits"),
    "units with a zero before": (lambda m: m.update(totalUnits="05"), "totalUnits"),
    "endless units": (lambda m: m.update(totalUnits="9" * 1_000), "totalUnits"),
    "no tasks": (lambda m: m.update(tasks=[]), "tasks"),
    "class out of range": (lambda m: m["tasks"][0].update({"class": 4}), "tasks[0].class"),
    "exit code out of range": (lambda m: m["tasks"][0].update(exitCode=2**32), "exitCode"),
    "negative length": (lambda m: m["tasks"][0].update(length=-1), "tasks[0].length"),
    "output is a path": (lambda m: m["tasks"][0].update(output="../x"), "is not a CID"),
    "log is missing": (lambda m: m["tasks"][0].pop("log"), "tasks[0].log is missing"),
    "something for nothing": (lambda m: m["tasks"][1].update(output=cid_of(b"x")), "differ"),
    "nothing for something": (lambda m: m["tasks"][0].update(output=cid_of(b"")), "differ"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_manifest_is_refused_in_one_line(manifest: Manifest, name: str) -> None:
    change, reason = MALFORMED[name]
    fields = canonical.loads(manifest.to_bytes())
    change(fields)
    with pytest.raises(VerificationFailed) as refused:
        Manifest.from_bytes(canonical.dumps(fields))
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{ }", b"[" * 5_000, b" " * (MANIFEST_BYTES_MAX + 1)],
    ids=itertools.count(),
)
def test_bytes_that_are_no_manifest_are_refused(data: bytes) -> None:
    with pytest.raises(VerificationFailed, match="the manifest"):
        Manifest.from_bytes(data)


LIES: dict[str, tuple[Change, str]] = {
    "other units": (lambda m: m["tasks"][0].update(units=1), "its tasks sum to"),
    "other sum": (lambda m: m.update(totalUnits="1"), "says 1 units in all"),
    "other exit code": (lambda m: m["tasks"][2].update(exitCode=9), "its tasks give 0x"),
    "other digest": (lambda m: m["tasks"][0].update(digest="0x" + "11" * 32), "its tasks give"),
    "swapped tasks": (lambda m: m["tasks"].reverse(), "its tasks give 0x"),
    "a task less": (lambda m: m["tasks"].pop(1), "its tasks sum to"),
    "exit code of a trap": (lambda m: m["tasks"][2].update({"class": 2}), "exit code in class 2"),
    "an invalid task with units": (
        lambda m: m["tasks"][0].update({"class": 3}),
        "an invalid task has values",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_manifest_that_contradicts_its_tree_is_refused(manifest: Manifest, name: str) -> None:
    change, reason = LIES[name]
    fields = canonical.loads(manifest.to_bytes())
    change(fields)
    lying = Manifest.from_bytes(canonical.dumps(fields))
    with pytest.raises(VerificationFailed) as refused:
        lying.tree()
    assert reason in str(refused.value)


def test_units_that_json_can_not_hold_are_not_written() -> None:
    tree = ResultTree([Leaf(0, 0, 0, 2**53, 1, output_digest(b"x"))])
    with pytest.raises(UsageError, match=r"tasks\[0\]\.units"):
        make_manifest(JOB, PROVIDER, tree, [cid_of(b"x")], [None])
