// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "../kit/Test.sol";

/// @title What a call's seed decides
/// @dev The seed alone, and not how often the dice were thrown before: a sequence that forge shortens keeps its meaning.
abstract contract Dice is Test {
    bytes32 private _dice;

    function _shake(uint256 seed) internal {
        _dice = keccak256(abi.encode(seed));
    }

    /// @dev From 0 to sides - 1.
    function _throw(uint256 sides) internal returns (uint256) {
        _dice = keccak256(abi.encode(_dice));
        return uint256(_dice) % sides;
    }

    /// @dev Once in `sides` times.
    function _rarely(uint256 sides) internal returns (bool) {
        return _throw(sides) == 0;
    }

    /// @dev Of any magnitude up to `most`.
    function _amount(uint256 most) internal returns (uint256) {
        uint256 magnitude = most >> _throw(64);
        return magnitude == 0 ? 0 : _throw(magnitude + 1);
    }

    /// @dev One of `sides` that `name` has of `id` for ever.
    function _trait(bytes32 id, string memory name, uint256 sides) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(id, name))) % sides;
    }
}
