// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The market's reference token: ERC-20 with EIP-2612 permits and a fixed supply
/// @notice Nobody can mint, burn, pause or take; the market works with any plain ERC-20.
contract WorkToken is ERC20, ERC20Permit {
    /// @param recipient Gets the whole supply.
    /// @param supply In base units (18 decimals).
    constructor(address recipient, uint256 supply)
        ERC20("Workbond Work", "WORK")
        ERC20Permit("Workbond Work")
    {
        _mint(recipient, supply);
    }
}
