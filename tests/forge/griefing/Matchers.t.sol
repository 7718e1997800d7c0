// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Plays } from "./Plays.sol";

/// @title A matcher that refuses, delays or bends what it is trusted with
contract MatchersTest is Plays {
    function _sign(Request memory r, Offer memory o) private view returns (bytes memory, bytes memory) {
        return (_signature(requesterKey, market.jobId(r)), _signature(providerKey, market.offerDigest(o)));
    }

    function test_a_named_matcher_that_never_comes_binds_no_money() external {
        Request memory r = _request();
        r.matcher = matcher;
        (bytes memory ours, bytes memory theirs) = _sign(r, _offer(r));
        _watch();
        vm.expectPartialRevert(IErrors.FieldOutOfRange.selector);
        vm.prank(provider);
        market.fill(r, ours, noProof);
        Offer memory o = _offer(r);
        (ours, theirs) = _sign(r, o);
        vm.expectRevert(abi.encodeWithSelector(IErrors.NotAllowed.selector, passerBy, matcher));
        vm.prank(passerBy);
        market.matchOrders(r, ours, o, theirs, noProof);
        vm.prank(requester);
        market.withdraw(requester, WEALTH);
        vm.prank(requester);
        market.cancel(r);
        _check();
    }

    function test_awaiting_the_end_of_the_ramp_costs_the_requester_no_more_than_it_signed() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        (bytes memory ours, bytes memory theirs) = _sign(r, o);
        _watch();
        _moveTo(r.openUntil - 1);
        vm.prank(matcher);
        bytes32 id = market.matchOrders(r, ours, o, theirs, noProof);
        Job memory job = _submit(id, _started(r, provider, r.tip));
        _approve(id, job);
        _gains(matcher, r.tip);
        _gains(provider, 1_000 + 450_000); // 1.5 units at the highest price
        _loses(requester, 451_000 + r.tip);
        _check();
    }

    function test_awaiting_the_end_of_an_offer_costs_the_provider_no_more_than_its_terms() external {
        Request memory r = _request();
        r.openUntil = uint64(_now() + 2 hours);
        Offer memory o = _offer(r);
        (bytes memory ours, bytes memory theirs) = _sign(r, o);
        _watch();
        _moveTo(o.validUntil);
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, _now(), o.validUntil));
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, noProof);
        _check();
    }

    /// @dev The tip is at most half of what a release burns, so no friendship of matcher and provider pays.
    function test_matching_a_provider_of_its_own_that_gives_back_at_once_loses_money() external {
        Request memory r = _request();
        r.tip = BOND / 40;
        _watch();
        (bytes32 id, Job memory job) = _match(r);
        vm.prank(provider);
        market.release(id, job);
        _gains(matcher, BOND / 40);
        _loses(provider, BOND / 20);
        _gains(SINK, BOND / 40);
        _check();
    }

    function test_a_match_cannot_be_made_again_not_even_after_the_end() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        (bytes memory ours, bytes memory theirs) = _sign(r, o);
        _watch();
        vm.prank(matcher);
        bytes32 id = market.matchOrders(r, ours, o, theirs, noProof);
        Job memory job = _submit(id, _started(r, provider, r.tip));
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, State.None, State.Claimed)
        );
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, noProof);
        _approve(id, job);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, State.None, State.Settled)
        );
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, noProof);
        _gains(matcher, r.tip);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + r.tip);
        _check();
    }

    function test_using_an_offer_up_binds_its_provider_to_no_more_jobs_than_it_signed() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        o.maxJobs = 2;
        _watch();
        for (uint256 i; i < 3; ++i) {
            r = _request();
            r.tip = 0;
            (bytes memory ours, bytes memory theirs) = _sign(r, o);
            if (i == 2) vm.expectPartialRevert(IMarketErrors.OfferUsedUp.selector);
            vm.prank(matcher);
            market.matchOrders(r, ours, o, theirs, noProof);
        }
        vm.assertEq(market.accountOf(provider).bonded, 2 * BOND, "two bonds");
        _loses(requester, 2 * 301_000);
        _isHeld(2 * 301_000);
        _check();
    }

    /// @dev Both signatures stand in the waiting transaction. A request that names its matcher can't be taken so.
    function test_copying_a_match_that_waits_takes_its_tip_and_nothing_else() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        (bytes memory ours, bytes memory theirs) = _sign(r, o);
        _watch();
        vm.prank(passerBy);
        market.matchOrders(r, ours, o, theirs, noProof);
        vm.expectPartialRevert(IMarketErrors.WrongState.selector);
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, noProof);
        _gains(passerBy, r.tip);
        _loses(requester, 301_000 + r.tip);
        _isHeld(301_000);
        _check();
    }
}
