// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ResultTree } from "../libraries/ResultTree.sol";

/// @title Opens the result tree's rules to tests, which run the vectors shared with the client
contract ResultTreeHarness {
    function leafHash(bytes calldata leaf) external pure returns (bytes32) {
        return ResultTree.leafHash(leaf);
    }

    function join(bytes32 left, uint64 leftUnits, bytes32 right, uint64 rightUnits)
        external
        pure
        returns (bytes32, uint64)
    {
        return ResultTree.join(left, leftUnits, right, rightUnits);
    }

    function rootOf(bytes32 hash, uint64 units, uint256 index, uint256 size, bytes calldata path)
        external
        pure
        returns (bytes32, uint64)
    {
        return ResultTree.rootOf(hash, units, index, size, path);
    }

    function pathNodes(uint256 index, uint256 size) external pure returns (uint256) {
        return ResultTree.pathNodes(index, size);
    }

    function openingDigest(bytes32 root, uint64 totalUnits) external pure returns (bytes32) {
        return ResultTree.openingDigest(root, totalUnits);
    }

    function sealOf(address provider, bytes32 id, bytes32 opening) external pure returns (bytes32) {
        return ResultTree.sealOf(provider, id, opening);
    }

    function outputRootOf(bytes calldata chunk, uint256 index, uint256 size, bytes calldata path)
        external
        pure
        returns (bytes32)
    {
        return ResultTree.outputRootOf(chunk, index, size, path);
    }
}
