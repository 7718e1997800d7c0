// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Cast } from "./Cast.sol";

/// @title What is known of every job: its request and its record as events tell them, and what its people have in mind
abstract contract Tales is Cast {
    /// @dev How a job's people mean it to end; now and then they act otherwise.
    enum Fate {
        Cancel,
        Stale,
        Release,
        Expire,
        Approve,
        Finalize,
        Unanswered,
        Unopened,
        Judged
    }

    struct Tale {
        Request request;
        Job job;
        State state;
        Fate fate;
        uint8 variant; // of its results, the one that was sealed: 0 is right, SEALED_NOTHING can't be opened
        bool posted; // else it was matched or filled
        uint64[] pairs;
        uint256 escrow; // what the market holds for it
        bool rejected;
        uint256 given; // of a rejected bond, to resolver and challenger
        uint256 spent; // by the requester on cases and answers: never comes back
        int256 requesterNet;
        int256 providerNet;
    }

    uint8 internal constant SEALED_NOTHING = 3;
    uint256 internal constant MOST_LIVING = 14;
    uint256 internal constant GRACE = 1 days;
    uint256 internal constant ANSWER_FOR = 1 days;

    mapping(bytes32 id => Tale) internal tales;
    /// @dev Jobs that are not final.
    bytes32[] internal living;
    mapping(bytes32 id => uint256) private _placeInLiving; // from 1
    /// @dev Those that are.
    bytes32[] internal ended;

    function _begins(bytes32 id, State state) internal {
        Tale storage t = tales[id];
        vm.assertTrue(t.state == State.None, "an id came back");
        t.state = state;
        living.push(id);
        _placeInLiving[id] = living.length;
    }

    function _ends(bytes32 id, State state) internal {
        uint256 place = _placeInLiving[id];
        vm.assertTrue(place != 0, "a job ended twice");
        bytes32 last = living[living.length - 1];
        living[place - 1] = last;
        _placeInLiving[last] = place;
        delete _placeInLiving[id];
        living.pop();
        ended.push(id);
        tales[id].state = state;
        tales[id].escrow = 0;
    }

    // ─────────────────────────────── the rules of time ──────────────────────────

    function _runsUntil(Tale storage t) internal view returns (uint256) {
        return uint256(t.job.acceptedAt) + t.job.runFor;
    }

    function _isAsked(Tale storage t) internal view returns (bool) {
        return t.job.demandHash != 0 && t.job.answered != 255;
    }

    function _opensUntil(Tale storage t) internal view returns (uint256) {
        uint256 from = t.job.windowEnd > t.job.answerBy ? t.job.windowEnd : t.job.answerBy;
        return from + GRACE;
    }

    function _voidFrom(Tale storage t) internal view returns (uint256) {
        return _isAsked(t) ? t.job.answerBy : _opensUntil(t);
    }

    function _casesUntil(Tale storage t) internal view returns (uint256) {
        return uint256(t.job.disputedAt) + t.job.caseFor;
    }

    function _isPayable(Tale storage t) internal view returns (bool) {
        return t.state == State.Claimed && !_isAsked(t) && t.variant != SEALED_NOTHING
            && _now() >= t.job.windowEnd && _now() < _opensUntil(t);
    }

    /// @dev From when on anybody can end what the job waits for.
    function _exitFrom(Tale storage t) internal view returns (uint256) {
        if (t.state == State.Open) return t.request.openUntil;
        if (t.state == State.Running) return _runsUntil(t);
        if (t.state == State.Disputed) return _casesUntil(t);
        return _voidFrom(t);
    }

    // ─────────────────────────────── the rules of money ─────────────────────────

    function _costs(uint256 flat, uint256 units, uint256 price) internal pure returns (uint256) {
        return flat + units * price / 1e12;
    }

    /// @dev What a posting locks, which is the most that its author can lose besides fees for answers.
    function _escrowOf(Request storage r) internal view returns (uint256) {
        return _costs(r.flat, r.maxUnits, r.maxUnitPrice) + r.tip + r.caseFee;
    }
}
