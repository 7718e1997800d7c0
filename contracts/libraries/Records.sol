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
        IMarketTypes.State actual = stateOf(word);
        require(actual == expected, IMarketErrors.WrongState(id, expected, actual));
    }

    /// @dev A copy of `given`, after checking that it is the record of job `id` in state `expected`.
    /// Copied as it is: bits beyond a member's type would give another hash than the stored one.
    function load(Slot storage slot, bytes32 id, IMarketTypes.State expected, IMarketTypes.Job calldata given)
        internal
        view
        returns (IMarketTypes.Job memory job)
    {
        uint256 word = requireState(slot, id, expected);
        assembly ("memory-safe") {
            calldatacopy(job, given, JOB_BYTES)
        }
        requireRecord(word, id, job);
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
