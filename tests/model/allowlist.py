"""Merkle trees of allowed providers, as OpenZeppelin's StandardMerkleTree builds them."""

from .hashing import allowed_leaf, allowed_node


class AllowList:
    """A complete binary tree in an array: the children of node i are 2i+1 and 2i+2."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        leaves = sorted(allowed_leaf(address) for address in addresses)
        count = len(leaves)
        self.nodes = [b""] * (count - 1) + leaves[::-1]
        for i in reversed(range(count - 1)):
            self.nodes[i] = allowed_node(self.nodes[2 * i + 1], self.nodes[2 * i + 2])
        self.root = self.nodes[0]
        self.addresses = addresses

    def proof(self, address: str) -> tuple[bytes, ...]:
        """The siblings on the way from an address up to the root."""
        i = self.nodes.index(allowed_leaf(address))
        path = []
        while i > 0:
            path.append(self.nodes[i + 1 if i % 2 else i - 1])
            i = (i - 1) // 2
        return tuple(path)
