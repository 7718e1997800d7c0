// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "./IMarketTypes.sol";

/// @title Everything the market refuses, with both sides of each comparison
interface IMarketErrors is IMarketTypes {
    /// @notice `field` (ASCII) is `value`, but must lie in `min..max`, both included.
    error FieldOutOfRange(bytes32 field, uint256 value, uint256 min, uint256 max);
    /// @notice `account` has `free` to spend, but `needed` are asked of it.
    error InsufficientFree(address account, uint256 free, uint256 needed);
    /// @notice `account` has `available` unbonded stake, but `needed` are asked of it.
    error InsufficientStake(address account, uint256 available, uint256 needed);
    /// @notice `account` stakes `staked` in all, less than the job's `minStake`.
    error StakeTooLow(address account, uint256 staked, uint256 minStake);
    /// @notice The token credited `arrived` for a transfer of `asked`: it takes a fee or rebases.
    error DepositMismatch(uint256 asked, uint256 arrived);
    /// @notice There is no contract at `token`.
    error NoTokenAt(address token);
    /// @notice Tokens sent to `to` would be lost: it is the zero address or the market itself.
    error RecipientRefused(address to);
    /// @notice Job `id` is in state `actual`; the call is for state `expected`.
    error WrongState(bytes32 id, State expected, State actual);
    /// @notice The passed `Job` hashes to `given`; storage holds `stored`.
    error JobMismatch(bytes32 id, uint248 stored, uint248 given);
    /// @notice Only `owner` may do this to the job.
    error NotAllowed(address caller, address owner);
    /// @notice The request's `providers` does not admit `provider`.
    error ProviderNotAllowed(address provider, bytes32 providers);
    /// @notice Allowed from `from` on.
    error TooEarly(uint256 timestamp, uint256 from);
    /// @notice Allowed before `until` only.
    error TooLate(uint256 timestamp, uint256 until);
    /// @notice The order was signed under counter `given`; the author's is `current`.
    error CounterMismatch(uint64 current, uint64 given);
    /// @notice The opening seals to `given`; the claim's seal is `seal`.
    error SealMismatch(bytes32 seal, bytes32 given);
}
