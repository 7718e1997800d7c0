// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Results } from "./Results.sol";

/// @title Everybody's account in the market, rebuilt from its events alone
/// @dev Written from the document once more, so that the market's own formulas are not what checks it.
abstract contract Accounts is Results {
    /// @dev Whose call it is, and the contract that it goes through, if any.
    address internal actor;
    address internal through;

    mapping(address account => Account) internal told;
    mapping(bytes32 digest => uint32) internal toldUses;
    mapping(address account => address) internal toldDelegates;
    uint256 internal skipped; // entries of the batch that runs

    address[] internal touched; // by the call that runs
    bytes32[] internal touchedJobs;

    /// @dev How often each way out was taken in this run, by name.
    mapping(bytes32 name => uint256) internal counts;
    bytes32[] internal names;

    function _count(bytes32 name) internal {
        if (counts[name]++ == 0) names.push(name);
    }

    function _touch(address account) internal {
        touched.push(account);
    }

    // ───────────────────────────── who may take what ────────────────────────────

    /// @dev Invariant 8: an account's money moves by its own call, or by what follows; there is no third way.
    function _own(address account) internal view {
        vm.assertTrue(account == actor || account == through, "somebody else's money was moved");
    }

    function _give(address account, uint256 amount) internal {
        if (amount == 0) return;
        told[account].free += uint96(amount);
        _touch(account);
    }

    function _take(address account, uint256 amount) internal {
        told[account].free -= uint96(amount);
        _touch(account);
    }

    function _giveRequester(Tale storage t, uint256 amount) internal {
        _give(t.request.requester, amount);
        t.requesterNet += int256(amount);
    }

    function _takeRequester(Tale storage t, uint256 amount) internal {
        _take(t.request.requester, amount);
        t.requesterNet -= int256(amount);
    }

    // ──────────────────────────────── ledger and stake ──────────────────────────

    function _account(bytes32 topic) internal pure returns (address) {
        return address(uint160(uint256(topic)));
    }

    function _readAccount(bytes32 name, address who, Vm.Log memory log) internal {
        _own(who);
        _touch(who);
        Account storage a = told[who];
        if (name == IMarketEvents.CounterRaised.selector) {
            uint64 counter = abi.decode(log.data, (uint64));
            vm.assertEq(counter, a.counter + 1, "a counter jumped");
            a.counter = counter;
            return;
        }
        if (name == IMarketEvents.DelegateSet.selector) {
            toldDelegates[who] = _account(log.topics[2]);
            return;
        }
        if (name == IMarketEvents.CardAnnounced.selector) return;
        uint96 amount = abi.decode(log.data, (uint96));
        if (name == IMarketEvents.Deposited.selector) {
            a.free += amount;
        } else if (name == IMarketEvents.Withdrawn.selector) {
            a.free -= amount;
        } else if (name == IMarketEvents.Staked.selector) {
            a.free -= amount;
            a.staked += amount;
        } else if (name == IMarketEvents.Unstaked.selector) {
            (, a.maturesAt) = abi.decode(log.data, (uint96, uint64));
            vm.assertEq(a.maturesAt, _now() + COOLDOWN, "another cooldown");
            a.staked -= amount;
            a.unbonding += amount;
        } else if (name == IMarketEvents.StakeWithdrawn.selector) {
            vm.assertEq(amount, a.unbonding, "a part of what matured");
            vm.assertGe(_now(), a.maturesAt, "stake left early");
            (a.unbonding, a.maturesAt) = (0, 0);
            a.free += amount;
        } else {
            vm.assertTrue(false, "an event that nobody knows");
        }
    }

    function _orderCancelled(Vm.Log memory log) internal {
        _own(_account(log.topics[2]));
        bytes32 digest = log.topics[1];
        if (tales[digest].request.requester == address(0)) {
            toldUses[digest] = type(uint32).max; // an offer
            return;
        }
        Tale storage t = tales[digest];
        vm.assertTrue(t.state == State.None, "a job was cancelled like an order");
        t.state = State.Cancelled;
        ended.push(digest);
        touchedJobs.push(digest);
        _count("revoke");
    }

    function _word(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
