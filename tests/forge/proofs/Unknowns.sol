// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev The cheatcodes of halmos that proofs use.
interface Svm {
    function createUint(uint256 bits, string calldata name) external pure returns (uint256);
}

/// @title Unknowns as wide as they are
/// @notice An argument of a proof is a word that is assumed to fit its type, which hides from a solver of integers
/// that it is small. These are small from the start, and still any number of so many bits.
abstract contract Unknowns {
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    function _any32(string memory name) internal pure returns (uint32) {
        return uint32(svm.createUint(32, name));
    }

    function _any64(string memory name) internal pure returns (uint64) {
        return uint64(svm.createUint(64, name));
    }

    function _any96(string memory name) internal pure returns (uint96) {
        return uint96(svm.createUint(96, name));
    }
}
