"""Writes `tests/vectors/result_tree.json`: python scripts/make_vectors.py [--check]

The vectors are for every implementation of the result tree. They are computed here by the rules of
docs/protocol.md section 6, by plain recursion and independently of `workbond.tree`, which is tested
on them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak

OUT = Path(__file__).parents[1] / "tests" / "vectors" / "result_tree.json"
CHUNK = 16_384

ABOUT = [
    "Vectors of the Workbond result tree, protocol version 1. Hex has the prefix 0x.",
    "leaf = keccak256(0x00, index u32, class u8, exitCode u32, units u64, outputLen u64,",
    "outputDigest b32, extra b32); node = keccak256(0x01, leftHash b32, leftUnits u64,",
    "rightHash b32, rightUnits u64); D = keccak256(0x02, root b32, totalUnits u64);",
    "seal = keccak256(provider b20, jobId b32, D b32); all packed, big-endian.",
    "Shape: RFC 6962 (the left subtree holds the largest power of two below the number of leaves).",
    "Paths go from the leaf upwards; pathHashes and pathUnits are parallel.",
    "trees: the leaf of task i is class = i mod 3; exitCode = 7 i mod 256 in class 0, else 0;",
    "units = 1000003 (i + 1); outputLen = 1000 (i + 1); outputDigest = SHA-256(i as u32);",
    "extra = 0 (no output has these digests, they are only to be hashed).",
    "outputs: byte k of the content is (31 k + floor(k / 251)) mod 256; digest is the RFC 6962",
    "tree with SHA-256 (0x00 before a chunk, 0x01 before two hashes) over chunks of 16384 bytes.",
    "A chunk's bytes are content[16384 chunk ..].",
    "overflow: two leaf sums whose node must be refused.",
]


def h(data: bytes) -> str:
    return "0x" + data.hex()


def u(value: int, bits: int) -> bytes:
    return value.to_bytes(bits // 8, "big")


def leaf_of(i: int) -> dict[str, Any]:
    cls = i % 3
    return {
        "index": i,
        "class": cls,
        "exitCode": 7 * i % 256 if cls == 0 else 0,
        "units": 1_000_003 * (i + 1),
        "outputLen": 1000 * (i + 1),
        "outputDigest": h(hashlib.sha256(u(i, 32)).digest()),
        "extra": h(bytes(32)),
    }


def pack_leaf(leaf: dict[str, Any]) -> bytes:
    numbers = (("index", 32), ("class", 8), ("exitCode", 32), ("units", 64), ("outputLen", 64))
    packed = b"".join(u(leaf[name], bits) for name, bits in numbers)
    return packed + bytes.fromhex(leaf["outputDigest"][2:] + leaf["extra"][2:])


def split_of(size: int) -> int:
    """The largest power of two below `size`."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


Node = tuple[bytes, int]


def tree(leaves: list[dict[str, Any]]) -> Node:
    if len(leaves) == 1:
        return keccak(b"\0" + pack_leaf(leaves[0])), leaves[0]["units"]
    split = split_of(len(leaves))
    (left, left_units), (right, right_units) = tree(leaves[:split]), tree(leaves[split:])
    data = b"\1" + left + u(left_units, 64) + right + u(right_units, 64)
    return keccak(data), left_units + right_units


def tree_path(leaves: list[dict[str, Any]], index: int) -> list[Node]:
    if len(leaves) == 1:
        return []
    split = split_of(len(leaves))
    if index < split:
        return [*tree_path(leaves[:split], index), tree(leaves[split:])]
    return [*tree_path(leaves[split:], index - split), tree(leaves[:split])]


def tree_vector(tasks: int, indices: list[int]) -> dict[str, Any]:
    leaves = [leaf_of(i) for i in range(tasks)]
    root, total = tree(leaves)
    provider, job = keccak(b"provider")[:20], keccak(b"job" + u(tasks, 32))
    opening = keccak(b"\2" + root + u(total, 64))
    proofs = []
    for index in indices:
        path = tree_path(leaves, index)
        proofs.append(
            {
                "leaf": leaves[index],
                "leafHash": h(tree([leaves[index]])[0]),
                "pathHashes": [h(node) for node, _ in path],
                "pathUnits": [units for _, units in path],
            }
        )
    return {
        "tasks": tasks,
        "root": h(root),
        "totalUnits": total,
        "D": h(opening),
        "provider": h(provider),
        "jobId": h(job),
        "seal": h(keccak(provider + job + opening)),
        "proofs": proofs,
    }


def content(length: int) -> bytes:
    return bytes((31 * k + k // 251) % 256 for k in range(length))


def chunk_tree(chunks: list[bytes]) -> bytes:
    if not chunks:
        return hashlib.sha256(b"").digest()
    if len(chunks) == 1:
        return hashlib.sha256(b"\0" + chunks[0]).digest()
    split = split_of(len(chunks))
    pair = chunk_tree(chunks[:split]) + chunk_tree(chunks[split:])
    return hashlib.sha256(b"\1" + pair).digest()


def chunk_path(chunks: list[bytes], index: int) -> list[bytes]:
    if len(chunks) == 1:
        return []
    split = split_of(len(chunks))
    if index < split:
        return [*chunk_path(chunks[:split], index), chunk_tree(chunks[split:])]
    return [*chunk_path(chunks[split:], index - split), chunk_tree(chunks[:split])]


def output_vector(length: int) -> dict[str, Any]:
    data = content(length)
    chunks = [data[at : at + CHUNK] for at in range(0, length, CHUNK)]
    proofs = [
        {"chunk": i, "length": len(chunk), "path": [h(node) for node in chunk_path(chunks, i)]}
        for i, chunk in enumerate(chunks)
    ]
    return {"length": length, "digest": h(chunk_tree(chunks)), "proofs": proofs}


def vectors() -> dict[str, Any]:
    extra = {**leaf_of(65_535), "units": 2**53 - 1, "extra": h(keccak(b"extra"))}
    shown = {1: [0], 2: [0, 1], 3: [0, 1, 2], 5: [0, 3, 4], 8: [0, 5, 7], 1000: [0, 511, 512, 999]}
    return {
        "about": ABOUT,
        "leafWithExtra": {"leaf": extra, "leafHash": h(keccak(b"\0" + pack_leaf(extra)))},
        "trees": [tree_vector(tasks, indices) for tasks, indices in shown.items()],
        "outputs": [output_vector(n) for n in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 102_400)],
        "overflow": {"leftUnits": 2**63, "rightUnits": 2**63},
    }


def main() -> None:
    text = json.dumps(vectors(), indent=1) + "\n"
    if "--check" in sys.argv[1:]:
        if OUT.read_text() != text:
            sys.exit(f"{OUT.name} is out of date: run python scripts/make_vectors.py")
    else:
        OUT.write_text(text)


if __name__ == "__main__":
    main()
