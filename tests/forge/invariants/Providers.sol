// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Requesters } from "./Requesters.sol";

/// @title Who works
abstract contract Providers is Requesters {
    /// @notice A provider takes a job, claims, answers, gives back or collects its pay.
    function provides(uint256 seed) external {
        _begin(seed);
        uint256 from = _throw(living.length + 1);
        for (uint256 i; i < living.length; ++i) {
            if (_works(living[(from + i) % living.length])) return;
        }
        if (living.length < MOST_LIVING) _fills();
        else if (_rarely(4)) _names();
        else _idles();
    }

    function _works(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        if (t.state == State.Open) return _accepts(id);
        address who = t.job.provider;
        if (t.state == State.Running && _now() < _runsUntil(t)) {
            if (t.fate == Fate.Release && who != dutiful) {
                _do(who, abi.encodeCall(IMarket.release, (id, t.job)));
                return true;
            }
            if (t.fate == Fate.Expire) return false;
            _do(_actsFor(who), _submitted(id));
            if (_rarely(2)) _onClaim(id);
            return true;
        }
        bool shows = t.state == State.Claimed || t.state == State.Disputed;
        if (shows && _isAsked(t)) {
            if (t.fate == Fate.Unanswered || t.variant == SEALED_NOTHING || _now() >= t.job.answerBy) {
                return false;
            }
            _do(_actsFor(who), _answers(id, 1 + _throw(3)));
            _count("answer");
            return true;
        }
        if (!_isPayable(t) || t.fate == Fate.Unopened) return false;
        _do(_actsFor(who), _finalized(id));
        return true;
    }

    /// @dev Whoever waited for the claim is quick.
    function _onClaim(bytes32 id) internal virtual {
        if (tales[id].fate == Fate.Unanswered && _now() < tales[id].job.windowEnd) _demands(id);
    }

    function _accepts(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        if (t.fate == Fate.Cancel || t.fate == Fate.Stale || _now() >= t.request.openUntil) return false;
        Draft memory d = drafts[id];
        _do(d.who, abi.encodeCall(IMarket.accept, (t.request, d.proof)));
        return true;
    }

    /// @dev Takes a signed request without an offer, with the result or without.
    function _fills() private {
        Draft memory d = _draft(_one(requesters), false);
        Tale storage t = tales[d.id];
        bytes memory signature = _signed(t.request.requester, d.id);
        if (t.request.matcher != address(0)) {
            bytes memory taken = abi.encodeCall(IMarket.fill, (t.request, signature, d.proof));
            _refused(d.who, taken, FieldOutOfRange.selector);
            delete tales[d.id];
        } else if (d.proof.length == 0 && _rarely(2)) {
            bytes32 seal = _sealed(d.who, d.id, t.variant);
            _do(d.who, abi.encodeCall(IMarket.fillAndClaim, (t.request, signature, seal, "manifest")));
            _count("fill and claim");
        } else {
            _do(d.who, abi.encodeCall(IMarket.fill, (t.request, signature, d.proof)));
            _count("fill");
        }
    }

    /// @dev Somebody who may act for it, or nobody any more.
    function _names() private {
        address delegate = _rarely(3) ? address(0) : _one(strangers);
        _do(_one(providers), abi.encodeCall(IMarket.setDelegate, (delegate)));
    }
}
