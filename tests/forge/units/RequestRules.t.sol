// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { Refusals } from "./Refusals.sol";

/// @title Each rule of a valid request, on both of its sides
contract RequestRulesTest is Refusals {
    function test_a_job_has_1_to_65536_tasks() external {
        Request memory r = _request();
        r.tasks = 0;
        _refused(r, "tasks", 0, 1, 65_536);
        r.tasks = 65_537;
        _refused(r, "tasks", 65_537, 1, 65_536);
        r.tasks = 1;
        _taken(r);
        r.tasks = 65_536;
        _taken(r);
    }

    function test_units_fit_a_signed_number_of_64_bits() external {
        Request memory r = _request();
        r.maxUnits = 1 << 63;
        _refused(r, "maxUnits", 1 << 63, 0, (1 << 63) - 1);
        r.maxUnits = (1 << 63) - 1;
        _taken(r);
        r.maxUnits = 0;
        _taken(r);
    }

    function test_the_price_does_not_fall() external {
        Request memory r = _request();
        r.minUnitPrice = r.maxUnitPrice + 1;
        _refused(r, "minUnitPrice", r.minUnitPrice, 0, r.maxUnitPrice);
        r.minUnitPrice = r.maxUnitPrice;
        _taken(r);
    }

    function test_the_ramp_starts_before_it_ends_and_ends_before_the_job_closes() external {
        Request memory r = _request();
        r.rampStart = r.rampEnd + 1;
        _refused(r, "rampStart", r.rampStart, 0, r.rampEnd);
        r.rampStart = r.rampEnd;
        _taken(r);
        r.rampEnd = r.openUntil + 1;
        _refused(r, "rampEnd", r.rampEnd, 0, r.openUntil);
        r.rampEnd = r.openUntil;
        _taken(r);
    }

    function test_a_job_is_open_for_1_second_to_90_days() external {
        Request memory r = _request();
        (r.rampStart, r.rampEnd) = (0, 0);
        uint64 now_ = uint64(_now());
        r.openUntil = now_;
        _refused(r, "openUntil", now_, now_ + 1, now_ + 90 days);
        r.openUntil = now_ + 90 days + 1;
        _refused(r, "openUntil", r.openUntil, now_ + 1, now_ + 90 days);
        r.openUntil = now_ + 1;
        _taken(r);
        r.openUntil = now_ + 90 days;
        _taken(r);
    }

    function test_a_job_runs_for_1_second_to_30_days() external {
        Request memory r = _request();
        r.runFor = 0;
        _refused(r, "runFor", 0, 1, 30 days);
        r.runFor = 30 days + 1;
        _refused(r, "runFor", 30 days + 1, 1, 30 days);
        r.runFor = 1;
        _taken(r);
        r.runFor = 30 days;
        _taken(r);
    }

    function test_a_window_lasts_30_days_at_most() external {
        Request memory r = _request();
        r.challengeFor = 30 days + 1;
        _refused(r, "challengeFor", 30 days + 1, 0, 30 days);
        r.challengeFor = 30 days;
        _taken(r);
        r.challengeFor = 0;
        _taken(r);
    }

    function test_a_bond_is_none_or_10000_at_least() external {
        Request memory r = _request();
        r.tip = 0;
        r.bond = 9_999;
        _refused(r, "bond", 9_999, 10_000, type(uint96).max);
        r.bond = 1;
        _refused(r, "bond", 1, 10_000, type(uint96).max);
        r.bond = 10_000;
        _taken(r);
        r.bond = 0;
        _taken(r);
    }

    function test_a_tip_is_a_fortieth_of_the_bond_at_most() external {
        Request memory r = _request();
        r.tip = BOND / 40 + 1;
        _refused(r, "tip", r.tip, 0, BOND / 40);
        r.tip = BOND / 40;
        _taken(r);
        (r.bond, r.tip) = (0, 1);
        _refused(r, "tip", 1, 0, 0);
    }

    function test_without_a_resolver_there_are_no_terms_of_cases() external {
        Request memory r = _request();
        r.caseFor = 1;
        _refused(r, "caseFor", 1, 0, 0);
        (r.caseFor, r.caseFee) = (0, 1);
        _refused(r, "caseFee", 1, 0, 0);
        (r.caseFee, r.policy) = (0, bytes32(uint256(1)));
        _refused(r, "policy", 1, 0, 0);
        r.policy = 0;
        _taken(r);
    }

    function test_a_case_lasts_365_days_and_costs_a_quarter_of_the_bond_at_most() external {
        Request memory r = _judged(3, 0);
        r.caseFor = 365 days + 1;
        _refused(r, "caseFor", 365 days + 1, 0, 365 days);
        r.caseFor = 365 days;
        _taken(r);
        r.caseFee = BOND / 4 + 1;
        _refused(r, "caseFee", r.caseFee, 0, BOND / 4);
        r.caseFee = BOND / 4;
        _taken(r);
        (r.bond, r.tip, r.caseFee) = (0, 0, 1);
        _refused(r, "caseFee", 1, 0, 0);
    }

    /// @dev All rules are looked at together first, where two broken ones must not cancel each other.
    function test_two_broken_rules_are_no_better_than_one() external {
        for (uint256 one; one < 10; ++one) {
            for (uint256 other; other < one; ++other) {
                Request memory r = _request();
                _break(r, one);
                _break(r, other);
                vm.expectPartialRevert(IErrors.FieldOutOfRange.selector);
                vm.prank(requester);
                market.post(r, "");
            }
        }
    }

    function _break(Request memory r, uint256 rule) private pure {
        if (rule == 0) r.tasks = 0;
        if (rule == 1) r.maxUnits = 1 << 63;
        if (rule == 2) r.minUnitPrice = r.maxUnitPrice + 1;
        if (rule == 3) r.rampStart = r.rampEnd + 1;
        if (rule == 4) r.rampEnd = r.openUntil + 1;
        if (rule == 5) r.runFor = 0;
        if (rule == 6) r.challengeFor = 30 days + 1;
        if (rule == 7) r.bond = 9999;
        if (rule == 8) r.caseFor = 1;
        if (rule == 9) r.policy = bytes32(uint256(1));
    }

    function _refused(Request memory r, bytes32 field, uint256 value, uint256 least, uint256 most) private {
        _refuseRange(field, value, least, most);
        vm.prank(requester);
        market.post(r, "");
    }

    function _taken(Request memory r) private {
        r.salt = keccak256(abi.encode(r));
        bytes32 id = _post(r);
        vm.assertTrue(market.stateOf(id) == State.Open, "posted");
    }
}
