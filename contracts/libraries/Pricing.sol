// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../interfaces/IMarketTypes.sol";

/// @title What a job costs
/// @notice All amounts in token base units, rounded down; unit prices are per 1e12 units.
library Pricing {
    uint256 internal constant UNITS_PER_PRICE = 1e12;

    /// @dev Reverse Dutch auction: min until rampStart, linear up to max at rampEnd.
    function unitPriceDown(IMarketTypes.Request memory r, uint256 timestamp) internal pure returns (uint96) {
        if (timestamp >= r.rampEnd) return r.maxUnitPrice;
        if (timestamp <= r.rampStart) return r.minUnitPrice;
        // Valid requests have min <= max and here rampStart < timestamp < rampEnd: no overflow, and
        // the result lies between min and max.
        unchecked {
            uint256 rise = uint256(r.maxUnitPrice) - r.minUnitPrice;
            return uint96(r.minUnitPrice + rise * (timestamp - r.rampStart) / (r.rampEnd - r.rampStart));
        }
    }

    /// @dev The most a job can pay at `unitPrice`: 96 bits and 64 + 96 bits / 1e12 sum to less than 122.
    function maxPaymentDown(uint96 flat, uint64 maxUnits, uint96 unitPrice) internal pure returns (uint256) {
        unchecked {
            return uint256(flat) + uint256(maxUnits) * unitPrice / UNITS_PER_PRICE;
        }
    }

    /// @dev What a job of `totalUnits` pays: never above maxPaymentDown.
    function paymentDown(IMarketTypes.Job memory job, uint64 totalUnits) internal pure returns (uint256) {
        uint64 units = totalUnits < job.maxUnits ? totalUnits : job.maxUnits;
        return maxPaymentDown(job.flat, units, job.unitPrice);
    }

    /// @dev What posting locks.
    function escrowOf(IMarketTypes.Request memory r) internal pure returns (uint256) {
        unchecked {
            return maxPaymentDown(r.flat, r.maxUnits, r.maxUnitPrice) + r.tip + r.caseFee;
        }
    }

    /// @dev What is locked from acceptance on, fees of unanswered pairs included.
    function escrowOf(IMarketTypes.Job memory job) internal pure returns (uint256 escrow) {
        unchecked {
            escrow = maxPaymentDown(job.flat, job.maxUnits, job.unitPrice) + job.caseFee;
            if (job.demandHash == 0) return escrow;
            for (uint256 open = uint8(~job.answered); open != 0; open &= open - 1) {
                escrow += job.demandFee;
            }
        }
    }
}
