// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

/// @title Running ─submit─▶ Claimed ─approve, finalize─▶ Settled
contract ClaimsTest is Refusals {
    bytes32 private constant SEAL = keccak256("seal");
    bytes32 private constant MANIFEST = keccak256("manifest");

    // ────────────────────────────────── submit ──────────────────────────────────

    function test_a_claim_is_on_record_with_its_window() external {
        (bytes32 id, Job memory job) = _accept(_request());
        vm.expectEmit(address(market));
        emit IMarketEvents.JobClaimed(
            id, requester, provider, SEAL, MANIFEST, uint64(_now()), uint64(vm.getBlockNumber())
        );
        vm.prank(provider);
        market.submit(id, job, SEAL, MANIFEST);
        vm.assertTrue(market.check(id, _claim(job, SEAL)) == State.Claimed, "on record");
        (State state, uint248 hash) = market.slotOf(id);
        vm.assertTrue(state == State.Claimed, "state");
        vm.assertEq(uint256(hash), uint256(_recordHash(job)), "hash");
    }

    function test_only_the_provider_and_its_delegate_claim() external {
        (bytes32 id, Job memory job) = _accept(_request());
        _refuseCaller(passerBy, provider);
        vm.prank(passerBy);
        market.submit(id, job, SEAL, MANIFEST);
        vm.expectEmit(address(market));
        emit IMarketEvents.DelegateSet(provider, passerBy);
        vm.prank(provider);
        market.setDelegate(passerBy);
        vm.assertEq(market.delegateOf(provider), passerBy, "named");
        vm.prank(passerBy);
        market.submit(id, job, SEAL, MANIFEST);
        vm.assertTrue(market.stateOf(id) == State.Claimed, "claimed");
    }

    function test_a_claim_comes_before_the_jobs_time_is_over() external {
        (bytes32 id, Job memory job) = _accept(_request());
        uint256 until = job.acceptedAt + job.runFor;
        _moveTo(until);
        _refuseFrom(until);
        vm.prank(provider);
        market.submit(id, job, SEAL, MANIFEST);
        _moveTo(until - 1);
        vm.prank(provider);
        market.submit(id, job, SEAL, MANIFEST);
    }

    function test_a_job_is_claimed_once() external {
        (bytes32 id, Job memory job) = _claimed(_request());
        _refuseState(id, State.Running, State.Claimed);
        vm.prank(provider);
        market.submit(id, job, SEAL, MANIFEST);
    }

    function test_a_call_on_a_job_passes_the_record() external {
        (bytes32 id, Job memory job) = _accept(_request());
        Job memory other = _copy(job);
        ++other.bond;
        _refuseRecord(id, job, other);
        vm.prank(provider);
        market.submit(id, other, SEAL, MANIFEST);
        _refuseRecord(id, job, other);
        market.check(id, other);
    }

    function test_a_job_that_is_not_live_has_no_record_to_check() external {
        Request memory r = _request();
        Job memory none;
        vm.assertTrue(market.check(market.jobId(r), none) == State.None, "none");
        bytes32 id = _post(r);
        vm.assertTrue(market.check(id, none) == State.Open, "open");
    }

    // ────────────────────────────── approve, finalize ───────────────────────────

    function test_only_the_requester_approves() external {
        (bytes32 id, Job memory job) = _claimed(_request());
        bytes32 root = _root(id);
        _refuseCaller(provider, requester);
        vm.prank(provider);
        market.approve(id, job, root, UNITS / 2);
    }

    function test_only_what_the_seal_hides_is_paid() external {
        (bytes32 id, Job memory job) = _claimed(_request());
        bytes32 root = _root(id);
        _refuseOpening(id, job, root, UNITS / 2 + 1);
        vm.prank(requester);
        market.approve(id, job, root, UNITS / 2 + 1);
        _moveTo(job.windowEnd);
        _refuseOpening(id, job, SEAL, UNITS / 2);
        market.finalize(id, job, SEAL, UNITS / 2);
    }

    function test_anybody_finalizes_from_the_windows_end_until_the_grace_is_over() external {
        (bytes32 id, Job memory job) = _claimed(_request());
        bytes32 root = _root(id);
        _moveTo(job.windowEnd - 1);
        _refuseUntil(job.windowEnd);
        market.finalize(id, job, root, UNITS / 2);

        uint256 until = uint256(job.windowEnd) + 1 days;
        _moveTo(until);
        _refuseFrom(until);
        market.finalize(id, job, root, UNITS / 2);

        _moveTo(until - 1);
        vm.expectEmit(address(market));
        emit IMarketEvents.JobSettled(id, requester, provider, 151_000, 150_000, root, UNITS / 2, false);
        vm.prank(passerBy);
        market.finalize(id, job, root, UNITS / 2);
        Account memory a = market.accountOf(provider);
        vm.assertEq(a.free, WEALTH / 2 + 151_000, "paid");
        vm.assertEq(a.bonded, 0, "unlocked");
        vm.assertEq(_free(requester), WEALTH - 151_000, "the rest is back");
        vm.assertTrue(market.stateOf(id) == State.Settled, "settled");
    }

    function test_units_beyond_the_most_are_not_paid() external {
        (bytes32 id, Job memory job) = _accept(_request());
        bytes32 root = _root(id);
        bytes32 seal = _seal(provider, id, root, type(uint64).max);
        vm.prank(provider);
        market.submit(id, job, seal, MANIFEST);
        job = _claim(job, seal);
        vm.prank(requester);
        market.approve(id, job, root, type(uint64).max);
        vm.assertEq(_free(provider), WEALTH / 2 + 301_000, "three units");
        vm.assertEq(_free(requester), WEALTH - 301_000, "nothing more");
    }

    function test_payments_are_rounded_toward_the_payer() external {
        (bytes32 id, Job memory job) = _accept(_request());
        bytes32 root = _root(id);
        bytes32 seal = _seal(provider, id, root, 9_999_999); // 0.99 base units
        vm.prank(provider);
        market.submit(id, job, seal, MANIFEST);
        job = _claim(job, seal);
        vm.prank(requester);
        market.approve(id, job, root, 9_999_999);
        vm.assertEq(_free(provider), WEALTH / 2 + 1_000, "flat alone");
    }

    function test_a_job_without_a_bond_settles_too() external {
        Request memory r = _request();
        (r.bond, r.tip) = (0, 0);
        (bytes32 id, Job memory job) = _claimed(r);
        vm.assertEq(market.accountOf(provider).bonded, 0, "no bond");
        bytes32 root = _root(id);
        vm.prank(requester);
        market.approve(id, job, root, UNITS / 2);
        vm.assertEq(_free(provider), WEALTH / 2 + 151_000, "paid");
    }
}
