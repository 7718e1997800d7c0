// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Hearings } from "./Hearings.sol";

/// @title How long somebody must keep a transaction off the chain, and who loses what by it
/// @dev Each test makes a step in the first second in which it is possible, again in the last, and fails to in the
/// next: whoever wants it undone must fill every block between. Then it takes the exit that follows.
contract StuffedTest is Hearings {
    /// @dev `call_` of `sender` works at `from` and at `from + length - 1`, and is refused with `selector` one second
    /// later, where time stands after.
    function _mustBeStuffedFor(
        uint256 length,
        uint256 from,
        address sender,
        address target,
        bytes memory call_,
        bytes4 selector
    ) private {
        if (_now() < from) vm.warp(from);
        vm.assertEq(_now(), from, "the first second");
        _tries(sender, target, call_);
        vm.warp(from + length - 1);
        _tries(sender, target, call_);
        vm.warp(from + length);
        vm.prank(sender);
        (bool done, bytes memory answer) = target.call(call_);
        vm.assertTrue(!done, "too late");
        vm.assertEq(bytes32(bytes4(answer)), bytes32(selector), "why");
    }

    function _tries(address sender, address target, bytes memory call_) private {
        uint256 snapshot = vm.snapshotState();
        vm.prank(sender);
        (bool done,) = target.call(call_);
        vm.assertTrue(done, "in time");
        vm.assertTrue(vm.revertToState(snapshot), "back");
    }

    function _marketStep(uint256 length, uint256 from, address sender, bytes memory call_) private {
        _mustBeStuffedFor(length, from, sender, address(market), call_, IErrors.TooLate.selector);
    }

    // ──────────────────────────────── the market's ──────────────────────────────

    function test_a_claim_for_all_of_run_for_at_a_quarter_of_the_bond() external {
        _watch();
        (bytes32 id, Job memory job) = _accept(_request());
        bytes memory call_ = abi.encodeCall(IMarket.submit, (id, job, "seal", 0));
        _marketStep(job.runFor, job.acceptedAt, provider, call_);
        vm.prank(passerBy);
        market.expire(id, job);
        _loses(provider, BOND / 4);
        _gains(requester, BOND * 24 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_an_opening_for_a_day_of_grace_at_half_of_the_bond() external {
        _watch();
        (bytes32 id, Job memory job) = _claimed(_request());
        bytes memory call_ = abi.encodeCall(IMarket.finalize, (id, job, _root(id), UNITS / 2));
        _marketStep(1 days, job.windowEnd, passerBy, call_);
        vm.prank(passerBy);
        market.void(id, job);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_an_answer_for_a_day_at_half_of_the_bond() external {
        _watch();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(_request(), "out");
        job = _demand(id, job, _pairs(1));
        bytes memory call_ =
            abi.encodeCall(IMarket.answer, (id, job, _pairs(1), root, UNITS / 2, _answers("out", 0, 1)));
        _marketStep(1 days, _now(), provider, call_);
        vm.prank(passerBy);
        market.void(id, job);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    /// @dev The window is the requester's own choice: without one it has no time to look, and pays.
    function test_a_demand_for_the_window_at_what_the_work_is_worth_to_the_requester() external {
        _watch();
        (bytes32 id, Job memory job) = _claimed(_request());
        bytes memory call_ = abi.encodeCall(IMarket.demand, (id, job, _pairs(1)));
        _marketStep(job.challengeFor, job.claimedAt, requester, call_);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_a_verdict_for_all_of_case_for_at_nothing_but_the_judgement() external {
        Request memory r = _request();
        (r.resolver, r.caseFor, r.caseFee) = (matcher, 10 days, 100_000);
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _dispute(id, job);
        bytes memory call_ = abi.encodeCall(IMarket.resolve, (id, job, Verdict.Rejected, address(0)));
        _marketStep(10 days, job.disputedAt, matcher, call_);
        vm.prank(passerBy);
        market.timeout(id, job);
        _finalize(id, _cleared(job));
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    // ────────────────────────────── the committee's ─────────────────────────────

    function _committeeStep(uint256 length, uint256 from, address sender, bytes memory call_) private {
        _mustBeStuffedFor(length, from, sender, address(committee), call_, IErrors.TooLate.selector);
    }

    function test_a_challenge_for_the_window_and_an_audit_as_long_leave_a_wrong_claim_paid() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        uint256 snapshot = vm.snapshotState();
        bytes memory audit = abi.encodeCall(ICommittee.audit, (r, job));
        _committeeStep(job.challengeFor, job.claimedAt, passerBy, audit);
        vm.assertTrue(vm.revertToState(snapshot), "back");
        bytes memory challenge = abi.encodeCall(ICommittee.challenge, (r, job, "seal"));
        _committeeStep(job.challengeFor, job.claimedAt, challenger, challenge);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    /// @dev Opened an hour after midnight: no epoch ends within the four hours.
    function test_a_draw_for_four_hours_but_two_blocks_leaves_the_claim() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        _awaitSeed(id);
        uint256 from = _now();
        uint256 length = 4 hours - (from - job.disputedAt);
        vm.assertTrue(length > 4 hours - 1 minutes, "almost all of it");
        _committeeStep(length, from, matcher, abi.encodeCall(ICommittee.draw, (id)));
        _finalize(id, _close(id, job));
        _gains(passerBy, TIP);
        _gains(matcher, TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 2 * TIP);
        _check();
    }

    function test_a_commit_for_as_long_as_the_work_may_take_at_five_seat_fees() external {
        (bytes32 id, Job memory job) = _drawn();
        uint256 from = _now();
        uint256[] memory seats = new uint256[](1);
        bytes32[] memory commitments = new bytes32[](1);
        bytes memory call_ = abi.encodeCall(ICommittee.commit, (id, seats, commitments));
        address holder = _holders(id)[0];
        bytes32[] memory votes = _votes(SILENT, _truth(id), _truth(id));
        _commitAll(id, votes); // only the first is kept out
        _committeeStep(job.runFor, from, holder, call_);
        _revealAll(id, votes);
        _onlyTheFirstPays(id, job, votes);
    }

    function test_a_reveal_for_two_hours_at_five_seat_fees() external {
        (bytes32 id, Job memory job) = _drawn();
        bytes32[] memory votes = _all(3, _truth(id));
        _commitAll(id, votes);
        vm.warp(committee.caseOf(id).deadline);
        _revealSeat(id, 1, votes[1]);
        _revealSeat(id, 2, votes[2]);
        uint256[] memory seats = new uint256[](1);
        bytes32[] memory vote = new bytes32[](1);
        bytes32[] memory salt = new bytes32[](1);
        (vote[0], salt[0]) = (votes[0], SALT);
        bytes memory call_ = abi.encodeCall(ICommittee.reveal, (id, seats, vote, salt));
        _committeeStep(2 hours, _now(), _holders(id)[0], call_);
        votes[0] = CLOSED;
        _onlyTheFirstPays(id, job, votes);
    }

    /// @dev Two false seats of three, and the provider's appeal is kept out: it loses its bond.
    function test_an_appeal_for_six_hours_after_the_reveals_at_the_bond_of_a_right_claim() external {
        _rich("provider");
        (bytes32 id, Job memory job) = _drawn();
        bytes32[] memory votes = _votes(WRONG, WRONG, SILENT);
        votes[2] = _truth(id);
        bytes32[] memory revealed = _votes(WRONG, WRONG, CLOSED); // it comes last, at the end of the reveals
        _commitAll(id, votes);
        vm.warp(committee.caseOf(id).deadline);
        _revealAll(id, revealed);
        uint256 from = committee.caseOf(id).deadline + 2 hours;
        vm.warp(from - 1);
        _revealSeat(id, 2, votes[2]);
        bytes memory call_ = abi.encodeCall(ICommittee.appeal, (id, job));
        _committeeStep(6 hours, from, provider, call_);
        _close(id, job);
        uint256 rest = BOND - CASE_FEE;
        _seatsAre(id, 0, votes, WRONG, PENALTY / 2);
        _gains(SINK, rest * 70 / 100 + PENALTY % 2);
        _gains(passerBy, TIP);
        _gains(matcher, 2 * TIP);
        _loses(provider, BOND);
        _gains(requester, rest * 30 / 100 + CASE_FEE - 3 * SEAT_FEE - 3 * TIP);
        _check();
    }

    function test_joining_a_case_for_its_draw_and_commits_at_the_reward_alone() external {
        Request memory r = _judged(3, 0);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _challenge(r, id, job, challenger, WRONG);
        address late = _rich("late");
        _watchCase(late);
        _draw(id);
        uint256 from = _now();
        bytes memory call_ =
            abi.encodeCall(ICommittee.challenge, (r, job, keccak256(abi.encodePacked(late, id, WRONG))));
        _mustBeStuffedFor(
            job.runFor, from, late, address(committee), call_, ICommitteeErrors.JoinTooLate.selector
        );
        _check(); // its bond is its own
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev A case by the lottery whose seats are drawn just now.
    function _drawn() private returns (bytes32 id, Job memory job) {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (id, job) = _claimed(r);
        job = _audit(r, id, job);
        _draw(id);
    }

    function _onlyTheFirstPays(bytes32 id, Job memory job, bytes32[] memory votes) private {
        job = _closeInTime(id, job);
        _finalize(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(SINK, PENALTY);
        _gains(passerBy, TIP);
        _gains(matcher, 2 * TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 2 * SEAT_FEE + 3 * TIP);
        _check();
    }
}
