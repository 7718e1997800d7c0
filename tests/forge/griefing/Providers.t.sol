// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Plays } from "./Plays.sol";

/// @title A provider that refuses each of its steps when it hurts most
contract ProvidersTest is Plays {
    function _offerFails(Request memory r, Offer memory o, bytes4 selector) private {
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        bytes memory theirs = _signature(providerKey, market.offerDigest(o));
        vm.expectPartialRevert(selector);
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, noProof);
    }

    function test_taking_its_stake_away_before_the_match_costs_nobody_a_token() external {
        Request memory r = _request();
        _watch();
        vm.prank(provider);
        market.unstake(WEALTH / 2);
        _offerFails(r, _offer(r), IErrors.InsufficientStake.selector);
        _check();
    }

    function test_cancelling_its_offer_before_the_match_costs_nobody_a_token() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        _watch();
        vm.prank(provider);
        market.cancelOffer(o);
        _offerFails(r, o, IMarketErrors.OfferRevoked.selector);
        _check();
    }

    function test_filling_a_request_before_its_match_costs_the_matcher_its_tip_only() external {
        Request memory r = _request();
        _watch();
        bytes memory signature = _signature(requesterKey, market.jobId(r));
        vm.prank(provider);
        market.fill(r, signature, noProof);
        _offerFails(r, _offer(r), IMarketErrors.WrongState.selector);
        _loses(requester, 301_000);
        _isHeld(301_000); // no tip is charged where nobody matched
        _check();
    }

    /// @dev Whoever executes before it has the job can be overtaken, unless the request names it.
    function test_filling_what_another_has_worked_for_costs_the_other_its_work_unless_it_is_named() external {
        Request memory r = _request();
        (r.bond, r.tip) = (0, 0);
        bytes memory signature = _signature(requesterKey, market.jobId(r));
        _watch();
        vm.prank(passerBy);
        market.fill(r, signature, noProof);
        vm.expectPartialRevert(IMarketErrors.WrongState.selector);
        vm.prank(provider);
        market.fillAndClaim(r, signature, "worked for", 0);

        Request memory named = _request();
        named.providers = bytes32(uint256(uint160(provider)));
        bytes32 id = market.jobId(named);
        signature = _signature(requesterKey, id);
        vm.expectPartialRevert(IMarketErrors.ProviderNotAllowed.selector);
        vm.prank(passerBy);
        market.fill(named, signature, noProof);
        bytes32 seal = _seal(provider, id, _root(id), UNITS / 2);
        vm.prank(provider);
        market.fillAndClaim(named, signature, seal, 0);
        _approve(id, _claim(_started(named, provider, 0), seal));
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 301_000);
        _isHeld(301_000); // the passer-by's job
        _check();
    }

    function test_never_claiming_costs_a_quarter_of_the_bond() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        _moveTo(job.acceptedAt + job.runFor);
        vm.prank(passerBy);
        market.expire(id, job);
        _loses(provider, BOND / 4);
        _gains(requester, BOND * 24 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_giving_a_job_back_in_the_last_second_costs_less_than_silence_and_more_than_at_once()
        external
    {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        _moveTo(job.acceptedAt + job.runFor - 1);
        vm.prank(provider);
        market.release(id, job);
        uint256 elapsed = uint256(BOND) * 15 * (job.runFor - 1) / (100 * uint256(job.runFor));
        _loses(provider, BOND / 20 + elapsed);
        _gains(requester, elapsed);
        _gains(SINK, BOND / 20);
        _check();
        vm.assertTrue(BOND / 20 + elapsed < BOND * 24 / 100, "less than silence, a friend's reward included");
    }

    function test_giving_a_matched_job_back_at_once_repays_the_tip() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _match(r);
        vm.prank(provider);
        market.release(id, job);
        _loses(provider, BOND / 20);
        _gains(matcher, r.tip);
        _gains(SINK, BOND / 20 - r.tip); // the requester has neither lost nor gained
        _check();
    }

    function test_never_opening_its_claim_costs_half_of_the_bond() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd + GRACE);
        vm.expectPartialRevert(IErrors.TooLate.selector);
        _finalize(id, job);
        vm.prank(passerBy);
        market.void(id, job);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_opening_its_claim_in_the_last_second_of_the_grace_is_paid_in_full() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        _moveTo(job.acceptedAt + job.runFor - 1);
        job = _submit(id, job);
        _moveTo(job.windowEnd + GRACE - 1);
        vm.expectPartialRevert(IErrors.TooEarly.selector);
        vm.prank(passerBy);
        market.void(id, job); // never both: nobody races for the bond
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_a_claim_that_nothing_opens_costs_half_of_the_bond() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        vm.prank(provider);
        market.submit(id, job, keccak256("nothing"), 0);
        job = _claim(job, keccak256("nothing"));
        _moveTo(job.windowEnd);
        vm.expectPartialRevert(IMarketErrors.SealMismatch.selector);
        _finalize(id, job);
        _moveTo(job.windowEnd + GRACE);
        vm.prank(passerBy);
        market.void(id, job);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_answering_all_but_one_pair_earns_their_fees_and_costs_half_of_the_bond() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(r, "out");
        job = _demand(id, job, _pairs(3));
        _moveTo(job.answerBy - 1);
        job = _answer(id, job, 3, root, "out", 0, 2);
        _moveTo(job.answerBy);
        bytes[] memory last = _answers("out", 2, 3);
        vm.expectPartialRevert(IErrors.TooLate.selector);
        vm.prank(provider);
        market.answer(id, job, _pairs(3), root, UNITS / 2, last);
        vm.prank(passerBy);
        market.void(id, job);
        _loses(provider, BOND / 2 - 2 * 500);
        _gains(requester, BOND * 49 / 100 - 2 * 500);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_answering_pairs_one_by_one_moves_the_window_once() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(r, "out");
        _moveTo(job.windowEnd - 1);
        job = _demand(id, job, _pairs(8));
        uint64 before = job.windowEnd;
        for (uint256 i; i < 8; ++i) {
            _pass(1 hours);
            job = _answer(id, job, 8, root, "out", i, i + 1);
        }
        vm.assertEq(job.windowEnd - before, 8 hours - 1 + uint256(job.challengeFor) / 2, "by the last alone");
        _moveTo(job.windowEnd);
        vm.prank(passerBy);
        market.finalize(id, job, root, UNITS / 2);
        _gains(provider, PAYMENT + 8 * 500);
        _loses(requester, PAYMENT + 8 * 500);
        _check();
    }

    function test_a_stake_that_secures_a_job_cannot_be_taken_away() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        vm.expectRevert(
            abi.encodeWithSelector(
                IErrors.InsufficientStake.selector, provider, WEALTH / 2 - BOND, WEALTH / 2
            )
        );
        vm.prank(provider);
        market.unstake(WEALTH / 2);
        vm.prank(provider);
        market.unstake(WEALTH / 2 - BOND);
        _moveTo(job.acceptedAt + job.runFor);
        vm.prank(passerBy);
        market.expire(id, job); // there is enough left for the worst
        _loses(provider, BOND / 4);
        _gains(requester, BOND * 24 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    function test_a_provider_that_calls_its_own_exit_saves_a_hundredth_and_no_more() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        _moveTo(job.acceptedAt + job.runFor);
        vm.prank(provider);
        market.expire(id, job);
        _loses(provider, BOND * 24 / 100);
        _gains(requester, BOND * 24 / 100);
        _check();
    }
}
