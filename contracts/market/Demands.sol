// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";
import { Records } from "../libraries/Records.sol";
import { ResultTree } from "../libraries/ResultTree.sol";
import { JobLife } from "./JobLife.sol";

/// @title Outputs that were claimed must be shown
/// @dev Claimed, Disputed ─demand, answer─▶ the same; see JobExits.void for what silence costs. A case stops neither: else
/// a provider's friend could open one at once, for a right claim whose output nobody shall see.
abstract contract Demands is JobLife {
    using Records for Records.Slot;
    using Records for uint256;

    /// @dev An answer's calldata and proofs stay far below a block's gas.
    uint256 internal constant MAX_PAIRS = 8;
    /// @dev In an answer, behind the pair and the leaf.
    uint256 private constant LEAF_END = 1 + ResultTree.LEAF_BYTES;

    /// @inheritdoc IMarket
    function demand(bytes32 id, Job calldata job, uint64[] calldata pairs) external {
        Records.Slot storage slot = _jobs[id];
        State state = _claimedOrDisputed(slot);
        Job memory record = slot.load(id, state, job)[0];
        require(msg.sender == record.requester, NotAllowed(msg.sender, record.requester));
        require(block.timestamp < record.windowEnd, TooLate(block.timestamp, record.windowEnd));
        require(record.demandHash == 0, AlreadyDemanded(id));
        uint256 count = pairs.length;
        require(count != 0 && count <= MAX_PAIRS, FieldOutOfRange("pairs", count, 1, MAX_PAIRS));
        for (uint256 i; i < count; ++i) {
            uint256 task = pairs[i] >> 32;
            require(task < record.tasks, FieldOutOfRange("task", task, 0, record.tasks - 1));
        }
        uint256 fees = uint256(record.demandFee) * count;
        _debit(_accounts[msg.sender], msg.sender, fees);
        record.demandHash = keccak256(abi.encodePacked(pairs));
        record.answered = uint8(ALL_ANSWERED << count);
        record.answerBy = uint64(block.timestamp + ANSWER_FOR);
        slot.store(state, record);
        emit OutputDemanded(id, msg.sender, record.demandHash, pairs, uint96(fees), record.answerBy);
    }

    /// @inheritdoc IMarket
    function answer(
        bytes32 id,
        Job calldata job,
        uint64[] calldata pairs,
        bytes32 root,
        uint64 totalUnits,
        bytes[] calldata answers
    ) external {
        Records.Slot storage slot = _jobs[id];
        State state = _claimedOrDisputed(slot);
        Job memory record = slot.load(id, state, job)[0];
        _requireActsFor(record.provider);
        bytes32 given = keccak256(abi.encodePacked(pairs));
        require(given == record.demandHash, DemandMismatch(record.demandHash, given));
        require(block.timestamp < record.answerBy, TooLate(block.timestamp, record.answerBy));
        _requireOpens(id, record, root, totalUnits);
        uint256 count = answers.length;
        require(count != 0 && count <= MAX_PAIRS, FieldOutOfRange("answers", count, 1, MAX_PAIRS));
        uint256 answered = record.answered;
        for (uint256 i; i < count; ++i) {
            bytes calldata shown = answers[i];
            uint256 pair;
            assembly ("memory-safe") {
                pair := byte(0, calldataload(shown.offset)) // of an empty answer anything: too short anyway
            }
            // Bits beyond the demand's pairs are set from the start.
            require(pair < MAX_PAIRS && answered >> pair & 1 == 0, PairNotOpen(pair));
            answered |= 1 << pair;
            _requireShows(shown, pair, pairs[pair], record.tasks, root, totalUnits);
        }
        uint256 fees = uint256(record.demandFee) * count;
        record.answered = uint8(answered);
        if (answered == ALL_ANSWERED && record.disputedAt == 0 && !record.caseDone) {
            uint64 leastEnd = uint64(block.timestamp + record.challengeFor / 2);
            if (record.windowEnd < leastEnd) record.windowEnd = leastEnd;
        }
        slot.store(state, record);
        _credit(record.provider, fees);
        emit OutputAnswered(id, record.provider, record.answered, uint96(fees), record.windowEnd);
    }

    /// @dev The state that a job must be in: Disputed if it is, else Claimed.
    function _claimedOrDisputed(Records.Slot storage slot) private view returns (State) {
        return slot.word.stateOf() == State.Disputed ? State.Disputed : State.Claimed;
    }

    /// @dev Reverts unless `shown` (pair u8 ‖ leaf ‖ its path ‖ chunk ‖ its path) proves the chunk that
    /// `wanted` (task << 32 | chunk) names. All lengths follow from it, the job's tasks, and the leaf's
    /// outputLen.
    function _requireShows(
        bytes calldata shown,
        uint256 pair,
        uint256 wanted,
        uint256 tasks,
        bytes32 root,
        uint64 totalUnits
    ) private pure {
        unchecked {
            uint256 task = wanted >> 32;
            uint256 pathEnd = LEAF_END + ResultTree.NODE_BYTES * ResultTree.pathNodes(task, tasks);
            require(shown.length >= pathEnd, AnswerLength(pair, shown.length, pathEnd));
            // index u32 ‖ class u8 ‖ exitCode u32 ‖ units u64 ‖ outputLen u64 ‖ outputDigest …
            uint256 numbers;
            bytes32 outputDigest;
            assembly ("memory-safe") {
                numbers := calldataload(add(shown.offset, 1))
                outputDigest := calldataload(add(shown.offset, 26))
            }
            (bytes32 top, uint64 sum) = ResultTree.rootOf(
                ResultTree.leafHash(shown[1:LEAF_END]),
                uint64(numbers >> 120),
                task,
                tasks,
                shown[LEAF_END:pathEnd]
            );
            bool leads = numbers >> 224 == task && top == root && sum == totalUnits;
            require(leads, LeafMismatch(pair));
            _requireChunk(shown[pathEnd:], pair, uint32(wanted), uint64(numbers >> 56), outputDigest);
        }
    }

    /// @dev Reverts unless `shown` is chunk `index` of an output of `outputLen` bytes with this digest, and
    /// its path; nothing where the output ends before it: the leaf alone shows that.
    function _requireChunk(
        bytes calldata shown,
        uint256 pair,
        uint256 index,
        uint256 outputLen,
        bytes32 outputDigest
    ) private pure {
        unchecked {
            uint256 chunks = ResultTree.chunksOf(outputLen);
            if (index >= chunks) {
                require(shown.length == 0, AnswerLength(pair, shown.length, 0));
                return;
            }
            uint256 length = outputLen - index * ResultTree.CHUNK_BYTES;
            if (length > ResultTree.CHUNK_BYTES) length = ResultTree.CHUNK_BYTES;
            uint256 expected = length + ResultTree.HASH_BYTES * ResultTree.pathNodes(index, chunks);
            require(shown.length == expected, AnswerLength(pair, shown.length, expected));
            bytes32 digest = ResultTree.outputRootOf(shown[0:length], index, chunks, shown[length:]);
            require(digest == outputDigest, ChunkMismatch(pair));
        }
    }
}
