// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Refusals } from "./Refusals.sol";

/// @title Each field of an offer binds the match, and its limit itself is inside
contract OfferLimitsTest is Refusals {
    function test_a_named_requester_is_the_only_one() external {
        (Request memory r, Offer memory o) = _pair();
        o.requester = passerBy;
        _refused(r, o, "requester", uint160(requester), uint160(passerBy));
        o.requester = requester;
        _taken(r, o);
    }

    function test_a_named_spec_is_the_only_one() external {
        (Request memory r, Offer memory o) = _pair();
        o.spec = keccak256("another");
        _refused(r, o, "spec", uint256(r.spec), uint256(o.spec));
        o.spec = r.spec;
        _taken(r, o);
    }

    function test_profile_resolver_and_policy_are_equal() external {
        Request memory r = _judged(3, 0);
        Offer memory o = _offer(r);
        o.profile = 0;
        _refused(r, o, "profile", uint256(r.profile), 0);
        o.profile = r.profile;
        o.resolver = address(0);
        _refused(r, o, "resolver", uint160(r.resolver), 0);
        o.resolver = r.resolver;
        o.policy = 0;
        _refused(r, o, "policy", uint256(r.policy), 0);
        o.policy = r.policy;
        _taken(r, o);
    }

    function test_the_price_is_the_one_of_the_match_not_of_the_end() external {
        (Request memory r, Offer memory o) = _pair();
        o.minUnitPrice = r.minUnitPrice + 1;
        _refused(r, o, "minUnitPrice", r.minUnitPrice, o.minUnitPrice);
        o.minUnitPrice = r.minUnitPrice;
        _taken(r, o);
    }

    function test_flat_time_and_fee_are_at_least_what_the_offer_says() external {
        (Request memory r, Offer memory o) = _pair();
        (o.minFlat, o.minRunFor, o.minDemandFee) = (r.flat + 1, r.runFor, r.demandFee);
        _refused(r, o, "minFlat", r.flat, r.flat + 1);
        (o.minFlat, o.minRunFor) = (r.flat, r.runFor + 1);
        _refused(r, o, "minRunFor", r.runFor, r.runFor + 1);
        (o.minRunFor, o.minDemandFee) = (r.runFor, r.demandFee + 1);
        _refused(r, o, "minDemandFee", r.demandFee, r.demandFee + 1);
        o.minDemandFee = r.demandFee;
        _taken(r, o);
    }

    function test_bond_units_and_tasks_are_at_most_what_the_offer_says() external {
        (Request memory r, Offer memory o) = _pair();
        o.maxBond = BOND - 1;
        _refused(r, o, "maxBond", BOND, BOND - 1);
        (o.maxBond, o.maxUnits) = (BOND, UNITS - 1);
        _refused(r, o, "maxUnits", UNITS, UNITS - 1);
        (o.maxUnits, o.maxTasks) = (UNITS, 2);
        _refused(r, o, "maxTasks", 3, 2);
        o.maxTasks = 3;
        _taken(r, o);
    }

    function test_the_bond_is_locked_no_longer_than_the_offer_says() external {
        Request memory r = _judged(3, 0);
        Offer memory o = _offer(r);
        // Window and half of it, a day to answer, the case, a day of grace.
        o.maxLockFor = 36 hours + 1 days + 28 days + 1 days - 1;
        _refused(r, o, "maxLockFor", o.maxLockFor + 1, o.maxLockFor);
        ++o.maxLockFor;
        _taken(r, o);
    }

    function test_the_units_leave_the_time_that_the_offer_asks_for() external {
        (Request memory r, Offer memory o) = _pair();
        o.minSecondsPer1e12Units = 2_401; // for three of them there are 7,200
        _refused(r, o, "minSecondsPer1e12Units", r.runFor, 2_401);
        o.minSecondsPer1e12Units = 2_400;
        _taken(r, o);
    }

    function _pair() private returns (Request memory r, Offer memory o) {
        r = _request();
        o = _offer(r);
    }

    function _refused(Request memory r, Offer memory o, bytes32 field, uint256 value, uint256 limit) private {
        (bytes memory ours, bytes memory theirs) = _signed(r, o);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.OfferExceeded.selector, field, value, limit));
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, new bytes32[](0));
    }

    function _taken(Request memory r, Offer memory o) private {
        (bytes memory ours, bytes memory theirs) = _signed(r, o);
        vm.prank(matcher);
        bytes32 id = market.matchOrders(r, ours, o, theirs, new bytes32[](0));
        vm.assertTrue(market.stateOf(id) == State.Running, "matched");
    }

    function _signed(Request memory r, Offer memory o)
        private
        view
        returns (bytes memory ours, bytes memory theirs)
    {
        ours = _signature(requesterKey, market.jobId(r));
        theirs = _signature(providerKey, market.offerDigest(o));
    }
}
