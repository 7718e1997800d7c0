// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Treasury } from "./committee/Treasury.sol";
import { Verdicts } from "./committee/Verdicts.sol";
import { Verifiers } from "./committee/Verifiers.sol";

/// @title Workbond committee
/// @notice See `ICommittee` for what it does; each concern is a base of its own:
/// Treasury (balances) ◀ Verifiers (stake by epochs) ◀ Cases (challenge, audit, appeal) ◀ Voting (draw, commit, reveal)
/// ◀ Verdicts (close, and who is paid).
contract Committee is Verdicts {
    /// @param market_ Whose claims it judges; their requests name this contract as their resolver.
    /// @param minStake_ The least that a verifier stakes, in base units of the market's token.
    constructor(address market_, uint96 minStake_) Treasury(market_) Verifiers(minStake_) { }
}
