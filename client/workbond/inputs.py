"""The inputs of a large job as one list: a blob of SHA-256 digests, and its Merkle root.

The list blob is the concatenation of the 32-byte digests, input 0 first. The root is the tree hash
of RFC 6962 section 2.1 (SHA-256; a leaf is hashed after a zero byte, a node after a one byte) with
those digests as leaf data, so that a contract can be shown one input without the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from workbond.cid import cid_of_digest
from workbond.errors import UsageError
from workbond.tree import MAX_TASKS

INLINE_MAX = 1_000  # more inputs than this go into a list, which keeps a spec below 100 KiB
LIST_BYTES_MAX = MAX_TASKS * 32


def inputs_root(digests: Sequence[bytes]) -> bytes:
    """The RFC 6962 tree hash of `digests` (each 32 bytes); of none, SHA-256 of nothing."""
    if not digests:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\x00" + digest).digest() for digest in digests]
    # pairing neighbours and letting an odd last one rise gives the shape RFC 6962 defines by
    # splitting at the largest power of two
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
            for i in range(0, len(level) - 1, 2)
        ]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def parse_input_list(data: bytes, root: bytes, tasks: int) -> list[str]:
    """The CIDs in a list blob, input 0 first.

    Raises:
        UsageError: not one digest per task, or not the list that `root` commits to. The bytes were
            available, so this breaks the profile's rules and is no failure of whoever fetched them.
    """
    if not 1 <= tasks <= MAX_TASKS or len(data) != 32 * tasks:
        raise UsageError(
            f"the input list has {len(data):,} bytes; {tasks:,} tasks need 32 bytes each "
            f"(1 to {MAX_TASKS:,} tasks)"
        )
    digests = [data[i : i + 32] for i in range(0, len(data), 32)]
    actual = inputs_root(digests)
    if actual != root:
        raise UsageError(
            f"the input list has the root 0x{actual.hex()}, but the spec says 0x{root.hex()}"
        )
    return [cid_of_digest(digest) for digest in digests]
