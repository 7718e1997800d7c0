"""The digest of a task's output: an RFC 6962 tree over chunks of 16 KiB with SHA-256.

leaf = SHA-256(0x00 ‖ chunk), node = SHA-256(0x01 ‖ left ‖ right), no chunk: SHA-256 of nothing
(docs/protocol.md section 6; RFC 6962 section 2.1). One chunk can thus be proved without the rest.
The tree's shape follows from the output's length alone, so a proof carries hashes and no shape.

    digest = OutputDigest()
    digest.update(b"...")          # any pieces, any number
    digest.digest(), digest.length
"""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from workbond.errors import VerificationFailed

CHUNK_BYTES = 16 * 1024
"""Small enough to be shown whole in the calldata of an answer to a demand."""

MAX_LENGTH = 2**64 - 1
"""A leaf of the result tree carries the output's length as a u64."""


def chunk_leaf(chunk: bytes) -> bytes:
    """Hash of one chunk of 1 to 16,384 bytes."""
    return hashlib.sha256(b"\x00" + chunk).digest()


def chunk_node(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def chunk_count(length: int) -> int:
    """Number of chunks of an output of `length` bytes (0 for the empty output)."""
    if not 0 <= length <= MAX_LENGTH:
        raise VerificationFailed(f"output length {length} is not a u64: reject the leaf")
    return -(-length // CHUNK_BYTES)


def chunk_length(length: int, chunk: int) -> int:
    """Exact number of bytes of chunk `chunk` (from 0) of an output of `length` bytes."""
    if not 0 <= chunk < chunk_count(length):
        raise VerificationFailed(f"chunk {chunk} lies beyond an output of {length} bytes")
    return min(CHUNK_BYTES, length - chunk * CHUNK_BYTES)


def siblings_left(index: int, size: int) -> list[bool]:
    """For each step from leaf `index` up to the root of `size` leaves: is the sibling on the left?

    The RFC 6962 shape: the left subtree holds the largest power of two below `size` leaves.
    """
    sides = []
    while size > 1:
        split = 1 << (size - 1).bit_length() - 1
        right = index >= split
        sides.append(right)
        index, size = (index - split, size - split) if right else (index, split)
    return sides[::-1]


class OutputDigest:
    """Incremental output digest; keeps one chunk and one hash per level, whatever the length."""

    def __init__(self) -> None:
        self.length = 0
        self._rest = bytearray()
        self._peaks: list[tuple[int, bytes]] = []  # (leaves, hash), sizes strictly decreasing

    def update(self, data: bytes) -> None:
        """Appends bytes to the output."""
        self.length += len(data)
        view = memoryview(data)
        while len(self._rest) + len(view) >= CHUNK_BYTES:
            take = CHUNK_BYTES - len(self._rest)
            self._push(bytes(self._rest) + bytes(view[:take]))
            self._rest.clear()
            view = view[take:]
        self._rest += view

    def _push(self, chunk: bytes) -> None:
        leaves, node = 1, chunk_leaf(chunk)
        while self._peaks and self._peaks[-1][0] == leaves:
            node = chunk_node(self._peaks.pop()[1], node)
            leaves *= 2
        self._peaks.append((leaves, node))

    def digest(self) -> bytes:
        """The 32-byte digest of everything so far; more may follow."""
        hashes = [node for _, node in self._peaks]
        if self._rest:
            hashes.append(chunk_leaf(bytes(self._rest)))
        if not hashes:
            return hashlib.sha256(b"").digest()
        node = hashes.pop()
        while hashes:
            node = chunk_node(hashes.pop(), node)
        return node


def output_digest(data: bytes) -> bytes:
    """The 32-byte digest of a whole output in memory."""
    digest = OutputDigest()
    digest.update(data)
    return digest.digest()


def chunk_proof(output: BinaryIO, chunk: int) -> tuple[bytes, list[bytes]]:
    """Chunk `chunk` of a file and its path to the output digest, from the leaf upwards.

    Needs 32 bytes of memory per chunk of the file. Raises `VerificationFailed` for a chunk
    beyond the end.
    """
    level: list[bytes] = []
    wanted = b""
    while data := output.read(CHUNK_BYTES):
        if len(level) == chunk:
            wanted = data
        level.append(chunk_leaf(data))
    if not 0 <= chunk < len(level):
        raise VerificationFailed(f"chunk {chunk} lies beyond an output of {len(level)} chunks")
    path, index = [], chunk
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [chunk_node(*pair) for pair in pairs] + level[len(level) & ~1 :]
        index //= 2
    return wanted, path


def verify_chunk(digest: bytes, length: int, chunk: int, data: bytes, path: list[bytes]) -> None:
    """Raises `VerificationFailed` unless `data` is chunk `chunk` of the output (digest, length)."""
    if len(data) != chunk_length(length, chunk):
        raise VerificationFailed(f"chunk {chunk} has {len(data)} bytes, not what the length says")
    sides = siblings_left(chunk, chunk_count(length))
    if len(path) != len(sides):
        raise VerificationFailed(f"chunk path has {len(path)} hashes instead of {len(sides)}")
    node = chunk_leaf(data)
    for left, sibling in zip(sides, path, strict=True):
        if len(sibling) != 32:
            raise VerificationFailed(f"chunk path holds a hash of {len(sibling)} bytes")
        node = chunk_node(sibling, node) if left else chunk_node(node, sibling)
    if node != digest:
        raise VerificationFailed(f"chunk {chunk} does not belong to the output {digest.hex()}")
