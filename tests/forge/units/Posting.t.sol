// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC5267 } from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

/// @title None ─post─▶ Open ─accept─▶ Running, Open ─cancel─▶ Cancelled
contract PostingTest is Refusals {
    /// @dev Flat, three units at the highest price, tip.
    uint96 private constant ESCROW = 1_000 + 900_000 + 20_000;

    bytes32[] private _none;

    // ────────────────────────────────── post ────────────────────────────────────

    function test_a_posting_locks_the_most_that_the_job_can_cost() external {
        Request memory r = _request();
        bytes32 id = market.jobId(r);
        vm.expectEmit(address(market));
        emit IMarketEvents.JobPosted(id, requester, address(0), r, "https://a.example");
        vm.prank(requester);
        vm.assertEq(market.post(r, "https://a.example"), id, "the id");
        vm.assertEq(_free(requester), WEALTH - ESCROW, "escrow");
        vm.assertTrue(market.stateOf(id) == State.Open, "open");
    }

    function test_a_posting_with_a_resolver_locks_the_case_fee_too() external {
        _post(_judged(3, 0));
        vm.assertEq(_free(requester), WEALTH - ESCROW - 100_000, "escrow");
    }

    function test_only_the_requester_posts_its_request() external {
        Request memory r = _request();
        _refuseCaller(passerBy, requester);
        vm.prank(passerBy);
        market.post(r, "");
    }

    function test_a_gateway_has_512_bytes_at_most() external {
        Request memory r = _request();
        _refuseRange("gateway", 513, 0, 512);
        vm.prank(requester);
        market.post(r, string(new bytes(513)));
        vm.prank(requester);
        market.post(r, string(new bytes(512)));
    }

    function test_a_request_that_names_a_matcher_is_not_posted() external {
        Request memory r = _request();
        r.matcher = matcher;
        _refuseRange("matcher", uint160(matcher), 0, 0);
        vm.prank(requester);
        market.post(r, "");
    }

    function test_a_request_under_another_counter_is_not_posted() external {
        Request memory r = _request();
        r.counter = 1;
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.CounterMismatch.selector, 0, 1));
        vm.prank(requester);
        market.post(r, "");
        vm.expectEmit(address(market));
        emit IMarketEvents.CounterRaised(requester, 1);
        vm.prank(requester);
        vm.assertEq(market.raiseCounter(), 1, "raised");
        _post(r);
    }

    function test_a_request_is_posted_once() external {
        Request memory r = _request();
        bytes32 id = _post(r);
        _refuseState(id, State.None, State.Open);
        vm.prank(requester);
        market.post(r, "");
    }

    function test_who_can_not_pay_does_not_post() external {
        vm.prank(requester);
        market.withdraw(requester, WEALTH - ESCROW + 1);
        Request memory r = _request();
        _refuseFree(requester, ESCROW - 1, ESCROW);
        vm.prank(requester);
        market.post(r, "");
    }

    function test_a_request_with_bits_beyond_a_type_is_refused_without_data() external {
        Request memory r = _request();
        bytes memory call = abi.encodeCall(market.post, (r, ""));
        // The places of an address, and of numbers of 96, 64 and 32 bits; each gets a bit too many.
        uint256[4] memory words = [uint256(16), 12, 23, 3];
        uint256[4] memory widths = [uint256(160), 96, 64, 32];
        for (uint256 i; i < words.length; ++i) {
            bytes memory dirty = abi.encodePacked(call);
            uint256 place = 36 + 32 * words[i];
            assembly ("memory-safe") {
                let word := add(dirty, place)
                mstore(word, or(mload(word), shl(mload(add(widths, shl(5, i))), 1)))
            }
            vm.prank(requester);
            (bool done, bytes memory refusal) = address(market).call(dirty);
            vm.assertTrue(!done && refusal.length == 0, "refused");
        }
    }

    // ────────────────────────────────── accept ──────────────────────────────────

    function test_acceptance_locks_the_bond_and_returns_what_it_makes_superfluous() external {
        Request memory r = _request();
        bytes32 id = _post(r);
        uint96 refund = 3 * 200_000 + 20_000; // the ramp has not begun, and nobody earned the tip
        vm.expectEmit(address(market));
        emit IMarketEvents.JobAccepted(
            id, requester, provider, 100_000, uint64(_now()), refund, address(0), 0
        );
        vm.prank(provider);
        market.accept(r, _none);
        vm.assertEq(_free(requester), WEALTH - ESCROW + refund, "the requester");
        vm.assertEq(market.accountOf(provider).bonded, BOND, "the bond");
        vm.assertTrue(market.check(id, _started(r, provider, 0)) == State.Running, "the record");
    }

    function test_the_price_rises_from_the_ramps_start_to_its_end() external {
        uint256[5] memory after_ = [uint256(100), 101, 200, 299, 300];
        uint96[5] memory prices = [uint96(100_000), 101_000, 200_000, 299_000, 300_000];
        for (uint256 i; i < after_.length; ++i) {
            Request memory r = _request();
            bytes32 id = _post(r);
            _pass(after_[i]);
            vm.prank(provider);
            market.accept(r, _none);
            Job memory job = _started(r, provider, 0);
            vm.assertEq(job.unitPrice, prices[i], "the price");
            vm.assertTrue(market.check(id, job) == State.Running, "on record");
        }
    }

    function test_only_an_open_job_is_accepted() external {
        Request memory r = _request();
        bytes32 id = market.jobId(r);
        _refuseState(id, State.Open, State.None);
        vm.prank(provider);
        market.accept(r, _none);
    }

    function test_a_job_is_open_until_it_says() external {
        Request memory r = _request();
        _post(r);
        _moveTo(r.openUntil);
        _refuseFrom(r.openUntil);
        vm.prank(provider);
        market.accept(r, _none);
        _moveTo(r.openUntil - 1);
        vm.prank(provider);
        market.accept(r, _none);
    }

    function test_a_request_for_one_provider_admits_only_it() external {
        Request memory r = _request();
        r.providers = bytes32(uint256(uint160(provider)));
        _post(r);
        _refuseProvider(passerBy, r.providers);
        vm.prank(passerBy);
        market.accept(r, _none);
        vm.prank(provider);
        market.accept(r, _none);
    }

    function test_a_request_for_a_list_admits_who_proves_that_it_is_on_it() external {
        bytes32 ours = keccak256(bytes.concat(keccak256(abi.encode(provider))));
        bytes32 theirs = keccak256(bytes.concat(keccak256(abi.encode(matcher))));
        Request memory r = _request();
        r.providers = ours < theirs
            ? keccak256(abi.encodePacked(ours, theirs))
            : keccak256(abi.encodePacked(theirs, ours));
        _post(r);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = theirs;
        _refuseProvider(passerBy, r.providers);
        vm.prank(passerBy);
        market.accept(r, proof);
        _refuseProvider(provider, r.providers);
        vm.prank(provider);
        market.accept(r, _none);
        vm.prank(provider);
        market.accept(r, proof);
    }

    // ────────────────────────────────── cancel ──────────────────────────────────

    function test_the_requester_cancels_at_any_time_and_gets_all_back() external {
        Request memory r = _request();
        bytes32 id = _post(r);
        vm.expectEmit(address(market));
        emit IMarketEvents.JobCancelled(id, requester, requester, ESCROW);
        vm.prank(requester);
        market.cancel(r);
        vm.assertEq(_free(requester), WEALTH, "all back");
        vm.assertTrue(market.stateOf(id) == State.Cancelled, "final");
    }

    function test_anybody_cancels_what_nobody_accepted_in_time() external {
        Request memory r = _request();
        bytes32 id = _post(r);
        _moveTo(r.openUntil - 1);
        _refuseCaller(passerBy, requester);
        vm.prank(passerBy);
        market.cancel(r);
        _moveTo(r.openUntil);
        vm.prank(passerBy);
        market.cancel(r);
        vm.assertEq(_free(requester), WEALTH, "all back");
        vm.assertTrue(market.stateOf(id) == State.Cancelled, "final");
    }

    function test_a_request_that_was_never_posted_is_revoked_by_its_requester_alone() external {
        Request memory r = _request();
        bytes32 id = market.jobId(r);
        _refuseState(id, State.Open, State.None);
        vm.prank(passerBy);
        market.cancel(r);
        vm.expectEmit(address(market));
        emit IMarketEvents.OrderCancelled(id, requester);
        vm.prank(requester);
        market.cancel(r);
        vm.assertEq(_free(requester), WEALTH, "nothing moved");
        _refuseState(id, State.None, State.Cancelled);
        vm.prank(requester);
        market.post(r, "");
    }

    function test_a_running_job_is_not_cancelled() external {
        Request memory r = _request();
        (bytes32 id,) = _accept(r);
        _refuseState(id, State.Open, State.Running);
        vm.prank(requester);
        market.cancel(r);
    }

    // ──────────────────────────────────── cards ─────────────────────────────────

    function test_a_card_has_2_to_4096_bytes() external {
        bytes memory json = new bytes(4096);
        vm.expectEmit(address(market));
        emit IMarketEvents.CardAnnounced(provider, sha256(json), json);
        vm.prank(provider);
        market.announce(json);
        market.announce("{}");
        _refuseRange("card", 4097, 2, 4096);
        market.announce(new bytes(4097));
        _refuseRange("card", 1, 2, 4096);
        market.announce("1");
    }

    // ──────────────────────────────────── views ─────────────────────────────────

    function test_the_market_says_what_it_was_deployed_with() external view {
        vm.assertEq(market.token(), address(token), "the token");
        vm.assertEq(market.cooldown(), COOLDOWN, "the cooldown");
    }

    function test_the_market_says_in_which_domain_orders_are_signed() external view {
        (bytes1 fields, string memory name, string memory version, uint256 chain, address there,,) =
            IERC5267(address(market)).eip712Domain();
        vm.assertTrue(fields == 0x0f, "name, version, chain, contract");
        vm.assertEq(bytes(name), "Workbond", "name");
        vm.assertEq(bytes(version), "1", "version");
        vm.assertEq(chain, block.chainid, "chain");
        vm.assertEq(there, address(market), "contract");
    }

    function _refuseProvider(address who, bytes32 providers) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.ProviderNotAllowed.selector, who, providers));
    }
}
