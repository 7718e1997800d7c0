// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Results: sealed, sum-checked Merkle trees
/// @notice Everything is packed big-endian. Shapes are those of RFC 6962 and derive from (index, size)
/// alone, never from calldata.
library ResultTree {
    /// @dev Small enough that one chunk fits an answer's calldata, large enough that paths stay short.
    uint256 internal constant CHUNK_BYTES = 16_384;

    struct Leaf {
        uint32 index;
        uint8 class;
        uint32 exitCode;
        uint64 units;
        uint64 outputLen;
        bytes32 outputDigest;
        bytes32 extra;
    }

    /// @notice A sibling on the way from a leaf to the root.
    struct Node {
        bytes32 hash;
        uint64 units;
    }

    /// @dev A path of `given` nodes where the shape asks for another number of them.
    error PathLength(uint256 index, uint256 size, uint256 given);

    function leafHash(Leaf memory leaf) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                uint8(0),
                leaf.index,
                leaf.class,
                leaf.exitCode,
                leaf.units,
                leaf.outputLen,
                leaf.outputDigest,
                leaf.extra
            )
        );
    }

    /// @dev Checked addition: a tree whose units overflow has no root.
    function join(Node memory left, Node memory right) internal pure returns (Node memory) {
        bytes32 h = keccak256(abi.encodePacked(uint8(1), left.hash, left.units, right.hash, right.units));
        return Node(h, left.units + right.units);
    }

    /// @notice The root of a tree of `size` leaves that has `leaf` at its index, given its path from
    /// the bottom up.
    function rootOf(Leaf memory leaf, uint256 size, Node[] memory path)
        internal
        pure
        returns (Node memory node)
    {
        node = Node(leafHash(leaf), leaf.units);
        uint256 index = leaf.index;
        uint256 last = size - 1;
        uint256 used;
        require(index < size, PathLength(index, size, path.length));
        while (last != 0) {
            // A last node without a sibling moves up as it is.
            if (index & 1 == 1 || index != last) {
                require(used < path.length, PathLength(leaf.index, size, path.length));
                Node memory sibling = path[used++];
                node = index & 1 == 1 ? join(sibling, node) : join(node, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        require(used == path.length, PathLength(leaf.index, size, path.length));
    }

    /// @notice D, what the seal hides and the opening shows.
    function openingDigest(bytes32 root, uint64 totalUnits) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(2), root, totalUnits));
    }

    /// @notice The on-chain claim; bound to provider and job, so that no copy of it opens elsewhere.
    function sealOf(address provider, bytes32 id, bytes32 opening) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(provider, id, opening));
    }

    /// @notice The RFC 6962 root (SHA-256) of an output of `outputLen` bytes that has `chunk` at
    /// position `index`, given its path from the bottom up.
    /// @dev The chunk's own length is the caller's to check: min(16 KiB, outputLen - index * 16 KiB).
    function outputRootOf(bytes memory chunk, uint256 index, uint256 outputLen, bytes32[] memory path)
        internal
        pure
        returns (bytes32 node)
    {
        if (outputLen == 0) return sha256("");
        uint256 size = (outputLen + CHUNK_BYTES - 1) / CHUNK_BYTES;
        require(index < size, PathLength(index, size, path.length));
        node = sha256(abi.encodePacked(uint8(0), chunk));
        uint256 position = index;
        uint256 last = size - 1;
        uint256 used;
        while (last != 0) {
            if (position & 1 == 1 || position != last) {
                require(used < path.length, PathLength(index, size, path.length));
                bytes32 sibling = path[used++];
                node = position & 1 == 1
                    ? sha256(abi.encodePacked(uint8(1), sibling, node))
                    : sha256(abi.encodePacked(uint8(1), node, sibling));
            }
            position >>= 1;
            last >>= 1;
        }
        require(used == path.length, PathLength(index, size, path.length));
    }
}
