// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../interfaces/ICommittee.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { Courses } from "../libraries/Courses.sol";
import { SumTree } from "../libraries/SumTree.sol";
import { Cases } from "./Cases.sol";

/// @title A round: whose seats it has, and what they say
/// @dev Drawing ─draw─▶ Voting ─commit, reveal─▶ Voting
abstract contract Voting is Cases {
    using SumTree for SumTree.Tree;

    /// @dev A chain that can't keep a seed for so long has other troubles.
    uint256 internal constant MAX_REDRAWS = 3;

    /// @inheritdoc ICommittee
    function draw(bytes32 id) external {
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        require(c.phase == Phase.Drawing, WrongPhase(id, Phase.Drawing, c.phase));
        require(block.timestamp < c.deadline, TooLate(block.timestamp, c.deadline));
        if (_isMissed(c)) {
            require(c.redraws < MAX_REDRAWS, HashUnknown(c.seedBlock));
            ++c.redraws;
            _requestSeed(id, c);
        } else {
            require(block.number > c.seedBlock, TooEarly(block.number, uint256(c.seedBlock) + 1));
            c.phase = Phase.Voting;
            c.deadline = uint40(block.timestamp + c.commitFor);
            _seat(id, docket.rounds[c.round], c);
        }
        docket.head = c;
    }

    /// @inheritdoc ICommittee
    function commit(bytes32 id, uint256[] calldata seats, bytes32[] calldata commitments) external {
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        require(c.phase == Phase.Voting, WrongPhase(id, Phase.Voting, c.phase));
        require(block.timestamp < c.deadline, TooLate(block.timestamp, c.deadline));
        _requireLength(seats.length, commitments.length);
        uint256 count = Courses.seatsOf(c.firstSeats, c.round);
        for (uint256 i; i < seats.length; ++i) {
            require(seats[i] < count, SeatNotOpen(id, seats[i]));
            _commit(id, docket.rounds[c.round], c.round, uint8(seats[i]), commitments[i]);
        }
    }

    /// @inheritdoc ICommittee
    function reveal(bytes32 id, uint256[] calldata seats, bytes32[] calldata votes, bytes32[] calldata salts)
        external
    {
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        require(c.phase == Phase.Voting, WrongPhase(id, Phase.Voting, c.phase));
        require(block.timestamp >= c.deadline, TooEarly(block.timestamp, c.deadline));
        uint256 until = c.deadline + Courses.REVEAL_FOR;
        require(block.timestamp < until, TooLate(block.timestamp, until));
        _requireLength(seats.length, votes.length);
        _requireLength(seats.length, salts.length);
        for (uint256 i; i < seats.length; ++i) {
            require(seats[i] < Courses.MAX_SEATS, SeatNotOpen(id, seats[i]));
            _reveal(id, docket.rounds[c.round], c.round, uint8(seats[i]), votes[i], salts[i]);
        }
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev Draws the round's seats by the hash of its seed's block, which is on record.
    function _seat(bytes32 id, Hearing storage hearing, Case memory c) private {
        uint256 total = _stakes.total(c.epoch);
        require(total != 0, NoVerifiers());
        bytes32 seed = BlockHashes.hashOf(c.seedBlock);
        uint256 count = Courses.seatsOf(c.firstSeats, c.round);
        address[] memory verifiers = new address[](count);
        uint256 word;
        for (uint256 seat; seat < count; ++seat) {
            uint256 ticket = uint256(keccak256(abi.encodePacked(seed, id, c.round, uint8(seat)))) % total;
            uint256 place = _stakes.find(ticket, c.epoch) + 1;
            verifiers[seat] = _verifiers[place];
            word |= place << ((seat & 7) << 5);
            if (seat & 7 == 7 || seat + 1 == count) {
                hearing.places[seat >> 3] = word;
                word = 0;
            }
        }
        hearing.info.drawer = msg.sender;
        emit SeatsDrawn(id, c.round, seed, msg.sender, c.deadline, verifiers);
    }

    function _commit(bytes32 id, Hearing storage hearing, uint8 round, uint8 seat, bytes32 commitment)
        private
    {
        uint32 committed = hearing.info.committed;
        require(committed >> seat & 1 == 0, SeatNotOpen(id, seat));
        address holder = _holderOf(hearing, seat);
        require(msg.sender == holder, NotAllowed(msg.sender, holder));
        hearing.info.committed = committed | uint32(1 << seat);
        hearing.votes[seat] = commitment;
        emit VoteCommitted(id, holder, round, seat, commitment);
    }

    function _reveal(bytes32 id, Hearing storage hearing, uint8 round, uint8 seat, bytes32 vote, bytes32 salt)
        private
    {
        uint32 revealed = hearing.info.revealed;
        // Somebody saw this transaction wait, and opened a part of it first: that must not stop the rest.
        if (revealed >> seat & 1 == 1) return;
        require(hearing.info.committed >> seat & 1 == 1, SeatNotOpen(id, seat));
        bytes32 given = keccak256(abi.encodePacked(address(this), id, round, seat, vote, salt));
        bytes32 commitment = hearing.votes[seat];
        require(given == commitment, CommitmentMismatch(commitment, given));
        hearing.info.revealed = revealed | uint32(1 << seat);
        hearing.votes[seat] = vote;
        emit VoteRevealed(id, round, seat, vote);
    }

    /// @dev Whether the seed can't be used any more: stakes have changed, or its block is not on record.
    function _isMissed(Case memory c) internal view returns (bool) {
        if (c.epoch != _epoch()) return true;
        return block.number > c.seedBlock && BlockHashes.hashOf(c.seedBlock) == 0;
    }

    function _requireLength(uint256 length, uint256 other) private pure {
        bool fits = length != 0 && length <= Courses.MAX_SEATS && other == length;
        require(fits, FieldOutOfRange("seats", length == 0 ? 0 : other, 1, Courses.MAX_SEATS));
    }
}
