// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { Pricing } from "../../../contracts/libraries/Pricing.sol";
import { Slashing } from "../../../contracts/libraries/Slashing.sol";
import { Test } from "../kit/Test.sol";

/// @title Formulas whose products of unknowns no solver has got through (see tests/forge/proofs), for numbers by chance
/// @dev Any numbers that a request may have, small and large ones alike.
contract FormulasTest is Test, IMarketTypes {
    uint256 private constant MIN_BOND = 10_000;
    uint256 private constant MAX_RUN_FOR = 30 days;

    // ────────────────────────────────── penalties ───────────────────────────────

    function testFuzz_releasing_costs_less_than_expiring(uint256 seed) external pure {
        (Job memory job, uint256 timestamp) = _running(seed);
        Slashing.Split memory expired = Slashing.expired(job.bond);
        uint256 kept = job.bond == 0 ? 0 : 1; // a bond of nothing loses nothing
        vm.assertLe(
            _sum(Slashing.released(job, timestamp)) + kept, expired.toRequester + expired.burned, "net"
        );
    }

    function testFuzz_a_released_bond_loses_a_fifth_at_most(uint256 seed) external pure {
        (Job memory job, uint256 timestamp) = _running(seed);
        vm.assertLe(_sum(Slashing.released(job, timestamp)) * 5, job.bond, "a fifth");
    }

    function testFuzz_releasing_later_never_costs_less(uint256 seed, uint32 sooner) external pure {
        (Job memory job, uint256 timestamp) = _running(seed);
        uint256 earlier = job.acceptedAt + sooner % (timestamp - job.acceptedAt + 1);
        vm.assertLe(
            _sum(Slashing.released(job, earlier)), _sum(Slashing.released(job, timestamp)), "sooner, later"
        );
    }

    function testFuzz_a_matchers_tip_comes_back_out_of_a_released_bond(uint256 seed) external pure {
        (Job memory job, uint256 timestamp) = _running(seed);
        Slashing.Split memory split = Slashing.released(job, timestamp);
        vm.assertGe(split.toRequester, job.tipPaid, "the tip is repaid");
        vm.assertTrue(job.bond == 0 || _sum(split) > job.tipPaid, "and more is lost");
    }

    function testFuzz_a_wrong_results_bond_is_shared_out_to_the_unit(uint256 seed, bool challenged)
        external
        pure
    {
        Job memory job = _judged(seed);
        (uint256 toResolver, uint256 toChallenger, Slashing.Split memory split) =
            Slashing.rejected(job, challenged);
        uint256 share = (uint256(job.bond) - job.caseFee) * 30 / 100;
        vm.assertEq(toResolver + toChallenger + _sum(split), job.bond, "all of it");
        vm.assertEq(toResolver, job.caseFee, "resolver");
        vm.assertEq(toChallenger, challenged ? share : 0, "challenger");
        vm.assertEq(split.toRequester, share, "requester");
        vm.assertEq(split.toCaller, 0, "caller");
    }

    /// @dev Even if requester, resolver and challenger are all its friends.
    function testFuzz_whoever_challenges_itself_loses_three_tenths_of_the_bond(uint256 seed) external pure {
        Job memory job = _judged(seed);
        (uint256 toResolver, uint256 toChallenger, Slashing.Split memory split) = Slashing.rejected(job, true);
        uint256 back = toResolver + toChallenger + split.toRequester;
        vm.assertGe((job.bond - back) * 10, uint256(job.bond) * 3, "three tenths");
    }

    // ─────────────────────────────────── prices ─────────────────────────────────

    function testFuzz_the_price_never_falls(uint256 seed, uint64 early, uint64 late) external pure {
        Request memory r = _ramp(seed);
        (uint256 one, uint256 other) = early < late ? (early, late) : (late, early);
        one = _onOrBeside(r, one);
        other = _onOrBeside(r, other);
        if (one > other) (one, other) = (other, one);
        vm.assertLe(Pricing.unitPriceDown(r, one), Pricing.unitPriceDown(r, other), "early, late");
    }

    /// @dev price <= exact < price + 1, in numbers that are not divided.
    function testFuzz_the_price_on_the_ramp_is_rounded_down(uint256 seed, uint64 time) external pure {
        Request memory r = _ramp(seed);
        uint256 timestamp = _onOrBeside(r, time);
        if (timestamp < r.rampStart || timestamp > r.rampEnd || r.rampStart == r.rampEnd) return;
        uint256 length = r.rampEnd - r.rampStart;
        uint256 risen = Pricing.unitPriceDown(r, timestamp) - r.minUnitPrice;
        uint256 exact = uint256(r.maxUnitPrice - r.minUnitPrice) * (timestamp - r.rampStart);
        vm.assertLe(risen * length, exact, "not above");
        vm.assertLt(exact, (risen + 1) * length, "less than one below");
    }

    // ─────────────────────────────────── numbers ────────────────────────────────

    function _running(uint256 seed) private pure returns (Job memory job, uint256 timestamp) {
        uint256 bond = _sized(seed, "bond", 96);
        job.bond = uint96(bond < MIN_BOND ? bond % 2 * MIN_BOND : bond);
        job.tipPaid = uint96(_sized(seed, "tip", 96) % (uint256(job.bond) / 40 + 1));
        job.runFor = uint32(1 + _sized(seed, "runFor", 32) % MAX_RUN_FOR);
        job.acceptedAt = uint64(_sized(seed, "acceptedAt", 40));
        timestamp = job.acceptedAt + _sized(seed, "elapsed", 32) % job.runFor;
        if (_sized(seed, "last", 8) % 4 == 0) timestamp = job.acceptedAt + job.runFor - 1;
    }

    function _judged(uint256 seed) private pure returns (Job memory job) {
        (job,) = _running(seed);
        job.caseFee = uint96(_sized(seed, "caseFee", 96) % (uint256(job.bond) / 4 + 1));
    }

    function _ramp(uint256 seed) private pure returns (Request memory r) {
        (r.minUnitPrice, r.maxUnitPrice) =
        (uint96(_sized(seed, "price", 96)), uint96(_sized(seed, "other price", 96)));
        if (r.minUnitPrice > r.maxUnitPrice) {
            (r.minUnitPrice, r.maxUnitPrice) = (r.maxUnitPrice, r.minUnitPrice);
        }
        r.rampStart = uint64(_sized(seed, "start", 63));
        r.rampEnd = r.rampStart + uint64(_sized(seed, "length", 63));
    }

    /// @dev Mostly on the ramp, and a second before and after it.
    function _onOrBeside(Request memory r, uint256 time) private pure returns (uint256) {
        uint256 from = r.rampStart == 0 ? 0 : r.rampStart - 1;
        return from + time % (uint256(r.rampEnd) - from + 2);
    }

    /// @dev Any number of at most `bits` bits, of each length as often as of any other.
    function _sized(uint256 seed, string memory name, uint256 bits) private pure returns (uint256) {
        uint256 word = uint256(keccak256(abi.encode(seed, name)));
        return (word >> 16) % (1 << (word & 0xffff) % (bits + 1));
    }

    function _sum(Slashing.Split memory split) private pure returns (uint256) {
        return split.toRequester + split.toCaller + split.burned;
    }
}
