// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../interfaces/IMarketTypes.sol";
import { Slashing } from "../libraries/Slashing.sol";

/// @title Opens the penalties to tests, for jobs whose tip was paid out too
contract SlashingHarness {
    function released(IMarketTypes.Job calldata job, uint256 timestamp)
        external
        pure
        returns (Slashing.Split memory)
    {
        return Slashing.released(job, timestamp);
    }

    function expired(uint96 bond) external pure returns (Slashing.Split memory) {
        return Slashing.expired(bond);
    }

    function voided(uint96 bond) external pure returns (Slashing.Split memory) {
        return Slashing.voided(bond);
    }

    /// @return given To the resolver, challenger, requester, caller, and what is burned.
    function rejected(IMarketTypes.Job calldata job, bool challenged)
        external
        pure
        returns (uint256[5] memory given)
    {
        Slashing.Split memory split;
        (given[0], given[1], split) = Slashing.rejected(job, challenged);
        (given[2], given[3], given[4]) = (split.toRequester, split.toCaller, split.burned);
    }
}
