// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { Court } from "./Court.sol";

/// @title Drawing ─draw─▶ Voting ─commit, reveal─▶ Voting
contract VotesTest is Court {
    // ─────────────────────────────────── draw ───────────────────────────────────

    function test_seats_belong_to_whom_the_seed_falls_on() external {
        _claimBefore(_judged(15, 0));
        _challenge(challenger, RIGHT);
        uint256 seedBlock = committee.caseOf(id).seedBlock;
        _refuseBlocks(seedBlock + 1);
        committee.draw(id);
        vm.roll(seedBlock);
        _refuseBlocks(seedBlock + 1);
        committee.draw(id);
        vm.roll(seedBlock + 1);
        vm.prank(passerBy);
        committee.draw(id);
        Case memory c = committee.caseOf(id);
        vm.assertTrue(c.phase == Phase.Voting, "voting");
        vm.assertEq(c.deadline, _now() + 2 hours, "until");
        (Round memory info, address[] memory holders,) = committee.roundOf(id, 0);
        vm.assertEq(info.drawer, passerBy, "who drew");
        vm.assertEq(holders.length, 15, "seats");
        bytes32 seed = blockhash(seedBlock);
        for (uint256 seat; seat < 15; ++seat) {
            uint256 ticket = uint256(keccak256(abi.encodePacked(seed, id, uint8(0), uint8(seat))));
            vm.assertEq(holders[seat], verifiers[ticket % (3 * STAKE) / STAKE], "by equal stakes");
        }
    }

    function test_a_case_is_drawn_once() external {
        _voting();
        _refusePhase(Phase.Drawing, Phase.Voting);
        committee.draw(id);
    }

    function test_seats_are_drawn_within_four_hours() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        uint256 until = committee.caseOf(id).deadline;
        _moveTo(until);
        _refuseFrom(until);
        committee.draw(id);
    }

    function test_without_stake_nobody_is_drawn() external {
        Request memory r = _judged(3, 0);
        ICommittee there =
            ICommittee(vm.deployCode("Committee.sol:Committee", abi.encode(address(market), MIN_STAKE)));
        r.resolver = address(there);
        _claimBefore(r);
        vm.startPrank(challenger);
        token.approve(address(there), CHALLENGE);
        committee.withdraw(challenger, CHALLENGE);
        there.deposit(CHALLENGE);
        there.challenge(request, job, 0);
        vm.stopPrank();
        vm.roll(vm.getBlockNumber() + 3);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.NoVerifiers.selector));
        there.draw(id);
    }

    function test_a_seed_is_on_record_for_8191_blocks_where_the_chain_keeps_them() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        uint256 seedBlock = committee.caseOf(id).seedBlock;
        // Answers every height with its own number, as a contract that remembers would with a hash.
        vm.etch(HISTORY, hex"5f355f5260205ff3");
        vm.roll(seedBlock + 5_000);
        committee.draw(id);
        address[] memory holders = _holders();
        vm.assertTrue(committee.caseOf(id).phase == Phase.Voting, "drawn");
        for (uint256 seat; seat < 3; ++seat) {
            uint256 ticket = uint256(keccak256(abi.encodePacked(seedBlock, id, uint8(0), uint8(seat))));
            vm.assertEq(holders[seat], verifiers[ticket % (3 * STAKE) / STAKE], "by that hash");
        }
    }

    function test_a_history_that_fails_or_says_less_than_a_word_knows_no_hash() external {
        // Reverts; returns a byte.
        bytes[2] memory codes = [bytes(hex"5f5ffd"), hex"60015ff3"];
        for (uint256 i; i < codes.length; ++i) {
            _claimBefore(_judged(3, 0));
            _challenge(challenger, RIGHT);
            vm.etch(HISTORY, codes[i]);
            vm.roll(committee.caseOf(id).seedBlock + 257);
            committee.draw(id);
            vm.assertEq(committee.caseOf(id).redraws, 1, "missed");
        }
    }

    function test_a_missed_seed_is_asked_for_again_three_times() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        for (uint256 i = 1; i <= 3; ++i) {
            vm.roll(committee.caseOf(id).seedBlock + 257);
            vm.expectEmit(address(committee));
            emit ICommitteeEvents.SeedRequested(
                id, 0, uint48(vm.getBlockNumber() + 2), uint32(_now() / 1 days)
            );
            committee.draw(id);
            vm.assertEq(committee.caseOf(id).redraws, i, "counted");
        }
        uint256 seedBlock = committee.caseOf(id).seedBlock;
        vm.roll(seedBlock + 257);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.HashUnknown.selector, seedBlock));
        committee.draw(id);
        _close(passerBy); // hopeless, before its time is over
    }

    function test_a_seed_of_yesterday_is_missed() external {
        _claimBefore(_judged(3, 0));
        _moveTo((_now() / 1 days + 1) * 1 days - 1);
        _challenge(challenger, RIGHT);
        _pass(1);
        vm.roll(vm.getBlockNumber() + 3);
        committee.draw(id);
        Case memory c = committee.caseOf(id);
        vm.assertEq(c.redraws, 1, "missed");
        vm.assertEq(c.epoch, _now() / 1 days, "today's");
        _draw(passerBy);
    }

    // ────────────────────────────────── commit ──────────────────────────────────

    function test_a_seats_holder_commits_before_the_deadline() external {
        _voting();
        address holder = _holders()[0];
        bytes32 commitment = _commitment(0, RIGHT);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.VoteCommitted(id, holder, 0, 0, commitment);
        _commit(0, RIGHT);
        (Round memory info,, bytes32[] memory votes) = committee.roundOf(id, 0);
        vm.assertEq(info.committed, 1, "seat 0");
        vm.assertEq(votes[0], commitment, "on record");
        uint256 until = committee.caseOf(id).deadline;
        (uint256[] memory seats, bytes32[] memory commitments) = _single(1, _commitment(1, RIGHT));
        _moveTo(until);
        _refuseFrom(until);
        committee.commit(id, seats, commitments);
        _moveTo(until - 1);
        _commit(1, RIGHT);
    }

    function test_only_a_seats_holder_commits_and_once() external {
        _voting();
        address holder = _holders()[0];
        (uint256[] memory seats, bytes32[] memory commitments) = _single(0, "c");
        _refuseCaller(passerBy, holder);
        vm.prank(passerBy);
        committee.commit(id, seats, commitments);
        _commit(0, RIGHT);
        _refuseSeat(0);
        vm.prank(holder);
        committee.commit(id, seats, commitments);
    }

    function test_only_seats_that_there_are_commit() external {
        _voting();
        (uint256[] memory seats, bytes32[] memory commitments) = _single(3, "c");
        _refuseSeat(3);
        committee.commit(id, seats, commitments);
    }

    function test_nobody_commits_before_the_draw() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        (uint256[] memory seats, bytes32[] memory commitments) = _single(0, "c");
        _refusePhase(Phase.Voting, Phase.Drawing);
        committee.commit(id, seats, commitments);
    }

    function test_lists_have_one_length_of_1_to_31() external {
        _voting();
        uint256[] memory none = new uint256[](0);
        bytes32[] memory words = new bytes32[](1);
        _refuseRange("seats", 0, 1, 31);
        committee.commit(id, none, new bytes32[](0));
        _refuseRange("seats", 2, 1, 31);
        committee.commit(id, new uint256[](1), new bytes32[](2));
        _refuseRange("seats", 32, 1, 31);
        committee.commit(id, new uint256[](32), new bytes32[](32));
        _moveTo(committee.caseOf(id).deadline);
        _refuseRange("seats", 2, 1, 31);
        committee.reveal(id, new uint256[](1), new bytes32[](2), words);
        _refuseRange("seats", 3, 1, 31);
        committee.reveal(id, new uint256[](1), words, new bytes32[](3));
    }

    // ────────────────────────────────── reveal ──────────────────────────────────

    function test_anybody_reveals_within_two_hours_of_the_deadline() external {
        _voting();
        for (uint256 seat; seat < 3; ++seat) {
            _commit(seat, RIGHT);
        }
        uint256 from = committee.caseOf(id).deadline;
        (uint256[] memory seats, bytes32[] memory votes) = _single(0, RIGHT);
        (, bytes32[] memory salts) = _single(0, _salt(0));
        _moveTo(from - 1);
        _refuseUntil(from);
        committee.reveal(id, seats, votes, salts);
        _moveTo(from + 2 hours);
        _refuseFrom(from + 2 hours);
        committee.reveal(id, seats, votes, salts);
        _moveTo(from + 2 hours - 1);
        vm.expectEmit(address(committee));
        emit ICommitteeEvents.VoteRevealed(id, 0, 0, RIGHT);
        vm.prank(passerBy);
        committee.reveal(id, seats, votes, salts);
        (Round memory info,, bytes32[] memory shown) = committee.roundOf(id, 0);
        vm.assertEq(info.revealed, 1, "seat 0");
        vm.assertEq(shown[0], RIGHT, "its vote");
    }

    function test_a_seat_that_somebody_revealed_first_stops_nobody() external {
        _voting();
        _commit(0, RIGHT);
        _commit(1, OTHER);
        _moveTo(committee.caseOf(id).deadline);
        _reveal(0, RIGHT);
        uint256[] memory seats = new uint256[](2);
        bytes32[] memory votes = new bytes32[](2);
        bytes32[] memory salts = new bytes32[](2);
        (seats[1], votes[0], votes[1], salts[0], salts[1]) = (1, RIGHT, OTHER, _salt(0), _salt(1));
        committee.reveal(id, seats, votes, salts);
        (Round memory info,,) = committee.roundOf(id, 0);
        vm.assertEq(info.revealed, 3, "both");
    }

    function test_only_what_was_committed_is_revealed() external {
        _voting();
        _commit(0, RIGHT);
        bytes32 committed = _commitment(0, RIGHT);
        bytes32 given = _commitment(0, OTHER);
        _moveTo(committee.caseOf(id).deadline);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeErrors.CommitmentMismatch.selector, committed, given)
        );
        _reveal(0, OTHER);
        _refuseSeat(1);
        _reveal(1, RIGHT); // it did not commit
        _refuseSeat(31);
        _reveal(31, RIGHT);
    }

    function test_nobody_reveals_before_the_draw() external {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        _refusePhase(Phase.Voting, Phase.Drawing);
        _reveal(0, RIGHT);
    }

    function _refuseBlocks(uint256 from) private {
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooEarly.selector, vm.getBlockNumber(), from));
    }
}
