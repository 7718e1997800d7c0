"""Claimed output must be shown: demands, packed answers, fees, deadlines, the cost of silence."""

import pytest
from chainkit import event, moves, now, out_of_range, refused, send
from conftest import FUNDS
from deals import DAY
from eth_utils import keccak
from orders import demand_hash, seal
from results import CHUNK, Result, content, pair
from signed import SignedDeal

FEE, BOND = 77, 1_000_007
ESCROW = 5_000_003 + 7_123_456_789_013 * 1_000_003 // 10**12
RESULT = Result([content(40_000), b"", content(100), content(CHUNK), content(CHUNK + 1)])
TASKS = len(RESULT.outputs)
NAMED = [(0, 0), (0, 2), (2, 0)]
PAIRS = [pair(*named) for named in NAMED]
ALL = [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0), (3, 0), (4, 0), (4, 1)]
FULL = 255


@pytest.fixture
def claimed(signed):
    """Makes a job whose claim seals RESULT, or another result."""

    def make(result=RESULT, **changes):
        job = signed(tasks=len(result.outputs), **changes)
        job.until("Running")
        job.submit_result(result)
        return job

    return make


def cost(units):
    return 5_000_003 + units * 1_000_003 // 10**12


def settle(job, how, by, result=RESULT):
    given = {"units": result.units, "root": result.root}
    if how == "approve":
        return job.approve(**given)
    return job.finalize(by=by, at=job.job["windowEnd"], **given)


# ────────────────────────────────────── demand ────────────────────────────────────


@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_a_demand_locks_its_fees_and_stands_in_the_record(
    claimed, market, everybody, requester, count
):
    job = claimed()
    pairs = [pair(*named) for named in ALL[:count]]
    at = now() + 10
    with moves(market, everybody, {(requester, "free"): -count * FEE}):
        tx = job.demand(pairs, at=at)
    said = event(tx, "OutputDemanded")
    assert said | {"pairs": list(map(int, said["pairs"]))} == {
        "id": "0x" + job.id.hex(),
        "requester": requester,
        "demandHash": "0x" + demand_hash(pairs).hex(),
        "pairs": pairs,
        "fees": count * FEE,
        "answerBy": at + DAY,
    }
    assert job.job["answered"] == {1: 0b11111110, 2: 0b11111100, 7: 0b10000000, 8: 0}[count]
    assert market.check(job.id, job.record) == job.state == 3


@pytest.mark.parametrize("count", [0, 9])
def test_a_demand_has_1_to_8_pairs(claimed, count):
    with out_of_range("pairs", count, 1, 8):
        claimed().demand([0] * count)


@pytest.mark.parametrize("place", [0, 1, 7])
def test_only_the_jobs_tasks_can_be_demanded(claimed, place):
    job = claimed()
    pairs = [pair(TASKS - 1, 2**32 - 1)] * 8
    for task in (TASKS, 2**32 - 1):
        pairs[place] = pair(task, 0)
        with out_of_range("task", task, 0, TASKS - 1):
            job.demand(pairs)
    pairs[place] = 0
    job.demand(pairs)


def test_only_the_requester_demands(claimed, requester, provider, stranger):
    job = claimed()
    for other in (provider, stranger):
        with refused("NotAllowed", other, requester):
            job.demand(PAIRS, by=other)


def test_a_claims_output_is_demanded_once(claimed):
    job = claimed()
    job.demand(PAIRS)
    for pairs in (PAIRS, [0]):
        with refused("AlreadyDemanded", job.id):
            job.demand(pairs)
    answers = [RESULT.answer(i, *named) for i, named in enumerate(NAMED)]
    job.answer(PAIRS, RESULT, answers)
    with refused("AlreadyDemanded", job.id):
        job.demand([0])


def test_a_demand_is_in_time_before_the_window_ends(claimed):
    job, late = claimed(), claimed(salt=b"\1" * 32)
    end = job.job["windowEnd"]
    job.demand(PAIRS, at=end - 1)
    end = late.job["windowEnd"]
    with refused("TooLate", end, end):
        late.demand(PAIRS, at=end)


@pytest.mark.parametrize("missing", [0, 1])
def test_the_fees_must_be_there(claimed, market, requester, missing):
    job = claimed()
    free = market.accountOf(requester)["free"]
    send(market.withdraw, requester, free - 3 * FEE + missing, by=requester)
    if missing:
        with refused("InsufficientFree", requester, 3 * FEE - 1, 3 * FEE):
            job.demand(PAIRS)
    else:
        job.demand(PAIRS)


def test_a_fee_beyond_all_money_makes_demands_impossible(claimed, requester):
    job = claimed(demandFee=2**96 - 1)
    left = FUNDS - ESCROW - 25_000
    with refused("InsufficientFree", requester, left, 8 * (2**96 - 1)):
        job.demand([0] * 8)


def test_demands_without_fee_move_nothing(claimed, market, everybody):
    job = claimed(demandFee=0, offer={"minDemandFee": 0})
    with moves(market, everybody, {}):
        job.demand([0])
        job.answer([0], RESULT, [RESULT.answer(0, 0, 0)])


# ────────────────────────────────────── answer ────────────────────────────────────


def test_every_chunk_of_every_task_can_be_shown(claimed, market, everybody, provider):
    """Whole chunks and an output's last, one byte long too; tasks at every place of the tree."""
    job = claimed()
    pairs = [pair(*named) for named in ALL]
    job.demand(pairs)
    answers = [RESULT.answer(place, *named) for place, named in enumerate(ALL)]
    with moves(market, everybody, {(provider, "free"): 8 * FEE}):
        tx = job.answer(pairs, RESULT, answers)
    assert event(tx, "OutputAnswered") == {
        "id": "0x" + job.id.hex(),
        "provider": provider,
        "answered": FULL,
        "fees": 8 * FEE,
        "windowEnd": job.job["windowEnd"],
    }
    assert market.check(job.id, job.record) == 3


def test_answers_come_in_any_order_and_parts_and_pay_at_once(claimed, market, everybody, provider):
    job = claimed()
    job.demand(PAIRS)
    end = job.job["windowEnd"]
    for place, named, bits in ((2, (2, 0), 0b11111100), (0, (0, 0), 0b11111101), (1, (0, 2), FULL)):
        with moves(market, everybody, {(provider, "free"): FEE}):
            job.answer(PAIRS, RESULT, [RESULT.answer(place, *named)])
        assert job.job["answered"] == bits
        assert job.job["windowEnd"] == end or bits == FULL
        assert market.check(job.id, job.record) == 3


def test_the_same_pair_may_be_demanded_twice_and_is_answered_twice(claimed):
    job = claimed()
    job.demand([0, 0])
    job.answer([0, 0], RESULT, [RESULT.answer(1, 0, 0), RESULT.answer(0, 0, 0)])
    assert job.job["answered"] == FULL


@pytest.mark.parametrize("chunk", [1, 2, 2**32 - 1])
def test_beyond_the_output_the_leaf_alone_answers(claimed, chunk):
    job = claimed()
    pairs = [pair(3, chunk)]  # task 3 has exactly one chunk
    job.demand(pairs)
    right = RESULT.answer(0, 3, chunk)
    for more in (b"\0", bytes(32), content(CHUNK)):
        with refused("AnswerLength", 0, len(more), 0):
            job.answer(pairs, RESULT, [right + more])
    job.answer(pairs, RESULT, [right])


def test_of_an_empty_output_the_leaf_alone_answers(claimed):
    job = claimed()
    pairs = [pair(1, 0), pair(1, 5)]
    job.demand(pairs)
    with refused("AnswerLength", 0, 1, 0):
        job.answer(pairs, RESULT, [RESULT.answer(0, 1, 0) + b"\0"])
    job.answer(pairs, RESULT, [RESULT.answer(0, 1, 0), RESULT.answer(1, 1, 5)])


# Tasks have no siblings or many, chunks too; all lengths follow from them.
LENGTHS = [(0, 0), (0, 1), (0, 2), (2, 0), (3, 0), (4, 0), (4, 1)]


@pytest.mark.parametrize("named", LENGTHS)
def test_an_answer_has_exactly_the_length_that_its_leaf_says(claimed, named):
    job = claimed()
    pairs = [pair(*named)]
    job.demand(pairs)
    right = RESULT.answer(0, *named)
    leaf, path, chunk, proof = RESULT.parts(*named)
    before, behind = 1 + len(leaf) + len(path), len(chunk) + len(proof)
    for length in (0, 1, before - 1):
        with refused("AnswerLength", 0, length, before):
            job.answer(pairs, RESULT, [right[:length]])
    for length in (0, behind - 1):
        with refused("AnswerLength", 0, length, behind):
            job.answer(pairs, RESULT, [right[: before + length]])
    for more in (b"\0", bytes(32)):
        with refused("AnswerLength", 0, behind + len(more), behind):
            job.answer(pairs, RESULT, [right + more])
    job.answer(pairs, RESULT, [right])


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


# Bytes of the answer to the middle chunk of task 0: leaf at 1, path of three nodes at 90, chunk at
# 210, two hashes of the chunk's path behind it. What is wrong of each, and how it is refused.
LEAF, PATH, BYTES = 1, 90, 210
WRONG = {
    "index": (LEAF + 3, "LeafMismatch"),
    "class": (LEAF + 4, "LeafMismatch"),
    "exit code": (LEAF + 8, "LeafMismatch"),
    "units": (LEAF + 16, "LeafMismatch"),
    "outputLen": (LEAF + 24, "LeafMismatch"),
    "outputLen's highest": (LEAF + 17, "LeafMismatch"),
    "outputDigest": (LEAF + 25, "LeafMismatch"),
    "outputDigest's last": (LEAF + 56, "LeafMismatch"),
    "extra": (LEAF + 57, "LeafMismatch"),
    "extra's last": (LEAF + 88, "LeafMismatch"),
    "first sibling": (PATH, "LeafMismatch"),
    "first sibling's last": (PATH + 31, "LeafMismatch"),
    "first sibling's units": (PATH + 39, "LeafMismatch"),
    "last sibling": (PATH + 80, "LeafMismatch"),
    "last sibling's units": (PATH + 119, "LeafMismatch"),
    "chunk's first": (BYTES, "ChunkMismatch"),
    "chunk's last": (BYTES + CHUNK - 1, "ChunkMismatch"),
    "chunk's sibling": (BYTES + CHUNK, "ChunkMismatch"),
    "chunk path's last": (BYTES + CHUNK + 63, "ChunkMismatch"),
}


@pytest.mark.parametrize("part", WRONG)
def test_one_wrong_bit_anywhere_is_refused(claimed, market, everybody, part):
    place, error = WRONG[part]
    job = claimed()
    pairs = [pair(2, 0), pair(0, 1)]
    job.demand(pairs)
    right = RESULT.answer(1, 0, 1)
    assert len(right) == BYTES + CHUNK + 64
    with moves(market, everybody, {}), refused(error, 1):
        job.answer(pairs, RESULT, [RESULT.answer(0, 2, 0), flipped(right, place)])
    job.answer(pairs, RESULT, [right])


def test_another_tasks_leaf_or_another_chunk_is_no_answer(claimed):
    job = claimed()
    pairs = [pair(0, 0), pair(2, 0)]
    job.demand(pairs)
    with refused("LeafMismatch", 1):  # of the same tree, with paths of the same length
        job.answer(pairs, RESULT, [b"\1" + RESULT.answer(0, 3, 0)[1:]])
    with refused("ChunkMismatch", 0):
        job.answer(pairs, RESULT, [RESULT.answer(0, 0, 1)])


def test_sums_that_overflow_are_no_answer(claimed):
    job = claimed()
    job.demand([0])
    right = RESULT.answer(0, 0, 0)
    units = PATH + 32
    with pytest.raises(Exception, match="overflow"):
        job.answer([0], RESULT, [right[:units] + b"\xff" * 8 + right[units + 8 :]])


@pytest.mark.parametrize("place", [2, 3, 7, 8, 255])
def test_pairs_that_were_not_demanded_need_no_answer(claimed, place):
    job = claimed()
    pairs = [pair(0, 0), pair(2, 0)]
    job.demand(pairs)
    with refused("PairNotOpen", place):
        job.answer(pairs, RESULT, [bytes([place]) + RESULT.answer(0, 0, 0)[1:]])


def test_an_answered_pair_needs_no_other_answer(claimed):
    job = claimed()
    pairs = [pair(0, 0), pair(2, 0)]
    job.demand(pairs)
    first = RESULT.answer(0, 0, 0)
    with refused("PairNotOpen", 0):
        job.answer(pairs, RESULT, [first, first])
    job.answer(pairs, RESULT, [first])
    with refused("PairNotOpen", 0):
        job.answer(pairs, RESULT, [first])


@pytest.mark.parametrize("count", [0, 9])
def test_an_answer_shows_1_to_8_chunks(claimed, count):
    job = claimed()
    job.demand([0])
    with out_of_range("answers", count, 1, 8):
        job.answer([0], RESULT, [RESULT.answer(0, 0, 0)] * count)


def test_an_empty_answer_is_too_short(claimed):
    """Whatever byte the calldata has in its place."""
    job = claimed()
    job.demand(PAIRS)
    for answers in ([b""], [b"", RESULT.answer(1, 0, 2)]):
        with refused("AnswerLength", 0, 0, 1 + 89 + 3 * 40):
            job.answer(PAIRS, RESULT, answers)


def test_exactly_the_demanded_pairs_must_be_named(claimed):
    job = claimed()
    job.demand(PAIRS)
    answers = [RESULT.answer(0, 0, 0)]
    for pairs in (PAIRS[:2], PAIRS[::-1], [], [*PAIRS, 0]):
        with refused("DemandMismatch", demand_hash(PAIRS), demand_hash(pairs)):
            job.answer(pairs, RESULT, answers)


def test_without_a_demand_there_is_nothing_to_answer(claimed):
    job = claimed()
    for pairs in ([], [0]):
        with refused("DemandMismatch", bytes(32), demand_hash(pairs)):
            job.answer(pairs, RESULT, [RESULT.answer(0, 0, 0)])


def test_only_the_claimed_result_answers(claimed):
    job = claimed()
    job.demand([0])
    other = Result([content(40_001), b""])
    given = seal(job.provider, job.id, other.root, other.units)
    with refused("SealMismatch", job.job["seal"], given):
        job.answer([0], other, [other.answer(0, 0, 0)])


def test_answers_end_a_day_after_the_demand(claimed):
    job = claimed()
    job.demand(PAIRS)
    until = job.job["answerBy"]
    job.answer(PAIRS, RESULT, [RESULT.answer(0, 0, 0)], at=until - 1)
    with refused("TooLate", until, until):
        job.answer(PAIRS, RESULT, [RESULT.answer(1, 0, 2)], at=until)


def test_only_the_provider_answers(claimed, requester, provider, stranger):
    job = claimed()
    job.demand([0])
    for other in (requester, stranger):
        with refused("NotAllowed", other, provider):
            job.answer([0], RESULT, [RESULT.answer(0, 0, 0)], by=other)


def test_one_task_has_no_path(claimed):
    result = Result([content(3 * CHUNK)])
    job = claimed(result)
    pairs = [pair(0, chunk) for chunk in range(4)]
    job.demand(pairs)
    job.answer(pairs, result, [result.answer(chunk, 0, chunk) for chunk in range(4)])
    assert job.job["answered"] == FULL


@pytest.mark.parametrize("task", [0, 1, 32_768, 65_535])
def test_the_largest_jobs_paths_have_16_nodes(signed, task):
    """The siblings stand for whole subtrees, which nobody needs to know."""
    job = signed(tasks=65_536, offer={"maxTasks": 65_536})
    job.until("Running")
    alone = Result([b"output"])
    leaf = task.to_bytes(4, "big") + alone.leaves[0][4:]
    node, units = keccak(b"\0" + leaf), int.from_bytes(leaf[9:17], "big")
    path = b""
    for level in range(16):
        sibling = keccak(bytes([level]))
        path += sibling + level.to_bytes(8, "big")
        pair_ = [(node, units), (sibling, level)]
        if task >> level & 1:
            pair_.reverse()
        node = keccak(b"\1" + b"".join(digest + sum_.to_bytes(8, "big") for digest, sum_ in pair_))
        units += level
    alone.root, alone.units = node, units
    job.submit(claim=seal(job.provider, job.id, node, units))
    pairs = [pair(task, 0)]
    job.demand(pairs)
    right = b"\0" + leaf + path + b"output"
    with refused("AnswerLength", 0, len(right) - 7, 90 + 16 * 40):
        job.answer(pairs, alone, [right[:-7]])
    job.answer(pairs, alone, [right])


# ───────────────────────────────── what it is good for ────────────────────────────


@pytest.mark.parametrize("window", [600, 601, 2 * DAY])
def test_the_last_answer_leaves_half_a_window_to_look(claimed, window):
    job = claimed(challengeFor=window, offer={"maxLockFor": 10**6})
    end = job.job["windowEnd"]
    pairs = PAIRS[:2]
    job.demand(pairs, at=end - 1)
    first = end + 50
    job.answer(pairs, RESULT, [RESULT.answer(0, 0, 0)], at=first)
    assert job.job["windowEnd"] == end
    last = first + 10
    job.answer(pairs, RESULT, [RESULT.answer(1, 0, 2)], at=last)
    assert job.job["windowEnd"] == last + window // 2


def test_an_early_answer_moves_no_window(claimed):
    job = claimed()
    end = job.job["windowEnd"]
    job.demand([0])
    job.answer([0], RESULT, [RESULT.answer(0, 0, 0)], at=end - 300)
    assert job.job["windowEnd"] == end


def test_an_answer_a_second_later_moves_it(claimed):
    job = claimed()
    end = job.job["windowEnd"]
    job.demand([0])
    job.answer([0], RESULT, [RESULT.answer(0, 0, 0)], at=end - 299)
    assert job.job["windowEnd"] == end + 1


def test_nothing_is_finalized_while_a_pair_is_unanswered(claimed, stranger):
    job = claimed()
    pairs = PAIRS[:2]
    job.demand(pairs)
    given = {"units": RESULT.units, "root": RESULT.root}
    end = job.job["windowEnd"]
    with refused("TooEarly", end - 1, end):
        job.finalize(by=stranger, at=end - 1, **given)
    with refused("DemandOpen", job.id, 0b11111100):
        job.finalize(by=stranger, at=end, **given)
    job.answer(pairs, RESULT, [RESULT.answer(0, 0, 0)])
    until = job.job["answerBy"]
    for at in (until - 1, until, until + DAY):
        with refused("DemandOpen", job.id, 0b11111101):
            job.finalize(by=stranger, at=at, **given)


@pytest.mark.parametrize("how", ["approve", "finalize"])
def test_an_answered_job_is_settled_like_any_other(
    claimed, market, everybody, requester, provider, stranger, how
):
    job = claimed()
    job.demand([0])
    job.answer([0], RESULT, [RESULT.answer(0, 0, 0)])
    paid = cost(RESULT.units)
    expected = {(provider, "free"): paid, (provider, "bonded"): -BOND}
    with moves(market, everybody, expected | {(requester, "free"): ESCROW - paid}):
        settle(job, how, stranger)


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_who_approves_waives_the_rest_and_gets_its_fees_back(
    claimed, market, everybody, requester, provider, answered
):
    job = claimed()
    job.demand(PAIRS)
    answers = [RESULT.answer(0, 0, 0), RESULT.answer(1, 0, 2)][:answered]
    if answers:
        job.answer(PAIRS, RESULT, answers)
    paid = cost(RESULT.units)
    refund = ESCROW - paid + (3 - answered) * FEE
    expected = {(provider, "free"): paid, (provider, "bonded"): -BOND}
    with moves(market, everybody, expected | {(requester, "free"): refund}):
        tx = settle(job, "approve", None)
    assert event(tx, "JobSettled")["refund"] == refund


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_silence_costs_half_the_bond_from_answer_by_on(
    claimed, market, everybody, requester, provider, stranger, answered
):
    job = claimed()
    job.demand(PAIRS)
    answers = [RESULT.answer(0, 0, 0), RESULT.answer(1, 0, 2)][:answered]
    if answers:
        job.answer(PAIRS, RESULT, answers)
    until = job.job["answerBy"]
    with refused("TooEarly", until - 1, until):
        job.void(by=stranger, at=until - 1)
    refund = ESCROW + (3 - answered) * FEE
    expected = {
        (requester, "free"): refund + 490_003,
        (provider, "staked"): -500_003,
        (provider, "bonded"): -BOND,
        (stranger, "free"): 10_000,
    }
    with moves(market, everybody, expected):
        tx = job.void(by=stranger, at=until)
    said = event(tx, "JobVoided")
    assert (said["reason"], said["refund"], said["slashed"]) == (2, refund, 500_003)


def test_silence_ends_a_job_within_its_window_too(claimed, stranger):
    """A demand at once, and a window much longer than a day."""
    job = claimed(challengeFor=5 * DAY, offer={"maxLockFor": 10**7})
    job.demand([0])
    until = job.job["answerBy"]
    assert until < job.job["windowEnd"]
    with refused("TooEarly", until - 1, until):
        job.void(by=stranger, at=until - 1)
    assert event(job.void(by=stranger, at=until), "JobVoided")["reason"] == 2


@pytest.mark.parametrize("window", [600, 5 * DAY])
@pytest.mark.parametrize("in_time", [True, False])
def test_after_the_last_answer_the_grace_runs_from_the_later_deadline(
    claimed, stranger, window, in_time
):
    """Of the window's end and the answer's."""
    job = claimed(challengeFor=window, offer={"maxLockFor": 10**7})
    job.demand([0])
    job.answer([0], RESULT, [RESULT.answer(0, 0, 0)])
    given = {"units": RESULT.units, "root": RESULT.root}
    until = max(job.job["windowEnd"], job.job["answerBy"]) + DAY
    with refused("TooEarly", until - 2, until):
        job.void(by=stranger, at=until - 2)
    if in_time:
        job.finalize(by=stranger, at=until - 1, **given)
    else:
        with refused("TooLate", until, until):
            job.finalize(by=stranger, at=until, **given)
        assert event(job.void(by=stranger), "JobVoided")["reason"] == 3


def test_a_late_voider_does_not_save_the_provider(claimed, stranger):
    job = claimed()
    job.demand([0])
    assert event(job.void(by=stranger, at=now() + 90 * DAY), "JobVoided")["reason"] == 2


def test_a_demand_in_a_posted_jobs_claim_works_alike(deal, market, provider, requester):
    job = SignedDeal(market, requester, provider, provider, tasks=TASKS)
    job.post()
    job.accept()
    job.submit(claim=seal(provider, job.id, RESULT.root, RESULT.units))
    job.demand([0])
    job.answer([0], RESULT, [RESULT.answer(0, 0, 0)])
    settle(job, "approve", None)
    assert job.state == 5
