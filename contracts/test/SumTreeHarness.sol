// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SumTree } from "../libraries/SumTree.sol";

/// @title Opens a tree of stakes to tests, in any epoch and with many changes at once
contract SumTreeHarness {
    using SumTree for SumTree.Tree;

    SumTree.Tree private _tree;

    function grow(uint256 leaves) external {
        for (uint256 i; i < leaves; ++i) {
            _tree.append();
        }
    }

    /// @notice Adds (or takes, where negative) each amount to or from its leaf.
    function change(uint256[] calldata leaves, int256[] calldata amounts, uint256 epoch) external {
        for (uint256 i; i < leaves.length; ++i) {
            if (amounts[i] >= 0) _tree.add(leaves[i], uint256(amounts[i]), epoch);
            else _tree.sub(leaves[i], uint256(-amounts[i]), epoch);
        }
    }

    function size() external view returns (uint256) {
        return _tree.size;
    }

    function total(uint256 epoch) external view returns (uint256) {
        return _tree.total(epoch);
    }

    /// @notice Each leaf's weight in `epoch` and from the next on.
    function weights(uint256 epoch) external view returns (uint256[] memory active, uint256[] memory next) {
        active = new uint256[](_tree.size);
        next = new uint256[](_tree.size);
        for (uint256 i; i < _tree.size; ++i) {
            (active[i], next[i]) = _tree.weights(i, epoch);
        }
    }

    function find(uint256[] calldata tickets, uint256 epoch) external view returns (uint256[] memory leaves) {
        leaves = new uint256[](tickets.length);
        for (uint256 i; i < tickets.length; ++i) {
            leaves[i] = _tree.find(tickets[i], epoch);
        }
    }

    function levels(uint256 size_) external pure returns (uint256) {
        return SumTree.levels(size_);
    }
}
