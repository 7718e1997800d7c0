// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Results } from "./Results.sol";

/// @title Outputs that were claimed must be shown
contract DemandsTest is Results {
    uint96 private constant FEE = 500;

    bytes32 private _id;
    bytes32 private _top;

    // ────────────────────────────────── demand ──────────────────────────────────

    function test_a_demand_locks_its_fees_and_gives_a_day() external {
        Job memory job = _shows(_request());
        uint64[] memory pairs = _all();
        uint256 free = _free(requester);
        vm.expectEmit(address(market));
        emit IMarketEvents.OutputDemanded(
            _id, requester, keccak256(abi.encodePacked(pairs)), pairs, 4 * FEE, uint64(_now() + 1 days)
        );
        job = _demand(job, pairs);
        vm.assertEq(_free(requester), free - 4 * FEE, "fees");
        vm.assertEq(job.answered, 0xf0, "four of eight");
        vm.assertTrue(market.check(_id, job) == State.Claimed, "on record");
    }

    function test_only_the_requester_demands_and_only_in_the_window() external {
        Job memory job = _shows(_request());
        _refuseCaller(passerBy, requester);
        vm.prank(passerBy);
        market.demand(_id, job, _all());
        _moveTo(job.windowEnd);
        _refuseFrom(job.windowEnd);
        vm.prank(requester);
        market.demand(_id, job, _all());
    }

    function test_a_case_keeps_nobody_from_demanding_in_the_window() external {
        Request memory r = _request();
        (r.resolver, r.caseFor) = (matcher, 2 days);
        Job memory job = _shows(r);
        vm.prank(matcher);
        market.dispute(_id, job);
        job.disputedAt = uint64(_now());
        _moveTo(job.windowEnd);
        _refuseFrom(job.windowEnd);
        vm.prank(requester);
        market.demand(_id, job, _all());
        _moveTo(job.windowEnd - 1);
        job = _demand(job, _all());
        vm.assertTrue(market.check(_id, job) == State.Disputed, "on record, in the case");
    }

    function test_a_claim_is_demanded_of_once() external {
        Job memory job = _demand(_shows(_request()), _all());
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.AlreadyDemanded.selector, _id));
        vm.prank(requester);
        market.demand(_id, job, _all());
    }

    function test_a_demand_names_1_to_8_pairs_of_tasks_that_there_are() external {
        Job memory job = _shows(_request());
        _refuseRange("pairs", 0, 1, 8);
        vm.prank(requester);
        market.demand(_id, job, new uint64[](0));
        _refuseRange("pairs", 9, 1, 8);
        vm.prank(requester);
        market.demand(_id, job, new uint64[](9));
        uint64[] memory one = new uint64[](1);
        one[0] = 3 << 32;
        _refuseRange("task", 3, 0, 2);
        vm.prank(requester);
        market.demand(_id, job, one);
        _demand(job, new uint64[](8));
    }

    function test_who_can_not_pay_the_fees_demands_nothing() external {
        Job memory job = _shows(_request());
        uint96 free = uint96(_free(requester));
        vm.prank(requester);
        market.withdraw(requester, free - 1_999);
        _refuseFree(requester, 1_999, 2_000);
        vm.prank(requester);
        market.demand(_id, job, _all());
    }

    // ────────────────────────────────── answer ──────────────────────────────────

    function test_answers_in_any_order_earn_each_fee_at_once() external {
        Job memory job = _demand(_shows(_request()), _all());
        uint256 free = _free(provider);
        job = _answer(job, 3, ONLY);
        vm.assertEq(job.answered, 0xf8, "the last");
        vm.assertEq(_free(provider), free + FEE, "one fee");
        bytes[] memory rest = new bytes[](3);
        rest[0] = _shown(1, SECOND);
        rest[1] = _shown(0, FIRST);
        rest[2] = _shown(2, BEYOND);
        uint64 windowEnd = job.windowEnd;
        vm.expectEmit(address(market));
        emit IMarketEvents.OutputAnswered(_id, provider, 0xff, 3 * FEE, windowEnd);
        vm.prank(provider);
        market.answer(_id, job, _all(), _top, TOTAL, rest);
        vm.assertEq(_free(provider), free + 4 * FEE, "all fees");
        job.answered = 0xff;
        vm.assertTrue(market.check(_id, job) == State.Claimed, "on record");
        _moveTo(windowEnd);
        market.finalize(_id, job, _top, TOTAL);
    }

    function test_the_last_answer_leaves_half_a_window_to_look() external {
        Job memory job = _shows(_request());
        _moveTo(job.windowEnd - 1);
        uint64[] memory pairs = new uint64[](2);
        pairs[0] = ONLY;
        pairs[1] = BEYOND;
        job = _demand(job, pairs);
        _pass(100);
        bytes[] memory one = new bytes[](1);
        one[0] = _shown(0, ONLY);
        vm.prank(provider);
        market.answer(_id, job, pairs, _top, TOTAL, one);
        job.answered = 0xfd;
        vm.assertTrue(market.check(_id, job) == State.Claimed, "not the last: the window stays");
        one[0] = _shown(1, BEYOND);
        vm.prank(provider);
        market.answer(_id, job, pairs, _top, TOTAL, one);
        job.answered = 0xff;
        job.windowEnd = uint64(_now() + job.challengeFor / 2);
        vm.assertTrue(market.check(_id, job) == State.Claimed, "half a window from now");
    }

    function test_an_answer_during_or_after_a_case_moves_no_window() external {
        Request memory r = _request();
        (r.resolver, r.caseFor) = (matcher, 1 days);
        uint64[] memory pairs = new uint64[](2);
        (pairs[0], pairs[1]) = (ONLY, BEYOND);
        Job memory job = _demand(_shows(r), pairs);
        _moveTo(job.windowEnd - 1);
        vm.prank(matcher);
        market.dispute(_id, job);
        job.disputedAt = uint64(_now());
        bytes[] memory one = new bytes[](1);
        one[0] = _shown(0, ONLY);
        uint256 back = vm.snapshotState();
        // All in the case.
        bytes[] memory both = new bytes[](2);
        (both[0], both[1]) = (_shown(0, ONLY), _shown(1, BEYOND));
        vm.prank(provider);
        market.answer(_id, job, pairs, _top, TOTAL, both);
        job.answered = 0xff;
        vm.assertTrue(market.check(_id, job) == State.Disputed, "the window stays");
        vm.revertToState(back);
        // One in the case, the last after it.
        job.answered = 0xfc;
        vm.prank(provider);
        market.answer(_id, job, pairs, _top, TOTAL, one);
        job.answered = 0xfd;
        vm.prank(matcher);
        market.resolve(_id, job, Verdict.Upheld, address(0));
        (job.disputedAt, job.caseDone, job.windowEnd) = (0, true, uint64(_now()));
        one[0] = _shown(1, BEYOND);
        vm.prank(provider);
        market.answer(_id, job, pairs, _top, TOTAL, one);
        job.answered = 0xff;
        vm.assertTrue(market.check(_id, job) == State.Claimed, "the window stays over");
    }

    function test_a_delegate_answers_for_the_providers_account() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        vm.prank(provider);
        market.setDelegate(passerBy);
        uint256 free = _free(provider);
        bytes[] memory one = new bytes[](1);
        one[0] = _shown(0, ONLY);
        vm.prank(passerBy);
        market.answer(_id, job, _one(ONLY), _top, TOTAL, one);
        vm.assertEq(_free(provider), free + FEE, "the provider's fee");
        vm.assertEq(_free(passerBy), 0, "not the delegate's");
    }

    function test_others_do_not_answer() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        _refuseCaller(passerBy, provider);
        vm.prank(passerBy);
        market.answer(_id, job, _one(ONLY), _top, TOTAL, new bytes[](1));
    }

    function test_an_answer_is_to_the_pairs_that_were_demanded() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketErrors.DemandMismatch.selector,
                job.demandHash,
                keccak256(abi.encodePacked(_one(BEYOND)))
            )
        );
        vm.prank(provider);
        market.answer(_id, job, _one(BEYOND), _top, TOTAL, new bytes[](1));
    }

    function test_an_answer_comes_within_a_day() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        _moveTo(job.answerBy);
        _refuseFrom(job.answerBy);
        vm.prank(provider);
        market.answer(_id, job, _one(ONLY), _top, TOTAL, new bytes[](1));
        _moveTo(job.answerBy - 1);
        _answerOne(job, ONLY, _shown(0, ONLY));
    }

    function test_an_answer_opens_the_seal() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        _refuseOpening(_id, job, _top, TOTAL + 1);
        vm.prank(provider);
        market.answer(_id, job, _one(ONLY), _top, TOTAL + 1, new bytes[](1));
    }

    function test_there_are_1_to_8_answers() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        _refuseRange("answers", 0, 1, 8);
        vm.prank(provider);
        market.answer(_id, job, _one(ONLY), _top, TOTAL, new bytes[](0));
        _refuseRange("answers", 9, 1, 8);
        vm.prank(provider);
        market.answer(_id, job, _one(ONLY), _top, TOTAL, new bytes[](9));
    }

    function test_a_pair_is_answered_once_and_only_if_it_was_demanded() external {
        Job memory job = _demand(_shows(_request()), _all());
        job = _answer(job, 3, ONLY);
        uint8[3] memory positions = [3, 4, 8]; // answered, beyond the demand, beyond all demands
        for (uint256 i; i < positions.length; ++i) {
            bytes[] memory one = new bytes[](1);
            one[0] = _shown(positions[i], ONLY);
            vm.expectRevert(abi.encodeWithSelector(IMarketErrors.PairNotOpen.selector, positions[i]));
            vm.prank(provider);
            market.answer(_id, job, _all(), _top, TOTAL, one);
        }
    }

    // ─────────────────────────────── what it shows ──────────────────────────────

    function test_an_answer_has_exactly_the_bytes_that_its_leaf_asks_for() external {
        Job memory job = _demand(_shows(_request()), _all());
        // Of task 2, whose path has one node: 1 + 89 + 40 bytes, then 50 of the chunk.
        bytes memory whole = _shown(3, ONLY);
        _refusedLength(job, 3, _first(whole, 129), 129, 130);
        _refusedLength(job, 3, _first(whole, 179), 49, 50);
        _refusedLength(job, 3, abi.encodePacked(whole, hex"00"), 51, 50);
        // The first chunk of two is whole, and has a sibling.
        whole = _shown(0, FIRST);
        _refusedLength(job, 0, _first(whole, whole.length - 32), CHUNK, CHUNK + 32);
        // Beyond the output there is nothing.
        _refusedLength(job, 2, abi.encodePacked(_shown(2, BEYOND), hex"00"), 1, 0);
    }

    function test_a_last_chunk_without_a_sibling_moves_up_as_it_is() external {
        // Three chunks in one task: the third stands beside the node of the first two.
        bytes memory third = "the third";
        bytes32 node = keccak256("the node of the first two chunks, which nobody needs to know");
        bytes32 digest = sha256(abi.encodePacked(hex"01", node, sha256(abi.encodePacked(hex"00", third))));
        bytes memory leaf = _packed(0, 7, uint64(2 * CHUNK + third.length), digest);
        Request memory r = _request();
        r.tasks = 1;
        Job memory job = _demand(_showsRoot(r, _hash(leaf), 7), _one(2));
        bytes[] memory one = new bytes[](1);
        one[0] = abi.encodePacked(uint8(0), leaf, third, node);
        vm.prank(provider);
        market.answer(_id, job, _one(2), _hash(leaf), 7, one);
        job.answered = 0xff;
        vm.assertTrue(market.check(_id, job) == State.Claimed, "shown");
    }

    function test_a_leaf_of_another_task_is_refused() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        bytes memory shown = _shown(0, ONLY);
        shown[4] = 0x01;
        _refusedLeaf(job, shown);
    }

    function test_a_leaf_that_leads_elsewhere_is_refused() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        bytes memory shown = _shown(0, ONLY);
        shown[89] = 0x01; // in extra
        _refusedLeaf(job, shown);
    }

    function test_units_that_do_not_add_up_to_the_claim_are_refused() external {
        Request memory r = _request();
        r.tasks = 1;
        // One leaf is the root: its sum can differ from what the seal hides.
        bytes memory leaf = _packed(0, 7, 0, sha256(""));
        Job memory job = _showsRoot(r, _hash(leaf), 8);
        job = _demand(job, _one(0));
        bytes[] memory one = new bytes[](1);
        one[0] = abi.encodePacked(uint8(0), leaf);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.LeafMismatch.selector, 0));
        vm.prank(provider);
        market.answer(_id, job, _one(0), _hash(leaf), 8, one);
    }

    function test_a_sum_of_units_does_not_overflow() external {
        Job memory job = _demand(_shows(_request()), _one(ONLY));
        bytes memory shown = _shown(0, ONLY);
        for (uint256 i = 122; i < 130; ++i) {
            shown[i] = 0xff; // the units of its sibling
        }
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        _answerOne(job, ONLY, shown);
    }

    function test_a_chunk_that_is_not_the_outputs_is_refused() external {
        Job memory job = _demand(_shows(_request()), _all());
        uint64[3] memory pairs = [FIRST, SECOND, ONLY];
        uint8[3] memory positions = [0, 1, 3];
        for (uint256 i; i < pairs.length; ++i) {
            bytes[] memory one = new bytes[](1);
            one[0] = _shown(positions[i], pairs[i]);
            one[0][one[0].length - 1] ^= 0x01;
            vm.expectRevert(abi.encodeWithSelector(IMarketErrors.ChunkMismatch.selector, positions[i]));
            vm.prank(provider);
            market.answer(_id, job, _all(), _top, TOTAL, one);
        }
    }

    // ───────────────────────────────── silence ──────────────────────────────────

    function test_an_unanswered_pair_blocks_the_pay_and_then_voids_the_claim() external {
        Job memory job = _demand(_shows(_request()), _all());
        job = _answer(job, 3, ONLY);
        _moveTo(job.windowEnd);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.DemandOpen.selector, _id, 0xf8));
        market.finalize(_id, job, _top, TOTAL);
        _moveTo(job.answerBy - 1);
        _refuseUntil(job.answerBy);
        market.void(_id, job);
        _moveTo(job.answerBy);
        uint256 free = _free(requester);
        vm.prank(passerBy);
        market.void(_id, job);
        // Payment, half the bond less the caller's hundredth, and three fees.
        vm.assertEq(_free(requester) - free, 301_000 + 490_000 + 3 * FEE, "the requester");
        vm.assertEq(_free(passerBy), 10_000, "the caller");
    }

    function test_an_approval_returns_the_fees_of_unanswered_pairs() external {
        Job memory job = _demand(_shows(_request()), _all());
        job = _answer(job, 3, ONLY);
        vm.prank(requester);
        market.approve(_id, job, _top, TOTAL);
        vm.assertEq(_free(requester), WEALTH - 151_000 - FEE, "one pair was answered");
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _shows(Request memory r) private returns (Job memory) {
        return _showsRoot(r, _tree(), TOTAL);
    }

    function _showsRoot(Request memory r, bytes32 root, uint64 totalUnits) private returns (Job memory job) {
        (_id, job) = _accept(r);
        _top = root;
        bytes32 seal = _seal(provider, _id, root, totalUnits);
        vm.prank(provider);
        market.submit(_id, job, seal, 0);
        return _claim(job, seal);
    }

    function _demand(Job memory job, uint64[] memory pairs) private returns (Job memory) {
        vm.prank(requester);
        market.demand(_id, job, pairs);
        job.demandHash = keccak256(abi.encodePacked(pairs));
        job.answered = uint8(0xff << pairs.length);
        job.answerBy = uint64(_now() + 1 days);
        return job;
    }

    function _answer(Job memory job, uint8 position, uint64 pair) private returns (Job memory) {
        bytes[] memory one = new bytes[](1);
        one[0] = _shown(position, pair);
        vm.prank(provider);
        market.answer(_id, job, _all(), _top, TOTAL, one);
        job.answered |= uint8(1 << position);
        return job;
    }

    function _answerOne(Job memory job, uint64 pair, bytes memory shown) private {
        bytes[] memory one = new bytes[](1);
        one[0] = shown;
        vm.prank(provider);
        market.answer(_id, job, _one(pair), _top, TOTAL, one);
    }

    function _refusedLeaf(Job memory job, bytes memory shown) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.LeafMismatch.selector, 0));
        _answerOne(job, ONLY, shown);
    }

    function _refusedLength(
        Job memory job,
        uint256 position,
        bytes memory shown,
        uint256 given,
        uint256 expected
    ) private {
        bytes[] memory one = new bytes[](1);
        one[0] = shown;
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.AnswerLength.selector, position, given, expected)
        );
        vm.prank(provider);
        market.answer(_id, job, _all(), _top, TOTAL, one);
    }

    function _first(bytes memory data, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i; i < length; ++i) {
            part[i] = data[i];
        }
    }

    function _one(uint64 pair) private pure returns (uint64[] memory pairs) {
        pairs = new uint64[](1);
        pairs[0] = pair;
    }

    function _all() private pure returns (uint64[] memory pairs) {
        pairs = new uint64[](4);
        (pairs[0], pairs[1], pairs[2], pairs[3]) = (FIRST, SECOND, BEYOND, ONLY);
    }
}
