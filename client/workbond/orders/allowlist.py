"""Merkle trees of admitted providers, as OpenZeppelin's standard tree builds them.

A request's `providers` may be the root of such a tree; whoever matches or accepts shows a proof.
Leaf: keccak256(keccak256(abi.encode(address))); node: keccak256 of the two below, the smaller
first. Leaves are sorted, so that the order in which addresses are given does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable

from eth_hash.auto import keccak

from workbond.chain.types import ZERO_WORD, encoded
from workbond.errors import UsageError


def root_of(addresses: Iterable[str]) -> bytes:
    """The tree's root (32 bytes): a request's `providers`."""
    return _tree(_leaves(addresses))[0]


def proof_of(addresses: Iterable[str], address: str) -> list[bytes]:
    """The nodes beside the way from `address` to the root; `UsageError` if it is not admitted."""
    leaves = _leaves(addresses)
    try:
        place = len(leaves) * 2 - 2 - leaves.index(_leaf(address))
    except ValueError as error:
        raise UsageError(f"{address} is not among the {len(leaves)} addresses admitted") from error
    tree, proof = _tree(leaves), []
    while place > 0:
        proof.append(tree[place + 1 if place % 2 else place - 1])
        place = (place - 1) // 2
    return proof


def is_root(providers: bytes) -> bool:
    """Whether a request's `providers` is a root, not zero (anybody) or an address."""
    return providers != ZERO_WORD and any(providers[:12])


def _leaf(address: str) -> bytes:
    return bytes(keccak(keccak(encoded(address))))


def _leaves(addresses: Iterable[str]) -> list[bytes]:
    leaves = sorted({_leaf(address) for address in addresses})
    if not leaves:
        raise UsageError("a list of admitted providers has at least one address")
    return leaves


def _tree(leaves: list[bytes]) -> list[bytes]:
    """Nodes by place, the root first: below `i` are `2 i + 1` and `2 i + 2`."""
    tree = [b""] * (len(leaves) - 1) + leaves[::-1]
    for place in range(len(leaves) - 2, -1, -1):
        tree[place] = bytes(keccak(b"".join(sorted(tree[2 * place + 1 : 2 * place + 3]))))
    return tree
