// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Verifiers } from "./Verifiers.sol";
import { RogueResolver } from "./hostile/RogueResolver.sol";

/// @title Who judges alone: a key, and a contract that judges twice if it is let
abstract contract Judges is Verifiers {
    /// @notice A judge opens a case or ends it, or is silent.
    function judges(uint256 seed) external {
        _begin(seed);
        uint256 from = _throw(living.length + 1);
        for (uint256 i; i < living.length; ++i) {
            if (_judges(living[(from + i) % living.length])) return;
        }
        _hears();
    }

    function _isAlone(Tale storage t) internal view returns (bool) {
        return t.request.resolver == keyJudge || t.request.resolver == address(rogueJudge);
    }

    function _judges(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        if (!_isAlone(t)) return false;
        bytes memory data;
        if (t.state == State.Claimed && _now() < t.job.windowEnd) {
            if (t.fate != Fate.Judged && _trait(id, "judged", 6) != 0) return false;
            data = abi.encodeCall(IMarket.dispute, (id, t.job));
        } else if (t.state == State.Disputed && _now() < _casesUntil(t) && _trait(id, "silent", 6) != 0) {
            Verdict verdict = Verdict(_trait(id, "verdict", 2));
            address challenger =
                _trait(id, "challenger", 5) < 2 ? address(0) : everybody[_throw(everybody.length)];
            data = abi.encodeCall(IMarket.resolve, (id, t.job, verdict, challenger));
        } else {
            return false;
        }
        // The contract has the market's two functions; whoever calls it, it is the judge.
        if (t.request.resolver == keyJudge) _do(keyJudge, data);
        else _perform(address(rogueJudge), passerBy, data, 0);
        return true;
    }
}
