// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { Hearings } from "./Hearings.sol";

/// @title Seats that are silent, late, false, or gone
contract SeatsTest is Hearings {
    /// @dev A claim in a case that the passer-by opened by the lottery, before its draw.
    function _opened() private returns (bytes32 id, Job memory job) {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (id, job) = _claimed(r);
        job = _audit(r, id, job);
    }

    /// @dev The case fee, less seats that were paid and three tips, is back; the provider has its payment.
    function _paid(bytes32 id, Job memory job, uint256 seatsPaid) private {
        _finalize(id, job);
        _gains(passerBy, TIP);
        _gains(matcher, 2 * TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 3 * TIP + seatsPaid * SEAT_FEE);
        _check();
    }

    function test_one_that_is_silent_pays_five_fees_to_nobody() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(_truth(id), SILENT, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(SINK, PENALTY);
        _paid(id, job, 2);
    }

    function test_one_that_commits_and_does_not_reveal_pays_the_same() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(_truth(id), _truth(id), CLOSED);
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(SINK, PENALTY);
        _paid(id, job, 2);
    }

    function test_one_that_votes_falsely_pays_five_fees_to_those_that_did_not() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(WRONG, _truth(id), _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), PENALTY / 2);
        _gains(SINK, PENALTY % 2);
        _paid(id, job, 3);
    }

    function test_all_that_are_silent_cost_the_requester_the_tips_and_leave_the_claim() external {
        (bytes32 id, Job memory job) = _opened();
        _hear(id, _all(3, SILENT));
        job = _closeInTime(id, job);
        _paid(id, job, 0);
    }

    function test_seats_that_disagree_are_paid_and_leave_the_claim() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(_truth(id), WRONG, UNAVAILABLE);
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, 0, 0);
        _paid(id, job, 3);
    }

    /// @dev Saying so takes no work: who pays for lazy seats is the requester, up to its case fee.
    function test_seats_that_all_say_unavailable_are_paid_for_nothing_and_leave_the_claim() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _all(3, UNAVAILABLE);
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, 0, 0);
        _paid(id, job, 3);
    }

    /// @dev From which nobody can prove that the inputs were kept.
    function test_one_from_which_inputs_are_kept_pays_five_fees_if_most_others_found_a_result() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(_truth(id), UNAVAILABLE, _truth(id));
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), PENALTY / 2);
        _gains(SINK, PENALTY % 2);
        _paid(id, job, 3);
    }

    function test_seats_that_block_a_majority_by_silence_cost_the_requester_who_spoke() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(_truth(id), SILENT, CLOSED);
        _hear(id, votes);
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, 0, 0); // no winner, no penalties
        _paid(id, job, 1);
    }

    function test_a_reveal_in_the_last_second_counts_and_one_second_later_it_does_not() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _votes(_truth(id), _truth(id), _truth(id));
        _draw(id);
        _commitAll(id, votes);
        uint256 until = committee.caseOf(id).deadline + REVEAL_FOR;
        _moveTo(until - 1);
        _revealSeat(id, 0, votes[0]);
        _revealSeat(id, 1, votes[1]);
        _moveTo(until);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, until, until));
        _revealSeat(id, 2, votes[2]);
        votes[2] = CLOSED;
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(SINK, PENALTY);
        _paid(id, job, 2);
    }

    function test_one_that_copies_a_commitment_cannot_open_it() external {
        (bytes32 id, Job memory job) = _opened();
        _draw(id);
        address[] memory holders = _holders(id);
        for (uint256 i; i < 2; ++i) {
            _commitSeat(id, i, holders[i], _commitment(id, 0, i, _truth(id)));
        }
        bytes32 copied = _commitment(id, 0, 0, _truth(id));
        _commitSeat(id, 2, holders[2], copied);
        _moveTo(committee.caseOf(id).deadline);
        _revealSeat(id, 0, _truth(id));
        _revealSeat(id, 1, _truth(id));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeErrors.CommitmentMismatch.selector, copied, _commitment(id, 0, 2, _truth(id))
            )
        );
        _revealSeat(id, 2, _truth(id));
        job = _closeInTime(id, job);
        _seatsAre(id, 0, _votes(_truth(id), _truth(id), CLOSED), _truth(id), 0);
        _gains(SINK, PENALTY);
        _paid(id, job, 2);
    }

    function test_nobody_stops_a_reveal_of_many_seats_by_opening_one_of_them_first() external {
        (bytes32 id, Job memory job) = _opened();
        bytes32[] memory votes = _all(3, _truth(id));
        _draw(id);
        _commitAll(id, votes);
        _moveTo(committee.caseOf(id).deadline);
        _revealSeat(id, 1, votes[1]); // seen waiting, and opened by a stranger
        uint256[] memory seats = new uint256[](3);
        (seats[1], seats[2]) = (1, 2);
        vm.prank(verifiers[0]);
        committee.reveal(id, seats, votes, _all(3, SALT));
        job = _closeInTime(id, job);
        _seatsAre(id, 0, votes, _truth(id), 0);
        _paid(id, job, 3);
    }

    function test_nobody_commits_for_a_seat_that_is_not_its_own() external {
        (bytes32 id,) = _opened();
        _draw(id);
        address holder = _holders(id)[0];
        vm.expectRevert(abi.encodeWithSelector(IErrors.NotAllowed.selector, challenger, holder));
        _commitSeat(id, 0, challenger, keccak256("spoiled"));
    }

    // ───────────────────────────── stake that is gone ───────────────────────────

    /// @dev All stake but that of a fourth is out, so that it holds all seats.
    function _onlyA(string memory name, uint96 stake) private returns (address alone) {
        for (uint256 i; i < 3; ++i) {
            vm.prank(verifiers[i]);
            committee.unstake(STAKE);
        }
        alone = _verifier(name, stake);
        _moveTo((_now() / 1 days + 1) * 1 days + 1 hours);
    }

    function test_a_seat_loses_no_more_than_its_stake_and_its_least_is_the_committees() external {
        address dust = _onlyA("dust", MIN_STAKE);
        Request memory r = _judged(3, 10_000);
        _watchCase(dust);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        bytes32[] memory votes = _votes(_truth(id), _truth(id), SILENT);
        _hear(id, votes);
        job = _closeInTime(id, job);
        _gains(dust, 2 * SEAT_FEE);
        _loses(dust, MIN_STAKE); // of a penalty of 141,665: stakes below it are cheap, see minStake
        _gains(SINK, MIN_STAKE);
        _paid(id, job, 2);
        vm.assertEq(committee.verifierOf(dust).staked, 0, "out of the draws");
    }

    function test_one_that_leaves_as_soon_as_it_is_drawn_is_reached_by_its_penalty() external {
        address alone = _onlyA("leaver", STAKE);
        Request memory r = _judged(3, 10_000);
        _watchCase(alone);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        _draw(id);
        vm.prank(alone);
        committee.unstake(STAKE);
        bytes32[] memory votes = _votes(_truth(id), _truth(id), SILENT);
        _commitAll(id, votes);
        _moveTo(committee.caseOf(id).deadline);
        _revealAll(id, votes);
        job = _closeInTime(id, job);
        vm.assertEq(committee.verifierOf(alone).leaving, STAKE - PENALTY, "out of what is leaving");
        _gains(alone, 2 * SEAT_FEE);
        _loses(alone, PENALTY);
        _gains(SINK, PENALTY);
        _paid(id, job, 2);
    }

    /// @dev It leaves in the first second of the epoch, is drawn in the last that it can be, and the case is closed
    /// in the last second that the market takes a verdict.
    function test_no_case_lasts_longer_than_a_leaver_waits() external {
        address alone = _onlyA("leaver", STAKE);
        _moveTo((_now() / 1 days + 1) * 1 days);
        vm.prank(alone);
        committee.unstake(STAKE);
        uint256 midnight = _now() + 1 days;
        _moveTo(midnight - 200);
        Request memory r = _judged(3, 10_000);
        _watchCase(alone);
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(midnight - 100);
        job = _audit(r, id, job);
        _draw(id);
        vm.assertEq(_holders(id)[0], alone, "drawn");
        bytes32[] memory votes = _votes(_truth(id), _truth(id), SILENT);
        _commitAll(id, votes);
        _moveTo(committee.caseOf(id).deadline);
        _revealAll(id, votes);
        _moveTo(job.disputedAt + uint256(job.caseFor) - 1);
        uint256 maturesAt = committee.verifierOf(alone).maturesAt;
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooEarly.selector, _now(), maturesAt));
        vm.prank(alone);
        committee.withdrawStake();
        job = _close(id, job);
        _gains(alone, 2 * SEAT_FEE);
        _loses(alone, PENALTY);
        _gains(SINK, PENALTY);
        _paid(id, job, 2);
    }

    /// @dev Many small rests would weigh as much as one stake and have less to lose.
    function test_nobody_leaves_dust_behind_in_the_draws() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IErrors.FieldOutOfRange.selector, bytes32("stake"), 1, MIN_STAKE, type(uint96).max
            )
        );
        vm.prank(verifiers[0]);
        committee.unstake(STAKE - 1);
    }
}
