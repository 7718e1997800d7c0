// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../interfaces/ICommittee.sol";
import { IMarketTypes } from "../interfaces/IMarketTypes.sol";
import { BlockHashes } from "../libraries/BlockHashes.sol";
import { Courses } from "../libraries/Courses.sol";
import { Verifiers } from "./Verifiers.sol";

/// @title How a case comes about, and how it grows
/// @dev None ─challenge, audit─▶ Drawing; Voting ─appeal─▶ Drawing
abstract contract Cases is Verifiers {
    /// @dev More say nothing new, and closing a case looks at each.
    uint256 internal constant MAX_CHALLENGES = 16;
    /// @dev A block that nobody has seen when the stakes of the epoch are fixed.
    uint256 private constant SEED_DELAY = 2;

    /// @dev A round in storage: the votes hold commitments until they are revealed.
    struct Hearing {
        Round info;
        uint256[4] places; // of the seats' verifiers, 32 bits each, eight a word, the first lowest
        bytes32[31] votes;
    }

    struct Docket {
        Case head;
        address opener; // by the lottery
        mapping(uint256 index => Challenge) challenges;
        mapping(uint256 round => Hearing) rounds;
    }

    mapping(bytes32 id => Docket) internal _dockets;

    /// @inheritdoc ICommittee
    function challenge(IMarketTypes.Request calldata request, IMarketTypes.Job calldata job, bytes32 seal)
        external
        returns (bytes32 id)
    {
        id = _market.jobId(request);
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        if (c.phase == Phase.None) {
            _open(id, c, request, job, false);
        } else {
            bool early = c.phase == Phase.Drawing || (c.phase == Phase.Voting && block.timestamp < c.deadline);
            require(early && c.round == 0, JoinTooLate(id));
            _requireDisputed(id, job);
        }
        uint256 index = c.challenges;
        require(index < MAX_CHALLENGES, FieldOutOfRange("challenges", index + 1, 1, MAX_CHALLENGES));
        uint96 bond = uint96(Courses.challengeBond(job.caseFee, job.bond));
        _debit(msg.sender, bond);
        docket.challenges[index] = Challenge(msg.sender, bond, seal);
        c.challenges = uint8(index + 1);
        docket.head = c;
        emit Challenged(id, msg.sender, seal, bond);
    }

    /// @inheritdoc ICommittee
    function audit(IMarketTypes.Request calldata request, IMarketTypes.Job calldata job)
        external
        returns (bytes32 id)
    {
        id = _market.jobId(request);
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        require(c.phase == Phase.None, WrongPhase(id, Phase.None, c.phase));
        (, uint256 rate) = Courses.read(request.policy);
        if (rate != Courses.MAX_RATE) {
            uint256 number = uint256(job.claimBlock) + SEED_DELAY;
            bytes32 blockHash = BlockHashes.hashOf(number);
            require(blockHash != 0, HashUnknown(number));
            bytes32 ticket = keccak256(abi.encodePacked(blockHash, id, job.seal));
            require(Courses.isDrawn(ticket, rate), NotDrawn(id));
        }
        _open(id, c, request, job, true);
        docket.head = c;
        docket.opener = msg.sender;
    }

    /// @inheritdoc ICommittee
    function appeal(bytes32 id, IMarketTypes.Job calldata job) external {
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        require(c.phase == Phase.Voting, WrongPhase(id, Phase.Voting, c.phase));
        _requireDisputed(id, job);
        uint256 round = uint256(c.round) + 1;
        uint256 seats = Courses.seatsOf(c.firstSeats, round);
        bool possible = seats <= Courses.MAX_SEATS && _isComplete(c, docket.rounds[c.round].info);
        require(possible, NotAppealable(id, c.round));
        uint256 until = c.deadline + Courses.REVEAL_FOR + Courses.APPEAL_FOR;
        require(block.timestamp < until, TooLate(block.timestamp, until));
        (uint256 seatFee, uint256 tip) = Courses.feesOf(job.caseFee, c.firstSeats);
        uint256 prepaid = seats * seatFee + 2 * tip; // nobody has as much as does not fit
        _debit(msg.sender, prepaid);
        Round storage info = docket.rounds[round].info;
        info.appellant = msg.sender;
        info.prepaid = uint96(prepaid);
        c.round = uint8(round);
        c.redraws = 0;
        emit CaseAppealed(id, msg.sender, c.round, uint96(prepaid));
        _beginRound(id, c);
        docket.head = c;
    }

    // ────────────────────────────────── views ───────────────────────────────────

    /// @inheritdoc ICommittee
    function caseOf(bytes32 id) external view returns (Case memory) {
        return _dockets[id].head;
    }

    /// @inheritdoc ICommittee
    function roundOf(bytes32 id, uint256 round)
        external
        view
        returns (Round memory info, address[] memory verifiers, bytes32[] memory votes)
    {
        Docket storage docket = _dockets[id];
        Hearing storage hearing = docket.rounds[round];
        info = hearing.info;
        if (info.drawer == address(0)) return (info, verifiers, votes);
        uint256 seats = Courses.seatsOf(docket.head.firstSeats, round);
        verifiers = new address[](seats);
        votes = new bytes32[](seats);
        for (uint256 seat; seat < seats; ++seat) {
            verifiers[seat] = _holderOf(hearing, seat);
            votes[seat] = hearing.votes[seat];
        }
    }

    /// @inheritdoc ICommittee
    function challengeOf(bytes32 id, uint256 index) external view returns (Challenge memory) {
        return _dockets[id].challenges[index];
    }

    /// @inheritdoc ICommittee
    function courseOf(bytes32 policy, uint32 runFor) external pure returns (uint256) {
        (uint256 seats,) = Courses.read(policy);
        return Courses.courseOf(seats, runFor);
    }

    /// @inheritdoc ICommittee
    function feesOf(uint96 caseFee, uint8 firstSeats) external pure returns (uint256 seatFee, uint256 tip) {
        return Courses.feesOf(caseFee, firstSeats);
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev Opens the market's case, which checks that `job` is the record of `id`, and this contract its resolver.
    function _open(
        bytes32 id,
        Case memory c,
        IMarketTypes.Request calldata request,
        IMarketTypes.Job calldata job,
        bool audited
    ) private {
        (uint256 seats,) = Courses.read(request.policy);
        uint256 course = Courses.courseOf(seats, job.runFor);
        require(course <= job.caseFor, CaseTooLong(course, job.caseFor));
        require(
            job.caseFor <= Courses.MAX_CASE_FOR,
            FieldOutOfRange("caseFor", job.caseFor, course, Courses.MAX_CASE_FOR)
        );
        _market.dispute(id, job);
        c.firstSeats = uint8(seats);
        c.commitFor = uint32(Courses.commitFor(job.runFor));
        emit CaseOpened(id, job.requester, job.provider, request.policy, msg.sender, audited);
        _beginRound(id, c);
    }

    function _beginRound(bytes32 id, Case memory c) private {
        c.phase = Phase.Drawing;
        c.deadline = uint40(block.timestamp + Courses.DRAW_FOR);
        _requestSeed(id, c);
    }

    function _requestSeed(bytes32 id, Case memory c) internal {
        c.seedBlock = uint48(block.number + SEED_DELAY);
        c.epoch = uint32(_epoch());
        emit SeedRequested(id, c.round, c.seedBlock, c.epoch);
    }

    /// @dev Whether no seat can reveal any more that could have.
    function _isComplete(Case memory c, Round storage info) internal view returns (bool) {
        if (block.timestamp < c.deadline) return false;
        return block.timestamp >= c.deadline + Courses.REVEAL_FOR || info.revealed == info.committed;
    }

    function _holderOf(Hearing storage hearing, uint256 seat) internal view returns (address) {
        return _verifiers[uint32(hearing.places[seat >> 3] >> ((seat & 7) << 5))];
    }

    function _requireDisputed(bytes32 id, IMarketTypes.Job calldata job) private view {
        require(_market.check(id, job) == IMarketTypes.State.Disputed, NotDisputed(id));
    }
}
