// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "../interfaces/IMarketErrors.sol";
import { IMarketTypes } from "../interfaces/IMarketTypes.sol";

/// @title The one storage slot of a job
/// @dev  255     248 247                                                        0
///      ┌─────────┬─────────────────────────────────────────────────────────────┐
///      │ State   │ low 248 bits of keccak256(abi.encode(Job)); zero unless live │
///      └─────────┴─────────────────────────────────────────────────────────────┘
/// An open job needs no hash: its id is the digest of the whole request.
library Records {
    /// @notice The slot; a struct, so that functions here can take a pointer to it.
    struct Slot {
        uint256 word;
    }

    /// @dev Words of the Job struct, all static.
    uint256 private constant JOB_BYTES = 24 * 32;

    // ────────────────────────────────── write ───────────────────────────────────

    function store(Slot storage slot, IMarketTypes.State state, IMarketTypes.Job memory job) internal {
        slot.word = uint256(state) << 248 | hash(job);
    }

    /// @dev For states that need no record: Open and the final ones.
    function store(Slot storage slot, IMarketTypes.State state) internal {
        slot.word = uint256(state) << 248;
    }

    // ─────────────────────────────────── read ───────────────────────────────────

    /// @dev Reverts unless job `id` is in state `expected`.
    function requireState(Slot storage slot, bytes32 id, IMarketTypes.State expected)
        internal
        view
        returns (uint256 word)
    {
        word = slot.word;
        require(word >> 248 == uint256(expected), IMarketErrors.WrongState(id, expected, stateOf(word)));
    }

    /// @dev A copy of `given`, after checking that it is the record of job `id` in state `expected`.
    /// Copied as it is: bits beyond a member's type would give another hash than the stored one.
    function load(Slot storage slot, bytes32 id, IMarketTypes.State expected, IMarketTypes.Job calldata given)
        internal
        view
        returns (IMarketTypes.Job[] memory one)
    {
        uint256 word = requireState(slot, id, expected);
        one = copy(given);
        requireRecord(word, id, one[0]);
    }

    /// @dev Without a look at its types: only for what is held against a hash on record. A list of one,
    /// since a returned struct would be filled with zeros first (saves 350 gas).
    function copy(IMarketTypes.Job calldata given) internal pure returns (IMarketTypes.Job[] memory one) {
        assembly ("memory-safe") {
            one := mload(0x40)
            mstore(one, 1)
            mstore(add(one, 32), add(one, 64))
            calldatacopy(add(one, 64), given, JOB_BYTES)
            mstore(0x40, add(one, 832)) // 64 + JOB_BYTES
        }
    }

    /// @dev The record of a job that starts now; its members from `claimedAt` on are zero. `r` and the numbers
    /// must be clean. A list of one, as in `copy`; copied word by word (saves 900 gas against an empty struct
    /// that is filled member by member).
    function started(IMarketTypes.Request memory r, address provider, uint256 price, uint256 tipPaid)
        internal
        view
        returns (IMarketTypes.Job[] memory one)
    {
        assembly ("memory-safe") {
            one := mload(0x40)
            let job := add(one, 64)
            mstore(one, 1)
            mstore(add(one, 32), job)
            mstore(job, mload(r)) // requester
            mstore(add(job, 32), provider)
            mstore(add(job, 64), mload(add(r, 512))) // resolver
            mstore(add(job, 96), mload(add(r, 128))) // flat
            mstore(add(job, 128), price)
            mstore(add(job, 160), mload(add(r, 288))) // maxUnits
            mstore(add(job, 192), mload(add(r, 320))) // bond
            mstore(add(job, 224), mload(add(r, 608))) // caseFee
            mstore(add(job, 256), mload(add(r, 640))) // demandFee
            mstore(add(job, 288), mload(add(r, 96))) // tasks
            mstore(add(job, 320), mload(add(r, 448))) // runFor
            mstore(add(job, 352), mload(add(r, 480))) // challengeFor
            mstore(add(job, 384), mload(add(r, 576))) // caseFor
            mstore(add(job, 416), timestamp()) // acceptedAt
            mstore(add(job, 448), tipPaid)
            calldatacopy(add(job, 480), calldatasize(), 288) // zeros
            mstore(0x40, add(one, 832)) // 64 + JOB_BYTES
        }
    }

    function stateOf(uint256 word) internal pure returns (IMarketTypes.State) {
        return IMarketTypes.State(word >> 248);
    }

    /// @dev Reverts unless `job` is the record that `word` holds.
    function requireRecord(uint256 word, bytes32 id, IMarketTypes.Job memory job) internal pure {
        uint248 given = hash(job);
        require(uint248(word) == given, IMarketErrors.JobMismatch(id, uint248(word), given));
    }

    function hash(IMarketTypes.Job memory job) internal pure returns (uint248 h) {
        // A struct of static members lies in memory as abi.encode would lay it out.
        assembly ("memory-safe") {
            h := and(keccak256(job, JOB_BYTES), sub(shl(248, 1), 1))
        }
    }
}
