// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "./IErrors.sol";
import { ICommitteeTypes } from "./ICommitteeTypes.sol";

/// @title What the committee alone refuses
interface ICommitteeErrors is IErrors, ICommitteeTypes {
    /// @notice The request's policy names no first round or rate that there is (see `ICommitteeTypes`).
    error PolicyInvalid(bytes32 policy);
    /// @notice The case could take `course` seconds, and the request leaves it `caseFor`.
    error CaseTooLong(uint256 course, uint256 caseFor);
    /// @notice Case `id` is in phase `actual`; the call is for phase `expected`.
    error WrongPhase(bytes32 id, Phase expected, Phase actual);
    /// @notice The lottery did not choose job `id` for an audit.
    error NotDrawn(bytes32 id);
    /// @notice The hash of block `number` is not on record (any more, or yet).
    error HashUnknown(uint256 number);
    /// @notice No stake is active in this epoch.
    error NoVerifiers();
    /// @notice The round has no seat `seat`, or it can't do this (again).
    error SeatNotOpen(bytes32 id, uint256 seat);
    /// @notice The vote and salt commit to `given`; the seat committed to `commitment`.
    error CommitmentMismatch(bytes32 commitment, bytes32 given);
    /// @notice Round `round` was the last, or seats that committed can still reveal.
    error NotAppealable(bytes32 id, uint256 round);
    /// @notice Commits of case `id`'s first round are over: nobody can join it any more.
    error JoinTooLate(bytes32 id);
    /// @notice The market holds no open case of job `id` (any more).
    error NotDisputed(bytes32 id);
    /// @notice The market has not ended case `id`.
    error CaseOpen(bytes32 id);
}
