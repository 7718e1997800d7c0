"""Allow-lists: the standard Merkle tree of OpenZeppelin (a complete binary tree, pairs sorted)."""

from eth_abi import encode
from eth_utils import keccak


def address_tree(addresses):
    """Root, and the proof of each address; leaves are keccak256(keccak256(abi.encode(address)))."""
    leaves = {keccak(keccak(encode(["address"], [address]))): address for address in addresses}
    ordered = sorted(leaves)
    # Node i has the children 2i + 1 and 2i + 2; leaves stand at the end, the last one first.
    nodes = [b""] * (len(ordered) - 1) + ordered[::-1]
    for i in reversed(range(len(ordered) - 1)):
        nodes[i] = keccak(b"".join(sorted(nodes[2 * i + 1 : 2 * i + 3])))
    places = {leaves[leaf]: len(nodes) - 1 - i for i, leaf in enumerate(ordered)}
    return nodes[0], {address: _proof(nodes, place) for address, place in places.items()}


def _proof(nodes, place):
    path = []
    while place:
        path.append(nodes[place + 1 if place % 2 else place - 1])
        place = (place - 1) // 2
    return path
