// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { Court } from "./Court.sol";

/// @title None ─challenge, audit─▶ Drawing, Voting ─appeal─▶ Drawing
contract CasesTest is Court {
    // ───────────────────────────────── challenge ────────────────────────────────

    function test_a_challenge_opens_a_case_and_locks_fee_and_tenth() external {
        _claimBefore(_judged(3, 0));
        bytes32 seal = _sealOf(challenger, RIGHT);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.CaseOpened(id, requester, provider, request.policy, challenger, false);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.SeedRequested(id, 0, uint48(vm.getBlockNumber() + 2), uint32(_now() / 1 days));
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.Challenged(id, challenger, seal, CHALLENGE);
        _challenge(challenger, RIGHT);
        vm.assertEq(_heldFree(challenger), 1e9 - CHALLENGE, "the bond");
        vm.assertTrue(market.check(id, job) == State.Disputed, "the market's case");
        Case memory c = committee.caseOf(id);
        vm.assertTrue(c.phase == Phase.Drawing, "drawing");
        vm.assertEq(c.deadline, _now() + 4 hours, "until");
        vm.assertEq(c.firstSeats, 3, "seats");
        vm.assertEq(c.commitFor, 2 hours, "as long as the run");
        Challenge memory one = committee.challengeOf(id, 0);
        vm.assertEq(one.challenger, challenger, "who");
        vm.assertEq(one.bond, CHALLENGE, "for how much");
        vm.assertEq(one.seal, seal, "with what");
    }

    function test_a_case_lets_seats_commit_for_an_hour_at_least() external {
        Request memory r = _judged(3, 0);
        r.runFor = 1;
        _claimBefore(r);
        _challenge(challenger, RIGHT);
        vm.assertEq(committee.caseOf(id).commitFor, 1 hours, "an hour");
    }

    function test_others_join_until_the_first_rounds_commits_close() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        _challenge(rival, OTHER);
        _draw(passerBy);
        _moveTo(committee.caseOf(id).deadline - 1);
        _challenge(rival, RIGHT);
        vm.assertEq(committee.caseOf(id).challenges, 3, "three");
        vm.assertEq(_heldFree(rival), 1e9 - 2 * uint256(CHALLENGE), "two bonds");
        _pass(1);
        _refusedJoin();
    }

    function test_nobody_joins_a_later_round_nor_a_closed_case() external {
        _voting();
        _votes(RIGHT, RIGHT, OTHER);
        _appeal(rival);
        _refusedJoin();
        _moveTo(committee.caseOf(id).deadline);
        _close(passerBy);
        _refusedJoin();
    }

    function test_nobody_joins_a_case_that_the_market_ended() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        Job memory record = _timedOut();
        bytes32 seal = _sealOf(rival, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.NotDisputed.selector, id));
        vm.prank(rival);
        committee.challenge(request, record, seal);
    }

    function test_a_case_has_16_challenges_at_most() external {
        _claimBefore(_judged(3, 0));
        for (uint256 i; i < 16; ++i) {
            _challenge(challenger, RIGHT);
        }
        bytes32 seal = _sealOf(rival, RIGHT);
        _refuseRange("challenges", 17, 1, 16);
        vm.prank(rival);
        committee.challenge(request, job, seal);
    }

    function test_who_can_not_pay_the_bond_challenges_nothing() external {
        _claimBefore(_judged(3, 0));
        bytes32 seal = _sealOf(passerBy, RIGHT);
        _refuseFree(passerBy, 0, CHALLENGE);
        vm.prank(passerBy);
        committee.challenge(request, job, seal);
    }

    function test_a_policy_names_a_first_round_and_a_rate() external {
        uint256[5] memory policies = [uint256(0), 5, 32, 10_001 << 8 | 3, 1 << 255 | 3];
        for (uint256 i; i < policies.length; ++i) {
            Request memory r = _judged(3, 0);
            r.policy = bytes32(policies[i]);
            _claimBefore(r);
            bytes32 seal = _sealOf(challenger, RIGHT);
            vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.PolicyInvalid.selector, r.policy));
            vm.prank(challenger);
            committee.challenge(request, job, seal);
            vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.PolicyInvalid.selector, r.policy));
            committee.audit(request, job);
            vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.PolicyInvalid.selector, r.policy));
            committee.courseOf(r.policy, 1);
        }
    }

    function test_the_market_leaves_time_for_the_longest_course_and_28_days_at_most() external {
        uint256 course = 4 * (4 hours + 2 hours + 2 hours + 6 hours);
        vm.assertEq(committee.courseOf(bytes32(uint256(3)), 2 hours), course, "four rounds");
        vm.assertEq(committee.courseOf(bytes32(uint256(31)), 1), 13 hours, "one");
        Request memory r = _judged(3, 0);
        r.caseFor = uint32(course - 1);
        _claimBefore(r);
        bytes32 seal = _sealOf(challenger, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.CaseTooLong.selector, course, course - 1));
        vm.prank(challenger);
        committee.challenge(request, job, seal);
        r.caseFor = 28 days + 1;
        _claimBefore(r);
        seal = _sealOf(challenger, RIGHT);
        _refuseRange("caseFor", 28 days + 1, course, 28 days);
        vm.prank(challenger);
        committee.challenge(request, job, seal);
        r.caseFor = uint32(course);
        _claimBefore(r);
        _challenge(challenger, RIGHT);
    }

    // ─────────────────────────────────── audit ──────────────────────────────────

    function test_a_rate_of_all_audits_every_claim_once() external {
        _claimBefore(_judged(7, 10_000));
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.CaseOpened(id, requester, provider, request.policy, passerBy, true);
        _audit(passerBy);
        vm.assertEq(committee.caseOf(id).firstSeats, 7, "seats");
        _refusePhase(Phase.None, Phase.Drawing);
        committee.audit(request, job);
    }

    function test_the_lottery_draws_by_the_second_block_after_the_claim() external {
        Request memory r = _judged(3, 5_000);
        bool[2] memory seen;
        for (uint256 i; !seen[0] || !seen[1]; ++i) {
            vm.assertTrue(i < 64, "a fair coin falls on both sides");
            r.salt = keccak256(abi.encode("lottery", i));
            _claimBefore(r);
            uint256 number = job.claimBlock + 2;
            vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.HashUnknown.selector, number));
            committee.audit(request, job);
            vm.roll(number + 1);
            bytes32 hash = blockhash(number);
            bool drawn = uint256(keccak256(abi.encodePacked(hash, id, job.seal))) < 1 << 255;
            seen[drawn ? 1 : 0] = true;
            if (!drawn) {
                vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.NotDrawn.selector, id));
                committee.audit(request, job);
            } else {
                _audit(passerBy);
            }
        }
    }

    // ─────────────────────────────────── appeal ─────────────────────────────────

    function test_an_appeal_prepays_the_next_rounds_seats_and_tips() external {
        _voting();
        _votes(RIGHT, RIGHT, OTHER);
        uint96 prepaid = 7 * SEAT_FEE + 2 * TIP;
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.CaseAppealed(id, rival, 1, prepaid);
        _appeal(rival);
        vm.assertEq(_heldFree(rival), 1e9 - prepaid, "prepaid");
        Case memory c = committee.caseOf(id);
        vm.assertTrue(c.phase == Phase.Drawing && c.round == 1, "a further round");
        (Round memory info,,) = committee.roundOf(id, 1);
        vm.assertEq(info.appellant, rival, "who");
        vm.assertEq(info.prepaid, prepaid, "how much");
        (uint256 seatFee, uint256 tip) = committee.feesOf(CASE_FEE, 3);
        vm.assertEq(seatFee, SEAT_FEE, "a seat");
        vm.assertEq(tip, TIP, "a tip");
    }

    function test_a_tally_is_appealed_once_all_that_committed_revealed() external {
        _voting();
        _commit(0, RIGHT);
        _commit(1, RIGHT);
        _refusedAppeal(0); // before the deadline
        _moveTo(committee.caseOf(id).deadline);
        _reveal(0, RIGHT);
        _refusedAppeal(0); // seat 1 can still reveal
        _reveal(1, RIGHT);
        _appeal(rival);
    }

    function test_a_tally_with_a_silent_seat_is_appealed_when_its_time_is_over() external {
        _voting();
        _votes(RIGHT, HIDDEN, RIGHT);
        _refusedAppeal(0);
        _pass(2 hours);
        _appeal(rival);
    }

    function test_a_tally_is_appealed_within_six_hours() external {
        _voting();
        _votes(RIGHT, RIGHT, RIGHT);
        uint256 until = uint256(committee.caseOf(id).deadline) + 8 hours;
        _moveTo(until);
        _refuseFrom(until);
        vm.prank(rival);
        committee.appeal(id, job);
        _moveTo(until - 1);
        _appeal(rival);
    }

    function test_the_largest_round_is_the_last() external {
        Request memory r = _judged(31, 10_000);
        _claimBefore(r);
        _audit(passerBy);
        _draw(passerBy);
        bytes32[] memory votes = new bytes32[](1);
        votes[0] = RIGHT;
        _vote(votes);
        _refusedAppeal(0);
    }

    function test_only_a_tally_is_appealed() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        _refusePhase(Phase.Voting, Phase.Drawing);
        committee.appeal(id, job);
    }

    function test_a_case_that_the_market_ended_is_not_appealed() external {
        _voting();
        _votes(RIGHT, RIGHT, OTHER);
        Job memory record = _timedOut();
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.NotDisputed.selector, id));
        committee.appeal(id, record);
    }

    function test_who_can_not_prepay_appeals_nothing() external {
        _voting();
        _votes(RIGHT, RIGHT, OTHER);
        _refuseFree(passerBy, 0, 7 * SEAT_FEE + 2 * TIP);
        vm.prank(passerBy);
        committee.appeal(id, job);
    }

    function test_a_round_that_was_not_drawn_has_no_seats() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        (Round memory info, address[] memory holders, bytes32[] memory votes) = committee.roundOf(id, 0);
        vm.assertEq(info.drawer, address(0), "nobody drew");
        vm.assertEq(holders.length + votes.length, 0, "nobody sits");
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _appeal(address who) private {
        vm.prank(who);
        committee.appeal(id, job);
    }

    function _refusedAppeal(uint256 round) private {
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.NotAppealable.selector, id, round));
        vm.prank(rival);
        committee.appeal(id, job);
    }

    /// @dev The market ends the case; returns the claim's record after it.
    function _timedOut() private returns (Job memory record) {
        record = job;
        _moveTo(uint256(record.disputedAt) + record.caseFor);
        market.timeout(id, record);
        (record.caseFee, record.disputedAt, record.caseDone) = (0, 0, true);
        record.windowEnd = uint64(_now());
    }

    function _refusedJoin() private {
        bytes32 seal = _sealOf(rival, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.JoinTooLate.selector, id));
        vm.prank(rival);
        committee.challenge(request, job, seal);
    }
}
