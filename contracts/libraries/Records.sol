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
    /// @dev Words of the Job struct, all static.
    uint256 private constant JOB_BYTES = 24 * 32;

    function hash(IMarketTypes.Job memory job) internal pure returns (uint248 h) {
        // A struct of static members lies in memory as abi.encode would lay it out.
        assembly ("memory-safe") {
            h := and(keccak256(job, JOB_BYTES), sub(shl(248, 1), 1))
        }
    }

    function pack(IMarketTypes.State state, IMarketTypes.Job memory job) internal pure returns (uint256) {
        return pack(state) | hash(job);
    }

    function pack(IMarketTypes.State state) internal pure returns (uint256) {
        return uint256(state) << 248;
    }

    function stateOf(uint256 slot) internal pure returns (IMarketTypes.State) {
        return IMarketTypes.State(slot >> 248);
    }

    /// @dev Reverts unless job `id` is in state `expected`.
    function requireState(uint256 slot, bytes32 id, IMarketTypes.State expected) internal pure {
        IMarketTypes.State actual = stateOf(slot);
        require(actual == expected, IMarketErrors.WrongState(id, expected, actual));
    }

    /// @dev Reverts unless `job` is the record that `slot` holds.
    function requireRecord(uint256 slot, bytes32 id, IMarketTypes.Job memory job) internal pure {
        uint248 given = hash(job);
        require(uint248(slot) == given, IMarketErrors.JobMismatch(id, uint248(slot), given));
    }
}
