// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { Court } from "./Court.sol";

/// @title Drawing, Voting ─close, abandon─▶ Closed, and who is paid for it
contract VerdictsTest is Court {
    uint256 private constant FUNDS = 1e9; // free of the challenger, the rival, and each verifier

    uint256 private _requesterBefore;

    // ────────────────────────────────── verdicts ────────────────────────────────

    function test_a_right_challenge_wins_and_the_bond_pays_the_case() external {
        _voting();
        _before();
        _votes(RIGHT, RIGHT, RIGHT);
        _afterAppeals();
        _expectClosed(Outcome.Rejected, RIGHT, CASE_FEE, CASE_FEE - 3 * SEAT_FEE - 2 * TIP, 0, 0);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Void, "void");
        vm.assertEq(_heldFree(challenger), FUNDS, "the challenge bond is back");
        vm.assertEq(_free(challenger), 270_000, "30% of what the case leaves");
        _paid(3 * SEAT_FEE);
        vm.assertEq(_heldFree(passerBy), TIP, "who drew");
        vm.assertEq(_heldFree(matcher), TIP, "who closed");
        _solvent();
    }

    function test_a_wrong_challenge_pays_the_seats_and_the_provider() external {
        _voting();
        _before();
        bytes32 claimed = _claimedResult();
        _votes(claimed, claimed, claimed);
        _afterAppeals();
        uint96 rest = CHALLENGE - 3 * SEAT_FEE - 2 * TIP;
        _expectClosed(Outcome.Upheld, claimed, CHALLENGE, 0, rest, 0);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Claimed, "claimed again");
        vm.assertEq(_heldFree(challenger), FUNDS - CHALLENGE, "forfeited");
        vm.assertEq(_heldFree(provider), rest, "the provider's part");
        vm.assertEq(_free(requester) - _requesterBefore, CASE_FEE, "the case fee is back");
        _paid(3 * SEAT_FEE);
        _solvent();
    }

    function test_an_upheld_audit_is_paid_by_the_case_fee() external {
        _claimBefore(_judged(3, 10_000));
        _audit(rival);
        _draw(passerBy);
        bytes32 claimed = _claimedResult();
        _votes(claimed, claimed, claimed);
        _afterAppeals();
        uint96 rest = CASE_FEE - 3 * SEAT_FEE - 3 * TIP;
        _expectClosed(Outcome.Upheld, claimed, CASE_FEE, rest, 0, 0);
        _close(matcher);
        vm.assertEq(_heldFree(rival), FUNDS + TIP, "who opened");
        vm.assertEq(_heldFree(requester), rest, "the rest");
        _paid(3 * SEAT_FEE);
        _solvent();
    }

    function test_of_several_challengers_the_first_that_is_right_wins() external {
        _claimBefore(_judged(3, 0));
        _challenge(rival, OTHER);
        _challenge(challenger, RIGHT);
        _challenge(challenger, RIGHT);
        _draw(passerBy);
        _votes(RIGHT, RIGHT, RIGHT);
        _afterAppeals();
        _expectClosed(Outcome.Rejected, RIGHT, CASE_FEE, CASE_FEE - 3 * SEAT_FEE - 2 * TIP, 0, CHALLENGE);
        _close(matcher);
        vm.assertEq(_heldFree(challenger), FUNDS, "both bonds are back");
        vm.assertEq(_free(challenger), 270_000, "the reward, once");
        vm.assertEq(_heldFree(rival), FUNDS - CHALLENGE, "the wrong one's bond is burned");
        vm.assertEq(_heldFree(SINK), CHALLENGE, "burned");
        _solvent();
    }

    function test_a_wrong_result_that_no_challenger_found_is_rejected_without_one() external {
        _claimBefore(_judged(3, 0));
        _challenge(rival, OTHER);
        _draw(passerBy);
        _votes(RIGHT, RIGHT, RIGHT);
        _afterAppeals();
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Void, "void");
        vm.assertEq(_free(rival), 0, "no reward");
        vm.assertEq(_heldFree(rival), FUNDS - CHALLENGE, "nor the bond");
        _solvent();
    }

    function test_without_a_majority_the_claim_stands_and_bonds_come_back() external {
        _voting();
        _votes(RIGHT, OTHER, _claimedResult());
        _afterAppeals();
        _expectClosed(Outcome.Undecided, 0, CASE_FEE, CASE_FEE - 3 * SEAT_FEE - 2 * TIP, 0, 0);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Claimed, "claimed again");
        vm.assertEq(_heldFree(challenger), FUNDS, "the bond is back");
        _paid(3 * SEAT_FEE); // nobody is punished
        _solvent();
    }

    function test_unavailable_does_not_win() external {
        _voting();
        _votes(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE);
        _afterAppeals();
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Claimed, "claimed again");
        _paid(3 * SEAT_FEE);
        _solvent();
    }

    // ───────────────────────────────── penalties ────────────────────────────────

    function test_a_wrong_seat_pays_the_coherent_ones_and_a_silent_one_is_burned() external {
        _claimBefore(_judged(7, 10_000));
        _audit(rival);
        _draw(passerBy);
        uint96 seatFee = (CASE_FEE - 3 * TIP) / 7;
        uint96 penalty = 5 * seatFee;
        bytes32[] memory votes = new bytes32[](3);
        (votes[0], votes[1], votes[2]) = (OTHER, HIDDEN, _claimedResult());
        address[] memory holders = _holders();
        _vote(votes);
        _afterAppeals();
        // Five share what the first lost; the second's is burned, with what does not divide.
        uint96 share = penalty / 5;
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.SeatSettled(id, holders[0], 0, 0, seatFee, penalty);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.SeatSettled(id, holders[1], 0, 1, 0, penalty);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.SeatSettled(id, holders[2], 0, 2, seatFee + share, 0);
        _close(matcher);
        vm.assertEq(_heldFree(SINK), penalty + penalty - 5 * share, "burned");
        vm.assertEq(_stakes(), 3 * uint256(STAKE) - 2 * penalty, "out of their stakes");
        _paid(6 * seatFee + 5 * share);
        _solvent();
    }

    function test_a_penalty_reaches_what_is_leaving() external {
        _onlyAnna(STAKE - MIN_STAKE);
        _voting();
        bytes32 claimed = _claimedResult();
        vm.prank(verifiers[0]);
        committee.unstake(MIN_STAKE); // after the draw: its seats stay
        _votes(claimed, HIDDEN, claimed);
        _afterAppeals();
        _close(matcher);
        Verifier memory v = committee.verifierOf(verifiers[0]);
        vm.assertEq(v.staked, 0, "nothing is staked");
        vm.assertEq(v.leaving, STAKE - PENALTY, "out of what leaves");
        _solvent();
    }

    function test_who_has_less_than_the_penalty_loses_what_it_has() external {
        _onlyAnna(STAKE - MIN_STAKE);
        uint256 back = vm.snapshotState();
        // Staked less than a penalty, and leaving more: both.
        _voting();
        bytes32 claimed = _claimedResult();
        _votes(claimed, HIDDEN, claimed);
        _afterAppeals();
        _close(matcher);
        Verifier memory v = committee.verifierOf(verifiers[0]);
        vm.assertEq(v.staked, 0, "all that is staked");
        vm.assertEq(v.leaving, STAKE - MIN_STAKE - (PENALTY - MIN_STAKE), "and the rest");
        vm.revertToState(back);
        // All that left is withdrawn: staked is all there is.
        _pass(29 days);
        vm.prank(verifiers[0]);
        committee.withdrawStake();
        _voting();
        claimed = _claimedResult();
        _votes(claimed, HIDDEN, claimed);
        _afterAppeals();
        _close(matcher);
        v = committee.verifierOf(verifiers[0]);
        vm.assertEq(uint256(v.staked) + v.leaving, 0, "nothing left");
        vm.assertEq(_heldFree(SINK), MIN_STAKE, "no more than that is burned");
        vm.revertToState(back);
        // Less leaves than the penalty lacks.
        _pass(29 days);
        vm.startPrank(verifiers[0]);
        committee.withdrawStake();
        committee.stake(5);
        committee.unstake(5);
        vm.stopPrank();
        _pass(1 days);
        _voting();
        claimed = _claimedResult();
        _votes(claimed, HIDDEN, claimed);
        _afterAppeals();
        _close(matcher);
        v = committee.verifierOf(verifiers[0]);
        vm.assertEq(uint256(v.staked) + v.leaving, 0, "nothing left");
        vm.assertEq(_heldFree(SINK), MIN_STAKE + 5, "all of both is burned");
    }

    // ────────────────────────────────── appeals ─────────────────────────────────

    function test_an_appeal_that_turns_the_tally_is_repaid_by_the_wrong_seats() external {
        _voting();
        bytes32 claimed = _claimedResult();
        _votes(claimed, claimed, claimed);
        _appealed(RIGHT);
        uint96 cost = 7 * SEAT_FEE + 2 * TIP;
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.AppealSettled(id, rival, 1, 0, cost);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Void, "void");
        vm.assertEq(_heldFree(rival), FUNDS, "repaid");
        vm.assertEq(_stakes(), 3 * uint256(STAKE) - 3 * PENALTY, "by three seats");
        vm.assertEq(_heldFree(matcher), 2 * TIP, "who closed looked at two rounds");
        _solvent();
    }

    function test_an_appeal_that_changes_nothing_costs_what_it_costs() external {
        _voting();
        _votes(RIGHT, RIGHT, RIGHT);
        _appealed(RIGHT);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.AppealSettled(id, rival, 1, 0, 0);
        _close(matcher);
        vm.assertEq(_heldFree(rival), FUNDS - 7 * SEAT_FEE - 2 * TIP, "paid");
        _solvent();
    }

    function test_penalties_that_are_too_few_repay_an_appeal_in_part() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        _draw(passerBy);
        // One seat is wrong, one silent, one right: no majority, so the appeal turns it.
        _votes(OTHER, HIDDEN, RIGHT);
        _pass(2 hours);
        _appealed(RIGHT);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.AppealSettled(id, rival, 1, 0, PENALTY);
        _close(matcher);
        vm.assertEq(_heldFree(rival), FUNDS - (7 * SEAT_FEE + 2 * TIP) + PENALTY, "as far as it goes");
        _solvent();
    }

    function test_a_round_that_was_never_drawn_returns_all_but_a_tip() external {
        _voting();
        _votes(RIGHT, RIGHT, RIGHT);
        vm.prank(rival);
        committee.appeal(id, job);
        _refuseUntil(_now() + 4 hours);
        committee.close(id, job);
        _moveTo(committee.caseOf(id).deadline);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.AppealSettled(id, rival, 1, 7 * SEAT_FEE + TIP, 0);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Void, "the last tally stands");
        vm.assertEq(_heldFree(rival), FUNDS - TIP, "the closing's tip");
        _solvent();
    }

    // ─────────────────────────────────── when ───────────────────────────────────

    function test_a_tally_is_closed_when_nobody_can_appeal_any_more() external {
        _voting();
        _votes(RIGHT, RIGHT, RIGHT);
        uint256 from = uint256(committee.caseOf(id).deadline) + 8 hours;
        _moveTo(from - 1);
        _refuseUntil(from);
        _close(matcher);
        _moveTo(from);
        _close(matcher);
        _refusePhase(Phase.Voting, Phase.Closed);
        _close(matcher);
    }

    function test_the_last_round_is_closed_once_all_that_committed_revealed() external {
        _claimBefore(_judged(31, 10_000));
        _audit(rival);
        _draw(passerBy);
        bytes32[] memory votes = new bytes32[](2);
        (votes[0], votes[1]) = (HIDDEN, _claimedResult());
        _vote(votes);
        uint256 from = uint256(committee.caseOf(id).deadline) + 2 hours;
        _refuseUntil(from);
        _close(matcher);
        _reveal(0, HIDDEN);
        _close(matcher);
        vm.assertTrue(committee.caseOf(id).phase == Phase.Closed, "closed");
        _solvent();
    }

    function test_the_last_round_is_closed_when_its_reveals_are_over() external {
        _claimBefore(_judged(31, 10_000));
        _audit(rival);
        _draw(passerBy);
        bytes32[] memory votes = new bytes32[](2);
        (votes[0], votes[1]) = (HIDDEN, _claimedResult());
        _vote(votes);
        _pass(2 hours);
        _close(matcher);
        vm.assertTrue(committee.caseOf(id).phase == Phase.Closed, "closed");
        _solvent();
    }

    function test_a_case_that_nobody_draws_is_upheld_after_four_hours() external {
        _claimBefore(_judged(3, 10_000));
        _audit(rival);
        uint256 from = committee.caseOf(id).deadline;
        _moveTo(from - 1);
        _refuseUntil(from);
        _close(matcher);
        _moveTo(from);
        _expectClosed(Outcome.Undecided, 0, CASE_FEE, CASE_FEE - 2 * TIP, 0, 0);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Claimed, "stands");
        vm.assertEq(_heldFree(rival), FUNDS + TIP, "who opened");
        vm.assertEq(_heldFree(matcher), TIP, "who closed");
        _solvent();
    }

    function test_a_case_without_verifiers_is_upheld_at_once() external {
        for (uint256 i; i < 3; ++i) {
            vm.prank(verifiers[i]);
            committee.unstake(STAKE);
        }
        _pass(1 days);
        _claimBefore(_judged(3, 10_000));
        _audit(rival);
        _close(matcher);
        vm.assertTrue(market.stateOf(id) == State.Claimed, "stands");
        _solvent();
    }

    function test_a_case_fee_of_nothing_pays_no_tips() external {
        Request memory r = _judged(3, 10_000);
        r.caseFee = 0;
        _claimBefore(r);
        _audit(rival);
        _draw(passerBy);
        bytes32 claimed = _claimedResult();
        _votes(claimed, OTHER, claimed);
        _afterAppeals();
        _close(matcher);
        vm.assertEq(_heldFree(matcher), 0, "no tip");
        vm.assertTrue(market.stateOf(id) == State.Claimed, "stands");
        _solvent();
    }

    // ────────────────────────────────── abandon ─────────────────────────────────

    function test_a_case_that_the_market_timed_out_returns_bonds_and_prepaid_rounds() external {
        _voting();
        _votes(RIGHT, RIGHT, OTHER);
        vm.prank(rival);
        committee.appeal(id, job);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.CaseOpen.selector, id));
        committee.abandon(id);
        _moveTo(uint256(job.disputedAt) + job.caseFor);
        market.timeout(id, job);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.ChallengeSettled(id, challenger, CHALLENGE, CHALLENGE);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.AppealSettled(id, rival, 1, 7 * SEAT_FEE + 2 * TIP, 0);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.CaseClosed(id, address(0), address(0), Outcome.Abandoned, 0, 0, 0, 0, 0);
        vm.prank(passerBy);
        committee.abandon(id);
        vm.assertEq(_heldFree(challenger), FUNDS, "the bond");
        vm.assertEq(_heldFree(rival), FUNDS, "the round");
        _solvent();
        _refusePhase(Phase.Voting, Phase.Closed);
        committee.abandon(id);
    }

    function test_there_is_no_case_to_abandon_before_one_is_opened() external {
        _claimBefore(_judged(3, 0));
        _refusePhase(Phase.Voting, Phase.None);
        committee.abandon(id);
        _refusePhase(Phase.Voting, Phase.None);
        _close(matcher);
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev The others leave, and the first with `leaving`: from tomorrow on, which it is, she has all seats.
    function _onlyAnna(uint96 leaving) private {
        for (uint256 i; i < 3; ++i) {
            vm.prank(verifiers[i]);
            committee.unstake(i == 0 ? leaving : STAKE);
        }
        _pass(1 days);
    }

    function _before() private {
        _requesterBefore = _free(requester);
    }

    /// @dev The rival appeals; all seats of the next round vote for `result`, and nobody appeals any more.
    function _appealed(bytes32 result) private {
        vm.prank(rival);
        committee.appeal(id, job);
        _draw(passerBy);
        bytes32[] memory votes = new bytes32[](1);
        votes[0] = result;
        _vote(votes);
        _afterAppeals();
    }

    function _expectClosed(
        Outcome outcome,
        bytes32 winner,
        uint96 income,
        uint96 toRequester,
        uint96 toProvider,
        uint96 burned
    ) private {
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.CaseClosed(
            id, requester, provider, outcome, winner, income, toRequester, toProvider, burned
        );
    }

    /// @dev The seats earned `fees` in all.
    function _paid(uint256 fees) private view {
        uint256 free;
        for (uint256 i; i < 3; ++i) {
            free += _heldFree(verifiers[i]);
        }
        vm.assertEq(free, 3 * FUNDS + fees, "the seats");
    }

    function _stakes() private view returns (uint256 sum) {
        for (uint256 i; i < 3; ++i) {
            sum += committee.verifierOf(verifiers[i]).staked;
        }
    }

    /// @dev With every case closed, all that the accounts have here is what the committee has in the market.
    function _solvent() private view {
        address[10] memory all = [
            verifiers[0],
            verifiers[1],
            verifiers[2],
            challenger,
            rival,
            requester,
            provider,
            matcher,
            passerBy,
            SINK
        ];
        uint256 sum;
        for (uint256 i; i < all.length; ++i) {
            Verifier memory v = committee.verifierOf(all[i]);
            sum += uint256(v.free) + v.staked + v.leaving;
        }
        vm.assertEq(_free(address(committee)), sum, "to the last unit");
    }
}
