// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Duties } from "./Duties.sol";

/// @title Who wants work done
abstract contract Requesters is Duties {
    mapping(bytes32 id => Draft) internal drafts;

    /// @notice A requester posts, demands, approves or cancels.
    function requests(uint256 seed) external {
        _begin(seed);
        if (living.length < MOST_LIVING && _rarely(3)) return _posts();
        uint256 from = _throw(living.length + 1);
        for (uint256 i; i < living.length; ++i) {
            if (_attends(living[(from + i) % living.length])) return;
        }
        if (living.length < MOST_LIVING) _posts();
        else if (_rarely(2)) _revokes();
        else _idles();
    }

    function _posts() private {
        Draft memory d = _draft(_one(requesters), true);
        drafts[d.id] = d;
        Request memory r = tales[d.id].request;
        _do(r.requester, abi.encodeCall(IMarket.post, (r, "")));
    }

    function _attends(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        if (t.state == State.Open) {
            if (t.fate != Fate.Cancel) return false;
            _do(t.request.requester, abi.encodeCall(IMarket.cancel, (t.request)));
            return true;
        }
        if (t.state != State.Claimed && t.state != State.Disputed) return false;
        bool asks = t.fate == Fate.Unanswered || _trait(id, "asks", 4) == 0;
        if (asks && t.job.demandHash == 0 && _now() < t.job.windowEnd) {
            _demands(id);
            return true;
        }
        if (t.state == State.Disputed || t.variant == SEALED_NOTHING) return false;
        if (t.fate != Fate.Approve && !_rarely(50)) return false;
        (bytes32 root, uint64 units) = _result(id, t.variant);
        _do(t.request.requester, abi.encodeCall(IMarket.approve, (id, t.job, root, units)));
        return true;
    }

    function _demands(bytes32 id) internal {
        Tale storage t = tales[id];
        uint256 count = 1 + _throw(3);
        for (uint256 i; i < count; ++i) {
            t.pairs.push(uint64(_throw(t.request.tasks) << 32 | _throw(2)));
        }
        _do(t.request.requester, abi.encodeCall(IMarket.demand, (id, t.job, t.pairs)));
        _count(t.state == State.Disputed ? bytes32("demand in a case") : bytes32("demand"));
    }

    /// @dev What was signed and never became a job, or everything that it has signed.
    function _revokes() private {
        address who = _one(requesters);
        if (_rarely(4)) {
            _do(who, abi.encodeCall(IMarket.raiseCounter, ()));
            return;
        }
        Draft memory d = _draft(who, false);
        Request memory r = tales[d.id].request;
        _do(who, abi.encodeCall(IMarket.cancel, (r)));
        bytes memory again = abi.encodeCall(IMarket.fill, (r, _signed(who, d.id), d.proof));
        _refused(d.who, again, WrongState.selector);
    }
}
