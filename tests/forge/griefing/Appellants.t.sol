// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { Hearings } from "./Hearings.sol";

/// @title Appeals for delay, and the slowest case that there can be
contract AppellantsTest is Hearings {
    uint256 private constant SEATS_1 = 7;
    uint256 private constant ROUND_1 = SEATS_1 * SEAT_FEE + 2 * TIP;

    function _appeal(bytes32 id, Job memory job, address who) private {
        vm.prank(who);
        committee.appeal(id, job);
    }

    function test_an_appeal_for_delay_pays_for_its_round_and_nobody_else_does() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        bytes32[] memory first = _all(3, _truth(id));
        _hear(id, first);
        _moveTo(committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR - 1);
        _appeal(id, job, challenger);
        bytes32[] memory second = _all(SEATS_1, _truth(id));
        _hear(id, second);
        job = _closeInTime(id, job);
        _finalize(id, job);
        _seatsAre(id, 0, first, _truth(id), 0);
        _seatsAre(id, 1, second, _truth(id), 0);
        _gains(passerBy, TIP);
        _gains(matcher, 4 * TIP); // two draws, and closing looks at two rounds
        _loses(challenger, ROUND_1);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 3 * SEAT_FEE + 3 * TIP);
        _check();
    }

    function test_an_appeal_that_nobody_draws_costs_a_tip_and_the_tally_before_it_stands() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        bytes32[] memory votes = _all(3, _truth(id));
        _hear(id, votes);
        _appeal(id, job, challenger);
        _moveTo(committee.caseOf(id).deadline);
        job = _close(id, job);
        _finalize(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(passerBy, TIP);
        _gains(matcher, 3 * TIP);
        _loses(challenger, TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 3 * SEAT_FEE + 3 * TIP);
        _check();
    }

    /// @dev Two of three seats were false: the provider appeals, is right, and is repaid out of what they lose.
    function test_a_wrong_tally_costs_its_seats_and_not_the_provider_that_appeals() external {
        Request memory r = _judged(3, 10_000);
        _rich("provider"); // the same key: the provider of the world, with money in the committee
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        bytes32[] memory first = _votes(WRONG, WRONG, _truth(id));
        _hear(id, first);
        _appeal(id, job, provider);
        bytes32[] memory second = _all(SEATS_1, _truth(id));
        _hear(id, second);
        job = _closeInTime(id, job);
        _finalize(id, job);
        uint256 pool = 2 * PENALTY - ROUND_1;
        _seatsAre(id, 0, first, _truth(id), pool / 8);
        _seatsAre(id, 1, second, _truth(id), pool / 8);
        _gains(SINK, pool % 8);
        _gains(passerBy, TIP);
        _gains(matcher, 4 * TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 3 * SEAT_FEE + 3 * TIP);
        _check();
    }

    function test_an_appeal_while_seats_can_still_reveal_or_after_its_time_is_refused() external {
        Request memory r = _judged(3, 10_000);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        _draw(id);
        _commitAll(id, _all(3, _truth(id)));
        _moveTo(committee.caseOf(id).deadline);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.NotAppealable.selector, id, 0));
        _appeal(id, job, challenger);
        uint256 until = committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR;
        _moveTo(until);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, until, until));
        _appeal(id, job, challenger);
    }

    /// @dev Everybody is as slow as allowed, four rounds long: the caseFor that the committee asks for leaves six
    /// hours in which somebody can still close, and whoever keeps all from it must fill the chain for as long.
    function test_the_slowest_course_leaves_six_hours_to_close_it() external {
        Request memory r = _judged(3, 10_000);
        r.caseFor = uint32(committee.courseOf(r.policy, r.runFor));
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd - 1);
        job = _audit(r, id, job);
        uint256 seats = 3;
        while (true) {
            _slowly(id, seats);
            if (seats == 31) break;
            _moveTo(committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR - 1);
            _appeal(id, job, challenger);
            seats = 2 * seats + 1;
        }
        uint256 from = committee.caseOf(id).deadline + REVEAL_FOR;
        uint256 caseEnds = uint256(job.disputedAt) + job.caseFor;
        vm.assertTrue(caseEnds - from >= 6 hours, "the time to close");
        _moveTo(caseEnds - 1);
        job = _close(id, job);
        _finalize(id, job);
        _closedAfterFourRounds(id);
    }

    function test_one_second_later_the_market_takes_no_verdict_and_everybody_has_its_own_back() external {
        Request memory r = _judged(3, 10_000);
        r.caseFor = uint32(committee.courseOf(r.policy, r.runFor));
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        _hear(id, _all(3, _truth(id)));
        _appeal(id, job, challenger);
        _hear(id, _all(SEATS_1, _truth(id)));
        uint256 caseEnds = uint256(job.disputedAt) + job.caseFor;
        _moveTo(caseEnds);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, caseEnds, caseEnds));
        _close(id, job);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.CaseOpen.selector, id));
        vm.prank(passerBy);
        committee.abandon(id);
        vm.prank(passerBy);
        market.timeout(id, job);
        job = _cleared(job);
        vm.prank(passerBy);
        committee.abandon(id);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT); // ten seats have worked for nothing: whoever holds one closes in time
        _check();
    }

    /// @dev The round's draw, commits and reveals, each in its last second.
    function _slowly(bytes32 id, uint256 seats) private {
        uint256 number = committee.caseOf(id).seedBlock;
        vm.roll(number + 1);
        vm.setBlockhash(number, keccak256(abi.encode("slow", seats)));
        uint256 last = committee.caseOf(id).deadline - 1;
        while (last / 1 days != committee.caseOf(id).epoch) {
            vm.warp((uint256(committee.caseOf(id).epoch) + 1) * 1 days);
            vm.prank(matcher);
            committee.draw(id); // midnight is between: another seed
            number = committee.caseOf(id).seedBlock;
            vm.roll(number + 1);
            vm.setBlockhash(number, keccak256(abi.encode("slow again", seats)));
        }
        vm.warp(last);
        vm.prank(matcher);
        committee.draw(id);
        vm.warp(committee.caseOf(id).deadline - 1);
        _commitAll(id, _all(seats, _truth(id)));
        vm.warp(committee.caseOf(id).deadline + REVEAL_FOR - 1);
        _revealAll(id, _all(seats, _truth(id)));
    }

    function _closedAfterFourRounds(bytes32 id) private {
        uint256 seats = 3;
        for (uint256 round; round < 4; ++round) {
            _seatsAre(id, round, _all(seats, _truth(id)), _truth(id), 0);
            if (round != 0) _loses(challenger, seats * SEAT_FEE + 2 * TIP);
            seats = 2 * seats + 1;
        }
        _gains(passerBy, TIP);
        _gains(matcher, 8 * TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 3 * SEAT_FEE + 3 * TIP);
        _check();
    }
}
