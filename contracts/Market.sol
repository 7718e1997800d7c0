// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Batches } from "./market/Batches.sol";
import { Cards } from "./market/Cards.sol";
import { Demands } from "./market/Demands.sol";
import { Disputes } from "./market/Disputes.sol";
import { Ledger } from "./market/Ledger.sol";
import { Staking } from "./market/Staking.sol";

/// @title Workbond market
/// @notice See `IMarket` for what it does; each concern is a base of its own:
/// Ledger (money in and out) ◀ Staking (bonds) ◀ JobLife (post to settle, delegates) ◀ JobExits ◀ Disputes; Demands,
/// SignedOrders (match and fill) ◀ Batches; Cards.
contract Market is Disputes, Demands, Batches, Cards {
    /// @param token_ The plain ERC-20 in which everything is paid.
    /// @param cooldown_ Seconds that leaving stake waits, at most 90 days.
    constructor(address token_, uint64 cooldown_) Ledger(token_) Staking(cooldown_) { }
}
