// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Hearings } from "./Hearings.sol";

/// @title The dearest case that strangers can make somebody close
/// @dev Sixteen challenges, four rounds, a verifier of its own for almost every seat, half of them to be punished.
/// What a transaction may take on Ethereum is 2^24 gas (EIP-7825).
contract DearestTest is Hearings {
    uint256 private constant VERIFIERS = 150;
    uint256 private constant MOST_GAS = 1 << 24;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < VERIFIERS; ++i) {
            _verifier(string.concat("verifier ", vm.toString(i)), STAKE);
        }
        _moveTo((_now() / 1 days + 1) * 1 days + 1 hours);
    }

    /// @dev Gas of the matcher's `call_` of the committee as a transaction of its own: nothing is warm.
    function _coldly(bytes memory call_) private returns (uint256 gas) {
        vm.prank(matcher);
        gas = gasleft();
        (bool done,) = address(committee).call(call_);
        gas -= gasleft();
        vm.assertTrue(done, "it is done");
    }

    /// @dev A case with sixteen challenges of a claim, in its first round.
    function _crowded() private returns (bytes32 id, Job memory job) {
        Request memory r = _judged(3, 0);
        (id, job) = _claimed(r);
        for (uint256 i; i < 16; ++i) {
            address one = _rich(string.concat("challenger ", vm.toString(i)));
            job = _challenge(r, id, job, one, keccak256(abi.encode(i)));
        }
    }

    /// @dev A majority for the truth by one vote, so that as many as can be are to be punished.
    function _narrowly(bytes32 id, uint256 seats) private {
        bytes32[] memory votes = _all(seats, _truth(id));
        for (uint256 i; i < seats / 2; ++i) {
            votes[i] = WRONG;
        }
        _hear(id, votes);
    }

    /// forge-config: default.isolate = true
    function test_it_can_be_closed_in_one_transaction() external {
        (bytes32 id, Job memory job) = _crowded();
        for (uint256 seats = 3; true; seats = 2 * seats + 1) {
            _narrowly(id, seats);
            if (seats == 31) break;
            vm.prank(challenger);
            committee.appeal(id, job);
        }
        uint256 gas = _coldly(abi.encodeCall(committee.close, (id, job)));
        vm.assertLt(gas, MOST_GAS / 4, "gas to close");
        vm.assertLt(1_000_000, gas, "it is dear");
        vm.assertTrue(committee.caseOf(id).phase == Phase.Closed, "closed");
        vm.assertTrue(market.stateOf(id) == State.Claimed, "the claim stands");
    }

    /// forge-config: default.isolate = true
    function test_it_can_be_drawn_in_one_transaction() external {
        (bytes32 id, Job memory job) = _crowded();
        for (uint256 seats = 3; seats != 31; seats = 2 * seats + 1) {
            _narrowly(id, seats);
            vm.prank(challenger);
            committee.appeal(id, job);
        }
        _awaitSeed(id);
        uint256 gas = _coldly(abi.encodeCall(committee.draw, (id)));
        vm.assertLt(gas, MOST_GAS / 8, "gas to draw 31 seats");
        vm.assertEq(_holders(id).length, 31, "drawn");
    }

    /// forge-config: default.isolate = true
    function test_it_can_be_abandoned_in_one_transaction() external {
        (bytes32 id, Job memory job) = _crowded();
        _moveTo(uint256(job.disputedAt) + job.caseFor);
        vm.prank(passerBy);
        market.timeout(id, job);
        uint256 gas = _coldly(abi.encodeCall(committee.abandon, (id)));
        vm.assertLt(gas, MOST_GAS / 16, "gas to return sixteen bonds");
        (address first,) = _person("challenger 0");
        vm.assertEq(committee.verifierOf(first).free, 100_000_000, "back");
    }
}
