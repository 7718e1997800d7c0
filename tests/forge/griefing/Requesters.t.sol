// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Plays } from "./Plays.sol";

/// @title A requester that refuses each of its steps when it hurts most
contract RequestersTest is Plays {
    /// @dev A match of a signed request that must be refused with `selector`.
    function _matchFails(Request memory r, bytes4 selector) private {
        Offer memory o = _offer(r);
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        bytes memory theirs = _signature(providerKey, market.offerDigest(o));
        vm.expectPartialRevert(selector);
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, noProof);
    }

    function test_emptying_its_account_before_the_match_costs_nobody_a_token() external {
        Request memory r = _request();
        _watch();
        vm.prank(requester);
        market.withdraw(requester, WEALTH);
        _matchFails(r, IErrors.InsufficientFree.selector);
        _check();
    }

    function test_revoking_its_orders_before_the_match_costs_nobody_a_token() external {
        Request memory r = _request();
        _watch();
        vm.prank(requester);
        market.raiseCounter();
        _matchFails(r, IMarketErrors.CounterMismatch.selector);
        _check();
    }

    function test_cancelling_a_signed_request_before_the_match_costs_nobody_a_token() external {
        Request memory r = _request();
        _watch();
        vm.prank(requester);
        market.cancel(r);
        _matchFails(r, IMarketErrors.WrongState.selector);
        _check();
    }

    function test_posting_a_request_that_is_about_to_be_matched_costs_the_matcher_its_tip_only() external {
        Request memory r = _request();
        _watch();
        _post(r);
        _matchFails(r, IMarketErrors.WrongState.selector);
        vm.prank(provider);
        market.accept(r, noProof);
        _loses(requester, 301_000);
        _isHeld(301_000); // flat and 3 units at the least price: the tip is back already
        _check();
    }

    function test_cancelling_before_an_accept_returns_all_and_binds_no_bond() external {
        Request memory r = _request();
        _watch();
        bytes32 id = _post(r);
        vm.prank(requester);
        market.cancel(r);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, State.Open, State.Cancelled)
        );
        vm.prank(provider);
        market.accept(r, noProof);
        vm.assertEq(market.accountOf(provider).bonded, 0, "no bond");
        _check();
    }

    function test_an_escrow_that_its_requester_forgot_comes_back_by_anybody_from_open_until_on() external {
        Request memory r = _request();
        _watch();
        _post(r);
        _moveTo(r.openUntil - 1);
        vm.expectRevert(abi.encodeWithSelector(IErrors.NotAllowed.selector, passerBy, requester));
        vm.prank(passerBy);
        market.cancel(r);
        _moveTo(r.openUntil);
        vm.prank(passerBy);
        market.cancel(r);
        _check();
    }

    function test_never_approving_and_leaving_with_all_money_still_pays_the_provider() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        uint96 free = uint96(_free(requester));
        vm.prank(requester);
        market.withdraw(requester, free);
        _moveTo(job.windowEnd);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_approving_a_claim_that_is_about_to_be_voided_pays_what_it_is_worth() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd + GRACE + 30 days);
        _approve(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_a_demand_in_the_last_second_costs_its_fees_and_delays_by_a_day_and_half_a_window()
        external
    {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(r, "out");
        uint256 undisturbed = job.windowEnd;
        _moveTo(job.windowEnd - 1);
        job = _demand(id, job, _pairs(2));
        _moveTo(job.answerBy - 1);
        job = _answer(id, job, 2, root, "out", 0, 2);
        vm.assertTrue(job.windowEnd < undisturbed + ANSWER_FOR + job.challengeFor / 2, "the delay");
        _moveTo(job.windowEnd);
        vm.prank(passerBy);
        market.finalize(id, job, root, UNITS / 2);
        _gains(provider, PAYMENT + 2 * 500);
        _loses(requester, PAYMENT + 2 * 500);
        _check();
    }

    function test_a_second_demand_is_refused_so_that_no_claim_is_delayed_twice() external {
        Request memory r = _request();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(r, "out");
        job = _demand(id, job, _pairs(1));
        job = _answer(id, job, 1, root, "out", 0, 1);
        _watch();
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.AlreadyDemanded.selector, id));
        vm.prank(requester);
        market.demand(id, job, _pairs(1));
        _check();
    }

    /// @dev What eight full chunks cost beside their calldata: the provider's price for a demand is the offer's minDemandFee.
    function test_a_demand_for_no_fee_costs_the_provider_a_bounded_answer() external {
        Request memory r = _request();
        r.demandFee = 0;
        bytes memory chunk = new bytes(16_384);
        _watch();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(r, chunk);
        job = _demand(id, job, _pairs(8));
        bytes[] memory answers = _answers(chunk, 0, 8);
        vm.prank(provider);
        uint256 gas = gasleft();
        market.answer(id, job, _pairs(8), root, UNITS / 2, answers);
        gas -= gasleft();
        vm.assertLt(gas, 1_000_000, "gas of eight answers");
        vm.assertTrue(market.stateOf(id) == State.Claimed, "it stands");
        job.answered = 255;
        _moveTo(job.windowEnd);
        vm.prank(passerBy);
        market.finalize(id, job, root, UNITS / 2);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_more_than_eight_pairs_or_a_demand_after_the_window_are_refused() external {
        Request memory r = _request();
        (bytes32 id, Job memory job) = _claimed(r);
        vm.expectRevert(abi.encodeWithSelector(IErrors.FieldOutOfRange.selector, bytes32("pairs"), 9, 1, 8));
        vm.prank(requester);
        market.demand(id, job, _pairs(9));
        _moveTo(job.windowEnd);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, _now(), job.windowEnd));
        vm.prank(requester);
        market.demand(id, job, _pairs(1));
    }
}
