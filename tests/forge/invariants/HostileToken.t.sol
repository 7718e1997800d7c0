// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { Campaign } from "./Campaign.sol";

/// @title The play with a token that takes fees, says false, reverts and comes again
contract HostileTokenTest is Campaign {
    function _newToken() internal override returns (IERC20) {
        return IERC20(vm.deployCode("MoodyToken.sol:MoodyToken", abi.encode(address(this), SUPPLY)));
    }

    function _isMoody() internal pure override returns (bool) {
        return true;
    }
}
