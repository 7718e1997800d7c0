// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "../kit/Test.sol";

/// @title Invariant 9: what a call may use, whatever else there is in the market
abstract contract Gas is Test {
    /// @dev The most that a call of a function has used, above what its calldata's size allows.
    mapping(bytes4 selector => uint256) internal mostGas;
    bytes4[] internal selectors;

    function _gasIsBounded(bytes4 selector, uint256 gas, uint256 size) internal {
        if (mostGas[selector] == 0) selectors.push(selector);
        if (gas > mostGas[selector]) mostGas[selector] = gas;
        size;
    }
}
