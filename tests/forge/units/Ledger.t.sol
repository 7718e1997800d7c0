// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

interface IReentrantToken {
    function arm(IMarket market, bytes calldata call) external;
    function join(IMarket market, uint96 amount) external;
    function succeeded() external view returns (bool);
    function answer() external view returns (bytes memory);
}

/// @title Tokens come and go by deposit and withdraw alone
contract LedgerTest is Refusals {
    using SafeERC20 for IERC20;

    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    // ───────────────────────────────── deposit ──────────────────────────────────

    function test_a_deposit_is_free_at_once() external {
        uint256 held = token.balanceOf(address(market));
        vm.expectEmit(address(market));
        emit IMarketEvents.Deposited(requester, 5);
        vm.prank(requester);
        market.deposit(5);
        vm.assertEq(_free(requester), uint256(WEALTH) + 5, "free");
        vm.assertEq(token.balanceOf(address(market)) - held, 5, "the market's tokens");
        vm.assertEq(token.balanceOf(requester), WEALTH - 5, "the wallet");
    }

    function test_a_deposit_of_nothing_is_refused() external {
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(requester);
        market.deposit(0);
    }

    function test_the_market_never_holds_more_than_96_bits_of_tokens() external {
        uint256 room = type(uint96).max - token.balanceOf(address(market));
        token.approve(address(market), type(uint256).max);
        token.transfer(address(market), room - 10);
        market.deposit(10);
        vm.assertEq(_free(address(this)), 10, "up to the limit");
        _refuseRange("total", uint256(type(uint96).max) + 1, 0, type(uint96).max);
        market.deposit(1);
    }

    function test_a_permit_makes_the_allowance() external {
        vm.prank(requester);
        token.approve(address(market), 0);
        (uint8 v, bytes32 r, bytes32 s) = _permit(7);
        vm.prank(requester);
        market.depositWithPermit(7, START, v, r, s);
        vm.assertEq(_free(requester), uint256(WEALTH) + 7, "free");
        vm.assertEq(token.allowance(requester, address(market)), 0, "used up");
    }

    function test_a_permit_that_somebody_used_already_is_no_failure() external {
        vm.prank(requester);
        token.approve(address(market), 0);
        (uint8 v, bytes32 r, bytes32 s) = _permit(7);
        IERC20Permit(address(token)).permit(requester, address(market), 7, START, v, r, s);
        vm.prank(requester);
        market.depositWithPermit(7, START, v, r, s);
        vm.assertEq(_free(requester), uint256(WEALTH) + 7, "free");
    }

    // ───────────────────────────────── withdraw ─────────────────────────────────

    function test_what_is_free_can_be_sent_to_anybody() external {
        vm.expectEmit(address(market));
        emit IMarketEvents.Withdrawn(requester, passerBy, WEALTH);
        vm.prank(requester);
        market.withdraw(passerBy, WEALTH);
        vm.assertEq(token.balanceOf(passerBy), WEALTH, "arrived");
        vm.assertEq(_free(requester), 0, "nothing left");
    }

    function test_no_more_than_what_is_free_can_be_withdrawn() external {
        _refuseFree(requester, WEALTH, uint256(WEALTH) + 1);
        vm.prank(requester);
        market.withdraw(requester, WEALTH + 1);
    }

    function test_a_withdrawal_of_nothing_is_refused() external {
        _refuseRange("amount", 0, 1, type(uint96).max);
        vm.prank(requester);
        market.withdraw(requester, 0);
    }

    function test_tokens_are_not_sent_where_they_would_be_lost() external {
        address[2] memory places = [address(0), address(market)];
        for (uint256 i; i < places.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IErrors.RecipientRefused.selector, places[i]));
            vm.prank(requester);
            market.withdraw(places[i], 1);
        }
    }

    // ───────────────────────────────── odd tokens ───────────────────────────────

    function test_a_market_needs_a_token() external {
        bytes memory code = abi.encodePacked(vm.getCode("Market.sol:Market"), abi.encode(passerBy, COOLDOWN));
        (bool made, bytes memory refusal) = _create(code);
        vm.assertTrue(!made, "no contract, no market");
        vm.assertEq(
            refusal, abi.encodeWithSelector(IMarketErrors.NoTokenAt.selector, passerBy), "the refusal"
        );
    }

    function test_a_token_that_takes_a_fee_is_refused() external {
        (IERC20 odd, IMarket there) = _oddMarket("FeeToken");
        odd.approve(address(there), 1000);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.DepositMismatch.selector, 1000, 990));
        there.deposit(1000);
    }

    function test_a_token_that_says_false_is_refused() external {
        (IERC20 odd, IMarket there) = _oddMarket("RefusingToken");
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd)));
        there.deposit(1);
    }

    function test_a_token_without_permits_can_be_deposited_by_its_allowance() external {
        (IERC20 odd, IMarket there) = _oddMarket("SilentToken");
        odd.forceApprove(address(there), 3);
        there.depositWithPermit(3, START, 27, 0, 0);
        vm.assertEq(there.accountOf(address(this)).free, 3, "free");
    }

    function test_no_token_enters_the_ledger_while_it_is_moved() external {
        (IERC20 odd, IMarket there) = _oddMarket("ReentrantToken");
        IReentrantToken again = IReentrantToken(address(odd));
        again.join(there, 10);
        odd.approve(address(there), 10);
        bytes[3] memory calls = [
            abi.encodeCall(IMarket.deposit, (1)),
            abi.encodeCall(IMarket.withdraw, (passerBy, 1)),
            abi.encodeCall(IMarket.depositWithPermit, (1, START, 27, 0, 0))
        ];
        for (uint256 i; i < calls.length; ++i) {
            again.arm(there, calls[i]);
            there.deposit(1);
            vm.assertTrue(!again.succeeded(), "refused");
            vm.assertEq(
                again.answer(),
                abi.encodePacked(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
                "as a second call"
            );
        }
        vm.assertEq(there.accountOf(address(this)).free, 3, "each deposit went through");
        vm.assertEq(there.accountOf(address(odd)).free, 10, "the token's own is untouched");
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _oddMarket(string memory name) private returns (IERC20 odd, IMarket there) {
        odd = IERC20(vm.deployCode(string.concat("OddTokens.sol:", name), abi.encode(1e6)));
        there = IMarket(vm.deployCode("Market.sol:Market", abi.encode(address(odd), COOLDOWN)));
    }

    function _permit(uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        IERC20Permit permits = IERC20Permit(address(token));
        bytes32 hash =
            keccak256(abi.encode(PERMIT, requester, market, amount, permits.nonces(requester), START));
        return vm.sign(requesterKey, keccak256(abi.encodePacked(hex"1901", permits.DOMAIN_SEPARATOR(), hash)));
    }
}
