// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { Slashing } from "../../../contracts/libraries/Slashing.sol";
import { Test } from "../kit/Test.sol";
import { Lemmas } from "./Lemmas.sol";
import { Unknowns } from "./Unknowns.sol";

/// @title What failing costs, for all bonds, tips, case fees and times that a request may have
/// @notice A provider's loss is counted net: callers, matchers, resolvers and challengers may all be its friends. The
/// tip that a matcher had at the start is the same whatever happens then, so it cancels out of comparisons.
contract PenaltiesProof is Test, Unknowns {
    // ────────────────────────────────── the ladder ──────────────────────────────

    function check_releasing_costs_at_most_a_fifth(IMarketTypes.Job memory job) external pure {
        uint256 timestamp = _running(job);
        Slashing.Split memory split = Slashing.released(job, timestamp);
        unchecked {
            assert(_sum(split) * 5 <= job.bond);
        }
    }

    function check_releasing_costs_less_than_expiring(IMarketTypes.Job memory job) external pure {
        uint256 timestamp = _running(job);
        Slashing.Split memory released = Slashing.released(job, timestamp);
        Slashing.Split memory expired = Slashing.expired(job.bond);
        assert(_less(_sum(released), expired.toRequester + expired.burned, job.bond));
    }

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

    /// @dev Else waiting with a release would cost nothing.
    function check_releasing_later_never_costs_less(IMarketTypes.Job memory job) external pure {
        _valid(job);
        (uint256 sooner, uint256 later) = (_any32("sooner"), _any32("later"));
        vm.assume(sooner <= later && later < job.runFor);
        unchecked {
            uint256 share = uint256(job.bond) * 15;
            uint256 length = 100 * uint256(job.runFor);
            vm.assume(Lemmas.productFits(share, sooner));
            vm.assume(Lemmas.productFits(share, later));
            vm.assume(Lemmas.productGrows(share, sooner, later));
            vm.assume(Lemmas.quotientGrows(share * sooner, share * later, length));
            uint256 cost = _sum(Slashing.released(job, job.acceptedAt + sooner));
            assert(cost <= _sum(Slashing.released(job, job.acceptedAt + later)));
        }
    }

    // ─────────────────────────────────── friends ────────────────────────────────

    /// @dev A matcher's tip comes from the requester; here it goes back to it, out of the bond.
    function check_a_matcher_earns_nothing_by_a_provider_of_its_own_that_releases(IMarketTypes.Job memory job)
        external
        pure
    {
        uint256 timestamp = _running(job);
        Slashing.Split memory split = Slashing.released(job, timestamp);
        assert(job.bond == 0 || _sum(split) > job.tipPaid);
        assert(split.toRequester >= job.tipPaid);
    }

    /// @dev At least 30% of the bond is gone even if everybody who is paid is one.
    function check_whoever_challenges_itself_through_friends_loses(IMarketTypes.Job memory job)
        external
        pure
    {
        _valid(job);
        (uint256 toResolver, uint256 toChallenger, Slashing.Split memory split) = Slashing.rejected(job, true);
        unchecked {
            uint256 back = toResolver + toChallenger + split.toRequester + split.toCaller;
            assert(_less(back, job.bond, job.bond));
            assert(back * 10 <= uint256(job.bond) * 7);
        }
    }

    // ─────────────────────────────────── the parts ──────────────────────────────

    function check_the_parts_of_a_wrong_results_bond_sum_to_it(IMarketTypes.Job memory job, bool challenged)
        external
        pure
    {
        _valid(job);
        (uint256 toResolver, uint256 toChallenger, Slashing.Split memory split) =
            Slashing.rejected(job, challenged);
        unchecked {
            assert(toResolver + toChallenger + _sum(split) == job.bond);
            assert(toResolver == job.caseFee && split.toCaller == 0);
            uint256 share = uint256(job.bond - job.caseFee) * 30 / 100;
            assert(split.toRequester == share && toChallenger == (challenged ? share : 0));
        }
    }

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

    function check_a_released_bond_repays_the_tip_and_the_time(IMarketTypes.Job memory job) external pure {
        uint256 timestamp = _running(job);
        Slashing.Split memory split = Slashing.released(job, timestamp);
        unchecked {
            uint256 elapsed = timestamp - job.acceptedAt;
            uint256 forTime = uint256(job.bond) * 15 * elapsed / (100 * uint256(job.runFor));
            assert(split.toRequester == forTime + job.tipPaid);
            assert(split.burned == uint256(job.bond) * 5 / 100 - job.tipPaid && split.toCaller == 0);
        }
    }

    // ─────────────────────────────── what may be given ──────────────────────────

    /// @dev What Requests.requireValid lets pass (OrdersProof says that it does), or more.
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

    /// @dev No percentage overflows, and what dividing by 100 does to each.
    function _tellOfPercents(uint256 amount) private pure {
        uint8[6] memory percents = [1, 5, 15, 25, 30, 50];
        for (uint256 i; i < percents.length; ++i) {
            vm.assume(Lemmas.productFits(amount, percents[i]));
            unchecked {
                vm.assume(Lemmas.hundredths(amount * percents[i]));
            }
        }
    }

    /// @dev And any time it can be released at; the facts say that its part of the time costs at most its part of 15%.
    function _running(IMarketTypes.Job memory job) private pure returns (uint256 timestamp) {
        _valid(job);
        uint256 elapsed = _any32("elapsed");
        vm.assume(elapsed < job.runFor);
        unchecked {
            uint256 share = uint256(job.bond) * 15;
            vm.assume(Lemmas.productFits(share, elapsed));
            vm.assume(Lemmas.partGrows(share, elapsed, job.runFor));
            return job.acceptedAt + elapsed;
        }
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
