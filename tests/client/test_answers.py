"""Answers to demands: built from outputs, accepted by the contract, and checked as it does."""

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from workbond import answers
from workbond.answers import build_answer, read_answer, shown_by
from workbond.chain import reverts, rules
from workbond.chain.types import State, demand_hash, pair
from workbond.errors import VerificationFailed
from workbond.jobs import JobBook
from workbond.tree import CHUNK_BYTES, Leaf, ResultTree, leaf_bytes, output_digest, read_leaf

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/result_tree.json").read_text())
LENGTHS = [5 * CHUNK_BYTES + 7, 0, 1, CHUNK_BYTES, CHUNK_BYTES + 1]  # of the tasks' outputs
PAIRS = [
    *(pair(0, 0), pair(0, 4), pair(0, 5), pair(0, 6)),
    *(pair(1, 0), pair(2, 0), pair(3, 0), pair(4, 1)),
]
SIZES = {"index": 4, "class": 1, "exitCode": 4, "units": 8, "outputLen": 8}


def _content(task):
    return bytes((31 * k + k // 251 + task) % 256 for k in range(LENGTHS[task]))


OUTPUTS = [_content(task) for task in range(len(LENGTHS))]
TREE = ResultTree(
    Leaf(task, 0, task, 10**11 + task, len(output), output_digest(output))
    for task, output in enumerate(OUTPUTS)
)


def _answers(pairs=PAIRS):
    return [
        build_answer(place, wanted, TREE, io.BytesIO(OUTPUTS[wanted >> 32]))
        for place, wanted in enumerate(pairs)
    ]


def _demanded(world, pairs=PAIRS):
    """A job with the result TREE, of which `pairs` are demanded: its id and record."""
    _, job_id, job = world.claimed(TREE.root, TREE.total_units, tasks=len(LENGTHS))
    (event,) = world.market.demand(world.requester, job_id, job, pairs).events
    return job_id, job.demanded(demand_hash(pairs), len(pairs), event.args["answerBy"])


def _answer(world, job_id, job, shown, pairs=PAIRS):
    call = (job_id, job, pairs, TREE.root, TREE.total_units, shown)
    return world.market.answer(world.provider, *call)


def test_the_contract_accepts_answers_for_every_shape_of_output_at_once(world):
    job_id, job = _demanded(world)
    free = world.market.account_of(world.provider.address).free
    receipt = _answer(world, job_id, job, _answers())
    (event,) = receipt.events
    assert event.args["answered"] == rules.ALL_ANSWERED
    assert event.args["fees"] == 8 * job.demand_fee
    assert world.market.account_of(world.provider.address).free == free + 8 * job.demand_fee
    now_s = world.connection.block(receipt.block_number).timestamp
    assert event.args["windowEnd"] == rules.answered_window_end(job, now_s)
    after = job.answered_with(event.args["answered"], event.args["windowEnd"])
    assert world.market.check(job_id, after) is State.CLAIMED
    assert (after.unanswered, rules.voids_from(after)) == (0, rules.opens_until(after))


def test_answers_come_one_by_one_and_each_earns_its_fee(world):
    job_id, job = _demanded(world, PAIRS[:3])
    for place, shown in reversed(list(enumerate(_answers(PAIRS[:3])))):
        (event,) = _answer(world, job_id, job, [shown], PAIRS[:3]).events
        job = job.answered_with(event.args["answered"], event.args["windowEnd"])
        assert event.args["fees"] == job.demand_fee
        assert job.unanswered == place
        assert not job.needs_answer(place)
        with pytest.raises((reverts.PairNotOpen, reverts.DemandMismatch)):
            _answer(world, job_id, job, [shown], PAIRS[:3])
    head = world.connection.block().number
    book = JobBook(world.market.events(0, head))
    assert book.jobs[job_id].job == job
    assert book.jobs[job_id].locked == rules.job_escrow(job)


def test_whoever_demanded_reads_the_bytes_from_the_chain(world):
    job_id, job = _demanded(world)
    (event,) = _answer(world, job_id, job, _answers()).events
    shown = shown_by(world.market, event, PAIRS, len(LENGTHS))
    for wanted, answer in zip(PAIRS, shown, strict=True):
        task, chunk = wanted >> 32, wanted & 0xFFFF_FFFF
        piece = OUTPUTS[task][chunk * CHUNK_BYTES : (chunk + 1) * CHUNK_BYTES]
        assert (answer.task, answer.chunk, answer.data) == (task, chunk, piece or None)
    assert shown_by(world.market, replace(event, tx_hash=b"\x01" * 32), PAIRS, 5) is None
    (demand,) = world.market.events(0, event.block_number, names=["OutputDemanded"])
    assert shown_by(world.market, demand, PAIRS, 5) is None


# Where the bytes of an answer to pair(0, 4) lie: leaf, three nodes of its path, chunk, its path.
PLACES = [1, 5, 6, 17, 25, 57, 90, 122, 130, 209, 210, 210 + CHUNK_BYTES - 1, 210 + CHUNK_BYTES, -1]


@pytest.mark.parametrize("place", PLACES)
def test_client_and_contract_refuse_every_changed_byte(world, place):
    pairs = [PAIRS[1]]
    (sound,) = _answers(pairs)
    evil = bytearray(sound)
    evil[place] ^= 1
    with pytest.raises(VerificationFailed):
        read_answer(bytes(evil), pairs, 5).check(TREE.root, TREE.total_units)
    job_id, job = _demanded(world, pairs)
    with pytest.raises(reverts.AnswerRefused):
        _answer(world, job_id, job, [bytes(evil)], pairs)


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a[:-1],
        lambda a: a + b"\0",
        lambda a: a[:90],
        lambda a: a[:1],
        lambda a: b"",
        lambda a: b"\x01" + a[1:],
        lambda a: b"\xff" + a[1:],
    ],
    ids=["short", "long", "leaf", "position", "empty", "not demanded", "no pair"],
)
def test_client_and_contract_refuse_other_lengths_and_pairs(world, change):
    pairs = [PAIRS[1]]
    evil = change(_answers(pairs)[0])
    with pytest.raises(VerificationFailed):
        read_answer(evil, pairs, 5)
    job_id, job = _demanded(world, pairs)
    with pytest.raises((reverts.AnswerRefused, reverts.PairNotOpen)):
        _answer(world, job_id, job, [evil], pairs)


def test_another_tasks_answer_is_refused(world):
    pairs = [pair(2, 0)]
    evil = build_answer(0, pair(3, 0), TREE, io.BytesIO(OUTPUTS[3]))
    with pytest.raises(VerificationFailed):
        read_answer(evil, pairs, 5).check(TREE.root, TREE.total_units)
    job_id, job = _demanded(world, pairs)
    with pytest.raises(reverts.AnswerRefused):
        _answer(world, job_id, job, [evil], pairs)


def test_bytes_where_the_output_ends_are_refused():
    pairs = [pair(1, 0)]
    (sound,) = _answers(pairs)
    read_answer(sound, pairs, 5).check(TREE.root, TREE.total_units)
    with pytest.raises(VerificationFailed, match="more than"):
        read_answer(sound + b"x", pairs, 5)


def test_no_answer_is_built_from_another_output():
    other = io.BytesIO(OUTPUTS[0][:-1] + b"\xff")
    with pytest.raises(VerificationFailed, match="chunk 5"):
        build_answer(0, pair(0, 5), TREE, other)
    with pytest.raises(VerificationFailed, match="needed"):
        build_answer(0, pair(0, 5), TREE, None)
    with pytest.raises(VerificationFailed, match="task index"):
        build_answer(0, pair(5, 0), TREE, None)


def test_a_pair_beyond_the_jobs_tasks_is_refused():
    with pytest.raises(VerificationFailed, match="task 9"):
        read_answer(_answers(PAIRS[:1])[0], [pair(9, 0)], 5)


def test_a_leaf_comes_back_from_its_bytes():
    for tree in VECTORS["trees"]:
        for proof in tree["proofs"]:
            leaf = proof["leaf"]
            names = ("index", "class", "exitCode", "units", "outputLen")
            sound = Leaf(
                *(leaf[name] for name in names),
                bytes.fromhex(leaf["outputDigest"][2:]),
                bytes.fromhex(leaf["extra"][2:]),
            )
            assert read_leaf(leaf_bytes(sound)) == sound
    with pytest.raises(VerificationFailed, match="89 bytes"):
        read_leaf(bytes(88))
    with pytest.raises(VerificationFailed, match="class 9"):
        read_leaf(leaf_bytes(TREE.leaves[0])[:4] + b"\x09" + leaf_bytes(TREE.leaves[0])[5:])


def test_the_vectors_proofs_make_answers_that_hold():
    """Leaf proofs of the trees; the outputs behind them are only digests, so far beyond the end."""
    for tree in VECTORS["trees"]:
        root, units = bytes.fromhex(tree["root"][2:]), tree["totalUnits"]
        for proof in tree["proofs"]:
            leaf = proof["leaf"]
            packed = b"".join(leaf[name].to_bytes(size, "big") for name, size in SIZES.items())
            packed += bytes.fromhex(leaf["outputDigest"][2:]) + bytes.fromhex(leaf["extra"][2:])
            path = zip(proof["pathHashes"], proof["pathUnits"], strict=True)
            packed += b"".join(bytes.fromhex(h[2:]) + n.to_bytes(8, "big") for h, n in path)
            pairs = [pair(leaf["index"], 2**32 - 1)]
            shown = read_answer(b"\0" + packed, pairs, tree["tasks"])
            shown.check(root, units)
            with pytest.raises(VerificationFailed):
                shown.check(hashlib.sha256(root).digest(), units)
            with pytest.raises(VerificationFailed):
                shown.check(root, units + 1)


def test_an_answer_is_bounded():
    assert answers.ANSWER_BYTES_MAX == 1 + 89 + 640 + 16_384 + 1_024
