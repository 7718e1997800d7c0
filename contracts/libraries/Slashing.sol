// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../interfaces/IMarketTypes.sol";

/// @title What failing costs a provider, and who gets it
/// @notice Shares are percent of the bond, floored; the party named last takes the remainder.
/// Net of rewards to the caller, who may be the provider's friend: release (at most 20%) < expire
/// (24%) < void (49%) < a rejected result (all). No worse act costs less.
library Slashing {
    /// @dev Part of a released bond lost at once, however early: bonds are no free option on a job.
    uint256 internal constant RELEASE_PERCENT = 5;
    /// @dev Part of a released bond that grows with the time the requester lost.
    uint256 internal constant RELEASE_ELAPSED_PERCENT = 15;
    /// @dev More than any release, so that giving a job back beats letting it run out.
    uint256 internal constant EXPIRE_PERCENT = 25;
    /// @dev A claim that nobody can open blocks the requester longest, short of a wrong result.
    uint256 internal constant VOID_PERCENT = 50;
    /// @dev Of a wrong result's bond less the case's cost: the victim's, before all others.
    uint256 internal constant REJECTED_REQUESTER_PERCENT = 30;
    /// @dev Pays whoever proves a wrong result. Together they get less than all, so that nobody profits from
    /// a wrong result of its own that its friends challenge.
    uint256 internal constant REJECTED_CHALLENGER_PERCENT = 30;
    /// @dev Pays whoever ends a dead job, so that no bot of the operator is needed.
    uint256 internal constant CALLER_PERCENT = 1;

    /// @notice Where a slashed part of a bond goes; the sum is what the provider loses.
    struct Split {
        uint256 toRequester;
        uint256 toCaller;
        uint256 burned;
    }

    function released(IMarketTypes.Job memory job, uint256 timestamp)
        internal
        pure
        returns (Split memory split)
    {
        uint256 base = _percent(job.bond, RELEASE_PERCENT);
        uint256 elapsed = timestamp - job.acceptedAt; // < runFor, see the caller
        split.toRequester =
            uint256(job.bond) * RELEASE_ELAPSED_PERCENT * elapsed / (100 * uint256(job.runFor)) + job.tipPaid;
        split.burned = base - job.tipPaid; // tip <= bond/40 <= base, see Requests
    }

    function expired(uint96 bond) internal pure returns (Split memory) {
        return _rewarded(bond, EXPIRE_PERCENT);
    }

    function voided(uint96 bond) internal pure returns (Split memory) {
        return _rewarded(bond, VOID_PERCENT);
    }

    /// @dev All of the bond: beside the split, `toResolver` and `toChallenger`.
    function rejected(IMarketTypes.Job memory job, bool challenged)
        internal
        pure
        returns (uint256 toResolver, uint256 toChallenger, Split memory split)
    {
        toResolver = job.caseFee; // <= bond/4, see Requests
        uint96 rest = uint96(job.bond - toResolver);
        if (challenged) toChallenger = _percent(rest, REJECTED_CHALLENGER_PERCENT);
        split.toRequester = _percent(rest, REJECTED_REQUESTER_PERCENT);
        split.burned = rest - toChallenger - split.toRequester;
    }

    function _rewarded(uint96 bond, uint256 percent) private pure returns (Split memory split) {
        split.toCaller = _percent(bond, CALLER_PERCENT);
        split.toRequester = _percent(bond, percent) - split.toCaller;
    }

    function _percent(uint96 bond, uint256 percent) private pure returns (uint256) {
        return uint256(bond) * percent / 100;
    }
}
