"""The result tree in Solidity gives what the shared vectors say (tests/vectors)."""

import json
from pathlib import Path

import pytest
from brownie.exceptions import VirtualMachineError
from results import content, pack_leaf

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "result_tree.json").read_text())
CHUNK = 16_384
TREES = [pytest.param(tree, id=f"{tree['tasks']} tasks") for tree in VECTORS["trees"]]
FULL_OUTPUTS = [
    pytest.param(output, id=f"{output['length']} bytes")
    for output in VECTORS["outputs"]
    if output["length"]
]


@pytest.fixture(scope="module")
def rules(ResultTreeHarness, accounts, module_isolation):
    return accounts[0].deploy(ResultTreeHarness)


def path_of(proof):
    """Its nodes, packed: hash, units."""
    nodes = zip(proof["pathHashes"], proof["pathUnits"], strict=True)
    return b"".join(bytes.fromhex(node[2:]) + units.to_bytes(8, "big") for node, units in nodes)


def hashes(proof):
    return bytes.fromhex("".join(node[2:] for node in proof["path"]))


def root_of(rules, leaf, size, path):
    digest = rules.leafHash(pack_leaf(leaf))
    return tuple(rules.rootOf(digest, leaf["units"], leaf["index"], size, path))


def chunk_of(output, proof):
    begin = CHUNK * proof["chunk"]
    return content(output["length"])[begin : begin + CHUNK]


@pytest.mark.parametrize("tree", TREES)
def test_leaves_lead_to_the_root_and_its_sum(rules, tree):
    for proof in tree["proofs"]:
        assert rules.leafHash(pack_leaf(proof["leaf"])) == proof["leafHash"]
        given = (proof["leaf"], tree["tasks"], path_of(proof))
        assert root_of(rules, *given) == (tree["root"], tree["totalUnits"])


@pytest.mark.parametrize("tree", TREES)
def test_opening_and_seal(rules, tree):
    assert rules.openingDigest(tree["root"], tree["totalUnits"]) == tree["D"]
    assert rules.sealOf(tree["provider"], tree["jobId"], tree["D"]) == tree["seal"]


@pytest.mark.parametrize("tree", TREES)
def test_paths_have_exactly_the_shapes_length(rules, tree):
    """Which the library leaves to its callers: see the lengths of answers in test_demands.py."""
    for proof in tree["proofs"]:
        nodes = rules.pathNodes(proof["leaf"]["index"], tree["tasks"])
        assert 40 * nodes == len(path_of(proof))


@pytest.mark.parametrize("tree", TREES)
def test_a_changed_leaf_or_path_leads_elsewhere(rules, tree):
    for proof in tree["proofs"]:
        leaf, path = proof["leaf"], path_of(proof)
        for name in ("class", "exitCode", "units", "outputLen"):
            other = leaf | {name: leaf[name] + 1}
            assert root_of(rules, other, tree["tasks"], path)[0] != tree["root"]
        for place in range(0, len(path), 40):
            for wrong in (place, place + 39):  # of the hash, of the units
                changed = path[:wrong] + bytes([path[wrong] ^ 1]) + path[wrong + 1 :]
                assert root_of(rules, leaf, tree["tasks"], changed)[0] != tree["root"]


@pytest.mark.parametrize("size", [*range(1, 18), 1_000, 65_535, 65_536])
def test_shapes_are_those_of_rfc_6962(rules, size):
    """A leaf's depth, by the recursion that the RFC defines."""

    def depth(index, size):
        if size == 1:
            return 0
        split = 1 << (size - 1).bit_length() - 1
        return 1 + (depth(index, split) if index < split else depth(index - split, size - split))

    for index in sorted({*range(min(size, 17)), size // 2, size - 1}):
        assert rules.pathNodes(index, size) == depth(index, size)


def test_what_a_later_profile_adds_is_hashed(rules):
    vector = VECTORS["leafWithExtra"]
    assert rules.leafHash(pack_leaf(vector["leaf"])) == vector["leafHash"]


def test_a_sum_that_overflows_has_no_root(rules):
    left, right = (VECTORS["overflow"][side] for side in ("leftUnits", "rightUnits"))
    with pytest.raises(VirtualMachineError, match="overflow"):
        rules.join(bytes(32), left, bytes(32), right)
    assert rules.join(bytes(32), left - 1, bytes(32), right)[1] == 2**64 - 1


@pytest.mark.parametrize("output", FULL_OUTPUTS)
def test_chunks_lead_to_the_output_digest(rules, output):
    chunks = -(-output["length"] // CHUNK)
    for proof in output["proofs"]:
        chunk = chunk_of(output, proof)
        assert len(chunk) == proof["length"]
        given = (proof["chunk"], chunks, hashes(proof))
        assert rules.outputRootOf(chunk, *given) == output["digest"]
        assert rules.outputRootOf(chunk + b"\0", *given) != output["digest"]


@pytest.mark.parametrize("output", FULL_OUTPUTS)
def test_chunk_paths_have_exactly_the_shapes_length(rules, output):
    chunks = -(-output["length"] // CHUNK)
    for proof in output["proofs"]:
        assert 32 * rules.pathNodes(proof["chunk"], chunks) == len(hashes(proof))
