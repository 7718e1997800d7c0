"""The result of a job: a sealed Merkle tree over its tasks that also carries the sum of units.

leaf = keccak256(0x00 ‖ index u32 ‖ class u8 ‖ exitCode u32 ‖ units u64 ‖ outputLen u64
                 ‖ outputDigest ‖ extra)
node = keccak256(0x01 ‖ leftHash ‖ leftUnits u64 ‖ rightHash ‖ rightUnits u64)
D    = keccak256(0x02 ‖ root ‖ totalUnits u64)
seal = keccak256(provider ‖ jobId ‖ D)

All packed and big-endian (docs/protocol.md section 6). The shape is that of RFC 6962 and follows
from (index, tasks) alone. Test vectors for every language: `tests/vectors/result_tree.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbond.chunks import (
    CHUNK_BYTES,
    OutputDigest,
    chunk_count,
    chunk_length,
    chunk_proof,
    output_digest,
    siblings_left,
    verify_chunk,
)
from workbond.errors import VerificationFailed

__all__ = [
    "CHUNK_BYTES",
    "CLASS_EXIT",
    "CLASS_INVALID",
    "CLASS_OUT_OF_UNITS",
    "CLASS_TRAP",
    "EMPTY_DIGEST",
    "MAX_TASKS",
    "Leaf",
    "OutputDigest",
    "PathStep",
    "ResultTree",
    "chunk_count",
    "chunk_length",
    "chunk_proof",
    "invalid_leaf",
    "leaf_bytes",
    "leaf_hash",
    "node_hash",
    "opening_digest",
    "output_digest",
    "read_leaf",
    "seal",
    "verify_chunk",
    "verify_leaf",
]

CLASS_EXIT = 0
CLASS_OUT_OF_UNITS = 1
CLASS_TRAP = 2
CLASS_INVALID = 3

MAX_TASKS = 65_536
"""Bound of a request's `tasks`; a path is at most 16 steps long."""

LEAF_BYTES = 89
"""Of a packed leaf."""

EMPTY_DIGEST = output_digest(b"")
ZERO32 = bytes(32)
_U32 = 2**32 - 1
_U64 = 2**64 - 1

PathStep = tuple[bytes, int]
"""Hash and units of a sibling."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One task's result.

    Args:
        index: number of the task, from 0.
        cls: 0 exit, 1 out of units, 2 trap, 3 invalid.
        exit_code: u32, 0 unless `cls` is 0.
        units: metered units.
        length: output length in bytes.
        digest: output digest, 32 bytes (see `workbond.chunks`).
        extra: 32 bytes that a later profile may use; zero in `wasm-1`.

    Raises:
        VerificationFailed: a value that no honest result can have.
    """

    index: int
    cls: int
    exit_code: int
    units: int
    length: int
    digest: bytes
    extra: bytes = ZERO32

    def __post_init__(self) -> None:
        _range("task index", self.index, MAX_TASKS - 1)
        _range("class", self.cls, CLASS_INVALID)
        _range("exit code", self.exit_code, _U32)
        _range("units", self.units, _U64)
        _range("output length", self.length, _U64)
        _hash("output digest", self.digest)
        _hash("extra", self.extra)
        if self.exit_code and self.cls != CLASS_EXIT:
            raise VerificationFailed(f"task {self.index}: exit code in class {self.cls}")
        if self.cls == CLASS_INVALID and (self.units or self.length or self.extra != ZERO32):
            raise VerificationFailed(f"task {self.index}: an invalid task has values other than 0")
        if (self.length == 0) != (self.digest == EMPTY_DIGEST):
            raise VerificationFailed(f"task {self.index}: length {self.length} with a wrong digest")


def invalid_leaf(index: int) -> Leaf:
    """The one right result of task `index` when spec or program break the profile's rules."""
    return Leaf(index, CLASS_INVALID, exit_code=0, units=0, length=0, digest=EMPTY_DIGEST)


def leaf_hash(leaf: Leaf) -> bytes:
    """32-byte hash of a leaf."""
    return _keccak(b"\x00" + leaf_bytes(leaf))


def leaf_bytes(leaf: Leaf) -> bytes:
    """The 89 bytes that are hashed, which an answer to a demand shows."""
    return (
        leaf.index.to_bytes(4, "big")
        + leaf.cls.to_bytes(1, "big")
        + leaf.exit_code.to_bytes(4, "big")
        + leaf.units.to_bytes(8, "big")
        + leaf.length.to_bytes(8, "big")
        + leaf.digest
        + leaf.extra
    )


def read_leaf(data: bytes) -> Leaf:
    """The leaf in 89 bytes; raises `VerificationFailed` for one that no honest result can have."""
    if len(data) != LEAF_BYTES:
        raise VerificationFailed(f"a leaf has {LEAF_BYTES} bytes, not {len(data)}")
    ends = ((0, 4), (4, 5), (5, 9), (9, 17), (17, 25))
    index, cls, exit_code, units, length = (
        int.from_bytes(data[begin:end], "big") for begin, end in ends
    )
    return Leaf(index, cls, exit_code, units, length, data[25:57], data[57:])


def node_hash(left: PathStep, right: PathStep) -> PathStep:
    """Hash and units of an inner node; raises `VerificationFailed` if the sum exceeds a u64."""
    total = left[1] + right[1]
    _range("sum of units", total, _U64)
    packed = (h + units.to_bytes(8, "big") for h, units in (left, right))
    return _keccak(b"\x01" + b"".join(packed)), total


class ResultTree:
    """The tree over all leaves of a job, task 0 first, none missing.

    Raises:
        VerificationFailed: no leaf, too many, a gap, or a sum beyond u64.
    """

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self.leaves = tuple(leaves)
        _range("number of tasks", len(self.leaves) - 1, MAX_TASKS - 1)
        for index, leaf in enumerate(self.leaves):
            if leaf.index != index:
                raise VerificationFailed(f"leaf {index} of the result is that of task {leaf.index}")
        level = [(leaf_hash(leaf), leaf.units) for leaf in self.leaves]
        self._levels = [level]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            # An odd last node moves up as it is: that gives the shape of RFC 6962.
            level = [node_hash(*pair) for pair in pairs] + level[len(level) & ~1 :]
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        """32-byte root hash."""
        return self._levels[-1][0][0]

    @property
    def total_units(self) -> int:
        """Sum of the units of all tasks."""
        return self._levels[-1][0][1]

    @property
    def opening(self) -> bytes:
        """`D`, which opens the seal."""
        return opening_digest(self.root, self.total_units)

    def path(self, index: int) -> list[PathStep]:
        """Siblings of task `index`, from the leaf upwards."""
        _range("task index", index, len(self.leaves) - 1)
        steps = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                steps.append(level[index ^ 1])
            index //= 2
        return steps


def verify_leaf(
    leaf: Leaf, tasks: int, path: Sequence[PathStep], root: bytes, total_units: int
) -> None:
    """Raises `VerificationFailed` unless the leaf belongs to the result (root, total_units)."""
    _range("number of tasks", tasks - 1, MAX_TASKS - 1)
    _range("task index", leaf.index, tasks - 1)
    sides = siblings_left(leaf.index, tasks)
    if len(path) != len(sides):
        raise VerificationFailed(f"path has {len(path)} steps instead of {len(sides)}")
    node: PathStep = (leaf_hash(leaf), leaf.units)
    for left, sibling in zip(sides, path, strict=True):
        _hash("path hash", sibling[0])
        _range("path units", sibling[1], _U64)
        node = node_hash(sibling, node) if left else node_hash(node, sibling)
    if node != (root, total_units):
        raise VerificationFailed(f"task {leaf.index} does not belong to the result {root.hex()}")


def opening_digest(root: bytes, total_units: int) -> bytes:
    """`D`: what the seal hides until the job is approved or finalized."""
    _hash("root", root)
    _range("total units", total_units, _U64)
    return _keccak(b"\x02" + root + total_units.to_bytes(8, "big"))


def seal(provider: str | bytes, job_id: bytes, opening: bytes) -> bytes:
    """The on-chain claim of `provider` (hex address or 20 bytes) for `opening` (D)."""
    try:
        address = (
            bytes.fromhex(provider.removeprefix("0x")) if isinstance(provider, str) else provider
        )
    except ValueError:
        raise VerificationFailed(f"{provider!r} is not an address: 40 hex digits") from None
    if len(address) != 20:
        raise VerificationFailed(f"{provider!r} is not an address: it has {len(address)} bytes")
    _hash("job id", job_id)
    _hash("opening", opening)
    return _keccak(address + job_id + opening)


def _keccak(data: bytes) -> bytes:
    # Imported late: whoever only digests outputs (the task process) never needs it.
    from eth_hash.auto import keccak

    return bytes(keccak(data))


def _range(what: str, value: int, largest: int) -> None:
    if not isinstance(value, int) or not 0 <= value <= largest:
        raise VerificationFailed(f"{what} {value!r} is not between 0 and {largest}")


def _hash(what: str, value: bytes) -> None:
    if len(value) != 32:
        raise VerificationFailed(f"{what} has {len(value)} bytes instead of 32")
