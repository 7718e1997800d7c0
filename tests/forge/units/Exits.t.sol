// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

/// @title The ways out that nobody is paid for, and what they cost the provider
contract ExitsTest is Refusals {
    uint96 private constant ESCROW = 301_000; // flat and three units at the least price
    uint96 private constant STAKE = WEALTH / 2;

    // ────────────────────────────────── release ─────────────────────────────────

    function test_a_release_at_once_burns_a_twentieth() external {
        (bytes32 id, Job memory job) = _accept(_request());
        vm.expectEmit(address(market));
        emit IMarketEvents.JobVoided(
            id, requester, provider, VoidReason.Released, ESCROW, 50_000, 0, provider, 0, 50_000
        );
        vm.prank(provider);
        market.release(id, job);
        _lost(id, 50_000, 0, 50_000);
    }

    function test_a_later_release_pays_the_requester_for_its_time() external {
        (bytes32 id, Job memory job) = _accept(_request());
        _pass(job.runFor / 2);
        vm.prank(provider);
        market.release(id, job);
        _lost(id, 50_000 + 75_000, 75_000, 50_000);
    }

    function test_a_release_repays_the_tip_that_a_matcher_got() external {
        Request memory r = _request();
        (bytes32 id, Job memory job) = _match(r);
        vm.prank(provider);
        market.release(id, job);
        vm.assertEq(_free(requester), WEALTH, "as if nothing had been");
        vm.assertEq(_free(matcher), r.tip, "the matcher keeps it");
        vm.assertEq(_free(SINK), 50_000 - r.tip, "the rest is burned");
    }

    function test_only_the_provider_releases_before_its_time_is_over() external {
        (bytes32 id, Job memory job) = _accept(_request());
        _refuseCaller(requester, provider);
        vm.prank(requester);
        market.release(id, job);
        uint256 until = job.acceptedAt + job.runFor;
        _moveTo(until);
        _refuseFrom(until);
        vm.prank(provider);
        market.release(id, job);
    }

    // ─────────────────────────────────── expire ─────────────────────────────────

    function test_a_job_without_a_claim_costs_a_quarter_of_the_bond() external {
        (bytes32 id, Job memory job) = _accept(_request());
        uint256 from = job.acceptedAt + job.runFor;
        _moveTo(from - 1);
        _refuseUntil(from);
        vm.prank(passerBy);
        market.expire(id, job);
        _moveTo(from);
        vm.prank(passerBy);
        market.expire(id, job);
        _lost(id, 250_000, 240_000, 0);
        vm.assertEq(_free(passerBy), 10_000, "the caller's hundredth");
    }

    // ──────────────────────────────────── void ──────────────────────────────────

    function test_a_claim_that_nobody_opened_costs_half_the_bond() external {
        (bytes32 id, Job memory job) = _claimed(_request());
        uint256 from = uint256(job.windowEnd) + 1 days;
        _moveTo(from - 1);
        _refuseUntil(from);
        vm.prank(passerBy);
        market.void(id, job);
        _moveTo(from);
        vm.expectEmit(address(market));
        emit IMarketEvents.JobVoided(
            id, requester, provider, VoidReason.Unopened, ESCROW, 500_000, 490_000, passerBy, 10_000, 0
        );
        vm.prank(passerBy);
        market.void(id, job);
        _lost(id, 500_000, 490_000, 0);
        vm.assertEq(_free(passerBy), 10_000, "the caller's hundredth");
    }

    function test_a_running_job_is_not_void() external {
        (bytes32 id, Job memory job) = _accept(_request());
        _refuseState(id, State.Claimed, State.Running);
        market.void(id, job);
    }

    /// @dev The job is void, its escrow back, and the provider `slashed`.
    function _lost(bytes32 id, uint96 slashed, uint96 toRequester, uint96 burned) private view {
        vm.assertTrue(market.stateOf(id) == State.Void, "void");
        Account memory a = market.accountOf(provider);
        vm.assertEq(a.staked, STAKE - slashed, "slashed");
        vm.assertEq(a.bonded, 0, "the rest is unlocked");
        vm.assertEq(_free(requester), uint256(WEALTH) + toRequester, "the requester");
        vm.assertEq(_free(SINK), burned, "burned");
    }
}
