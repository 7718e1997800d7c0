// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Providers } from "./Providers.sol";
import { RogueWallet } from "./hostile/RogueWallet.sol";

/// @title Who brings signed orders together, for their tips
abstract contract Matchers is Providers {
    /// @notice A match; a spent or revoked offer once more; a wallet that refuses to sign, or to answer at all.
    function matches(uint256 seed) external {
        _begin(seed);
        if (living.length >= MOST_LIVING) {
            if (_rarely(4)) _cancelsAnOffer();
            else _idles();
            return;
        }
        Draft memory d = _draft(_one(requesters), false);
        Offer memory o = _offerFor(d);
        Tale storage t = tales[d.id];
        bytes memory ours = _signed(t.request.requester, d.id);
        bytes memory theirs = _signed(d.who, market.offerDigest(o));
        bytes memory data = abi.encodeCall(IMarket.matchOrders, (t.request, ours, o, theirs, d.proof));
        bool asksWallet = t.request.requester == address(wallet) || d.who == address(wallet);
        if (asksWallet && _rarely(2)) {
            wallet.feel(RogueWallet.Mood(3 + _throw(5)));
            _refused(matcher, data, SignatureRefused.selector);
            wallet.feel(RogueWallet.Mood(_throw(3)));
            _count("a wallet that refuses");
        }
        _do(matcher, data);
        _count("match");
        if (!_rarely(4)) return;
        _refused(matcher, data, WrongState.selector);
        Draft memory next = _draft(t.request.requester, false);
        tales[next.id].request.providers = 0;
        _usesAgain(next, o, theirs);
        delete tales[next.id];
    }

    /// @dev An offer is worth as many jobs as it says.
    function _usesAgain(Draft memory d, Offer memory o, bytes memory theirs) private {
        Request memory r = tales[d.id].request;
        (r.spec, r.profile, r.resolver, r.policy) = (o.spec, o.profile, o.resolver, o.policy);
        (r.bond, r.tip, r.minStake, r.caseFee, r.caseFor) = (o.maxBond, 0, 0, 0, 0);
        (r.flat, r.minUnitPrice, r.maxUnitPrice, r.maxUnits) = (o.minFlat, o.minUnitPrice, o.minUnitPrice, 0);
        (r.tasks, r.runFor, r.challengeFor, r.demandFee, r.matcher) =
        (1, 2 hours + o.minRunFor, 0, o.minDemandFee, address(0));
        o.maxLockFor;
        bytes memory ours = _signed(r.requester, market.jobId(r));
        bytes memory data = abi.encodeCall(IMarket.matchOrders, (r, ours, o, theirs, new bytes32[](0)));
        _refused(matcher, data, OfferUsedUp.selector);
    }

    function _cancelsAnOffer() private {
        Draft memory d;
        d.who = _one(providers);
        d.id = living[0];
        Offer memory o = _offerFor(d);
        _do(d.who, abi.encodeCall(IMarket.cancelOffer, (o)));
        _compareUses(market.offerDigest(o));
        _refused(_one(strangers), abi.encodeCall(IMarket.cancelOffer, (o)), NotAllowed.selector);
    }

    function _compareUses(bytes32 digest) internal view {
        vm.assertEq(market.offerUses(digest), toldUses[digest], "events tell other uses of an offer");
    }
}
