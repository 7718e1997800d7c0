// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

/// @title What a resolver can say, and what its silence means
contract DisputesTest is Refusals {
    uint96 private constant CASE_FEE = 100_000;
    uint96 private constant ESCROW = 301_000;
    uint96 private constant STAKE = WEALTH / 2;

    address private _judge = address(uint160(uint256(keccak256("judge"))));

    function test_only_the_resolver_opens_a_case_and_only_in_the_window() external {
        (bytes32 id, Job memory job) = _claimed(_judgedByKey());
        _refuseCaller(passerBy, _judge);
        vm.prank(passerBy);
        market.dispute(id, job);
        _moveTo(job.windowEnd);
        _refuseFrom(job.windowEnd);
        vm.prank(_judge);
        market.dispute(id, job);
        _moveTo(job.windowEnd - 1);
        vm.expectEmit(address(market));
        emit IMarketEvents.JobDisputed(id, _judge, provider, uint64(_now()));
        vm.prank(_judge);
        market.dispute(id, job);
        job.disputedAt = uint64(_now());
        vm.assertTrue(market.check(id, job) == State.Disputed, "on record");
    }

    function test_a_disputed_job_is_neither_paid_nor_voided() external {
        (bytes32 id, Job memory job) = _disputed();
        _refuseState(id, State.Claimed, State.Disputed);
        vm.prank(requester);
        market.approve(id, job, 0, 0);
        _refuseState(id, State.Claimed, State.Disputed);
        market.finalize(id, job, 0, 0);
        _refuseState(id, State.Claimed, State.Disputed);
        market.void(id, job);
    }

    function test_a_claim_without_a_case_is_not_resolved() external {
        (bytes32 id, Job memory job) = _claimed(_judgedByKey());
        _refuseState(id, State.Disputed, State.Claimed);
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Rejected, address(0));
        _refuseState(id, State.Disputed, State.Claimed);
        market.timeout(id, job);
    }

    function test_only_the_resolver_resolves() external {
        (bytes32 id, Job memory job) = _disputed();
        _refuseCaller(requester, _judge);
        vm.prank(requester);
        market.resolve(id, job, Verdict.Rejected, requester);
    }

    function test_a_resolver_is_timed_out_from_its_last_second_on() external {
        (bytes32 id, Job memory job) = _disputed();
        uint256 until = uint256(job.disputedAt) + job.caseFor;
        _moveTo(until);
        _refuseFrom(until);
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Rejected, address(0));
        _moveTo(until - 1);
        _refuseUntil(until);
        vm.prank(passerBy);
        market.timeout(id, job);
        uint256 back = vm.snapshotState();
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Rejected, address(0));
        vm.revertToState(back);
        _moveTo(until);
        vm.expectEmit(address(market));
        emit IMarketEvents.CaseResolved(id, _judge, address(0), false, true, 0, 0, CASE_FEE, uint64(_now()));
        vm.prank(passerBy);
        market.timeout(id, job);
        _stands(id, job, 0);
    }

    function test_an_upheld_audit_is_paid_by_its_fee() external {
        (bytes32 id, Job memory job) = _disputed();
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Upheld, address(0));
        _stands(id, job, CASE_FEE);
    }

    function test_after_a_wrong_challenge_the_fee_goes_back() external {
        (bytes32 id, Job memory job) = _disputed();
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Upheld, passerBy);
        _stands(id, job, 0);
        vm.assertEq(_free(passerBy), 0, "the challenger gets nothing");
    }

    function test_a_wrong_result_costs_the_bond_which_pays_case_requester_and_challenger() external {
        (bytes32 id, Job memory job) = _disputed();
        vm.expectEmit(address(market));
        emit IMarketEvents.CaseResolved(id, _judge, passerBy, true, false, CASE_FEE, 270_000, 0, 0);
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Rejected, passerBy);
        _wrong(id);
        vm.assertEq(_free(passerBy), 270_000, "30% of 900,000");
        vm.assertEq(_free(SINK), 360_000, "the remainder is burned");
    }

    function test_without_a_challenger_its_share_is_burned() external {
        (bytes32 id, Job memory job) = _disputed();
        vm.prank(_judge);
        market.resolve(id, job, Verdict.Rejected, address(0));
        _wrong(id);
        vm.assertEq(_free(SINK), 630_000, "the remainder is burned");
        vm.assertEq(_free(address(0)), 0, "nobody is nobody");
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _judgedByKey() private returns (Request memory r) {
        r = _request();
        (r.resolver, r.caseFor, r.caseFee) = (_judge, 2 days, CASE_FEE);
    }

    function _disputed() private returns (bytes32 id, Job memory job) {
        (id, job) = _claimed(_judgedByKey());
        vm.prank(_judge);
        market.dispute(id, job);
        job.disputedAt = uint64(_now());
    }

    /// @dev The case is over, the claim stands, its window is over, and there is no second case.
    function _stands(bytes32 id, Job memory job, uint96 toJudge) private {
        vm.assertEq(_free(_judge), toJudge, "the resolver");
        vm.assertEq(_free(requester), WEALTH - ESCROW - toJudge, "the requester");
        (job.caseFee, job.disputedAt, job.caseDone, job.windowEnd) = (0, 0, true, uint64(_now()));
        vm.assertTrue(market.check(id, job) == State.Claimed, "claimed again");
        _refuseFrom(job.windowEnd);
        vm.prank(_judge);
        market.dispute(id, job);
        bytes32 root = _root(id);
        market.finalize(id, job, root, UNITS / 2);
        vm.assertEq(market.accountOf(provider).free, STAKE + 151_000, "paid");
    }

    function _wrong(bytes32 id) private view {
        vm.assertTrue(market.stateOf(id) == State.Void, "void");
        vm.assertEq(_free(_judge), CASE_FEE, "the resolver");
        vm.assertEq(_free(requester), uint256(WEALTH) + 270_000, "the requester");
        vm.assertEq(market.accountOf(provider).staked, STAKE - BOND, "the bond");
        vm.assertEq(market.accountOf(provider).bonded, 0, "and no more");
    }
}
