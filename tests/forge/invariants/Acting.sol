// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { Vm } from "../kit/Vm.sol";
import { CaseBooks } from "./CaseBooks.sol";
import { Gas } from "./Gas.sol";

/// @title One call: made, expected to succeed or to be refused for one reason, and held against the books
abstract contract Acting is CaseBooks, Gas {
    /// @dev For refusals whose reason is not ours: the token's.
    bytes4 internal constant ANY = 0xffffffff;

    uint256 internal done;
    uint256 internal refusals;

    function setUp() public virtual override {
        super.setUp();
        // What happened before the play, the books take over; from now on they listen.
        for (uint256 i; i < everybody.length; ++i) {
            _adopt(everybody[i]);
        }
        for (uint256 i; i < verifiers.length; ++i) {
            places.push(verifiers[i]);
        }
        vm.recordLogs();
    }

    function _adopt(address who) private {
        told[who] = market.accountOf(who);
        Verifier memory v = committee.verifierOf(who);
        stakes[who] = Stake(_now() / EPOCH, v.active, v.staked);
        (v.active, v.staked) = (0, 0);
        seats[who] = v;
    }

    // ─────────────────────────────────── calls ──────────────────────────────────

    function _do(address who, bytes memory data) internal {
        _perform(address(market), who, data, 0);
    }

    function _doCommittee(address who, bytes memory data) internal {
        _perform(address(committee), who, data, 0);
    }

    function _refused(address who, bytes memory data, bytes4 reason) internal {
        _perform(address(market), who, data, reason);
    }

    function _refusedByCommittee(address who, bytes memory data, bytes4 reason) internal {
        _perform(address(committee), who, data, reason);
    }

    /// @dev `reason` zero: it must succeed.
    function _perform(address target, address who, bytes memory data, bytes4 reason) internal {
        actor = who;
        Load memory load = _loadOf(data);
        if (target != address(market)) through = target;
        vm.record();
        vm.prank(who);
        uint256 gas = gasleft();
        (bool success, bytes memory answer) = target.call(data);
        gas -= gasleft();
        if (reason != 0) {
            vm.assertTrue(!success, "this should have been refused");
            if (reason != ANY) vm.assertEq(bytes32(bytes4(answer)), bytes32(reason), "another refusal");
            ++refusals;
            vm.getRecordedLogs(); // of what was undone
        } else {
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(answer, 32), mload(answer))
                }
            }
            ++done;
            uint256 ours = _read();
            _compareTouched();
            _toldEveryWrite(ours);
            _gasIsBounded(bytes4(data), gas, load);
        }
        through = address(0);
    }

    /// @dev Before the call, which may end the case.
    function _loadOf(bytes memory data) private view returns (Load memory load) {
        load.bytes_ = data.length;
        for (uint256 size = places.length; size > 1; size = (size + 1) / 2) {
            ++load.levels;
        }
        if (bytes4(data) == ICommittee.stake.selector) ++load.levels; // it may add one
        Docket storage d = dockets[_idIn(data)];
        if (d.head.phase == Phase.None) return load;
        load.challenges = d.challenges.length;
        load.seats = _seatsOf(d.head, d.head.round);
        if (bytes4(data) == ICommittee.draw.selector) return load;
        for (uint256 round; round < d.head.round; ++round) {
            load.seats += _seatsOf(d.head, round);
        }
    }

    function _idIn(bytes memory data) private pure returns (bytes32 id) {
        assembly ("memory-safe") {
            id := mload(add(data, 36))
        }
    }

    /// @dev Which of our contracts spoke: bit 0 the market, bit 1 the committee.
    function _read() private returns (uint256 ours) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == address(market)) {
                _readMarket(logs[i]);
                ours |= 1;
            } else if (logs[i].emitter == address(committee)) {
                _readCommittee(logs[i]);
                ours |= 2;
            }
        }
    }

    // ─────────────────────────────── invariant 7 ────────────────────────────────

    /// @dev Whoever writes storage says so.
    function _toldEveryWrite(uint256 ours) private {
        (, bytes32[] memory writes) = vm.accesses(address(market));
        vm.assertTrue(writes.length == 0 || ours & 1 != 0, "the market wrote without a word");
        (, writes) = vm.accesses(address(committee));
        vm.assertTrue(writes.length == 0 || ours & 2 != 0, "the committee wrote without a word");
    }

    function _compareTouched() private {
        for (uint256 i; i < touched.length; ++i) {
            _compareAccount(touched[i]);
        }
        for (uint256 i; i < touchedJobs.length; ++i) {
            _compareJob(touchedJobs[i]);
        }
        for (uint256 i; i < touchedVerifiers.length; ++i) {
            _compareVerifier(touchedVerifiers[i]);
        }
        for (uint256 i; i < touchedCases.length; ++i) {
            _compareCase(touchedCases[i]);
        }
        delete touched;
        delete touchedJobs;
        delete touchedVerifiers;
        delete touchedCases;
    }

    function _compareAccount(address who) internal view returns (Account memory stored) {
        stored = market.accountOf(who);
        Account memory a = told[who];
        vm.assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(a)), "events tell another account");
    }

    function _compareVerifier(address who) internal view returns (Verifier memory stored) {
        stored = committee.verifierOf(who);
        Verifier memory v = seats[who];
        v.active = uint96(_weighs(who));
        v.staked = uint96(stakes[who].next);
        vm.assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(v)), "events tell another verifier");
    }

    function _compareJob(bytes32 id) internal view {
        Tale storage t = tales[id];
        (State state, uint248 hash) = market.slotOf(id);
        vm.assertEq(uint256(state), uint256(t.state), "events tell another state");
        bool live = state == State.Running || state == State.Claimed || state == State.Disputed;
        uint248 expected = live ? uint248(uint256(keccak256(abi.encode(t.job)))) : 0;
        vm.assertEq(hash, expected, "events tell another record");
    }

    function _compareCase(bytes32 id) internal view {
        Docket storage d = dockets[id];
        Case memory c = d.head;
        bytes32 stored = keccak256(abi.encode(committee.caseOf(id)));
        vm.assertEq(stored, keccak256(abi.encode(c)), "events tell another case");
        (Round memory info, address[] memory holders, bytes32[] memory votes) = committee.roundOf(id, c.round);
        stored = keccak256(abi.encode(info));
        vm.assertEq(stored, keccak256(abi.encode(d.rounds[c.round])), "events tell another round");
        vm.assertEq(
            keccak256(abi.encode(holders)),
            keccak256(abi.encode(d.holders[c.round])),
            "events tell other seats"
        );
        for (uint256 i; i < votes.length; ++i) {
            vm.assertEq(votes[i], d.votes[c.round][i], "events tell another vote");
        }
    }
}
