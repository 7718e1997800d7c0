"""Outputs that were claimed must be shown (docs/protocol.md section 6).

Claimed, Disputed ─demand, answer─▶ the same; for what silence costs see exits.py.
"""

from dataclasses import replace

from . import rules
from .errors import OVERFLOW, require, require_range
from .hashing import demand_hash, keccak
from .jobs import Jobs
from .records import Record
from .trees import (
    HASH_BYTES,
    LEAF_BYTES,
    NODE_BYTES,
    chunk_length,
    chunk_root,
    chunks_of,
    join,
    sides,
)
from .words import ZERO32, Job, State


class Demands(Jobs):
    """Once for each claim its requester may ask, for a fee, to be shown parts of the output."""

    def demand(self, caller: str, id_: bytes, job: Job, pairs: tuple[int, ...]) -> None:
        """The requester names pairs of task and chunk; from now on a day runs."""
        state = self.claimed_or_disputed(id_)
        self.require_record(id_, job, state)
        require(caller == job.requester, "NotAllowed", caller, job.requester)
        self.require_before(job.window_end)
        require(job.demand_hash == ZERO32, "AlreadyDemanded", id_)
        require_range("pairs", len(pairs), 1, rules.MAX_PAIRS)
        for pair in pairs:
            require_range("task", pair >> 32, 0, job.tasks - 1)
        fees = job.demand_fee * len(pairs)
        self.require_free(caller, fees)

        demanded = replace(
            job,
            demand_hash=demand_hash(pairs),
            answered=rules.ALL_ANSWERED - (2 ** len(pairs) - 1),
            answer_by=self.now + rules.ANSWER_FOR_S,
        )
        self.accounts[caller].free -= fees
        self.records[id_] = Record(state, demanded)
        told = (demanded.demand_hash, pairs, fees, demanded.answer_by)
        self.emit("OutputDemanded", id_, caller, *told)

    def claimed_or_disputed(self, id_: bytes) -> State:
        """What the job has to be: a case stops neither demands nor answers."""
        return State.DISPUTED if self.record(id_).state == State.DISPUTED else State.CLAIMED

    def answer(
        self,
        caller: str,
        id_: bytes,
        job: Job,
        pairs: tuple[int, ...],
        root: bytes,
        total_units: int,
        answers: tuple[bytes, ...],
    ) -> None:
        """The provider shows some of them, for their fees; the last answer leaves the requester
        half a window to look at it, unless there was a case."""
        state = self.claimed_or_disputed(id_)
        self.require_record(id_, job, state)
        self.require_acts_for(caller, job.provider)
        given = demand_hash(pairs)
        require(given == job.demand_hash, "DemandMismatch", job.demand_hash, given)
        self.require_before(job.answer_by)
        self.require_opens(id_, job, root, total_units)
        require_range("answers", len(answers), 1, rules.MAX_PAIRS)
        answered = job.answered
        for shown in answers:
            position = shown[0] if shown else 0
            unanswered = position < rules.MAX_PAIRS and not answered >> position & 1
            require(unanswered, "PairNotOpen", position)
            answered |= 1 << position
            require_shows(shown, position, pairs[position], job.tasks, (root, total_units))

        fees = job.demand_fee * len(answers)
        window_end = job.window_end
        if answered == rules.ALL_ANSWERED and not (job.disputed_at or job.case_done):
            window_end = max(window_end, self.now + job.challenge_for // 2)
        shown_job = replace(job, answered=answered, window_end=window_end)
        self.accounts[job.provider].free += fees
        self.records[id_] = Record(state, shown_job)
        self.emit("OutputAnswered", id_, job.provider, answered, fees, window_end)


def require_shows(
    shown: bytes, position: int, pair: int, tasks: int, claimed: tuple[bytes, int]
) -> None:
    """Refuse an answer that does not lead to the claim, or to its leaf's output."""
    task, index = pair >> 32, pair & 2**32 - 1
    path = sides(task, tasks)
    chunk_at = 1 + LEAF_BYTES + NODE_BYTES * len(path)
    require(len(shown) >= chunk_at, "AnswerLength", position, len(shown), chunk_at)

    leaf = shown[1 : 1 + LEAF_BYTES]
    node = keccak(b"\0" + leaf), int.from_bytes(leaf[9:17], "big")
    for i, side in enumerate(path):
        at = 1 + LEAF_BYTES + NODE_BYTES * i
        sibling = shown[at : at + 32], int.from_bytes(shown[at + 32 : at + 40], "big")
        node = join(sibling, node) if side == "left" else join(node, sibling)
        require(node[1] < 2**64, "Panic", OVERFLOW)
    named = int.from_bytes(leaf[:4], "big")
    require(named == task and node == claimed, "LeafMismatch", position)

    rest = shown[chunk_at:]
    length = int.from_bytes(leaf[17:25], "big")
    size = chunks_of(length)
    if index >= size:  # the leaf alone shows that there is no such chunk
        require(not rest, "AnswerLength", position, len(rest), 0)
        return
    end = chunk_length(length, index)
    expected = end + HASH_BYTES * len(sides(index, size))
    require(len(rest) == expected, "AnswerLength", position, len(rest), expected)
    hashes = [rest[at : at + HASH_BYTES] for at in range(end, len(rest), HASH_BYTES)]
    digest = chunk_root(rest[:end], index, size, hashes)
    require(digest == leaf[25:57], "ChunkMismatch", position)
