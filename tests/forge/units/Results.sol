// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Refusals } from "./Refusals.sol";

/// @title A result of three tasks, as a tree, and what shows its chunks
/// @dev Task 0's output has two chunks, task 1's is empty, task 2's has one. The third leaf has no sibling: it
/// stands beside the node of the first two.
abstract contract Results is Refusals {
    uint64 internal constant UNITS_0 = 1e12;
    uint64 internal constant UNITS_1 = 2e11;
    uint64 internal constant UNITS_2 = 3e11;
    uint64 internal constant TOTAL = UNITS_0 + UNITS_1 + UNITS_2;
    uint256 internal constant CHUNK = 16_384;

    /// @dev Pairs of task and chunk.
    uint64 internal constant FIRST = 0;
    uint64 internal constant SECOND = 1;
    uint64 internal constant BEYOND = 1 << 32;
    uint64 internal constant ONLY = 2 << 32;

    function _chunk(uint64 pair) internal pure returns (bytes memory chunk) {
        if (pair == BEYOND) return "";
        chunk = new bytes(pair == FIRST ? CHUNK : pair == SECOND ? 100 : 50);
        chunk[7] = bytes1(uint8(pair + 1));
    }

    function _leaf(uint256 task) internal pure returns (bytes memory) {
        if (task == 0) {
            bytes32 digest = sha256(abi.encodePacked(hex"01", _leafOf(FIRST), _leafOf(SECOND)));
            return _packed(0, UNITS_0, uint64(CHUNK + 100), digest);
        }
        if (task == 1) return _packed(1, UNITS_1, 0, sha256(""));
        return _packed(2, UNITS_2, 50, _leafOf(ONLY));
    }

    function _tree() internal pure returns (bytes32 root) {
        return _node(_pair(), UNITS_0 + UNITS_1, _hash(_leaf(2)), UNITS_2);
    }

    /// @dev What answers `pair`, which is at `position` of the demand.
    function _shown(uint8 position, uint64 pair) internal pure returns (bytes memory) {
        uint256 task = pair >> 32;
        bytes memory head = abi.encodePacked(position, _leaf(task), _path(task), _chunk(pair));
        if (pair == FIRST) return abi.encodePacked(head, _leafOf(SECOND));
        if (pair == SECOND) return abi.encodePacked(head, _leafOf(FIRST));
        return head;
    }

    function _path(uint256 task) internal pure returns (bytes memory) {
        if (task == 2) return abi.encodePacked(_pair(), UNITS_0 + UNITS_1);
        (bytes32 sibling, uint64 units) = task == 0 ? (_hash(_leaf(1)), UNITS_1) : (_hash(_leaf(0)), UNITS_0);
        return abi.encodePacked(sibling, units, _hash(_leaf(2)), UNITS_2);
    }

    function _packed(uint32 task, uint64 units, uint64 outputLen, bytes32 digest)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(task, uint8(0), uint32(0), units, outputLen, digest, bytes32(0));
    }

    function _hash(bytes memory leaf) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"00", leaf));
    }

    function _node(bytes32 left, uint64 leftUnits, bytes32 right, uint64 rightUnits)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(hex"01", left, leftUnits, right, rightUnits));
    }

    function _pair() private pure returns (bytes32) {
        return _node(_hash(_leaf(0)), UNITS_0, _hash(_leaf(1)), UNITS_1);
    }

    function _leafOf(uint64 pair) private pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"00", _chunk(pair)));
    }
}
