"""Result trees and output trees, of which only a few leaves are known and the rest is chance.

Whoever made such a tree can show its known leaves, and nobody can tell it from a tree of 65,536
real results. Shapes are RFC 6962's, written as it writes them: a tree of n > 1 leaves splits at the
largest power of two below n.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from .hashing import keccak, opening_digest

CHUNK_BYTES = 16_384
LEAF_BYTES = 89
NODE_BYTES = 40
HASH_BYTES = 32
EMPTY_DIGEST = sha256(b"").digest()


def split_of(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def sides(index: int, size: int) -> tuple[str, ...]:
    """On which side the siblings stand on the way from a leaf up to the root."""
    if size == 1:
        return ()
    half = split_of(size)
    if index < half:
        return (*sides(index, half), "right")
    return (*sides(index - half, size - half), "left")


# ─────────────────────────────────── outputs ─────────────────────────────────


def chunks_of(length: int) -> int:
    """Chunks of an output of that many bytes."""
    return -(-length // CHUNK_BYTES)


def chunk_length(length: int, index: int) -> int:
    return min(CHUNK_BYTES, length - index * CHUNK_BYTES)


def chunk_root(chunk: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The digest of an output with that chunk."""
    node = sha256(b"\0" + chunk).digest()
    for side, sibling in zip(sides(index, size), path, strict=True):
        node = sha256(b"\1" + (sibling + node if side == "left" else node + sibling)).digest()
    return node


@dataclass(frozen=True)
class Output:
    """An output of which one chunk is known (none if it is empty)."""

    length: int
    index: int = 0
    chunk: bytes = b""
    path: tuple[bytes, ...] = ()

    @classmethod
    def random(cls, rng: random.Random, length: int) -> "Output":
        size = chunks_of(length)
        if not size:
            return cls(length)
        # A demand names a chunk in 32 bits.
        index = min(rng.choice((0, size - 1, rng.randrange(size))), 2**32 - 1)
        chunk = rng.randbytes(1) * chunk_length(length, index)
        return cls(length, index, chunk, tuple(rng.randbytes(32) for _ in sides(index, size)))

    @property
    def digest(self) -> bytes:
        if not self.length:
            return EMPTY_DIGEST
        return chunk_root(self.chunk, self.index, chunks_of(self.length), self.path)


# ─────────────────────────────────── results ─────────────────────────────────


@dataclass(frozen=True)
class Leaf:
    """The result of one task."""

    index: int
    class_: int
    exit_code: int
    units: int
    output_len: int
    output_digest: bytes
    extra: bytes

    def __bytes__(self) -> bytes:
        head = self.index.to_bytes(4, "big") + bytes([self.class_])
        head += self.exit_code.to_bytes(4, "big") + self.units.to_bytes(8, "big")
        return head + self.output_len.to_bytes(8, "big") + self.output_digest + self.extra


Node = tuple[bytes, int]  # hash, and the units below it


def join(left: Node, right: Node) -> Node:
    """The node above two."""
    packed = b"".join(digest + units.to_bytes(8, "big") for digest, units in (left, right))
    return keccak(b"\1" + packed), left[1] + right[1]


@dataclass(frozen=True)
class Shown:
    """One known task: its leaf, the path from it to the root, and its output."""

    leaf: Leaf
    path: tuple[Node, ...]
    output: Output


@dataclass(frozen=True)
class Claim:
    """What a seal hides: the opening, and the tasks that can be shown."""

    root: bytes
    total_units: int
    tasks: int
    shown: dict[int, Shown]

    @property
    def opening(self) -> tuple[bytes, int]:
        return self.root, self.total_units

    @property
    def digest(self) -> bytes:
        return opening_digest(self.root, self.total_units)

    def answer(self, position: int, pair: int) -> bytes | None:
        """The answer to a demanded pair, if it is known."""
        task, index = pair >> 32, pair & 2**32 - 1
        known = self.shown.get(task)
        if known is None:
            return None
        answer = bytes([position]) + bytes(known.leaf)
        answer += b"".join(digest + units.to_bytes(8, "big") for digest, units in known.path)
        output = known.output
        if index >= chunks_of(output.length):
            return answer
        return answer + output.chunk + b"".join(output.path) if index == output.index else None


OUTPUT_LENGTHS = (
    0,
    1,
    100,
    100,
    5000,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    3 * CHUNK_BYTES,
)
HUGE_LENGTHS = (2**46 - 40, 2**46 + 77, 2**64 - 1)
LIES = ("index", "sum", "root")  # what a claim may get wrong without the chain's noticing


def random_claim(rng: random.Random, tasks: int, units: int, lie: str = "") -> Claim:
    """A tree of `units` metered units with a few known tasks; `lie` says what is wrong with it."""
    some = {0, tasks - 1, rng.randrange(tasks), rng.randrange(tasks)}
    leaves: dict[int, tuple[Leaf, Output]] = {}
    paths: dict[int, list[Node]] = {task: [] for task in some}

    def grow(low: int, high: int, below: int) -> Node:
        """The node over leaves `low` to `high` (excluded), which have `below` units."""
        known = [task for task in some if low <= task < high]
        if not known:
            return rng.randbytes(32), below
        if high - low == 1:
            length = rng.choice((*OUTPUT_LENGTHS, *OUTPUT_LENGTHS, *HUGE_LENGTHS))
            output = Output.random(rng, length)
            index = low ^ 1 if lie == "index" else low
            class_ = rng.choice((0, 0, 1, 2))
            code = rng.choice((0, 0, 1, 2**32 - 1)) if class_ == 0 else 0
            leaf = Leaf(index, class_, code, below, length, output.digest, rng.randbytes(32))
            leaves[low] = leaf, output
            return keccak(b"\0" + bytes(leaf)), below
        middle = low + split_of(high - low)
        part = rng.choice((0, below, rng.randint(0, below)))
        left, right = grow(low, middle, part), grow(middle, high, below - part)
        for task in known:
            paths[task].append(right if task < middle else left)
        return join(left, right)

    root, total = grow(0, tasks, units)
    if lie == "sum":
        total ^= 1
    shown = {i: Shown(leaf, tuple(paths[i]), output) for i, (leaf, output) in leaves.items()}
    return Claim(rng.randbytes(32) if lie == "root" else root, total, tasks, shown)
