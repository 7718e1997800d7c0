// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Plays } from "./Plays.sol";

/// @title Passers-by, delegates, and tokens sent where nobody asked for them
contract PassersByTest is Plays {
    // ─────────────────────────── whoever ends what is over ──────────────────────

    function test_if_nobody_passes_by_the_requester_ends_the_job_and_has_the_reward_too() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        _moveTo(job.acceptedAt + job.runFor + 365 days);
        vm.prank(requester);
        market.expire(id, job);
        _loses(provider, BOND / 4);
        _gains(requester, BOND / 4);
        _check();
    }

    function test_ending_a_job_before_somebody_else_does_takes_the_hundredth_and_nothing_else() external {
        _watch();
        (bytes32 id, Job memory job) = _accept(_request());
        _moveTo(job.acceptedAt + job.runFor);
        vm.prank(matcher); // saw the passer-by's transaction wait
        market.expire(id, job);
        vm.expectPartialRevert(IMarketErrors.WrongState.selector);
        vm.prank(passerBy);
        market.expire(id, job);
        _loses(provider, BOND / 4);
        _gains(requester, BOND * 24 / 100);
        _gains(matcher, BOND / 100);
        _check();
    }

    function test_finalizing_for_another_moves_nothing_to_the_caller() external {
        Request memory r = _request();
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd);
        _finalize(id, job);
        _loses(requester, PAYMENT);
        _gains(provider, PAYMENT);
        _check();
    }

    // ──────────────────────────────── delegates ─────────────────────────────────

    function test_a_stolen_delegate_can_spoil_a_running_job_and_move_no_money() external {
        Request memory r = _request();
        address thief = passerBy;
        vm.prank(provider);
        market.setDelegate(thief);
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        vm.expectRevert(abi.encodeWithSelector(IErrors.NotAllowed.selector, thief, provider));
        vm.prank(thief);
        market.release(id, job);
        vm.expectRevert(abi.encodeWithSelector(IErrors.InsufficientFree.selector, thief, 0, 1));
        vm.prank(thief);
        market.withdraw(thief, 1);
        vm.prank(thief);
        market.submit(id, job, "rubbish", 0);
        job = _claim(job, "rubbish");
        _moveTo(job.windowEnd + GRACE);
        vm.prank(requester);
        market.void(id, job);
        _loses(provider, BOND / 2);
        _gains(requester, BOND / 2);
        _check();
    }

    function test_a_delegate_that_does_nothing_or_is_dismissed_stops_nobody() external {
        Request memory r = _request();
        vm.prank(provider);
        market.setDelegate(passerBy);
        _watch();
        (bytes32 id, Job memory job) = _accept(r);
        vm.prank(provider);
        market.setDelegate(address(0));
        vm.expectRevert(abi.encodeWithSelector(IErrors.NotAllowed.selector, passerBy, provider));
        vm.prank(passerBy);
        market.submit(id, job, "rubbish", 0);
        job = _submit(id, job);
        _approve(id, job);
        _loses(requester, PAYMENT);
        _gains(provider, PAYMENT);
        _check();
    }

    // ──────────────────────────────── uninvited ─────────────────────────────────

    function test_tokens_sent_to_the_market_are_nobodys_and_disturb_no_deposit() external {
        token.transfer(passerBy, 1_000);
        _watch();
        vm.prank(passerBy);
        token.transfer(address(market), 1_000);
        vm.prank(requester);
        market.deposit(500);
        vm.prank(requester);
        market.withdraw(requester, WEALTH + 500);
        _loses(passerBy, 1_000);
        _isHeld(1_000); // by nobody, for ever
        _check();
    }

    function test_tokens_sent_to_the_committee_are_nobodys_and_disturb_no_deposit() external {
        token.transfer(passerBy, 1_000);
        _watch();
        vm.prank(passerBy);
        token.transfer(address(committee), 1_000);
        vm.prank(requester);
        committee.deposit(500);
        vm.prank(requester);
        committee.withdraw(requester, 500);
        _loses(passerBy, 1_000);
        _isHeld(1_000);
        _check();
    }

    function test_a_permit_that_a_stranger_uses_first_stops_no_deposit() external {
        for (uint256 i; i < 2; ++i) {
            address spender = i == 0 ? address(market) : address(committee);
            vm.prank(requester);
            token.approve(spender, 0);
            (uint8 v, bytes32 r, bytes32 s) = _permit(spender);
            _watch();
            vm.prank(passerBy); // saw the signature in the requester's transaction
            IERC20Permit(address(token)).permit(requester, spender, 500, type(uint256).max, v, r, s);
            vm.prank(requester);
            if (i == 0) market.depositWithPermit(500, type(uint256).max, v, r, s);
            else committee.depositWithPermit(500, type(uint256).max, v, r, s);
            _check();
        }
        vm.assertEq(_free(requester), WEALTH + 500, "in the market");
        vm.assertEq(committee.verifierOf(requester).free, 500, "in the committee");
    }

    /// @dev Sums stay below 2^96 that way. Whoever does this gives 2^96 units away to keep others from depositing.
    function test_sending_almost_two_to_the_96_units_stops_deposits_and_no_exit() external {
        Request memory r = _request();
        (bytes32 id, Job memory job) = _claimed(r);
        uint256 fortune = uint256(1) << 96;
        token.transfer(passerBy, fortune);
        _watch();
        vm.prank(passerBy);
        token.transfer(address(market), fortune);
        vm.expectPartialRevert(IErrors.FieldOutOfRange.selector);
        vm.prank(requester);
        market.deposit(1);
        _approve(id, job);
        uint96 free = uint96(_free(requester));
        vm.prank(requester);
        market.withdraw(requester, free);
        uint96 earned = uint96(_free(provider));
        vm.prank(provider);
        market.withdraw(provider, earned);
        _loses(passerBy, fortune);
        _gains(provider, PAYMENT);
        _gains(requester, 301_000 - PAYMENT); // the rest of an escrow that was locked before
        _isHeld(fortune - 301_000);
        _check();
    }
}
