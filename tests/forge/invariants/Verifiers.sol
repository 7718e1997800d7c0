// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { Matchers } from "./Matchers.sol";

/// @title Who challenges, draws, votes, appeals and closes
abstract contract Verifiers is Matchers {
    /// @dev What becomes of a case, if nothing comes in between.
    enum Course {
        Truth, // most seats find the right result
        Lie, // most seats are paid to find the same wrong one
        Quarrel, // no result has most seats
        Silence, // nobody reveals
        Forgotten, // nobody draws the seats
        Hopeless // nobody closes it before the market loses its patience
    }

    /// @notice A case is opened, or taken one step further.
    function hears(uint256 seed) external {
        _begin(seed);
        _hears();
    }

    function _hears() internal {
        bool opensFirst = _rarely(2);
        if (opensFirst && _opensOne()) return;
        uint256 from = _throw(openCases.length + 1);
        for (uint256 i; i < openCases.length; ++i) {
            if (_stepOf(openCases[(from + i) % openCases.length])) return;
        }
        if (opensFirst || !_opensOne()) _savesInCommittee();
    }

    function _opensOne() private returns (bool) {
        uint256 from = _throw(living.length + 1);
        for (uint256 i; i < living.length; ++i) {
            if (_opensCase(living[(from + i) % living.length])) return true;
        }
        return false;
    }

    function _courseOf(bytes32 id) private view returns (Course) {
        uint256 n = _trait(id, "course", 20);
        if (dockets[id].head.round != 0) return n % 2 == 0 ? Course.Truth : Course.Lie;
        if (n < 4) return Course.Truth;
        if (n < 8) return Course.Lie;
        if (n < 9) return _trait(id, "silence", 2) == 0 ? Course.Silence : Course.Quarrel;
        return n < 14 ? Course.Forgotten : Course.Hopeless;
    }

    // ─────────────────────────────── open and join ──────────────────────────────

    function _onClaim(bytes32 id) internal override {
        if (!_opensCase(id)) super._onClaim(id);
    }

    function _opensCase(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        if (t.request.resolver != address(committee) || t.state != State.Claimed) return false;
        if (_now() >= t.job.windowEnd) return false;
        if (t.fate != Fate.Judged && _trait(id, "judged", 6) != 0) return false;
        if (_trait(id, "audited", 3) == 0) return _audits(id);
        _challenges(id);
        return true;
    }

    function _challenges(bytes32 id) private {
        Tale storage t = tales[id];
        address who = _rarely(3) ? _one(requesters) : _one(verifiers);
        uint256 variant = _courseOf(id) == Course.Lie ? 1 : 0;
        if (_rarely(3)) variant = _throw(3);
        bytes32 seal = _sealOf(who, id, _found(id, variant));
        _doCommittee(who, abi.encodeCall(ICommittee.challenge, (t.request, t.job, seal)));
    }

    function _audits(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        uint256 rate = uint256(t.request.policy) >> 8;
        uint256 number = t.job.claimBlock + 2;
        bytes memory data = abi.encodeCall(ICommittee.audit, (t.request, t.job));
        if (rate != 10_000) {
            if (vm.getBlockNumber() <= number) return false;
            if (vm.getBlockNumber() > number + 256) {
                _refusedByCommittee(_anybody(), data, HashUnknown.selector);
                return false;
            }
            uint256 ticket = uint256(keccak256(abi.encodePacked(blockhash(number), id, t.job.seal)));
            if ((ticket >> 128) * 10_000 >= rate << 128) {
                _refusedByCommittee(_anybody(), data, NotDrawn.selector);
                return false;
            }
        }
        _doCommittee(_anybody(), data);
        return true;
    }

    // ──────────────────────────────── the course ────────────────────────────────

    function _stepOf(bytes32 id) private returns (bool) {
        Tale storage t = tales[id];
        Docket storage d = dockets[id];
        if (t.state != State.Disputed) return false; // a passer-by abandons it
        if (_now() >= _casesUntil(t)) return false;
        Course course = _courseOf(id);
        if (d.head.phase == Phase.Drawing) return _drawsOrCloses(id, course);
        if (_now() < d.head.deadline) {
            if (d.head.round == 0 && d.challenges.length < 4 && _trait(id, "joined", 3) == 0) {
                if (_rarely(3)) {
                    _challenges(id);
                    return true;
                }
            }
            return _commits(id, course);
        }
        if (_now() < d.head.deadline + REVEAL_FOR && _reveals(id, course)) return true;
        if (course == Course.Hopeless) return false;
        if (_isComplete(id) && _appeals(id)) return true;
        return _closes(id);
    }

    function _drawsOrCloses(bytes32 id, Course course) private returns (bool) {
        Docket storage d = dockets[id];
        if (_now() >= d.head.deadline) {
            if (course == Course.Hopeless) return false;
            _close(id);
            return true;
        }
        if (course == Course.Forgotten) return false;
        bytes memory data = abi.encodeCall(ICommittee.draw, (id));
        bool lost = d.head.epoch != _now() / EPOCH || vm.getBlockNumber() > d.head.seedBlock + 256;
        if (lost && d.head.redraws == 3) {
            _refusedByCommittee(_anybody(), data, HashUnknown.selector);
            _close(id);
            return true;
        }
        if (!lost && vm.getBlockNumber() <= d.head.seedBlock) vm.roll(d.head.seedBlock + 1);
        _doCommittee(_anybody(), data);
        // Mostly all are quick: else hardly any case would have a majority.
        if (!lost && !_rarely(8)) while (_commits(id, course)) { }
        return true;
    }

    /// @dev What a seat says: everybody the same, but for some who are lazy or know better.
    function _voteOf(bytes32 id, uint256 round, uint256 seat, Course course) private view returns (bytes32) {
        if (course == Course.Truth) return _found(id, _trait(id, "one liar", 9) == seat ? 2 : 0);
        if (course == Course.Lie) return _found(id, _trait(id, "one honest", 9) == seat ? 0 : 1);
        if (course == Course.Quarrel) return (seat + round) % 3 == 0 ? bytes32(0) : _found(id, seat % 3);
        return _found(id, 0);
    }

    function _speaks(bytes32 id, uint256 seat, Course course) private pure returns (bool) {
        if (course == Course.Silence) return false;
        return _trait(id, "one silent", 12) != seat;
    }

    /// @dev All seats of one holder that have not committed.
    function _commits(bytes32 id, Course course) private returns (bool) {
        Docket storage d = dockets[id];
        uint256 round = d.head.round;
        address[] storage holders = d.holders[round];
        uint256[] memory mine = new uint256[](holders.length);
        bytes32[] memory commitments = new bytes32[](holders.length);
        address holder;
        uint256 count;
        for (uint256 seat; seat < holders.length; ++seat) {
            bool quiet = _trait(id, "one absent", 12) == seat;
            if (d.rounds[round].committed >> seat & 1 == 1 || quiet) continue;
            if (holder == address(0)) holder = holders[seat];
            if (holders[seat] != holder) continue;
            mine[count] = seat;
            bytes32 vote = _voteOf(id, round, seat, course);
            commitments[count++] = _commitment(id, round, seat, vote);
        }
        if (count == 0) return false;
        assembly ("memory-safe") {
            mstore(mine, count)
            mstore(commitments, count)
        }
        _doCommittee(holder, abi.encodeCall(ICommittee.commit, (id, mine, commitments)));
        return true;
    }

    function _salt(bytes32 id, uint256 round, uint256 seat) private pure returns (bytes32) {
        return keccak256(abi.encode(id, round, seat, "salt"));
    }

    function _commitment(bytes32 id, uint256 round, uint256 seat, bytes32 vote)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encodePacked(address(committee), id, uint8(round), uint8(seat), vote, _salt(id, round, seat))
        );
    }

    /// @dev All that speak, at once: whoever knows their votes may open them.
    function _reveals(bytes32 id, Course course) private returns (bool) {
        Docket storage d = dockets[id];
        uint256 round = d.head.round;
        uint256 most = d.holders[round].length;
        uint256[] memory mine = new uint256[](most);
        bytes32[] memory votes_ = new bytes32[](most);
        bytes32[] memory salts = new bytes32[](most);
        uint256 count;
        uint256 open = d.rounds[round].committed & ~d.rounds[round].revealed;
        for (uint256 seat; seat < most; ++seat) {
            if (open >> seat & 1 == 0 || !_speaks(id, seat, course)) continue;
            mine[count] = seat;
            votes_[count] = _voteOf(id, round, seat, course);
            salts[count++] = _salt(id, round, seat);
        }
        if (count == 0) return false;
        assembly ("memory-safe") {
            mstore(mine, count)
            mstore(votes_, count)
            mstore(salts, count)
        }
        _doCommittee(_one(verifiers), abi.encodeCall(ICommittee.reveal, (id, mine, votes_, salts)));
        return true;
    }

    function _opens(bytes32 id) internal override {
        if (tales[id].state == State.Disputed && !_rarely(6)) _reveals(id, _courseOf(id));
    }

    function _appeals(bytes32 id) private returns (bool) {
        Docket storage d = dockets[id];
        uint256 next = uint256(d.head.round) + 1;
        bool possible = _seatsOf(d.head, next) <= 31 && _now() < d.head.deadline + REVEAL_FOR + APPEAL_FOR;
        if (!possible || _trait(id, "appealed", 4) == 0 || _trait(id, "rounds", 3) < d.head.round) {
            return false;
        }
        address who = _rarely(3) ? tales[id].request.requester : _one(verifiers);
        _doCommittee(who, abi.encodeCall(ICommittee.appeal, (id, tales[id].job)));
        return true;
    }

    function _closes(bytes32 id) private returns (bool) {
        Docket storage d = dockets[id];
        bool last = _seatsOf(d.head, d.head.round) == 31;
        uint256 from = d.head.deadline + REVEAL_FOR + (last ? 0 : APPEAL_FOR);
        if (_now() < from && !(last && _isComplete(id))) return false;
        _close(id);
        return true;
    }

    function _close(bytes32 id) internal {
        _doCommittee(_anybody(), abi.encodeCall(ICommittee.close, (id, tales[id].job)));
    }

    // ─────────────────────────────────── savings ────────────────────────────────

    function _savesInCommittee() internal virtual;
}
