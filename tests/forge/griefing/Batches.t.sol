// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Entries } from "./Entries.sol";

/// @title Batches of claims and settlements with a bad entry between two good ones
/// @dev Nobody's good entry is lost, everybody has what the two alone would give, and the sender's gas for the bad
/// one is bounded.
/// Each call is a transaction of its own: gas counts whole.
/// forge-config: default.isolate = true
contract BatchesTest is Entries {
    uint256 private constant MOST_GAS = 30_000;

    bytes32[3] private ids;
    bytes private good;
    bytes private last;

    // ────────────────────────────────── claims ──────────────────────────────────

    /// @dev Three running jobs.
    function _running() private returns (Job memory job, Job memory middle) {
        _watch();
        (ids[0], job) = _accept(_request());
        (ids[1], middle) = _accept(_request());
        (ids[2],) = _accept(_request());
        _prepare(job);
    }

    /// @dev Of the first and the third; one second has its jobs all alike.
    function _prepare(Job memory job) private {
        good = _submitEntry(ids[0], job, _seal(provider, ids[0], _root(ids[0]), UNITS / 2));
        last = _submitEntry(ids[2], job, _seal(provider, ids[2], _root(ids[2]), UNITS / 2));
    }

    function _submits(bytes memory bad, bytes32 id, bytes4 selector) private {
        uint256 snapshot = vm.snapshotState();
        uint256 gas = _run(provider, abi.encodeCall(IMarket.submitBatch, (bytes.concat(good, last))));
        vm.assertTrue(vm.revertToState(snapshot), "back");
        uint256 more = _run(provider, abi.encodeCall(IMarket.submitBatch, (bytes.concat(good, bad, last))));
        _isSkipped(id, selector);
        vm.assertTrue(market.stateOf(ids[0]) == State.Claimed, "the first");
        vm.assertTrue(market.stateOf(ids[2]) == State.Claimed, "the third");
        vm.assertLt(more, gas + MOST_GAS, "gas of the bad one");
    }

    /// @dev Both good claims are worth their payment; the middle one is whatever `middle` leaves of it.
    function _settleBoth(Job memory job, uint256 heldByTheOther) private {
        for (uint256 i; i < 3; i += 2) {
            Job memory one = abi.decode(abi.encode(job), (Job));
            one = _claim(one, _seal(provider, ids[i], _root(ids[i]), UNITS / 2));
            _approve(ids[i], one);
        }
        _gains(provider, 2 * PAYMENT);
        _loses(requester, 2 * PAYMENT + heldByTheOther);
        _isHeld(heldByTheOther);
        _check();
    }

    function test_a_claim_of_an_unknown_job_spoils_no_other() external {
        (Job memory job,) = _running();
        _submits(_submitEntry("nobody's", job, 0), "nobody's", IMarketErrors.WrongState.selector);
        _settleBoth(job, 301_000);
    }

    function test_a_claim_with_another_record_spoils_no_other() external {
        (Job memory job, Job memory middle) = _running();
        middle.unitPrice += 1;
        _submits(_submitEntry(ids[1], middle, 0), ids[1], IMarketErrors.JobMismatch.selector);
        _settleBoth(job, 301_000);
    }

    function test_a_claim_for_another_provider_spoils_no_other() external {
        (Job memory job,) = _running();
        Request memory r = _request();
        (r.bond, r.tip) = (0, 0);
        bytes32 id = _post(r);
        vm.prank(matcher);
        market.accept(r, noProof);
        Job memory anothers = _started(r, matcher, 0);
        _submits(_submitEntry(id, anothers, 0), id, IErrors.NotAllowed.selector);
        _settleBoth(job, 2 * 301_000);
    }

    function test_a_claim_that_was_made_already_spoils_no_other() external {
        (Job memory job,) = _running();
        _submits(good, ids[0], IMarketErrors.WrongState.selector);
        _settleBoth(job, 301_000);
    }

    function test_a_claim_of_a_job_that_was_given_back_spoils_no_other() external {
        (Job memory job, Job memory middle) = _running();
        vm.prank(provider);
        market.release(ids[1], middle);
        _submits(_submitEntry(ids[1], middle, 0), ids[1], IMarketErrors.WrongState.selector);
        _loses(provider, BOND / 20);
        _gains(SINK, BOND / 20);
        _settleBoth(job, 0);
    }

    function test_a_claim_that_is_too_late_spoils_no_other() external {
        Request memory r = _request();
        r.runFor = 60;
        Job memory middle;
        _watch();
        (ids[1], middle) = _accept(r);
        _pass(60);
        Job memory job;
        (ids[0], job) = _accept(_request());
        (ids[2],) = _accept(_request());
        _prepare(job);
        _submits(_submitEntry(ids[1], middle, 0), ids[1], IErrors.TooLate.selector);
        _settleBoth(job, 301_000);
    }

    // ─────────────────────────────── settlements ────────────────────────────────

    /// @dev Three claims whose windows are over.
    function _ripe() private returns (Job memory job) {
        (job,) = _running();
        for (uint256 i; i < 3; ++i) {
            bytes32 seal = _seal(provider, ids[i], _root(ids[i]), UNITS / 2);
            vm.prank(provider);
            market.submit(ids[i], job, seal, 0);
        }
        job = _claim(job, 0);
        _moveTo(job.windowEnd);
        good = _ripeEntry(job, 0);
        last = _ripeEntry(job, 2);
    }

    function _ripeEntry(Job memory job, uint256 which) private view returns (bytes memory) {
        job.seal = _seal(provider, ids[which], _root(ids[which]), UNITS / 2);
        return _finalizeEntry(ids[which], job, _root(ids[which]), UNITS / 2);
    }

    function _finalizes(bytes memory bad, bytes32 id, bytes4 selector, uint256 heldByTheOther) private {
        uint256 snapshot = vm.snapshotState();
        uint256 gas = _run(passerBy, abi.encodeCall(IMarket.finalizeBatch, (bytes.concat(good, last))));
        vm.assertTrue(vm.revertToState(snapshot), "back");
        uint256 more = _run(passerBy, abi.encodeCall(IMarket.finalizeBatch, (bytes.concat(good, bad, last))));
        _isSkipped(id, selector);
        vm.assertLt(more, gas + MOST_GAS, "gas of the bad one");
        _gains(provider, 2 * PAYMENT);
        _loses(requester, 2 * PAYMENT + heldByTheOther);
        _isHeld(heldByTheOther);
        _check();
    }

    function test_an_opening_that_does_not_fit_spoils_no_other() external {
        Job memory job = _ripe();
        job.seal = _seal(provider, ids[1], _root(ids[1]), UNITS / 2);
        bytes memory bad = _finalizeEntry(ids[1], job, _root(ids[1]), UNITS);
        _finalizes(bad, ids[1], IMarketErrors.SealMismatch.selector, 301_000);
    }

    function test_a_settlement_with_another_record_spoils_no_other() external {
        Job memory job = _ripe();
        job.windowEnd += 1;
        _finalizes(_ripeEntry(job, 1), ids[1], IMarketErrors.JobMismatch.selector, 301_000);
    }

    function test_a_settlement_of_an_unknown_job_spoils_no_other() external {
        Job memory job = _ripe();
        bytes memory bad = _finalizeEntry("nobody's", job, 0, 0);
        _finalizes(bad, "nobody's", IMarketErrors.WrongState.selector, 301_000);
    }

    /// @dev The middle claim alone has another window, or a resolver; both others are ripe at `ripe`.
    function _ripeBeside(Request memory r) private returns (Job memory middle, uint256 ripe) {
        _watch();
        (ids[1], middle) = _claimed(r);
        Job memory job;
        (ids[0], job) = _claimed(_request());
        good = _ripeEntry(job, 0);
        (ids[2], job) = _claimed(_request());
        last = _ripeEntry(job, 2);
        ripe = job.windowEnd;
    }

    function test_a_settlement_that_is_too_early_spoils_no_other() external {
        Request memory r = _request();
        r.challengeFor = 2 days;
        (Job memory middle, uint256 ripe) = _ripeBeside(r);
        _moveTo(ripe);
        _finalizes(_ripeEntry(middle, 1), ids[1], IErrors.TooEarly.selector, 301_000);
    }

    function test_a_settlement_that_is_too_late_spoils_no_other() external {
        Request memory r = _request();
        r.challengeFor = 0;
        (Job memory middle, uint256 ripe) = _ripeBeside(r);
        _moveTo(ripe);
        _finalizes(_ripeEntry(middle, 1), ids[1], IErrors.TooLate.selector, 301_000);
    }

    function test_a_case_opened_in_the_last_second_before_a_batch_spoils_no_other() external {
        Request memory r = _request();
        (r.resolver, r.caseFor) = (matcher, 10 days);
        (Job memory middle, uint256 ripe) = _ripeBeside(r);
        _moveTo(ripe - 1);
        middle = _dispute(ids[1], middle);
        _moveTo(ripe);
        _finalizes(_ripeEntry(middle, 1), ids[1], IMarketErrors.WrongState.selector, 301_000);
    }

    function test_a_settlement_in_twice_is_paid_once() external {
        _ripe();
        _finalizes(good, ids[0], IMarketErrors.WrongState.selector, 301_000);
    }

    function test_a_settlement_that_somebody_made_first_spoils_no_other() external {
        Job memory job = _ripe();
        bytes memory bad = _ripeEntry(job, 1);
        _finalize(ids[1], job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _finalizes(bad, ids[1], IMarketErrors.WrongState.selector, 0);
    }

    function test_a_demand_in_the_last_second_before_a_batch_spoils_no_other() external {
        (Job memory job,) = _running();
        for (uint256 i; i < 3; ++i) {
            bytes32 seal = _seal(provider, ids[i], _root(ids[i]), UNITS / 2);
            vm.prank(provider);
            market.submit(ids[i], job, seal, 0);
        }
        job = _claim(job, 0);
        _moveTo(job.windowEnd - 1);
        good = _ripeEntry(job, 0);
        last = _ripeEntry(job, 2);
        _ripeEntry(job, 1); // leaves the seal of the second in the record
        Job memory asked = _demand(ids[1], abi.decode(abi.encode(job), (Job)), _pairs(1));
        _moveTo(job.windowEnd);
        bytes memory bad = _finalizeEntry(ids[1], asked, _root(ids[1]), UNITS / 2);
        _finalizes(bad, ids[1], IMarketErrors.DemandOpen.selector, 301_500);
    }

    // ──────────────────────────── bytes that are no batch ───────────────────────

    function _isMalformed(bytes memory batch) private {
        vm.prank(provider);
        (bool done, bytes memory answer) = address(market).call(batch);
        vm.assertTrue(!done, "it fails");
        vm.assertEq(bytes32(bytes4(answer)), bytes32(IMarketErrors.BatchMalformed.selector), "as none");
    }

    /// @dev Only whoever writes a batch can write it wrong, and loses nothing but its gas: nothing is done.
    function test_bytes_that_are_no_batch_undo_it_whole_and_cost_only_their_sender() external {
        _running();
        bytes memory cut = bytes.concat(good, hex"01");
        _isMalformed(abi.encodeCall(IMarket.submitBatch, (cut)));
        _isMalformed(abi.encodeCall(IMarket.finalizeBatch, (cut)));
        _isMalformed(abi.encodeCall(IMarket.matchBatch, (cut)));
        bytes memory beyond = bytes.concat(good, bytes32("id"), hex"0118", new bytes(200)); // member 24
        _isMalformed(abi.encodeCall(IMarket.submitBatch, (beyond)));
        bytes memory long = bytes.concat(hex"00", hex"ffff", new bytes(100)); // a signature of 65,535 bytes
        _isMalformed(abi.encodeCall(IMarket.matchBatch, (long)));
        vm.assertTrue(market.stateOf(ids[0]) == State.Running, "nothing is done");
        _loses(requester, 3 * 301_000);
        _isHeld(3 * 301_000);
        _check();
    }
}
