// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SumTree } from "../../../contracts/libraries/SumTree.sol";
import { Test } from "../kit/Test.sol";
import { Unknowns } from "./Unknowns.sol";

/// @title The draw: whatever happened to a tree, every ticket belongs to exactly one verifier
/// @notice By induction over histories. An empty tree is sound: each node is the sum of the two below it.
/// Another leaf keeps it so. More or less stake changes a leaf and all nodes above it alike, and no other; a
/// node that changes like one of those below stays their sum. In a sound tree each ticket finds the leaf whose
/// interval it lies in, in any epoch not before the last change.
/// Bounds: trees of up to MAX_SIZE leaves; that a node stays a sum holds in any tree. Weights and their sum are
/// any of 112 bits, epochs any of 32.
contract DrawsProof is Test, Unknowns {
    using SumTree for SumTree.Tree;

    uint256 private constant MAX_SIZE = 4; // of three levels, full or not
    uint256 private constant BITS = 112;
    uint256 private constant MASK = (1 << BITS) - 1;

    SumTree.Tree private _tree;

    // ────────────────────────────── every tree is sound ─────────────────────────

    function check_an_empty_tree_is_sound() external view {
        assert(_isSound() && _lastChange() == 0 && _tree.total(0) == 0);
    }

    function check_another_leaf_keeps_a_tree_sound(uint256 any) external {
        uint256 leaf = _below(MAX_SIZE, any);
        _plantWords(leaf);
        vm.assume(_isSound());
        uint256 changed = _lastChange();
        uint256[MAX_SIZE] memory leaves = _leaves();
        assert(_tree.append() == leaf && _tree.size == leaf + 1);
        assert(_isSound());
        assert(_lastChange() == changed);
        _assertSame(leaves, _leaves());
    }

    /// @dev A change is the same for each node above the leaf, and for the leaf. The others stay as they are.
    function check_more_stake_changes_the_nodes_above_its_leaf_alike(uint256 any) external {
        (uint256 leaf, uint256 amount, uint256 epoch) = _plantChange(any);
        uint256[] memory nodes = _nodes();
        _tree.add(leaf, amount, epoch);
        _assertChangedAbove(leaf, nodes, amount, epoch);
    }

    function check_less_stake_changes_the_nodes_above_its_leaf_alike(uint256 any) external {
        (uint256 leaf, uint256 amount, uint256 epoch) = _plantChange(any);
        uint256[] memory nodes = _nodes();
        _tree.sub(leaf, amount, epoch);
        unchecked {
            _assertChangedAbove(leaf, nodes, 0 - amount, epoch);
        }
    }

    /// @dev What is assumed of the root is so of each node on the way down, which begins there.
    function check_a_node_stays_the_sum_of_those_below_with_more_stake() external pure {
        (uint256 node, uint256 left, uint256 right, uint256 amount, uint256 epoch) = _anySum();
        unchecked {
            vm.assume((node & MASK) + amount <= MASK);
            assert((left & MASK) + amount <= MASK);
            assert((right & MASK) + amount <= MASK);
        }
        uint256 changed = _changed(node, amount, epoch);
        assert(_isSum(changed, _changed(left, amount, epoch), right));
        assert(_isSum(changed, left, _changed(right, amount, epoch)));
    }

    /// @dev What is assumed of the leaf is so of each node on the way up.
    function check_a_node_stays_the_sum_of_those_below_with_less_stake() external pure {
        (uint256 node, uint256 left, uint256 right, uint256 amount, uint256 epoch) = _anySum();
        vm.assume(amount <= left & MASK);
        assert(amount <= node & MASK);
        unchecked {
            uint256 changed = _changed(node, 0 - amount, epoch);
            uint256 changedLeft = _changed(left, 0 - amount, epoch);
            assert(_isSum(changed, changedLeft, right));
            assert(_isSum(changed, right, changedLeft));
        }
    }

    function check_a_change_counts_from_the_next_epoch_on(uint32 later) external pure {
        (uint256 node,,, uint256 amount, uint256 epoch) = _anySum();
        vm.assume(later > epoch);
        uint256 changed = _changed(node, amount, epoch);
        assert(changed >> 2 * BITS == epoch);
        assert(_weight(changed, epoch) == _weight(node, epoch));
        unchecked {
            assert(_weight(changed, later) == (node & MASK) + amount & MASK);
        }
    }

    // ─────────────────────────── in a sound tree, the draw is ───────────────────

    /// @dev From here on, this is all that matters of a sum.
    function check_a_node_weighs_what_those_below_do_together() external pure {
        (uint256 node, uint256 left, uint256 right,, uint256 epoch) = _anySum();
        assert(left >> 2 * BITS <= epoch && right >> 2 * BITS <= epoch);
        assert(_weighsBoth(node, left, right, epoch));
    }

    /// @dev The intervals lie side by side from 0 to the total: what lies in one lies in no other.
    function check_a_ticket_finds_the_leaf_whose_interval_it_lies_in(uint256 ticket, uint256 any) external {
        uint256 epoch = _plantSums(any);
        vm.assume(ticket < _tree.total(epoch));
        uint256 found = _tree.find(ticket, epoch);
        unchecked {
            uint256 before = _sum(found, epoch);
            uint256 end = before + _weight(_node(0, found), epoch);
            assert(_both(found < _tree.size, _both(before <= ticket, ticket < end)));
        }
    }

    function check_the_total_is_the_sum_of_what_leaves_weigh(uint256 any) external {
        uint256 epoch = _plantSums(any);
        assert(_tree.total(epoch) == _sum(_tree.size, epoch));
    }

    function check_a_leaf_weighs_what_it_did_until_the_next_epoch(uint256 node, uint256 any) external {
        (uint256 leaf, uint256 epoch) = (_below(MAX_SIZE, any), _any32("epoch"));
        _tree.nodes[leaf] = node;
        (uint256 active, uint256 next) = _tree.weights(leaf, epoch);
        assert(active == _weight(node, epoch) && next == node & MASK);
    }

    // ───────────────────────────────── sound trees ──────────────────────────────

    /// @dev Each node is the sum of the two below it, and beyond the tree there is nothing.
    function _isSound() private view returns (bool sound) {
        sound = true;
        for (uint256 level; 1 << level < 2 * MAX_SIZE; ++level) {
            for (uint256 i; i << level <= MAX_SIZE; ++i) {
                uint256 node = _node(level, i);
                if (!_isInside(level, i)) {
                    sound = _both(sound, node == 0);
                } else if (level != 0) {
                    sound = _both(sound, _isSum(node, _node(level - 1, 2 * i), _node(level - 1, 2 * i + 1)));
                }
            }
        }
    }

    /// @dev That a node weighs what both below do together, without a carry lost, in the epoch of its own last
    /// change and after it. As it has seen all of theirs, they do in any epoch that may still come.
    function _isSum(uint256 node, uint256 left, uint256 right) private pure returns (bool) {
        uint256 epoch = node >> 2 * BITS;
        unchecked {
            bool seen = _both(left >> 2 * BITS <= epoch, right >> 2 * BITS <= epoch);
            bool next = (left & MASK) + (right & MASK) == node & MASK;
            return _both(seen, _both(next, _weighsBoth(node, left, right, epoch)));
        }
    }

    /// @dev A node and the two below it, at or after its last change.
    function _anySum()
        private
        pure
        returns (uint256 node, uint256 left, uint256 right, uint256 amount, uint256 epoch)
    {
        (node, left, right) = (_anyNode(), _anyNode(), _anyNode());
        vm.assume(_isSum(node, left, right));
        (amount, epoch) = (svm.createUint(BITS, "amount"), _any32("epoch"));
        vm.assume(node >> 2 * BITS <= epoch);
    }

    function _anyNode() private pure returns (uint256) {
        return svm.createUint(256, "node");
    }

    /// @dev A tree of this size: any words, sound or not.
    function _plantWords(uint256 size) private {
        _tree.size = size;
        for (uint256 level; 1 << level < 2 * MAX_SIZE; ++level) {
            for (uint256 i; _isInside(level, i); ++i) {
                _tree.nodes[level << 32 | i] = _anyNode();
            }
        }
    }

    /// @dev Any sound tree of any size, as an epoch not before its last change sees it.
    function _plantSums(uint256 any) private returns (uint256 epoch) {
        uint256 size = _below(MAX_SIZE, any) + 1;
        _plantWords(size);
        epoch = _any32("epoch");
        for (uint256 level = 1; 1 << level < 2 * MAX_SIZE; ++level) {
            for (uint256 i; _isInside(level, i); ++i) {
                (uint256 left, uint256 right) = (_node(level - 1, 2 * i), _node(level - 1, 2 * i + 1));
                vm.assume(_weighsBoth(_node(level, i), left, right, epoch));
            }
        }
    }

    function _plantChange(uint256 any) private returns (uint256 leaf, uint256 amount, uint256 epoch) {
        uint256 size = _below(MAX_SIZE, any & 0xff) + 1;
        leaf = _below(size, any >> 8);
        _plantWords(size);
        (amount, epoch) = (svm.createUint(BITS, "amount"), _any32("epoch"));
    }

    function _changed(uint256 node, uint256 difference, uint256 epoch) private pure returns (uint256) {
        unchecked {
            return epoch << 2 * BITS | _weight(node, epoch) << BITS | (node & MASK) + difference & MASK;
        }
    }

    function _assertChangedAbove(uint256 leaf, uint256[] memory nodes, uint256 difference, uint256 epoch)
        private
        view
    {
        uint256[] memory changed = _nodes();
        uint256 differ;
        uint256 n;
        for (uint256 level; 1 << level < 2 * MAX_SIZE; ++level) {
            for (uint256 i; i << level <= MAX_SIZE; ++i) {
                bool above = _isInside(level, i) && leaf >> level == i;
                differ |= changed[n] ^ (above ? _changed(nodes[n], difference, epoch) : nodes[n]);
                ++n;
            }
        }
        assert(differ == 0);
    }

    /// @dev All words in and around a tree.
    function _nodes() private view returns (uint256[] memory nodes) {
        nodes = new uint256[](4 * MAX_SIZE);
        uint256 n;
        for (uint256 level; 1 << level < 2 * MAX_SIZE; ++level) {
            for (uint256 i; i << level <= MAX_SIZE; ++i) {
                nodes[n++] = _node(level, i);
            }
        }
    }

    function _assertSame(uint256[MAX_SIZE] memory leaves, uint256[MAX_SIZE] memory others) private pure {
        uint256 differ;
        for (uint256 i; i < MAX_SIZE; ++i) {
            differ |= leaves[i] ^ others[i];
        }
        assert(differ == 0);
    }

    function _leaves() private view returns (uint256[MAX_SIZE] memory leaves) {
        for (uint256 i; i < MAX_SIZE; ++i) {
            leaves[i] = _node(0, i);
        }
    }

    /// @dev What the first leaves weigh together.
    function _sum(uint256 count, uint256 epoch) private view returns (uint256 sum) {
        unchecked {
            for (uint256 i; i < count; ++i) {
                sum += _weight(_node(0, i), epoch);
            }
        }
    }

    /// @dev The root's, which has seen all others.
    function _lastChange() private view returns (uint256) {
        uint256 level;
        while (1 << level < _tree.size) {
            ++level;
        }
        return _node(level, 0) >> 2 * BITS;
    }

    function _node(uint256 level, uint256 i) private view returns (uint256) {
        return _tree.nodes[level << 32 | i];
    }

    function _isInside(uint256 level, uint256 i) private view returns (bool) {
        return i << level < _tree.size && (level == 0 || 1 << level < 2 * _tree.size);
    }

    function _weighsBoth(uint256 node, uint256 left, uint256 right, uint256 epoch)
        private
        pure
        returns (bool)
    {
        unchecked {
            return _weight(node, epoch) == _weight(left, epoch) + _weight(right, epoch);
        }
    }

    /// @dev In an epoch not before its last change.
    function _weight(uint256 node, uint256 epoch) private pure returns (uint256) {
        return _select(node >> 2 * BITS == epoch, node >> BITS, node) & MASK;
    }

    /// @dev Any number below `end`, told apart here so that everything behind has a plain number.
    function _below(uint256 end, uint256 any) private pure returns (uint256) {
        for (uint256 i; i < end; ++i) {
            if (i == any) return i;
        }
        vm.assume(false);
        return 0;
    }

    /// @dev These without a jump: one path for the solver instead of two.
    function _both(bool a, bool b) private pure returns (bool both) {
        assembly ("memory-safe") {
            both := and(a, b)
        }
    }

    function _select(bool first, uint256 a, uint256 b) private pure returns (uint256 one) {
        assembly ("memory-safe") {
            one := xor(b, and(xor(a, b), sub(0, first)))
        }
    }
}
