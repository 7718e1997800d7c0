// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { Judges } from "./Judges.sol";

/// @title Who owns nothing, waits, and ends what is over
abstract contract PassersBy is Judges {
    /// @notice Time passes to the second before, at or after the next turn of a job or a case.
    function waits(uint256 seed) external {
        _begin(seed);
        uint256 next = _nextTurn();
        if (next == type(uint256).max || _rarely(20)) return _until(_now() + _throw(4 hours));
        uint256 moment = next + _throw(3) - 1;
        _until(moment > _now() ? moment : _now());
        if (_rarely(200)) vm.roll(vm.getBlockNumber() + 300); // seeds are forgotten
        _endsWhatIsOver();
    }

    /// @notice A passer-by takes the exit of a job that nobody holds on to any more.
    function passes(uint256 seed) external {
        _begin(seed);
        _idles();
    }

    function _idles() internal override {
        if (_endsWhatIsOver()) return;
        uint256 next = _nextTurn();
        if (next == type(uint256).max) return;
        _until(next);
        _endsWhatIsOver();
    }

    function _endsWhatIsOver() private returns (bool) {
        uint256 from = _throw(living.length + 1);
        for (uint256 i; i < living.length; ++i) {
            if (_ended(living[(from + i) % living.length])) return true;
        }
        for (uint256 i; i < openCases.length; ++i) {
            if (tales[openCases[i]].state == State.Disputed) continue;
            _doCommittee(_anybody(), abi.encodeCall(ICommittee.abandon, (openCases[i])));
            return true;
        }
        return false;
    }

    /// @dev Whoever comes: an exit asks nobody who it is.
    function _ended(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        if (_isPayable(t) && t.fate != Fate.Unopened) {
            _do(_anybody(), _finalized(id));
            return true;
        }
        if (_now() < _exitFrom(t)) return false;
        _do(_anybody(), _exit(id));
        return true;
    }

    function _exit(bytes32 id) internal view returns (bytes memory) {
        Tale storage t = tales[id];
        if (t.state == State.Open) return abi.encodeCall(IMarket.cancel, (t.request));
        if (t.state == State.Running) return abi.encodeCall(IMarket.expire, (id, t.job));
        if (t.state == State.Disputed) return abi.encodeCall(IMarket.timeout, (id, t.job));
        return abi.encodeCall(IMarket.void, (id, t.job));
    }
}
