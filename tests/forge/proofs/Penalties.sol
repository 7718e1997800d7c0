// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { Slashing } from "../../../contracts/libraries/Slashing.sol";
import { Test } from "../kit/Test.sol";
import { Lemmas } from "./Lemmas.sol";
import { Unknowns } from "./Unknowns.sol";

/// @title What failing costs, for all bonds and case fees that a request may have
/// @notice A provider's loss is counted net: callers, matchers, resolvers and challengers may all be its friends. The
/// tip that a matcher had at the start is the same whatever happens then, so it cancels out of comparisons.
contract PenaltiesProof is Test, Unknowns {
    // ────────────────────────────────── the ladder ──────────────────────────────

    function check_expiring_costs_less_than_a_void_claim() external pure {
        uint96 bond = _bond();
        Slashing.Split memory expired = Slashing.expired(bond);
        Slashing.Split memory voided = Slashing.voided(bond);
        // An expiry that a stranger ends against a void that a friend ends.
        assert(_less(_sum(expired), voided.toRequester + voided.burned, bond));
    }

    /// @dev Even if the challenger and the resolver are the provider's friends.
    function check_a_void_claim_costs_less_than_a_wrong_result(IMarketTypes.Job memory job, bool challenged)
        external
        pure
    {
        _valid(job);
        Slashing.Split memory voided = Slashing.voided(job.bond);
        (,, Slashing.Split memory split) = Slashing.rejected(job, challenged);
        assert(_less(_sum(voided), split.toRequester + split.burned, job.bond));
    }

    // ─────────────────────────────────── the parts ──────────────────────────────

    function check_an_expired_bond_loses_a_quarter() external pure {
        uint96 bond = _any96("bond");
        Slashing.Split memory split = Slashing.expired(bond);
        assert(_sum(split) == uint256(bond) * 25 / 100);
        assert(split.toCaller == uint256(bond) / 100 && split.burned == 0);
    }

    function check_a_voided_bond_loses_half() external pure {
        uint96 bond = _any96("bond");
        Slashing.Split memory split = Slashing.voided(bond);
        assert(_sum(split) == uint256(bond) * 50 / 100);
        assert(split.toCaller == uint256(bond) / 100 && split.burned == 0);
    }

    // ─────────────────────────────── what may be given ──────────────────────────

    /// @dev What Requests.requireValid lets pass, or more.
    function _valid(IMarketTypes.Job memory job) private pure {
        job.bond = _bond();
        job.tipPaid = _any96("tip");
        job.caseFee = _any96("caseFee");
        job.runFor = _any32("runFor");
        job.acceptedAt = _any64("acceptedAt");
        unchecked {
            vm.assume(uint256(job.tipPaid) * 40 <= job.bond);
            vm.assume(uint256(job.caseFee) * 4 <= job.bond);
            _tellOfPercents(job.bond - job.caseFee);
        }
        vm.assume(job.runFor != 0);
    }

    function _bond() private pure returns (uint96 bond) {
        bond = _any96("bond");
        bool valid;
        assembly ("memory-safe") {
            valid := or(iszero(bond), gt(bond, 9999)) // without a jump
        }
        vm.assume(valid);
        _tellOfPercents(bond);
    }

    /// @dev None overflows.
    function _tellOfPercents(uint256 amount) private pure {
        vm.assume(Lemmas.productFits(amount, 5));
        vm.assume(Lemmas.productFits(amount, 15));
        vm.assume(Lemmas.productFits(amount, 25));
        vm.assume(Lemmas.productFits(amount, 30));
        vm.assume(Lemmas.productFits(amount, 50));
    }

    /// @dev A bond of nothing can lose nothing.
    function _less(uint256 a, uint256 b, uint96 bond) private pure returns (bool) {
        return bond == 0 ? a == 0 && b == 0 : a < b;
    }

    function _sum(Slashing.Split memory split) private pure returns (uint256) {
        unchecked {
            return split.toRequester + split.toCaller + split.burned;
        }
    }
}
