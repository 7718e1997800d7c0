// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Weights that change at epoch boundaries, and the one whose interval a number falls into
/// @notice A binary tree of sums that grows with its leaves. A node keeps what it weighs in the epoch in which it
/// was last changed, and from the next epoch on: nobody has to turn a crank at a boundary.
/// @dev A node:
///  255       224 223                        112 111                          0
///  ┌───────────┬──────────────────────────────┬──────────────────────────────┐
///  │   epoch   │   active: during that epoch  │    next: in all later ones   │
///  └───────────┴──────────────────────────────┴──────────────────────────────┘
/// Leaves lie at level 0 in the order in which they came; node p of level l is the sum of the nodes 2p and 2p + 1 of
/// level l - 1. The root is node 0 of the lowest level that covers all leaves.
library SumTree {
    struct Tree {
        uint256 size; // leaves
        mapping(uint256 key => uint256 node) nodes; // by level << 32 | position
    }

    uint256 private constant SUM_BITS = 112; // of amounts that add up to less than 2^96
    uint256 private constant SUM_MASK = (1 << SUM_BITS) - 1;

    /// @notice A new leaf of weight 0; returns its position.
    function append(Tree storage tree) internal returns (uint256 leaf) {
        leaf = tree.size;
        tree.size = leaf + 1;
        uint256 top = levels(leaf + 1);
        // A new root begins as a copy of the old one, its left child.
        if (leaf != 0 && top != levels(leaf)) tree.nodes[top << 32] = tree.nodes[(top - 1) << 32];
    }

    /// @notice Adds `amount` to the leaf's weight from the epoch after `epoch` on.
    function add(Tree storage tree, uint256 leaf, uint256 amount, uint256 epoch) internal {
        unchecked {
            _change(tree, leaf, amount, epoch); // sums stay below 2^96
        }
    }

    /// @notice Takes `amount`, at most what it weighs then, from the leaf's weight from the epoch after `epoch` on.
    function sub(Tree storage tree, uint256 leaf, uint256 amount, uint256 epoch) internal {
        unchecked {
            _change(tree, leaf, 0 - amount, epoch);
        }
    }

    function _change(Tree storage tree, uint256 leaf, uint256 difference, uint256 epoch) private {
        unchecked {
            uint256 top = levels(tree.size);
            for (uint256 level; level <= top; ++level) {
                uint256 key = level << 32 | leaf >> level;
                uint256 node = tree.nodes[key];
                uint256 next = node & SUM_MASK;
                tree.nodes[key] =
                    epoch << 2 * SUM_BITS | _active(node, epoch) << SUM_BITS | (next + difference & SUM_MASK);
            }
        }
    }

    /// @notice What the leaf weighs in `epoch`, the current one, and from the next on.
    function weights(Tree storage tree, uint256 leaf, uint256 epoch)
        internal
        view
        returns (uint256 active, uint256 next)
    {
        uint256 node = tree.nodes[leaf];
        return (_active(node, epoch), node & SUM_MASK);
    }

    /// @notice The sum of all weights in `epoch`, the current one.
    function total(Tree storage tree, uint256 epoch) internal view returns (uint256) {
        return _active(tree.nodes[levels(tree.size) << 32], epoch);
    }

    /// @notice The leaf into whose interval `ticket`, below `total`, falls in `epoch`, the current one: the intervals
    /// lie side by side in the order of the leaves, each as long as its leaf weighs.
    function find(Tree storage tree, uint256 ticket, uint256 epoch) internal view returns (uint256 leaf) {
        unchecked {
            for (uint256 level = levels(tree.size); level != 0;) {
                --level;
                leaf <<= 1;
                uint256 left = _active(tree.nodes[level << 32 | leaf], epoch);
                if (ticket >= left) {
                    ticket -= left;
                    ++leaf;
                }
            }
        }
    }

    /// @dev The level of the root of a tree with `size` leaves: the bits of size - 1.
    function levels(uint256 size) internal pure returns (uint256 level) {
        if (size == 0) return 0;
        unchecked {
            for (uint256 last = size - 1; last != 0; last >>= 1) {
                ++level;
            }
        }
    }

    function _active(uint256 node, uint256 epoch) private pure returns (uint256) {
        return (node >> 2 * SUM_BITS == epoch ? node >> SUM_BITS : node) & SUM_MASK;
    }
}
