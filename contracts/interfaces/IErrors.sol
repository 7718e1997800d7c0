// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What both the market and the committee refuse, with both sides of each comparison
interface IErrors {
    /// @notice `field` (ASCII) is `value`, but must lie in `min..max`, both included.
    error FieldOutOfRange(bytes32 field, uint256 value, uint256 min, uint256 max);
    /// @notice `account` has `free` to spend, but `needed` are asked of it.
    error InsufficientFree(address account, uint256 free, uint256 needed);
    /// @notice `account` has `available` stake that it may take, but `needed` are asked of it.
    error InsufficientStake(address account, uint256 available, uint256 needed);
    /// @notice Tokens sent to `to` would be lost.
    error RecipientRefused(address to);
    /// @notice Only `owner` may do this.
    error NotAllowed(address caller, address owner);
    /// @notice Allowed from `from` on.
    error TooEarly(uint256 timestamp, uint256 from);
    /// @notice Allowed before `until` only.
    error TooLate(uint256 timestamp, uint256 until);
}
