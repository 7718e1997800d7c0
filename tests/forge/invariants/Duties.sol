// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Orders } from "./Orders.sol";

/// @title What a provider owes, and the clock, which no second passes by in which the dutiful one still can do it
abstract contract Duties is Orders {
    /// @dev Calls of forge, and those in which nobody found anything to do.
    uint256 internal played;
    uint256 internal idle;
    uint256 private _before = type(uint256).max;

    // ────────────────────────────────── duties ──────────────────────────────────

    /// @dev The provider or, if it has one, its delegate.
    function _actsFor(address who) internal returns (address) {
        address delegate = toldDelegates[who];
        return delegate == address(0) || _rarely(2) ? who : delegate;
    }

    function _submitted(bytes32 id) internal view returns (bytes memory) {
        Tale storage t = tales[id];
        bytes32 seal = _sealed(t.job.provider, id, t.variant);
        return abi.encodeCall(IMarket.submit, (id, t.job, seal, keccak256("manifest")));
    }

    function _finalized(bytes32 id) internal view returns (bytes memory) {
        (bytes32 root, uint64 units) = _result(id, tales[id].variant);
        return abi.encodeCall(IMarket.finalize, (id, tales[id].job, root, units));
    }

    /// @dev The first `most` of the pairs that are open, or fewer.
    function _answers(bytes32 id, uint256 most) internal view returns (bytes memory) {
        Tale storage t = tales[id];
        bytes[] memory shown = new bytes[](8);
        uint256 count;
        for (uint8 i; i < t.pairs.length && count < most; ++i) {
            if (t.job.answered >> i & 1 == 0) shown[count++] = _shown(id, t.variant, i, t.pairs[i]);
        }
        assembly ("memory-safe") {
            mstore(shown, count)
        }
        (bytes32 root, uint64 units) = _result(id, t.variant);
        return abi.encodeCall(IMarket.answer, (id, t.job, t.pairs, root, units, shown));
    }

    // ─────────────────────────────────── clock ──────────────────────────────────

    function _begin(uint256 seed) internal {
        ++played;
        if (done + refusals == _before) ++idle;
        _before = done + refusals;
        _shake(seed ^ (_isMoody() ? 1 << 128 : 0)); // else both plays would be the same
        _until(_now() + _throw(20));
    }

    /// @dev Time passes; on the way the dutiful provider does at the last second what it owes, and seats reveal.
    function _until(uint256 time) internal {
        while (true) {
            (bytes32 id, uint256 due) = _nextDuty();
            (bytes32 case_, uint256 from) = _nextReveal();
            if (from < due && from <= time) {
                _moveTo(from);
                _opens(case_);
                continue;
            }
            if (due > time) break;
            if (due - 1 > _now()) _moveTo(due - 1);
            _doDuty(id);
        }
        if (time > _now()) _moveTo(time);
    }

    /// @dev The next case whose seats can reveal.
    function _nextReveal() private view returns (bytes32 next, uint256 from) {
        from = type(uint256).max;
        for (uint256 i; i < openCases.length; ++i) {
            Case storage c = dockets[openCases[i]].head;
            if (c.phase != Phase.Voting || c.deadline <= _now() || c.deadline >= from) continue;
            (next, from) = (openCases[i], c.deadline);
        }
    }

    /// @dev Mostly somebody opens the votes of a case in time.
    function _opens(bytes32 id) internal virtual;

    /// @dev The first second in which it would be too late.
    function _nextDuty() private view returns (bytes32 next, uint256 due) {
        due = type(uint256).max;
        for (uint256 i; i < living.length; ++i) {
            Tale storage t = tales[living[i]];
            if (t.job.provider != dutiful) continue;
            if (t.state == State.Disputed && !_isAsked(t)) continue;
            uint256 moment = t.state == State.Disputed ? t.job.answerBy : _exitFrom(t);
            if (moment < due) (next, due) = (living[i], moment);
        }
    }

    /// @dev There is nothing to do, or no room for more: time passes until there is.
    function _idles() internal virtual;

    function _doDuty(bytes32 id) private {
        Tale storage t = tales[id];
        if (t.state == State.Running) {
            _do(dutiful, _submitted(id));
        } else if (_isAsked(t)) {
            _do(dutiful, _answers(id, 8));
            _count("duty: answer");
        } else {
            _do(dutiful, _finalized(id));
            _count("duty: open");
        }
    }

    /// @dev The next second in which something changes that nobody has to do anything for.
    function _nextTurn() internal view returns (uint256 next) {
        next = type(uint256).max;
        for (uint256 i; i < living.length; ++i) {
            Tale storage t = tales[living[i]];
            uint256 moment = _exitFrom(t);
            if (t.state == State.Claimed && t.job.windowEnd > _now()) moment = t.job.windowEnd;
            if (moment > _now() && moment < next) next = moment;
        }
        for (uint256 i; i < openCases.length; ++i) {
            uint256 moment = _nextOfCase(openCases[i]);
            if (moment > _now() && moment < next) next = moment;
        }
    }

    function _nextOfCase(bytes32 id) private view returns (uint256 moment) {
        moment = dockets[id].head.deadline;
        if (moment > _now()) return moment;
        moment += REVEAL_FOR;
        return moment > _now() ? moment : moment + APPEAL_FOR;
    }
}
