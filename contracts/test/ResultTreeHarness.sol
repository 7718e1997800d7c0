// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ResultTree } from "../libraries/ResultTree.sol";

/// @title Opens the result tree's rules to tests, which run the vectors shared with the client
contract ResultTreeHarness {
    function leafHash(ResultTree.Leaf calldata leaf) external pure returns (bytes32) {
        return ResultTree.leafHash(leaf);
    }

    function join(ResultTree.Node calldata left, ResultTree.Node calldata right)
        external
        pure
        returns (ResultTree.Node memory)
    {
        return ResultTree.join(left, right);
    }

    function rootOf(ResultTree.Leaf calldata leaf, uint256 size, ResultTree.Node[] calldata path)
        external
        pure
        returns (ResultTree.Node memory)
    {
        return ResultTree.rootOf(leaf, size, path);
    }

    function openingDigest(bytes32 root, uint64 totalUnits) external pure returns (bytes32) {
        return ResultTree.openingDigest(root, totalUnits);
    }

    function sealOf(address provider, bytes32 id, bytes32 opening) external pure returns (bytes32) {
        return ResultTree.sealOf(provider, id, opening);
    }

    function outputRootOf(bytes calldata chunk, uint256 index, uint256 outputLen, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return ResultTree.outputRootOf(chunk, index, outputLen, path);
    }
}
