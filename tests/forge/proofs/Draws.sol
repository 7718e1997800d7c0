// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SumTree } from "../../../contracts/libraries/SumTree.sol";
import { Test } from "../kit/Test.sol";

/// @title The draw: in a tree whose sums are right, every ticket belongs to exactly one verifier
/// @notice `_word` says what each node must be for given leaves. An empty tree is so, and another leaf keeps it so
/// (that changes of stake do is left to the tests). In such a tree each ticket finds the leaf whose interval it lies
/// in, in any epoch not before the last change.
/// Bounds: trees of up to MAX_SIZE leaves. Weights are any of 96 bits, epochs any of 32.
contract DrawsProof is Test {
    using SumTree for SumTree.Tree;

    uint256 private constant MAX_SIZE = 3; // the first that is not full
    uint256 private constant BITS = 112;

    /// @dev Each leaf: when it last changed, what it weighed in that epoch, and since.
    struct Leaves {
        uint256 size;
        uint32[MAX_SIZE] changed;
        uint96[MAX_SIZE] was;
        uint96[MAX_SIZE] next;
    }

    SumTree.Tree private _tree;

    // ────────────────────────────── every tree is sound ─────────────────────────

    function check_an_empty_tree_is_sound() external view {
        Leaves memory leaves;
        assert(_isSound(leaves) && _tree.total(0) == 0);
    }

    function check_another_leaf_keeps_a_tree_sound(Leaves memory leaves, uint256 any) external {
        leaves.size = _below(MAX_SIZE, any);
        uint256 leaf = leaves.size;
        (leaves.changed[leaf], leaves.was[leaf], leaves.next[leaf]) = (0, 0, 0);
        _plant(leaves);
        assert(_tree.append() == leaf);
        leaves.size = leaf + 1;
        assert(_isSound(leaves));
    }

    // ─────────────────────────── in a sound tree, the draw is ───────────────────

    /// @dev The intervals lie side by side from 0 to the total: what lies in one lies in no other.
    function check_a_ticket_finds_the_leaf_whose_interval_it_lies_in(
        uint96[MAX_SIZE] memory active,
        uint96[MAX_SIZE] memory next,
        uint144[16] memory old,
        uint32 epoch,
        uint256 ticket,
        uint256 any
    ) external {
        uint256 size = _plantSums(active, next, old, epoch, any);
        vm.assume(ticket < _tree.total(epoch));
        uint256 found = _tree.find(ticket, epoch);
        assert(found < size);
        unchecked {
            uint256 before;
            for (uint256 i; i < found; ++i) {
                before += active[i];
            }
            assert(before <= ticket && ticket < before + active[found]);
        }
    }

    function check_the_total_is_the_sum_of_what_leaves_weigh(
        uint96[MAX_SIZE] memory active,
        uint96[MAX_SIZE] memory next,
        uint144[16] memory old,
        uint32 epoch,
        uint256 any
    ) external {
        uint256 size = _plantSums(active, next, old, epoch, any);
        unchecked {
            uint256 sum;
            for (uint256 i; i < size; ++i) {
                sum += active[i];
            }
            assert(_tree.total(epoch) == sum);
        }
    }

    function check_a_leaf_weighs_what_it_did_until_the_next_epoch(
        Leaves memory leaves,
        uint32 epoch,
        uint256 any
    ) external {
        uint256 leaf = _plantAny(leaves, epoch, any);
        (uint256 active, uint256 next) = _tree.weights(leaf, epoch);
        assert(active == _weightIn(leaves, leaf, epoch));
        assert(next == leaves.next[leaf]);
    }

    // ───────────────────────────────── sound trees ──────────────────────────────

    /// @dev The node above leaves i << level and on: it changed when the last of them did, and weighs their sum.
    function _word(Leaves memory leaves, uint256 level, uint256 i) private pure returns (uint256 word) {
        unchecked {
            uint256 end = (i + 1) << level;
            if (end > leaves.size) end = leaves.size;
            uint256 changed;
            for (uint256 k = i << level; k < end; ++k) {
                changed = _select(leaves.changed[k] > changed, leaves.changed[k], changed);
            }
            uint256 was;
            uint256 next;
            for (uint256 k = i << level; k < end; ++k) {
                was += _weightIn(leaves, k, changed);
                next += leaves.next[k];
            }
            return changed << 2 * BITS | was << BITS | next;
        }
    }

    /// @dev A sound tree as an epoch sees it. Where no leaf below has changed in it, what the node was in `old` times
    /// is of no matter: it may be anything.
    function _plantSums(
        uint96[MAX_SIZE] memory active,
        uint96[MAX_SIZE] memory next,
        uint144[16] memory old,
        uint32 epoch,
        uint256 any
    ) private returns (uint256 size) {
        size = _below(MAX_SIZE, any & 0xff) + 1;
        uint256 changed = _below(1 << size, any >> 8); // a bit for each leaf
        _tree.size = size;
        uint256 node;
        for (uint256 i; i < size; ++i) {
            if (changed >> i & 1 == 0) active[i] = next[i];
        }
        for (uint256 level; level == 0 || 1 << level < 2 * size; ++level) {
            for (uint256 i; i << level < size; ++i) {
                uint256 sum;
                uint256 sumNext;
                bool fresh;
                unchecked {
                    for (uint256 k = i << level; k < (i + 1) << level && k < size; ++k) {
                        sum += active[k];
                        sumNext += next[k];
                        if (changed >> k & 1 == 1) fresh = true;
                    }
                }
                vm.assume(old[node] >> BITS != epoch);
                uint256 above = fresh ? uint256(epoch) << BITS | sum : old[node];
                _tree.nodes[level << 32 | i] = above << BITS | sumNext;
                ++node;
            }
        }
    }

    /// @dev In an epoch not before its last change.
    function _weightIn(Leaves memory leaves, uint256 leaf, uint256 epoch) private pure returns (uint256) {
        return _select(leaves.changed[leaf] == epoch, leaves.was[leaf], leaves.next[leaf]);
    }

    function _isSound(Leaves memory leaves) private view returns (bool) {
        uint256 differ = _tree.size ^ leaves.size;
        for (uint256 level; level == 0 || 1 << level < 2 * leaves.size; ++level) {
            for (uint256 i; i << level < leaves.size; ++i) {
                differ |= _tree.nodes[level << 32 | i] ^ _word(leaves, level, i);
            }
        }
        return differ == 0;
    }

    function _plant(Leaves memory leaves) private {
        _tree.size = leaves.size;
        for (uint256 level; level == 0 || 1 << level < 2 * leaves.size; ++level) {
            for (uint256 i; i << level < leaves.size; ++i) {
                _tree.nodes[level << 32 | i] = _word(leaves, level, i);
            }
        }
    }

    /// @dev Any leaf of a tree of any size, which last changed at latest in this epoch.
    function _plantAny(Leaves memory leaves, uint32 epoch, uint256 any) private returns (uint256 leaf) {
        leaves.size = _below(MAX_SIZE, any & 0xff) + 1;
        leaf = _below(leaves.size, any >> 8);
        _plant(leaves);
        _assumePast(leaves, epoch);
    }

    function _assumePast(Leaves memory leaves, uint32 epoch) private pure {
        for (uint256 i; i < leaves.size; ++i) {
            vm.assume(leaves.changed[i] <= epoch);
        }
    }

    /// @dev Any number below `end`, told apart here so that everything behind has a plain number.
    function _below(uint256 end, uint256 any) private pure returns (uint256) {
        for (uint256 i; i < end; ++i) {
            if (i == any) return i;
        }
        vm.assume(false);
        return 0;
    }

    /// @dev Without a jump: one path for the solver instead of two.
    function _select(bool first, uint256 a, uint256 b) private pure returns (uint256 one) {
        assembly ("memory-safe") {
            one := xor(b, and(xor(a, b), sub(0, first)))
        }
    }
}
