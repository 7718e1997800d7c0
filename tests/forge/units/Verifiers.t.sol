// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { Court } from "./Court.sol";

/// @title Balances in the committee, and stake that weighs from the next epoch on
contract VerifiersTest is Court {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    /// @dev The slot of the tree's size, for what no test can reach by staking.
    bytes32 private constant PLACES = bytes32(uint256(1));

    // ───────────────────────────────── balances ─────────────────────────────────

    function test_a_deposit_is_the_committees_money_in_the_market() external {
        uint256 held = _free(address(committee));
        token.transfer(passerBy, 7);
        vm.prank(passerBy);
        token.approve(address(committee), 7);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.Deposited(passerBy, 7);
        vm.prank(passerBy);
        committee.deposit(7);
        vm.assertEq(_heldFree(passerBy), 7, "free here");
        vm.assertEq(_free(address(committee)) - held, 7, "free there");
        vm.assertEq(token.balanceOf(address(committee)), 0, "nothing stays");
    }

    function test_a_deposit_of_nothing_is_refused_by_the_market() external {
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(requester);
        committee.deposit(0);
    }

    function test_a_permit_makes_the_allowance_even_if_somebody_used_it() external {
        for (uint256 i; i < 2; ++i) {
            vm.prank(requester);
            token.approve(address(committee), 0);
            IERC20Permit permits = IERC20Permit(address(token));
            bytes32 hash = keccak256(
                abi.encode(PERMIT, requester, committee, 7, permits.nonces(requester), type(uint64).max)
            );
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(
                requesterKey, keccak256(abi.encodePacked(hex"1901", permits.DOMAIN_SEPARATOR(), hash))
            );
            if (i == 1) permits.permit(requester, address(committee), 7, type(uint64).max, v, r, s);
            vm.prank(requester);
            committee.depositWithPermit(7, type(uint64).max, v, r, s);
            vm.assertEq(_heldFree(requester), 7 * (i + 1), "free");
        }
    }

    function test_what_is_free_can_be_sent_to_anybody() external {
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.Withdrawn(challenger, passerBy, 1e9);
        vm.prank(challenger);
        committee.withdraw(passerBy, 1e9);
        vm.assertEq(token.balanceOf(passerBy), 1e9, "arrived");
        vm.assertEq(_heldFree(challenger), 0, "nothing left");
        _refuseFree(challenger, 0, 1);
        vm.prank(challenger);
        committee.withdraw(passerBy, 1);
    }

    function test_tokens_are_not_sent_where_they_would_be_lost() external {
        address[3] memory places = [address(committee), address(market), address(0)];
        for (uint256 i; i < places.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IErrors.RecipientRefused.selector, places[i]));
            vm.prank(challenger);
            committee.withdraw(places[i], 1);
        }
        vm.assertEq(_heldFree(challenger), 1e9, "nothing moved");
    }

    // ─────────────────────────────────── stake ──────────────────────────────────

    function test_stake_weighs_from_the_next_epoch_on() external {
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.Staked(challenger, 50_000, 4, uint32(_now() / 1 days + 1));
        vm.prank(challenger);
        committee.stake(50_000);
        Verifier memory v = committee.verifierOf(challenger);
        vm.assertEq(v.free, 1e9 - 50_000, "free");
        vm.assertEq(v.active, 0, "not yet");
        vm.assertEq(v.staked, 50_000, "staked");
        vm.assertEq(v.place, 4, "place");
        vm.assertEq(committee.totalActive(), 3 * STAKE, "of the others");
        _pass(1 days);
        vm.assertEq(committee.verifierOf(challenger).active, 50_000, "now");
        vm.assertEq(committee.totalActive(), 3 * STAKE + 50_000, "of all");
    }

    function test_a_second_stake_keeps_the_place() external {
        vm.prank(verifiers[0]);
        committee.stake(1);
        Verifier memory v = committee.verifierOf(verifiers[0]);
        vm.assertEq(v.place, 1, "place");
        vm.assertEq(v.staked, STAKE + 1, "staked");
        vm.assertEq(v.active, STAKE, "active");
    }

    function test_who_never_staked_has_no_place() external view {
        Verifier memory v = committee.verifierOf(passerBy);
        vm.assertEq(v.place, 0, "none");
        vm.assertEq(v.staked, 0, "nothing");
    }

    function test_a_stake_is_at_least_the_minimum() external {
        vm.assertEq(committee.minStake(), MIN_STAKE, "as deployed");
        _refuseRange("stake", MIN_STAKE - 1, MIN_STAKE, type(uint96).max);
        vm.prank(challenger);
        committee.stake(MIN_STAKE - 1);
        vm.startPrank(challenger);
        committee.stake(MIN_STAKE);
        vm.stopPrank();
        _refuseRange("stake", MIN_STAKE - 1, MIN_STAKE, type(uint96).max);
        vm.prank(challenger);
        committee.unstake(1);
        vm.prank(challenger);
        committee.unstake(MIN_STAKE); // all of it may leave
        vm.assertEq(committee.verifierOf(challenger).staked, 0, "left");
    }

    function test_nothing_is_no_amount() external {
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(challenger);
        committee.stake(0);
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(verifiers[0]);
        committee.unstake(0);
        _refuseRange("leaving", 0, 1, type(uint96).max);
        vm.prank(verifiers[0]);
        committee.withdrawStake();
    }

    function test_no_more_is_staked_than_is_free_nor_unstaked_than_is_staked() external {
        _refuseFree(challenger, 1e9, 1e9 + 1);
        vm.prank(challenger);
        committee.stake(1e9 + 1);
        _refuseStake(verifiers[0], STAKE, STAKE + 1);
        vm.prank(verifiers[0]);
        committee.unstake(STAKE + 1);
        _refuseStake(passerBy, 0, 1);
        vm.prank(passerBy);
        committee.unstake(1);
    }

    function test_stake_leaves_after_29_days_which_restart() external {
        uint40 maturesAt = uint40(_now() + 29 days);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.Unstaked(verifiers[0], 100, uint32(_now() / 1 days + 1), maturesAt);
        vm.prank(verifiers[0]);
        committee.unstake(100);
        Verifier memory v = committee.verifierOf(verifiers[0]);
        vm.assertEq(v.leaving, 100, "leaving");
        vm.assertEq(v.staked, STAKE - 100, "staked");
        vm.assertEq(v.active, STAKE, "still drawn today");
        _moveTo(maturesAt - 1);
        vm.prank(verifiers[0]);
        committee.unstake(11);
        _pass(29 days - 1);
        _refuseUntil(_now() + 1);
        vm.prank(verifiers[0]);
        committee.withdrawStake();
        _pass(1);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.StakeWithdrawn(verifiers[0], 111);
        vm.prank(verifiers[0]);
        committee.withdrawStake();
        v = committee.verifierOf(verifiers[0]);
        vm.assertEq(v.free, STAKE + 111, "free");
        vm.assertEq(v.leaving, 0, "nothing leaves");
        vm.assertEq(v.maturesAt, 0, "nor when");
    }

    function test_there_are_places_for_24_bits_of_verifiers() external {
        vm.assertEq(uint256(vm.load(address(committee), PLACES)), 3, "the slot is the tree's size");
        uint256 most = type(uint24).max;
        vm.store(address(committee), PLACES, bytes32(most - 1));
        vm.prank(challenger);
        committee.stake(MIN_STAKE);
        vm.assertEq(committee.verifierOf(challenger).place, most, "the last");
        _refuseRange("place", most + 1, 1, most);
        vm.prank(rival);
        committee.stake(MIN_STAKE);
    }

    function test_the_committee_says_whose_claims_it_judges() external view {
        vm.assertEq(committee.market(), address(market), "the market");
    }
}
