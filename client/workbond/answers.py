"""Answers to a demand: bytes of outputs, with the proof that they are what was sealed.

answer = pair's position u8 ‖ leaf (89 bytes) ‖ its path, 40 bytes a node
         ‖ the chunk ‖ its path, 32 bytes a hash

All packed and big-endian, paths from the bottom up (IMarket.answer; docs/protocol.md section 6). An
answer to a chunk beyond the output's end stops behind the leaf's path: the length in the leaf shows
that there is nothing. No length is written anywhere; all follow from the pair, the number of tasks,
and the leaf's output length.

    sent = [build_answer(i, pair, tree, file) for i, pair in enumerate(record.pairs)]
    shown = read_answer(sent[0], record.pairs, request.tasks)   # as whoever demanded it does
    shown.check(root, total_units)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from workbond.chain.types import unpaired
from workbond.chunks import (
    CHUNK_BYTES,
    chunk_count,
    chunk_length,
    chunk_proof,
    siblings_left,
    verify_chunk,
)
from workbond.errors import VerificationFailed
from workbond.tree import LEAF_BYTES, Leaf, PathStep, ResultTree, leaf_bytes, read_leaf, verify_leaf

if TYPE_CHECKING:
    from workbond.chain.abi import Event
    from workbond.chain.market import Market

NODE_BYTES = 40
HASH_BYTES = 32
ANSWER_BYTES_MAX = 1 + LEAF_BYTES + 16 * NODE_BYTES + CHUNK_BYTES + 32 * HASH_BYTES
"""Of the largest answer: 16 nodes lead up from one of 65,536 tasks, 32 from one of 2^32 chunks."""


@dataclass(frozen=True)
class Answer:
    """What one answer shows.

    `position` is the pair's place in the demand; `data` is None if the output ends before `chunk`.
    """

    position: int
    task: int
    chunk: int
    tasks: int
    leaf: Leaf
    path: tuple[PathStep, ...]
    data: bytes | None
    chunk_path: tuple[bytes, ...]

    def check(self, root: bytes, total_units: int) -> None:
        """Raises `VerificationFailed` unless it proves its bytes for the result with this root."""
        if self.leaf.index != self.task:
            raise VerificationFailed(
                f"the answer to pair {self.position} shows task {self.leaf.index} instead of "
                f"{self.task}"
            )
        verify_leaf(self.leaf, self.tasks, self.path, root, total_units)
        if self.data is not None:
            length = self.leaf.length
            verify_chunk(self.leaf.digest, length, self.chunk, self.data, list(self.chunk_path))


def build_answer(position: int, pair: int, tree: ResultTree, output: BinaryIO | None) -> bytes:
    """The answer to the pair at `position` of a demand.

    Args:
        position: from 0.
        pair: task << 32 | chunk.
        tree: the whole result.
        output: the task's output from its first byte on; not read if it ends before the chunk.

    Raises:
        VerificationFailed: no such task, or the output is not the one in the tree.
    """
    task, chunk = unpaired(pair)
    path = tree.path(task)
    leaf = tree.leaves[task]
    packed = bytes([position]) + leaf_bytes(leaf)
    packed += b"".join(digest + units.to_bytes(8, "big") for digest, units in path)
    if chunk >= chunk_count(leaf.length):
        return packed
    if output is None:
        raise VerificationFailed(f"the output of task {task} is needed to answer for its bytes")
    data, hashes = chunk_proof(output, chunk)
    verify_chunk(leaf.digest, leaf.length, chunk, data, hashes)
    return packed + data + b"".join(hashes)


def read_answer(answer: bytes, pairs: Sequence[int], tasks: int) -> Answer:
    """What `answer`, one to the demand of `pairs` at a job of `tasks` tasks, shows.

    `Answer.check` tells whether it is true.

    Raises:
        VerificationFailed: it has another length than its own leaf asks for, or shows a leaf that
            no honest result can have.
    """
    position = answer[0] if answer else len(pairs)
    if position >= len(pairs):
        raise VerificationFailed(f"an answer to pair {position} of a demand of {len(pairs)} pairs")
    task, chunk = unpaired(pairs[position])
    if task >= tasks:
        raise VerificationFailed(f"pair {position} names task {task} of a job of {tasks} tasks")
    rest = _Bytes(position, answer)
    rest.take(1)
    leaf = read_leaf(rest.take(LEAF_BYTES))
    nodes = [rest.take(NODE_BYTES) for _ in siblings_left(task, tasks)]
    path = tuple((node[:HASH_BYTES], int.from_bytes(node[HASH_BYTES:], "big")) for node in nodes)
    data: bytes | None = None
    hashes: tuple[bytes, ...] = ()
    chunks = chunk_count(leaf.length)
    if chunk < chunks:
        data = rest.take(chunk_length(leaf.length, chunk))
        hashes = tuple(rest.take(HASH_BYTES) for _ in siblings_left(chunk, chunks))
    rest.end()
    return Answer(position, task, chunk, tasks, leaf, path, data, hashes)


def shown_by(
    market: Market, event: Event, pairs: Sequence[int], tasks: int
) -> tuple[Answer, ...] | None:
    """The checked answers behind an `OutputAnswered` event, from its transaction's calldata.

    None if they can't be had: the transaction went through another contract (a wallet), or the
    node does not have it any more. The market has checked them already; whoever has them proves
    them again.

    Raises:
        VerificationFailed: they don't prove what the market accepted: the node lies.
    """
    sent = market.connection.transaction(event.tx_hash)
    if sent is None or sent.to != market.address:
        return None
    call = market.abi.arguments(sent.data)
    if call is None or call[0] != "answer" or call[1][0] != event.args["id"]:
        return None
    *_, root, total_units, answers = call[1]
    shown = tuple(read_answer(answer, pairs, tasks) for answer in answers)
    for answer in shown:
        answer.check(root, total_units)
    return shown


class _Bytes:
    """An answer's bytes, taken from the front."""

    def __init__(self, position: int, data: bytes) -> None:
        self._position, self._data, self._place = position, data, 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._place : self._place + count]
        self._place += count
        if len(taken) != count:
            raise VerificationFailed(
                f"the answer to pair {self._position} has {len(self._data)} bytes, fewer than its "
                f"leaf asks for"
            )
        return taken

    def end(self) -> None:
        if self._place != len(self._data):
            raise VerificationFailed(
                f"the answer to pair {self._position} has {len(self._data)} bytes, more than the "
                f"{self._place} that its leaf asks for"
            )
