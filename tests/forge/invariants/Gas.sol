// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Test } from "../kit/Test.sol";

/// @title Invariant 9: what a call may use, however many users, jobs and cases there are
/// @dev Each limit is a number of its own, and grows with nothing but the call's own calldata, the seats and challenges of
/// the case that it is about, and the levels of the tree of stakes.
abstract contract Gas is Test {
    /// @dev What else a call's work may grow with.
    struct Load {
        uint256 bytes_; // of calldata
        uint256 seats; // that it draws, or settles
        uint256 challenges; // that it settles
        uint256 levels; // of the tree of stakes
    }

    /// @dev A signature that a contract is asked about: 200,000 gas, and the call.
    uint256 private constant WALLET = 205_000;

    /// @dev The most that a call of a function has used in this run.
    mapping(bytes4 selector => uint256) internal mostGas;
    bytes4[] internal selectors;

    function _gasIsBounded(bytes4 selector, uint256 gas, Load memory load) internal {
        if (mostGas[selector] == 0) selectors.push(selector);
        if (gas > mostGas[selector]) mostGas[selector] = gas;
        vm.assertLe(gas, _limitOf(selector, load), "a call used more gas than its calldata explains");
    }

    function _limitOf(bytes4 selector, Load memory l) private pure returns (uint256) {
        if (selector == IMarket.matchOrders.selector) return 100_000 + 2 * WALLET;
        if (selector == IMarket.matchBatch.selector) return 200_000 + 2 * WALLET + 40 * l.bytes_; // of one pair
        if (selector == IMarket.fill.selector || selector == IMarket.fillAndClaim.selector) {
            return 100_000 + WALLET;
        }
        if (selector == IMarket.submitBatch.selector || selector == IMarket.finalizeBatch.selector) {
            return 40_000 + 130 * l.bytes_; // an entry has 300 bytes at least, and may write two new accounts
        }
        if (selector == ICommittee.commit.selector || selector == ICommittee.reveal.selector) {
            return 50_000 + 400 * l.bytes_; // a seat has 64 bytes or 96, and a word of storage
        }
        if (selector == ICommittee.stake.selector) return 130_000 + 25_000 * l.levels;
        if (selector == ICommittee.draw.selector) return 100_000 + l.seats * (5_000 + 700 * l.levels);
        if (selector == ICommittee.close.selector || selector == ICommittee.abandon.selector) {
            return 200_000 + l.seats * (14_000 + 3_000 * l.levels) + 30_000 * l.challenges;
        }
        if (selector == IMarket.resolve.selector) return 160_000; // by a judge that tries four more calls
        return 100_000 + 40 * l.bytes_;
    }
}
