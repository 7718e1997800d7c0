"""The result tree and the output digest: vectors shared with Solidity, and attacks."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbond.chunks import chunk_length
from workbond.errors import VerificationFailed
from workbond.tree import (
    CHUNK_BYTES,
    EMPTY_DIGEST,
    MAX_TASKS,
    Leaf,
    OutputDigest,
    PathStep,
    ResultTree,
    chunk_proof,
    invalid_leaf,
    leaf_hash,
    node_hash,
    opening_digest,
    output_digest,
    seal,
    verify_chunk,
    verify_leaf,
)

ROOT = Path(__file__).parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/result_tree.json").read_text())


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def leaf_of(i: int) -> Leaf:
    cls = i % 3
    digest = hashlib.sha256(i.to_bytes(4, "big")).digest()
    code = 7 * i % 256 if cls == 0 else 0
    return Leaf(i, cls, code, 1_000_003 * (i + 1), 1000 * (i + 1), digest)


def from_vector(leaf: dict[str, Any]) -> Leaf:
    digest, extra = raw(leaf["outputDigest"]), raw(leaf["extra"])
    numbers = (leaf["index"], leaf["class"], leaf["exitCode"], leaf["units"], leaf["outputLen"])
    return Leaf(*numbers, digest, extra)


def content(length: int) -> bytes:
    return bytes((31 * k + k // 251) % 256 for k in range(length))


def test_the_committed_vectors_are_what_the_script_computes() -> None:
    script = str(ROOT / "scripts/make_vectors.py")
    subprocess.run([sys.executable, script, "--check"], check=True)


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: str(vector["tasks"]))
def test_a_tree_has_the_root_sum_opening_and_seal_of_the_vectors(vector: dict[str, Any]) -> None:
    tree = ResultTree(leaf_of(i) for i in range(vector["tasks"]))
    assert (tree.root, tree.total_units) == (raw(vector["root"]), vector["totalUnits"])
    assert tree.opening == raw(vector["D"])
    expected = raw(vector["seal"])
    assert seal(vector["provider"], raw(vector["jobId"]), tree.opening) == expected
    assert seal(raw(vector["provider"]), raw(vector["jobId"]), tree.opening) == expected


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: str(vector["tasks"]))
def test_paths_are_those_of_the_vectors_and_verify(vector: dict[str, Any]) -> None:
    tree = ResultTree(leaf_of(i) for i in range(vector["tasks"]))
    for proof in vector["proofs"]:
        leaf = from_vector(proof["leaf"])
        assert leaf == leaf_of(leaf.index)
        assert leaf_hash(leaf) == raw(proof["leafHash"])
        path = list(zip(map(raw, proof["pathHashes"]), proof["pathUnits"], strict=True))
        assert tree.path(leaf.index) == path
        verify_leaf(leaf, vector["tasks"], path, tree.root, tree.total_units)


def test_a_leaf_with_extra_and_the_largest_numbers_hashes_as_in_the_vectors() -> None:
    vector = VECTORS["leafWithExtra"]
    assert leaf_hash(from_vector(vector["leaf"])) == raw(vector["leafHash"])


def test_every_task_of_every_small_job_can_be_proved() -> None:
    for tasks in range(1, 34):
        tree = ResultTree(leaf_of(i) for i in range(tasks))
        for leaf in tree.leaves:
            verify_leaf(leaf, tasks, tree.path(leaf.index), tree.root, tree.total_units)


def test_a_job_of_the_largest_size_has_paths_of_sixteen_steps() -> None:
    tree = ResultTree(invalid_leaf(i) for i in range(MAX_TASKS))
    path = tree.path(MAX_TASKS - 1)
    assert len(path) == 16
    verify_leaf(invalid_leaf(MAX_TASKS - 1), MAX_TASKS, path, tree.root, 0)


def test_a_changed_leaf_is_refused_in_each_of_its_fields() -> None:
    tree = ResultTree(leaf_of(i) for i in range(7))
    leaf, path = tree.leaves[3], tree.path(3)
    verify_leaf(leaf, 7, path, tree.root, tree.total_units)
    changes: list[dict[str, Any]] = [
        {"index": 2},
        {"cls": 1, "exit_code": 0},
        {"exit_code": leaf.exit_code + 1},
        {"units": leaf.units + 1},
        {"length": leaf.length + 1},
        {"digest": bytes(32)},
        {"extra": b"\1" * 32},
    ]
    for change in changes:
        with pytest.raises(VerificationFailed):
            verify_leaf(replace(leaf, **change), 7, path, tree.root, tree.total_units)


def test_units_moved_between_siblings_are_refused_though_the_sum_is_right() -> None:
    tree = ResultTree(leaf_of(i) for i in range(4))
    leaf = replace(tree.leaves[0], units=tree.leaves[0].units - 1)
    first, second = tree.path(0)
    path: list[PathStep] = [(first[0], first[1] + 1), second]
    with pytest.raises(VerificationFailed):
        verify_leaf(leaf, 4, path, tree.root, tree.total_units)


def test_a_wrong_total_is_refused() -> None:
    tree = ResultTree(leaf_of(i) for i in range(5))
    with pytest.raises(VerificationFailed):
        verify_leaf(tree.leaves[4], 5, tree.path(4), tree.root, tree.total_units + 1)


@pytest.mark.parametrize("tasks", [1, 4, 6, 8, 65_537])
def test_a_path_of_another_shape_is_refused(tasks: int) -> None:
    tree = ResultTree(leaf_of(i) for i in range(5))
    with pytest.raises(VerificationFailed):
        verify_leaf(tree.leaves[4], tasks, tree.path(4), tree.root, tree.total_units)


def test_a_path_that_is_too_long_or_too_short_is_refused() -> None:
    tree = ResultTree(leaf_of(i) for i in range(8))
    path = tree.path(5)
    for wrong in (path[:-1], [*path, path[-1]], []):
        with pytest.raises(VerificationFailed, match="steps"):
            verify_leaf(tree.leaves[5], 8, wrong, tree.root, tree.total_units)


def test_a_sum_of_units_beyond_64_bits_is_refused() -> None:
    left, right = VECTORS["overflow"]["leftUnits"], VECTORS["overflow"]["rightUnits"]
    with pytest.raises(VerificationFailed, match="sum of units"):
        node_hash((bytes(32), left), (bytes(32), right))
    assert node_hash((bytes(32), left), (bytes(32), right - 1))[1] == 2**64 - 1
    leaves = [replace(leaf_of(0), units=left), replace(leaf_of(1), units=right)]
    with pytest.raises(VerificationFailed, match="sum of units"):
        ResultTree(leaves)


@pytest.mark.parametrize("order", [[], [1], [0, 2], [1, 0], [0, 0]])
def test_leaves_must_be_all_tasks_in_order(order: list[int]) -> None:
    with pytest.raises(VerificationFailed):
        ResultTree(leaf_of(i) for i in order)


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"index": MAX_TASKS},
        {"cls": 4},
        {"exit_code": 2**32},
        {"units": 2**64},
        {"length": 2**64},
        {"digest": b""},
        {"extra": b"\0" * 33},
        {"cls": 2, "exit_code": 1},
        {"cls": 3, "exit_code": 0},
        {"length": 0},
        {"digest": EMPTY_DIGEST},
    ],
    ids=str,
)
def test_a_leaf_that_no_honest_result_can_have_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(VerificationFailed):
        replace(leaf_of(3), **change)


@pytest.mark.parametrize("provider", ["0x12", "0x" + "zz" * 20, b"\0" * 19])
def test_a_seal_needs_a_whole_address(provider: str | bytes) -> None:
    with pytest.raises(VerificationFailed, match="not an address"):
        seal(provider, bytes(32), bytes(32))


def test_an_opening_needs_a_whole_root() -> None:
    with pytest.raises(VerificationFailed):
        opening_digest(bytes(31), 0)


@pytest.mark.parametrize("vector", VECTORS["outputs"], ids=lambda vector: str(vector["length"]))
def test_outputs_have_the_digest_and_chunk_proofs_of_the_vectors(vector: dict[str, Any]) -> None:
    data, digest = content(vector["length"]), raw(vector["digest"])
    assert output_digest(data) == digest
    for proof in vector["proofs"]:
        chunk, path = chunk_proof(io.BytesIO(data), proof["chunk"])
        assert path == [raw(node) for node in proof["path"]]
        assert len(chunk) == proof["length"] == chunk_length(len(data), proof["chunk"])
        verify_chunk(digest, len(data), proof["chunk"], chunk, path)


def test_the_digest_of_nothing_is_that_of_sha256() -> None:
    assert output_digest(b"") == hashlib.sha256(b"").digest() == EMPTY_DIGEST


@pytest.mark.parametrize("step", [1, 1000, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 5])
def test_the_pieces_in_which_an_output_arrives_do_not_matter(step: int) -> None:
    data = content(7 * CHUNK_BYTES + 11 if step > 1 else CHUNK_BYTES + 2)
    digest = OutputDigest()
    for at in range(0, len(data), step):
        digest.update(data[at : at + step])
        assert digest.length == min(at + step, len(data))
    assert digest.digest() == output_digest(data)


def test_an_output_of_many_chunks_is_digested_in_little_memory() -> None:
    digest = OutputDigest()
    for _ in range(1000):
        digest.update(bytes(CHUNK_BYTES))
    assert len(digest._peaks) == (1000).bit_count()


def test_chunks_are_refused_when_changed_moved_cut_or_beyond_the_end() -> None:
    data = content(3 * CHUNK_BYTES + 100)
    digest = output_digest(data)
    chunk, path = chunk_proof(io.BytesIO(data), 1)
    wrong: list[tuple[int, int, bytes, list[bytes]]] = [
        (len(data), 1, bytes(CHUNK_BYTES), path),
        (len(data), 2, chunk, path),
        (len(data), 1, chunk[:-1], path),
        (len(data), 1, chunk, path[:-1]),
        (len(data), 1, chunk, [path[0], path[1][:31]]),
        (len(data), 4, b"", path),
        (len(data) - 50, 3, *chunk_proof(io.BytesIO(data), 3)),
        (2 * CHUNK_BYTES, 1, chunk, path),
        (2**64, 1, chunk, path),
    ]
    for arguments in wrong:
        with pytest.raises(VerificationFailed):
            verify_chunk(digest, *arguments)
    with pytest.raises(VerificationFailed, match="beyond"):
        chunk_proof(io.BytesIO(data), 4)
