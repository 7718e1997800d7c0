// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Hearings } from "./Hearings.sol";

/// @title Cranks that nobody turns, or somebody turns when it suits
contract CranksTest is Hearings {
    function _opened() private returns (bytes32 id, Job memory job) {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (id, job) = _claimed(r);
        job = _audit(r, id, job);
    }

    /// @dev Nobody stakes in the epoch that begins.
    function _emptied() private {
        for (uint256 i; i < 3; ++i) {
            vm.prank(verifiers[i]);
            committee.unstake(STAKE);
        }
        _moveTo((_now() / 1 days + 1) * 1 days + 1 hours);
    }

    /// @dev The claim stands; the requester has paid `tips`, of which the closer had `closing`.
    function _stands(bytes32 id, Job memory job, uint256 opening, uint256 closing) private {
        _finalize(id, job);
        _gains(passerBy, opening);
        _gains(matcher, closing);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + opening + closing);
        _check();
    }

    function test_a_draw_that_nobody_makes_in_four_hours_costs_the_requester_two_tips() external {
        (bytes32 id, Job memory job) = _opened();
        uint256 until = committee.caseOf(id).deadline;
        vm.assertEq(until - job.disputedAt, 4 hours, "four hours");
        _awaitSeed(id);
        _moveTo(until - 1);
        vm.expectPartialRevert(IErrors.TooEarly.selector);
        _close(id, job);
        _moveTo(until);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, until, until));
        vm.prank(matcher);
        committee.draw(id);
        job = _close(id, job);
        _stands(id, job, TIP, TIP);
    }

    /// @dev Anybody draws, for a tip, one block after the seed: whoever declines has lost a tip.
    function test_a_draw_before_somebody_elses_takes_the_tip_and_nothing_else() external {
        (bytes32 id, Job memory job) = _opened();
        _awaitSeed(id);
        vm.prank(challenger); // saw the matcher's transaction wait
        committee.draw(id);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeErrors.WrongPhase.selector, id, Phase.Drawing, Phase.Voting)
        );
        vm.prank(matcher);
        committee.draw(id);
        bytes32[] memory votes = _all(3, _truth(id));
        _commitAll(id, votes);
        _moveTo(committee.caseOf(id).deadline);
        _revealAll(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(challenger, TIP);
        _loses(requester, 3 * SEAT_FEE + TIP);
        _stands(id, job, TIP, TIP);
    }

    function test_an_audit_before_somebody_elses_takes_the_tip_and_nothing_else() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        Job memory record = _audit(r, id, abi.decode(abi.encode(job), (Job)));
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeErrors.WrongPhase.selector, id, Phase.None, Phase.Drawing)
        );
        vm.prank(challenger);
        committee.audit(r, job);
        _moveTo(committee.caseOf(id).deadline);
        record = _close(id, record);
        _stands(id, record, TIP, TIP);
    }

    function test_declining_to_draw_until_midnight_gives_another_seed_and_no_more_time() external {
        _moveTo((_now() / 1 days + 1) * 1 days - 1 hours);
        (bytes32 id, Job memory job) = _opened();
        uint256 until = committee.caseOf(id).deadline;
        _awaitSeed(id);
        _moveTo((_now() / 1 days + 1) * 1 days);
        vm.prank(matcher);
        committee.draw(id);
        vm.assertEq(committee.caseOf(id).redraws, 1, "another seed");
        vm.assertEq(committee.caseOf(id).deadline, until, "the same end");
        _hear(id, _all(3, SILENT));
        job = _closeInTime(id, job);
        _stands(id, job, TIP, 2 * TIP); // one draw is paid, not two
    }

    function test_after_three_missed_seeds_the_case_is_over_and_the_claim_stands() external {
        (bytes32 id, Job memory job) = _opened();
        for (uint256 i; i < 4; ++i) {
            vm.roll(committee.caseOf(id).seedBlock + 300); // off record: forge's chain has no EIP-2935
            if (i == 3) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ICommitteeErrors.HashUnknown.selector, committee.caseOf(id).seedBlock
                    )
                );
            }
            vm.prank(matcher);
            committee.draw(id);
        }
        job = _close(id, job);
        _stands(id, job, TIP, TIP);
    }

    function test_a_committee_without_stake_leaves_the_claim_and_costs_two_tips() external {
        _emptied();
        (bytes32 id, Job memory job) = _opened();
        _awaitSeed(id);
        vm.expectRevert(ICommitteeErrors.NoVerifiers.selector);
        vm.prank(matcher);
        committee.draw(id);
        job = _close(id, job);
        _stands(id, job, TIP, TIP);
    }

    function test_a_case_that_nobody_closes_returns_the_fee_and_leaves_its_seats_unpaid() external {
        (bytes32 id, Job memory job) = _opened();
        _hear(id, _all(3, _truth(id)));
        _moveTo(uint256(job.disputedAt) + job.caseFor);
        vm.prank(passerBy);
        market.timeout(id, job);
        job = _cleared(job);
        _finalize(id, job); // the market waits for no committee
        vm.prank(passerBy);
        committee.abandon(id);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_an_audit_in_the_windows_last_second_delays_by_one_case() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd - 1);
        job = _audit(r, id, job);
        bytes32[] memory votes = _all(3, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        vm.assertTrue(_now() < job.claimedAt + job.challengeFor + 13 hours, "commits, reveals and appeals");
        _seatsAre(id, 0, votes, _truth(id), 0);
        _loses(requester, 3 * SEAT_FEE);
        _stands(id, job, TIP, 2 * TIP);
    }

    function test_an_audit_after_the_window_is_refused() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, job.windowEnd, job.windowEnd));
        vm.prank(passerBy);
        committee.audit(r, job);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_a_requester_that_approves_first_waives_the_audit_that_it_pays_for() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _approve(id, job);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, State.Claimed, State.Settled)
        );
        vm.prank(passerBy);
        committee.audit(r, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    /// @dev Else a provider of a right claim could have a friend open a case at once, and never show a byte of it.
    function test_a_case_in_the_second_of_the_claim_stops_no_demand() external {
        (bytes32 id, Job memory job) = _opened();
        vm.assertEq(job.disputedAt, job.claimedAt, "at once");
        job = _demand(id, job, _pairs(1));
        _paidButVoid(id, job);
    }

    /// @dev A verdict ends the window: where a case ends at once, since nobody stakes, there is no time to demand.
    function test_a_case_that_is_over_in_a_block_leaves_no_time_to_demand() external {
        _emptied();
        (bytes32 id, Job memory job) = _opened();
        job = _close(id, job);
        vm.assertEq(job.windowEnd, job.claimedAt, "in the second of the claim");
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, _now(), _now()));
        vm.prank(requester);
        market.demand(id, job, _pairs(1));
        _stands(id, job, TIP, TIP);
    }

    function test_a_demand_before_a_case_binds_through_it() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _demand(id, job, _pairs(1));
        job = _audit(r, id, job);
        _paidButVoid(id, job);
    }

    /// @dev The claim is upheld, its seats are paid, and the pair that was demanded is never shown.
    function _paidButVoid(bytes32 id, Job memory job) private {
        bytes32[] memory votes = _all(3, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        vm.expectPartialRevert(IMarketErrors.DemandOpen.selector);
        _finalize(id, job);
        _moveTo(job.answerBy);
        vm.prank(passerBy);
        market.void(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(passerBy, TIP + BOND / 100);
        _gains(matcher, 2 * TIP);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _loses(requester, 3 * SEAT_FEE + 3 * TIP);
        _check();
    }
}
