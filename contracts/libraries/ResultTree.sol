// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Results: sealed, sum-checked Merkle trees
/// @notice Everything is packed big-endian. Shapes are those of RFC 6962 and derive from (index, size)
/// alone, never from calldata: a proof has no lengths of its own that could lie.
library ResultTree {
    /// @dev Small enough that one chunk fits an answer's calldata, large enough that paths stay short.
    uint256 internal constant CHUNK_BYTES = 16_384;
    /// @dev index u32 ‖ class u8 ‖ exitCode u32 ‖ units u64 ‖ outputLen u64 ‖ outputDigest ‖ extra
    uint256 internal constant LEAF_BYTES = 89;
    /// @dev hash ‖ units u64, a sibling on the way from a leaf to the root.
    uint256 internal constant NODE_BYTES = 40;
    /// @dev A sibling on the way from a chunk to the output's digest.
    uint256 internal constant HASH_BYTES = 32;

    // ────────────────────────────────── tasks ───────────────────────────────────

    function leafHash(bytes calldata leaf) internal pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", leaf));
    }

    /// @dev Checked addition: a tree whose units overflow has no root.
    function join(bytes32 left, uint64 leftUnits, bytes32 right, uint64 rightUnits)
        internal
        pure
        returns (bytes32 hash, uint64 units)
    {
        hash = keccak256(abi.encodePacked(uint8(1), left, leftUnits, right, rightUnits));
        units = leftUnits + rightUnits;
    }

    /// @notice The root, with its sum, of a tree of `size` leaves that has a leaf of this hash and units at
    /// `index`.
    /// @param path From the bottom up, pathNodes(index, size) nodes of 40 bytes: the caller has checked that.
    function rootOf(bytes32 hash, uint64 units, uint256 index, uint256 size, bytes calldata path)
        internal
        pure
        returns (bytes32, uint64)
    {
        uint256 next = _placeOf(path);
        for (uint256 last = size - 1; last != 0; last >>= 1) {
            if (_hasSibling(index, last)) {
                bytes32 sibling = _wordAt(next);
                uint64 siblingUnits;
                unchecked {
                    siblingUnits = uint64(uint256(_wordAt(next + 32)) >> 192);
                    next += NODE_BYTES;
                }
                (hash, units) = index & 1 == 1
                    ? join(sibling, siblingUnits, hash, units)
                    : join(hash, units, sibling, siblingUnits);
            }
            index >>= 1;
        }
        return (hash, units);
    }

    /// @notice How many siblings lead from the leaf at `index` (below `size`) to the root.
    function pathNodes(uint256 index, uint256 size) internal pure returns (uint256 count) {
        unchecked {
            for (uint256 last = size - 1; last != 0; last >>= 1) {
                if (_hasSibling(index, last)) ++count;
                index >>= 1;
            }
        }
    }

    /// @dev A last node without a sibling moves up as it is.
    function _hasSibling(uint256 index, uint256 last) private pure returns (bool) {
        return index & 1 == 1 || index != last;
    }

    function _placeOf(bytes calldata data) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := data.offset
        }
    }

    function _wordAt(uint256 place) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(place)
        }
    }

    // ────────────────────────────────── claims ──────────────────────────────────

    /// @notice D, what the seal hides and the opening shows.
    /// @dev keccak256(abi.encodePacked(uint8(2), root, totalUnits)), without the detour over a `bytes`
    /// (saves 200 gas for each settled job, together with the seal).
    function openingDigest(bytes32 root, uint64 totalUnits) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore8(data, 2)
            mstore(add(data, 1), root)
            mstore(add(data, 33), shl(192, totalUnits))
            digest := keccak256(data, 41)
        }
    }

    /// @notice The on-chain claim; bound to provider and job, so that no copy of it opens elsewhere.
    /// @dev keccak256(abi.encodePacked(provider, id, opening)).
    function sealOf(address provider, bytes32 id, bytes32 opening) internal pure returns (bytes32 seal) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, shl(96, provider))
            mstore(add(data, 20), id)
            mstore(add(data, 52), opening)
            seal := keccak256(data, 84)
        }
    }

    // ────────────────────────────────── outputs ─────────────────────────────────

    /// @notice Chunks of an output of `outputLen` bytes.
    function chunksOf(uint256 outputLen) internal pure returns (uint256) {
        unchecked {
            return (outputLen + CHUNK_BYTES - 1) / CHUNK_BYTES; // of 64 bits
        }
    }

    /// @notice The RFC 6962 root (SHA-256) of an output of `size` chunks that has `chunk` at `index`.
    /// @param chunk Of min(16 KiB, outputLen - index * 16 KiB) bytes.
    /// @param path From the bottom up, pathNodes(index, size) hashes. The caller has checked both lengths.
    function outputRootOf(bytes calldata chunk, uint256 index, uint256 size, bytes calldata path)
        internal
        pure
        returns (bytes32 node)
    {
        node = sha256(bytes.concat(hex"00", chunk));
        uint256 next = _placeOf(path);
        for (uint256 last = size - 1; last != 0; last >>= 1) {
            if (_hasSibling(index, last)) {
                bytes32 sibling = _wordAt(next);
                bool right = index & 1 == 1;
                node = sha256(bytes.concat(hex"01", right ? sibling : node, right ? node : sibling));
                unchecked {
                    next += HASH_BYTES;
                }
            }
            index >>= 1;
        }
    }
}
