"""The result tree in Solidity gives what the shared vectors say (tests/vectors)."""

import json
from pathlib import Path

import pytest
from chainkit import refused

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "result_tree.json").read_text())
CHUNK = 16_384
LEAF = ("index", "class", "exitCode", "units", "outputLen", "outputDigest", "extra")
TREES = [pytest.param(tree, id=f"{tree['tasks']} tasks") for tree in VECTORS["trees"]]
OUTPUTS = [pytest.param(output, id=f"{output['length']} bytes") for output in VECTORS["outputs"]]


@pytest.fixture(scope="module")
def rules(ResultTreeHarness, accounts, module_isolation):
    return accounts[0].deploy(ResultTreeHarness)


def leaf_tuple(leaf):
    return tuple(leaf[name] for name in LEAF)


def path_of(proof):
    return list(zip(proof["pathHashes"], proof["pathUnits"], strict=True))


def content(length):
    return bytes((31 * k + k // 251) % 256 for k in range(length))


def chunk_of(output, proof):
    begin = CHUNK * proof["chunk"]
    return content(output["length"])[begin : begin + CHUNK]


@pytest.mark.parametrize("tree", TREES)
def test_leaves_lead_to_the_root_and_its_sum(rules, tree):
    for proof in tree["proofs"]:
        leaf = leaf_tuple(proof["leaf"])
        assert rules.leafHash(leaf) == proof["leafHash"]
        root = rules.rootOf(leaf, tree["tasks"], path_of(proof))
        assert tuple(root) == (tree["root"], tree["totalUnits"])


@pytest.mark.parametrize("tree", TREES)
def test_opening_and_seal(rules, tree):
    assert rules.openingDigest(tree["root"], tree["totalUnits"]) == tree["D"]
    assert rules.sealOf(tree["provider"], tree["jobId"], tree["D"]) == tree["seal"]


@pytest.mark.parametrize("tree", TREES)
def test_paths_have_exactly_the_shapes_length(rules, tree):
    for proof in tree["proofs"]:
        leaf, path = leaf_tuple(proof["leaf"]), path_of(proof)
        index, size = leaf[0], tree["tasks"]
        wrong = [[*path, (b"\1" * 32, 0)]] + ([path[:-1]] if path else [])
        for given in wrong:
            with refused("PathLength", index, size, len(given)):
                rules.rootOf(leaf, size, given)


@pytest.mark.parametrize("tree", TREES)
def test_a_changed_leaf_or_path_leads_elsewhere(rules, tree):
    for proof in tree["proofs"]:
        leaf, path = leaf_tuple(proof["leaf"]), path_of(proof)
        for name in ("class", "exitCode", "units", "outputLen"):
            other = leaf_tuple(proof["leaf"] | {name: proof["leaf"][name] + 1})
            assert rules.rootOf(other, tree["tasks"], path)[0] != tree["root"]
        for i, (digest, units) in enumerate(path):
            changed = [*path[:i], (digest, units + 1), *path[i + 1 :]]
            assert rules.rootOf(leaf, tree["tasks"], changed)[0] != tree["root"]


def test_a_leaf_beyond_the_tree_is_refused(rules):
    leaf = leaf_tuple(VECTORS["trees"][-1]["proofs"][-1]["leaf"])
    for size in (1, leaf[0]):
        with refused("PathLength", leaf[0], size, 0):
            rules.rootOf(leaf, size, [])


def test_what_a_later_profile_adds_is_hashed(rules):
    vector = VECTORS["leafWithExtra"]
    assert rules.leafHash(leaf_tuple(vector["leaf"])) == vector["leafHash"]


def test_a_sum_that_overflows_has_no_root(rules):
    left, right = (VECTORS["overflow"][side] for side in ("leftUnits", "rightUnits"))
    with pytest.raises(Exception, match="overflow"):
        rules.join((bytes(32), left), (bytes(32), right))
    assert rules.join((bytes(32), left - 1), (bytes(32), right))[1] == 2**64 - 1


@pytest.mark.parametrize("output", OUTPUTS)
def test_chunks_lead_to_the_output_digest(rules, output):
    for proof in output["proofs"]:
        chunk = chunk_of(output, proof)
        assert len(chunk) == proof["length"]
        given = (proof["chunk"], output["length"], proof["path"])
        assert rules.outputRootOf(chunk, *given) == output["digest"]
        if output["length"]:
            assert rules.outputRootOf(chunk + b"\0", *given) != output["digest"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_chunk_paths_have_exactly_the_shapes_length(rules, output):
    chunks = -(-output["length"] // CHUNK)
    for proof in output["proofs"]:
        chunk, path = chunk_of(output, proof), proof["path"]
        wrong = [[*path, b"\1" * 32]] + ([path[:-1]] if path else [])
        for given in wrong if output["length"] else []:
            with refused("PathLength", proof["chunk"], chunks, len(given)):
                rules.outputRootOf(chunk, proof["chunk"], output["length"], given)


@pytest.mark.parametrize("output", [o for o in OUTPUTS if o.values[0]["length"]])
def test_a_chunk_beyond_the_output_is_refused(rules, output):
    """Whatever the path, and also where a wrapped-round position would be a real one."""
    length, proof = output["length"], output["proofs"][-1]
    chunks, path = -(-length // CHUNK), proof["path"]
    for index in (chunks, proof["chunk"] + 2 ** chunks.bit_length()):
        with refused("PathLength", index, chunks, len(path)):
            rules.outputRootOf(chunk_of(output, proof), index, length, path)


def test_the_empty_output_has_the_digest_of_nothing(rules):
    nothing = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert rules.outputRootOf(b"", 0, 0, []) == nothing
