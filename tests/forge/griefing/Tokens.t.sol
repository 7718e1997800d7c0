// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Hearings } from "./Hearings.sol";
import { TrickToken } from "./hostile/Tokens.sol";

/// @title Tokens that say false, charge fees, revert, burn, or call back
/// @dev A market takes the token that it was deployed with: its users trust that one. What a bad one can do is
/// keep its own units from moving; no job, no case and no other balance waits for it.
contract TokensTest is Hearings {
    TrickToken private trick;

    /// @dev The world's token turns bad, as one with an owner can: balances stay, its code is another.
    function setUp() public override {
        super.setUp();
        vm.etch(address(token), address(new TrickToken(address(this), 0)).code);
        trick = TrickToken(address(token));
    }

    function _onTransferFrom(TrickToken.Trick what) private {
        trick.play(TrickToken.Trick.None, what, TrickToken.Trick.None);
    }

    function _onTransfer(TrickToken.Trick what) private {
        trick.play(what, TrickToken.Trick.None, TrickToken.Trick.None);
    }

    function _onPermit(TrickToken.Trick what) private {
        trick.play(TrickToken.Trick.None, TrickToken.Trick.None, what);
    }

    /// @dev The requester's call reverts with exactly this, at half a million gas.
    function _fails(address target, bytes memory call_, bytes memory refusal) private {
        vm.prank(requester);
        (bool done, bytes memory answer) = target.call{ gas: 500_000 }(call_);
        vm.assertTrue(!done, "it fails");
        vm.assertEq(keccak256(answer), keccak256(refusal), "the refusal");
    }

    // ───────────────────────────────── deposits ─────────────────────────────────

    /// @dev Neither the market nor the committee credits anything.
    function _depositsFail(TrickToken.Trick what, bytes memory byMarket, bytes memory byCommittee) private {
        _watchCase();
        _onTransferFrom(what);
        _fails(address(market), abi.encodeCall(IMarket.deposit, (1_000)), byMarket);
        _fails(address(committee), abi.encodeCall(ICommittee.deposit, (1_000)), byCommittee);
        _check();
        _onTransferFrom(TrickToken.Trick.None);
        vm.prank(requester);
        market.deposit(1_000);
        vm.prank(requester);
        committee.deposit(1_000);
        _check();
    }

    function test_a_deposit_that_is_refused_with_false_credits_nothing() external {
        bytes memory refusal = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, trick);
        _depositsFail(TrickToken.Trick.Refuse, refusal, refusal);
    }

    function test_a_deposit_that_reverts_credits_nothing() external {
        bytes memory refusal = abi.encodeWithSignature("Error(string)", "no");
        _depositsFail(TrickToken.Trick.Revert, refusal, refusal);
    }

    function test_a_deposit_that_arrives_short_is_refused() external {
        _depositsFail(
            TrickToken.Trick.Fee,
            abi.encodeWithSelector(IMarketErrors.DepositMismatch.selector, 1_000, 990),
            abi.encodeWithSignature(
                "ERC20InsufficientBalance(address,uint256,uint256)", committee, 990, 1_000
            )
        );
    }

    function test_a_deposit_that_burns_all_gas_costs_its_sender_gas_alone() external {
        _depositsFail(TrickToken.Trick.Burn, "", "");
    }

    function test_a_deposit_that_reverts_with_a_bomb_costs_its_sender_gas_alone() external {
        bytes memory bomb = new bytes(0x20000);
        _depositsFail(TrickToken.Trick.Bomb, bomb, bomb);
    }

    // ──────────────────────────────── permits ───────────────────────────────────

    function _permitsPass(TrickToken.Trick what) private {
        _watchCase();
        _onPermit(what);
        vm.prank(requester);
        market.depositWithPermit{ gas: 10_000_000 }(1_000, 0, 0, 0, 0);
        vm.prank(requester);
        committee.depositWithPermit{ gas: 20_000_000 }(1_000, 0, 0, 0, 0);
        vm.assertEq(_free(requester), WEALTH + 1_000, "in the market");
        vm.assertEq(committee.verifierOf(requester).free, 1_000, "in the committee");
        _check();
    }

    function test_a_permit_that_reverts_leaves_the_word_to_the_allowance() external {
        _permitsPass(TrickToken.Trick.Revert);
    }

    function test_a_permit_that_reverts_with_a_bomb_leaves_the_word_to_the_allowance() external {
        _permitsPass(TrickToken.Trick.Bomb);
    }

    function test_a_permit_that_burns_all_it_gets_leaves_a_64th_which_can_be_enough() external {
        _permitsPass(TrickToken.Trick.Burn);
    }

    // ──────────────────────────────── withdrawals ───────────────────────────────

    function _withdrawalsFail(TrickToken.Trick what, bytes memory refusal) private {
        vm.prank(requester);
        committee.deposit(1_000);
        _watchCase();
        _onTransfer(what);
        _fails(address(market), abi.encodeCall(IMarket.withdraw, (requester, 1_000)), refusal);
        _fails(address(committee), abi.encodeCall(ICommittee.withdraw, (requester, 1_000)), refusal);
        vm.assertEq(_free(requester), WEALTH, "still there");
        vm.assertEq(committee.verifierOf(requester).free, 1_000, "there, too");
        _check();
        _onTransfer(TrickToken.Trick.None);
        vm.prank(requester);
        market.withdraw(requester, WEALTH);
        vm.prank(requester);
        committee.withdraw(requester, 1_000);
        _check();
    }

    function test_a_withdrawal_that_is_refused_with_false_leaves_the_balance() external {
        bytes memory refusal = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, trick);
        _withdrawalsFail(TrickToken.Trick.Refuse, refusal);
    }

    function test_a_withdrawal_that_reverts_leaves_the_balance() external {
        _withdrawalsFail(TrickToken.Trick.Revert, abi.encodeWithSignature("Error(string)", "no"));
    }

    function test_a_withdrawal_that_burns_all_gas_leaves_the_balance() external {
        _withdrawalsFail(TrickToken.Trick.Burn, "");
    }

    function test_a_withdrawal_that_reverts_with_a_bomb_leaves_the_balance() external {
        _withdrawalsFail(TrickToken.Trick.Bomb, new bytes(0x20000));
    }

    function test_a_fee_on_withdrawals_is_paid_by_who_withdraws() external {
        _watch();
        _onTransfer(TrickToken.Trick.Fee);
        vm.prank(requester);
        market.withdraw(requester, 1_000);
        _loses(requester, 10);
        _isHeld(10); // by nobody: the token burned it
        _check();
    }

    function test_a_recipient_that_the_token_blocks_names_another() external {
        trick.block_(requester);
        _watch(challenger);
        vm.expectRevert("blocked");
        vm.prank(requester);
        market.withdraw(requester, WEALTH);
        vm.prank(requester);
        market.withdraw(challenger, WEALTH);
        _loses(requester, WEALTH);
        _gains(challenger, WEALTH);
        _check();
    }

    // ─────────────────────────── while nothing moves at all ─────────────────────

    function test_a_token_that_stops_altogether_stops_no_job_and_no_case() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        trick.play(TrickToken.Trick.Burn, TrickToken.Trick.Burn, TrickToken.Trick.Burn);
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        bytes32[] memory votes = _votes(_truth(id), _truth(id), SILENT);
        _hear(id, votes);
        _moveTo(committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR);
        vm.prank(matcher);
        committee.close{ gas: 1_000_000 }(id, job);
        _finalize(id, _cleared(job));
        _seatsAre(id, 0, votes, _truth(id), 0);
        _gains(SINK, PENALTY);
        _gains(passerBy, TIP);
        _gains(matcher, 2 * TIP);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT + 2 * SEAT_FEE + 3 * TIP);
        _check();
    }

    // ───────────────────────────────── calling back ─────────────────────────────

    /// @dev The token is a customer of both, and calls as itself, with `call_` in the middle of each transfer.
    function _callsBack(address target, bytes memory call_) private {
        trick.transfer(address(trick), 10_000);
        trick.run(address(trick), abi.encodeCall(IERC20.approve, (address(market), type(uint256).max)));
        trick.run(address(trick), abi.encodeCall(IERC20.approve, (address(committee), type(uint256).max)));
        trick.run(address(market), abi.encodeCall(IMarket.deposit, (1_000)));
        trick.run(address(committee), abi.encodeCall(ICommittee.deposit, (1_000)));
        trick.arm(target, call_);
        trick.play(TrickToken.Trick.Again, TrickToken.Trick.Again, TrickToken.Trick.Again);
    }

    /// @dev Whatever the token calls in the middle: everybody else has what was asked for.
    function _allIsExact(bool succeeds) private {
        _watchCase(address(trick));
        vm.prank(requester);
        market.deposit(500);
        vm.assertEq(_free(requester), WEALTH + 500, "deposited");
        vm.assertEq(trick.succeeded(), succeeds, "in a deposit");
        vm.prank(requester);
        market.withdraw(requester, 200);
        vm.assertEq(_free(requester), WEALTH + 300, "withdrawn");
        vm.assertEq(trick.succeeded(), succeeds, "in a withdrawal");
        vm.prank(requester);
        market.depositWithPermit(50, 0, 0, 0, 0);
        vm.assertEq(_free(requester), WEALTH + 350, "deposited with a permit");
        vm.prank(requester);
        committee.deposit(70);
        vm.assertEq(committee.verifierOf(requester).free, 70, "in the committee");
        vm.prank(requester);
        committee.withdraw(requester, 30);
        vm.assertEq(committee.verifierOf(requester).free, 40, "out of the committee");
        _check();
        uint256 owed = _free(address(committee));
        vm.assertTrue(owed >= 40 + committee.verifierOf(address(trick)).free, "the committee owes no more");
    }

    function _isRefused() private view {
        vm.assertEq(
            trick.answer(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector),
            "the guard"
        );
    }

    function test_a_deposit_within_a_transfer_is_refused() external {
        _callsBack(address(market), abi.encodeCall(IMarket.deposit, (1)));
        _allIsExact(false);
        _isRefused();
    }

    function test_a_deposit_with_permit_within_a_transfer_is_refused() external {
        _callsBack(address(market), abi.encodeCall(IMarket.depositWithPermit, (1, 0, 0, 0, 0)));
        _allIsExact(false);
        _isRefused();
    }

    function test_a_withdrawal_within_a_transfer_is_refused() external {
        _callsBack(address(market), abi.encodeCall(IMarket.withdraw, (address(trick), 1)));
        _allIsExact(false);
        _isRefused();
    }

    function test_a_withdrawal_from_the_committee_within_a_transfer_is_refused_by_the_market() external {
        _callsBack(address(committee), abi.encodeCall(ICommittee.withdraw, (address(trick), 1)));
        _allIsExact(false);
        _isRefused();
    }

    /// @dev While the tokens come to the committee it is another deposit, while they go on to the market none.
    function test_a_deposit_into_the_committee_within_a_transfer_credits_what_arrives() external {
        _callsBack(address(committee), abi.encodeCall(ICommittee.deposit, (1)));
        uint256 before = committee.verifierOf(address(trick)).free;
        _allIsExact(false);
        vm.assertEq(committee.verifierOf(address(trick)).free, before + 1, "one of them");
    }

    function test_staking_within_a_transfer_is_worth_what_it_is_outside() external {
        _callsBack(address(market), abi.encodeCall(IMarket.stake, (1)));
        _allIsExact(true);
        vm.assertTrue(market.accountOf(address(trick)).staked >= 3, "each time");
    }

    function test_ending_a_job_within_a_transfer_pays_what_it_pays_outside() external {
        Request memory r = _request();
        (bytes32 id, Job memory job) = _accept(r);
        _moveTo(job.acceptedAt + job.runFor);
        _callsBack(address(market), abi.encodeCall(IMarket.expire, (id, job)));
        _watch(address(trick));
        vm.prank(requester);
        market.deposit(500);
        vm.assertTrue(trick.succeeded(), "ended");
        vm.assertTrue(market.stateOf(id) == State.Void, "void");
        _loses(provider, BOND / 4);
        _gains(address(trick), BOND / 100);
        _gains(requester, BOND * 24 / 100 + 301_000);
        vm.assertEq(_worth(requester), 2 * uint256(WEALTH) + BOND * 24 / 100, "escrow and compensation");
        vm.assertEq(_free(requester), WEALTH + 500 + BOND * 24 / 100, "and the deposit");
    }
}
