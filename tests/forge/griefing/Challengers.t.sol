// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { Hearings } from "./Hearings.sol";

/// @title Challengers that accuse the innocent, crowd a case, or belong to the accused
contract ChallengersTest is Hearings {
    function test_accusing_a_right_claim_pays_its_seats_and_its_provider() external {
        Request memory r = _judged(3, 0);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd - 1);
        job = _challenge(r, id, job, challenger, WRONG);
        bytes32[] memory votes = _all(3, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        _finalize(id, job); // at once: the case has ended the window
        uint256 cost = 3 * SEAT_FEE + 2 * TIP;
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(matcher, 2 * TIP);
        _loses(challenger, CHALLENGE);
        _gains(provider, CHALLENGE - cost + PAYMENT);
        _loses(requester, PAYMENT); // the case fee is back
        _check();
        vm.assertTrue(_now() < job.claimedAt + job.challengeFor + 13 hours, "half a day for a short job");
    }

    function test_whoever_fills_a_case_with_false_seals_pays_the_accused_with_all_of_them() external {
        Request memory r = _judged(3, 0);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        for (uint256 i; i < 16; ++i) {
            job = _challenge(r, id, job, challenger, keccak256(abi.encode(i)));
        }
        vm.expectRevert(
            abi.encodeWithSelector(IErrors.FieldOutOfRange.selector, bytes32("challenges"), 17, 1, 16)
        );
        vm.prank(verifiers[0]);
        committee.challenge(r, job, 0);
        bytes32[] memory votes = _all(3, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        _finalize(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(matcher, 2 * TIP);
        _loses(challenger, 16 * CHALLENGE);
        _gains(provider, 16 * CHALLENGE - 3 * SEAT_FEE - 2 * TIP + PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    /// @dev Sixteen false seals of the provider's friend keep honest challengers from the reward, not the case from its end.
    function test_filling_the_case_of_a_wrong_claim_saves_its_provider_nothing() external {
        Request memory r = _judged(3, 0);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        for (uint256 i; i < 16; ++i) {
            job = _challenge(r, id, job, challenger, keccak256(abi.encode(i)));
        }
        bytes32[] memory votes = _all(3, WRONG);
        _hear(id, votes);
        _closeInTime(id, job);
        uint256 rest = BOND - CASE_FEE;
        uint256 left = CASE_FEE - 3 * SEAT_FEE - 2 * TIP;
        _seatsAre(id, 0, votes, WRONG, 0);
        _gains(matcher, 2 * TIP);
        _loses(challenger, 16 * CHALLENGE);
        _loses(provider, BOND);
        _gains(requester, rest * 30 / 100 + left);
        _gains(SINK, rest * 70 / 100 + 16 * CHALLENGE);
        _check();
    }

    function test_the_last_second_of_the_commits_is_the_last_to_join_in() external {
        Request memory r = _judged(3, 0);
        _watchCase(_rich("late"));
        (address late,) = _person("late");
        (bytes32 id, Job memory job) = _claimed(r);
        job = _challenge(r, id, job, challenger, _truth(id)); // false only in that it accuses
        bytes32[] memory votes = _all(3, WRONG);
        _draw(id);
        _commitAll(id, votes);
        uint256 until = committee.caseOf(id).deadline;
        _moveTo(until - 1);
        _challenge(r, id, job, late, WRONG);
        _moveTo(until);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.JoinTooLate.selector, id));
        vm.prank(verifiers[0]);
        committee.challenge(r, job, keccak256("read from the reveals"));
        _revealAll(id, votes);
        _closeInTime(id, job);
        uint256 rest = BOND - CASE_FEE;
        _seatsAre(id, 0, votes, WRONG, 0);
        _gains(matcher, 2 * TIP);
        _loses(challenger, CHALLENGE);
        _gains(late, rest * 30 / 100);
        _loses(provider, BOND);
        _gains(requester, rest * 30 / 100 + CASE_FEE - 3 * SEAT_FEE - 2 * TIP);
        _gains(SINK, rest * 40 / 100 + CHALLENGE);
        _check();
    }

    /// @dev The provider's friend is first with the right seal, and takes the reward of an honest one.
    function test_a_provider_that_challenges_itself_loses_seven_tenths() external {
        Request memory r = _judged(3, 0);
        address honest = _rich("honest");
        _watchCase(honest);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _challenge(r, id, job, challenger, WRONG); // the friend
        job = _challenge(r, id, job, honest, WRONG);
        bytes32[] memory votes = _all(3, WRONG);
        _hear(id, votes);
        _closeInTime(id, job);
        uint256 rest = BOND - CASE_FEE;
        _seatsAre(id, 0, votes, WRONG, 0);
        _gains(matcher, 2 * TIP);
        _loses(provider, BOND);
        _gains(challenger, rest * 30 / 100);
        _gains(requester, rest * 30 / 100 + CASE_FEE - 3 * SEAT_FEE - 2 * TIP);
        _gains(SINK, rest * 40 / 100);
        _check();
        vm.assertTrue(BOND - rest * 30 / 100 > BOND / 2, "more than never opening it");
    }

    function test_whoever_copies_a_seal_forfeits_its_bond() external {
        Request memory r = _judged(3, 0);
        address copier = _rich("copier");
        _watchCase(copier);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _challenge(r, id, job, challenger, WRONG);
        vm.prank(copier);
        committee.challenge(r, job, keccak256(abi.encodePacked(challenger, id, WRONG)));
        bytes32[] memory votes = _all(3, WRONG);
        _hear(id, votes);
        _closeInTime(id, job);
        uint256 rest = BOND - CASE_FEE;
        _seatsAre(id, 0, votes, WRONG, 0);
        _gains(matcher, 2 * TIP);
        _loses(provider, BOND);
        _gains(challenger, rest * 30 / 100);
        _loses(copier, CHALLENGE);
        _gains(requester, rest * 30 / 100 + CASE_FEE - 3 * SEAT_FEE - 2 * TIP);
        _gains(SINK, rest * 40 / 100 + CHALLENGE);
        _check();
    }

    /// @dev Nobody speaks, nobody wins: the one way to freeze a claim for nothing. It costs the requester tips.
    function test_a_challenge_that_ends_undecided_costs_its_challenger_nothing() external {
        Request memory r = _judged(3, 0);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _challenge(r, id, job, challenger, WRONG);
        _hear(id, _all(3, SILENT));
        _moveTo(committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR);
        vm.prank(challenger);
        committee.close(id, job);
        job = _cleared(job);
        _finalize(id, job);
        _gains(matcher, TIP);
        _gains(challenger, TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 2 * TIP);
        _check();
    }

    /// @dev Without bond and case fee nothing is to be lost by a challenge: such a claim is frozen for the time of a case.
    function test_a_job_without_bond_and_case_fee_is_frozen_for_nothing_but_not_for_long() external {
        Request memory r = _judged(3, 0);
        (r.bond, r.tip, r.caseFee) = (0, 0, 0);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd - 1);
        job = _challenge(r, id, job, challenger, WRONG);
        vm.assertEq(committee.challengeOf(id, 0).bond, 0, "no bond");
        _hear(id, _all(3, _truth(id)));
        job = _closeInTime(id, job);
        _finalize(id, job);
        vm.assertTrue(_now() < job.claimedAt + job.challengeFor + 13 hours, "the delay");
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    /// @dev A verdict is the window's end, whenever it comes: who waits for the end that it knew comes too late.
    function test_a_case_that_is_upheld_early_brings_the_grace_forward() external {
        Request memory r = _judged(3, 0);
        r.challengeFor = 7 days;
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        uint256 known = job.windowEnd;
        job = _challenge(r, id, job, challenger, WRONG);
        bytes32[] memory votes = _all(3, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        _moveTo(job.windowEnd + GRACE);
        vm.assertTrue(_now() < known - 5 days, "long before");
        vm.prank(passerBy);
        market.void(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(matcher, 2 * TIP);
        _loses(challenger, CHALLENGE);
        _gains(provider, CHALLENGE - 3 * SEAT_FEE - 2 * TIP);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_a_case_that_cannot_end_in_time_is_not_opened_at_all() external {
        Request memory r = _judged(3, 10_000);
        uint256 course = committee.courseOf(r.policy, r.runFor);
        r.caseFor = uint32(course - 1);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        bytes memory refusal =
            abi.encodeWithSelector(ICommitteeErrors.CaseTooLong.selector, course, course - 1);
        vm.expectRevert(refusal);
        vm.prank(challenger);
        committee.challenge(r, job, 0);
        vm.expectRevert(refusal);
        vm.prank(passerBy);
        committee.audit(r, job);
        _moveTo(job.windowEnd);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }
}
