// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { Pricing } from "../../../contracts/libraries/Pricing.sol";
import { Test } from "../kit/Test.sol";
import { Lemmas } from "./Lemmas.sol";
import { Unknowns } from "./Unknowns.sol";

/// @title What a job costs, for all requests and jobs
contract PricesProof is Test, Unknowns {
    using Pricing for IMarketTypes.Request;
    using Pricing for IMarketTypes.Job;

    // ─────────────────────────────────── ramp ───────────────────────────────────

    function check_the_price_lies_between_its_bounds(IMarketTypes.Request memory r, uint256 timestamp)
        external
        pure
    {
        vm.assume(r.minUnitPrice <= r.maxUnitPrice);
        _tellOfRamp(r, timestamp);
        uint256 price = r.unitPriceDown(timestamp);
        assert(r.minUnitPrice <= price && price <= r.maxUnitPrice);
    }

    function check_the_price_never_falls() external pure {
        IMarketTypes.Request memory r = _ramp();
        (uint256 early, uint256 late) = (_any64("early"), _any64("late"));
        vm.assume(early <= late);
        _tellOfRamp(r, early);
        _tellOfRamp(r, late);
        unchecked {
            uint256 rise = uint256(r.maxUnitPrice) - r.minUnitPrice;
            uint256 length = uint256(r.rampEnd) - r.rampStart;
            vm.assume(Lemmas.productGrows(rise, early - r.rampStart, late - r.rampStart));
            vm.assume(Lemmas.quotientGrows(rise * (early - r.rampStart), rise * (late - r.rampStart), length));
        }
        assert(r.unitPriceDown(early) <= r.unitPriceDown(late));
    }

    function check_the_price_on_the_ramp_is_rounded_down() external pure {
        IMarketTypes.Request memory r = _ramp();
        uint256 timestamp = _any64("timestamp");
        vm.assume(r.rampStart < timestamp);
        vm.assume(timestamp < r.rampEnd);
        _tellOfRamp(r, timestamp);
        unchecked {
            uint256 exact = (uint256(r.maxUnitPrice) - r.minUnitPrice) * (timestamp - r.rampStart);
            uint256 length = uint256(r.rampEnd) - r.rampStart;
            assert(r.unitPriceDown(timestamp) == r.minUnitPrice + exact / length);
        }
    }

    function check_the_ramp_begins_at_the_least_and_ends_at_the_highest_price(
        IMarketTypes.Request memory r,
        uint256 timestamp
    ) external pure {
        vm.assume(r.rampStart < r.rampEnd);
        if (timestamp <= r.rampStart) assert(r.unitPriceDown(timestamp) == r.minUnitPrice);
        if (timestamp >= r.rampEnd) assert(r.unitPriceDown(timestamp) == r.maxUnitPrice);
    }

    // ────────────────────────────────── payment ─────────────────────────────────

    function check_a_payment_is_at_most_the_maximum(IMarketTypes.Job memory job, uint64 totalUnits)
        external
        pure
    {
        job.demandHash = 0; // with a demand, its fees are held beside
        uint256 most = Pricing.maxPaymentDown(job.flat, job.maxUnits, job.unitPrice);
        uint256 payment = job.paymentDown(totalUnits);
        assert(payment <= most && payment <= job.escrowOf());
    }

    function check_a_payment_is_rounded_toward_the_payer(IMarketTypes.Job memory job, uint64 totalUnits)
        external
        pure
    {
        unchecked {
            uint256 units = totalUnits < job.maxUnits ? totalUnits : job.maxUnits;
            uint256 exact = units * job.unitPrice;
            uint256 paid = job.paymentDown(totalUnits) - job.flat;
            assert(paid <= 2 ** 121 && paid * 1e12 <= exact && exact < (paid + 1) * 1e12);
        }
    }

    function check_more_units_never_cost_less(IMarketTypes.Job memory job, uint64 fewer, uint64 more)
        external
        pure
    {
        vm.assume(fewer <= more);
        assert(job.paymentDown(fewer) <= job.paymentDown(more));
    }

    // ────────────────────────────────── escrow ──────────────────────────────────

    /// @dev So what acceptance refunds is never negative, and what is left pays whatever the job can cost.
    function check_what_posting_locks_covers_the_job(
        IMarketTypes.Request memory r,
        IMarketTypes.Job memory job
    ) external pure {
        vm.assume(job.flat == r.flat && job.maxUnits == r.maxUnits && job.caseFee == r.caseFee);
        vm.assume(job.unitPrice <= r.maxUnitPrice && job.demandHash == 0);
        assert(job.escrowOf() <= r.escrowOf());
    }

    /// @dev Every credit is of 96 bits; an escrow is at most what somebody had of it.
    function check_an_escrow_is_the_sum_of_its_parts(IMarketTypes.Request memory r) external pure {
        uint256 units = uint256(r.maxUnits) * r.maxUnitPrice / 1e12;
        assert(r.escrowOf() == uint256(r.flat) + units + r.tip + r.caseFee);
    }

    function _ramp() private pure returns (IMarketTypes.Request memory r) {
        (r.minUnitPrice, r.maxUnitPrice) = (_any96("min"), _any96("max"));
        (r.rampStart, r.rampEnd) = (_any64("start"), _any64("end"));
        vm.assume(r.minUnitPrice <= r.maxUnitPrice);
    }

    /// @dev A part of the ramp is at most the whole of it.
    function _tellOfRamp(IMarketTypes.Request memory r, uint256 timestamp) private pure {
        unchecked {
            uint256 rise = uint256(r.maxUnitPrice) - r.minUnitPrice;
            uint256 length = uint256(r.rampEnd) - r.rampStart;
            uint256 passed = timestamp - r.rampStart;
            vm.assume(Lemmas.productGrows(rise, passed, length));
            vm.assume(Lemmas.quotientGrows(rise * passed, rise * length, length));
            vm.assume(Lemmas.quotientOfProduct(rise, length));
        }
    }
}
