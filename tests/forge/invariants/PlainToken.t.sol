// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Campaign } from "./Campaign.sol";

/// @title The play with the reference token
contract PlainTokenTest is Campaign {
    function _isMoody() internal pure override returns (bool) {
        return false;
    }
}
