// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

/// @title Stake comes from free money, and goes back after a cooldown
contract StakingTest is Refusals {
    function test_stake_comes_from_what_is_free() external {
        vm.expectEmit(address(market));
        emit IMarketEvents.Staked(requester, 100);
        vm.prank(requester);
        market.stake(100);
        Account memory a = market.accountOf(requester);
        vm.assertEq(a.free, WEALTH - 100, "free");
        vm.assertEq(a.staked, 100, "staked");
        vm.assertEq(a.bonded, 0, "bonded");
    }

    function test_no_more_than_what_is_free_is_staked() external {
        _refuseFree(requester, WEALTH, uint256(WEALTH) + 1);
        vm.prank(requester);
        market.stake(WEALTH + 1);
    }

    function test_nothing_is_no_amount() external {
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(provider);
        market.stake(0);
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(provider);
        market.unstake(0);
        _refuseRange("unbonding", 0, 1, type(uint96).max);
        vm.prank(provider);
        market.withdrawStake();
    }

    function test_stake_leaves_after_the_cooldown() external {
        uint256 maturesAt = _now() + COOLDOWN;
        vm.expectEmit(address(market));
        emit IMarketEvents.Unstaked(provider, 100, uint64(maturesAt));
        vm.prank(provider);
        market.unstake(100);
        Account memory a = market.accountOf(provider);
        vm.assertEq(a.staked, WEALTH / 2 - 100, "staked");
        vm.assertEq(a.unbonding, 100, "unbonding");
        vm.assertEq(a.maturesAt, maturesAt, "when");

        _moveTo(maturesAt - 1);
        _refuseUntil(maturesAt);
        vm.prank(provider);
        market.withdrawStake();

        _moveTo(maturesAt);
        vm.expectEmit(address(market));
        emit IMarketEvents.StakeWithdrawn(provider, 100);
        vm.prank(provider);
        market.withdrawStake();
        a = market.accountOf(provider);
        vm.assertEq(a.free, WEALTH / 2 + 100, "free again");
        vm.assertEq(a.unbonding, 0, "nothing leaves");
        vm.assertEq(a.maturesAt, 0, "nor when");
    }

    function test_more_that_leaves_restarts_the_cooldown_of_all() external {
        vm.prank(provider);
        market.unstake(100);
        _pass(COOLDOWN - 1);
        vm.prank(provider);
        market.unstake(50);
        Account memory a = market.accountOf(provider);
        vm.assertEq(a.unbonding, 150, "together");
        vm.assertEq(a.maturesAt, _now() + COOLDOWN, "from now");
    }

    function test_bonded_stake_does_not_leave() external {
        _accept(_request());
        vm.assertEq(market.accountOf(provider).bonded, BOND, "bonded");
        uint96 unbonded = WEALTH / 2 - BOND;
        _refuseStake(provider, unbonded, unbonded + 1);
        vm.prank(provider);
        market.unstake(unbonded + 1);
        vm.prank(provider);
        market.unstake(unbonded);
        vm.assertEq(market.accountOf(provider).staked, BOND, "the bond stays");
    }

    function test_a_bond_needs_as_much_unbonded_stake() external {
        vm.prank(provider);
        market.unstake(WEALTH / 2 - BOND + 1);
        Request memory r = _request();
        _post(r);
        _refuseStake(provider, BOND - 1, BOND);
        vm.prank(provider);
        market.accept(r, new bytes32[](0));
    }

    function test_a_standing_stake_counts_with_its_bonds() external {
        vm.prank(provider);
        market.unstake(WEALTH / 2 - 2 * BOND);
        Request memory r = _request();
        r.minStake = 2 * BOND;
        _accept(r); // all of it unbonded
        r = _request();
        r.minStake = 2 * BOND;
        _accept(r); // half of it bonded: both count
        vm.assertEq(market.accountOf(provider).bonded, 2 * BOND, "both");
    }

    function test_less_stake_than_the_request_asks_for_is_too_low() external {
        Request memory r = _request();
        r.minStake = WEALTH / 2 + 1;
        _post(r);
        _refuseStakeTooLow(provider, WEALTH / 2, r.minStake);
        vm.prank(provider);
        market.accept(r, new bytes32[](0));
    }

    function test_a_cooldown_lasts_90_days_at_most() external {
        bytes memory code = vm.getCode("Market.sol:Market");
        (bool made,) = _create(abi.encodePacked(code, abi.encode(token, uint64(90 days))));
        vm.assertTrue(made, "90 days");
        bytes memory refusal;
        (made, refusal) = _create(abi.encodePacked(code, abi.encode(token, uint64(90 days + 1))));
        vm.assertTrue(!made, "a second more");
        bytes memory expected = abi.encodeWithSelector(
            IErrors.FieldOutOfRange.selector, bytes32("cooldown"), 90 days + 1, 0, 90 days
        );
        vm.assertEq(refusal, expected, "the refusal");
    }
}
