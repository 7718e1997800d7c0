// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

/// @title None ─matchOrders, fill─▶ Running, None ─fillAndClaim─▶ Claimed, by signed orders
contract MatchingTest is Refusals {
    bytes32[] private _none;

    // ────────────────────────────────── match ───────────────────────────────────

    function test_a_match_locks_escrow_at_todays_price_and_bond_and_pays_the_tip() external {
        Request memory r = _request();
        _pass(200);
        (bytes32 id, Job memory job) = _match(r);
        vm.assertEq(job.unitPrice, 200_000, "half way up the ramp");
        vm.assertTrue(market.check(id, job) == State.Running, "on record");
        vm.assertEq(_free(requester), WEALTH - 601_000 - r.tip, "escrow and tip");
        vm.assertEq(_free(matcher), r.tip, "the tip");
        vm.assertEq(market.accountOf(provider).bonded, BOND, "the bond");
    }

    function test_a_match_says_its_terms_packed() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        bytes32 id = market.jobId(r);
        bytes memory terms =
            abi.encodePacked(_terms(r), r.minUnitPrice, uint64(_now()), market.offerDigest(o), matcher);
        bytes memory ours = _signature(requesterKey, id);
        bytes memory theirs = _signature(providerKey, market.offerDigest(o));
        vm.expectEmit(address(market));
        emit IMarketEvents.JobMatched(id, requester, provider, terms);
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, _none);
        vm.assertEq(market.offerUses(market.offerDigest(o)), 1, "used once");
    }

    function test_a_matched_request_never_becomes_a_second_job() external {
        Request memory r = _request();
        (bytes32 id,) = _match(r);
        _refuseState(id, State.None, State.Running);
        _matchNow(r, _offer(r));
    }

    function test_a_request_that_breaks_a_rule_is_not_matched() external {
        Request memory r = _request();
        r.tasks = 0;
        _refuseRange("tasks", 0, 1, 65_536);
        _matchNow(r, _offer(r));
    }

    function test_orders_that_name_a_matcher_are_matched_by_it_alone() external {
        Request memory r = _request();
        r.matcher = passerBy;
        _refuseCaller(matcher, passerBy);
        _matchNow(r, _offer(r));
        r.matcher = matcher;
        Offer memory o = _offer(r);
        o.matcher = passerBy;
        _refuseCaller(matcher, passerBy);
        _matchNow(r, o);
        o.matcher = matcher;
        _matchNow(r, o);
    }

    function test_an_offer_ends() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        o.validUntil = uint64(_now());
        _refuseFrom(o.validUntil);
        _matchNow(r, o);
        ++o.validUntil;
        _matchNow(r, o);
    }

    function test_a_request_admits_the_offers_provider_not_the_matcher() external {
        Request memory r = _request();
        r.providers = bytes32(uint256(uint160(matcher)));
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.ProviderNotAllowed.selector, provider, r.providers)
        );
        _matchNow(r, _offer(r));
        r.providers = bytes32(uint256(uint160(provider)));
        _matchNow(r, _offer(r));
    }

    function test_orders_signed_under_another_counter_are_revoked() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        vm.prank(provider);
        market.raiseCounter();
        _refuseCounter(1, 0);
        _matchNow(r, o);
        o.counter = 1;
        r.counter = 2;
        _refuseCounter(0, 2);
        _matchNow(r, o);
        r.counter = 0;
        _matchNow(r, o);
    }

    function test_an_offer_is_used_no_more_often_than_it_says() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        o.maxJobs = 2;
        bytes32 digest = market.offerDigest(o);
        for (uint256 i; i < 2; ++i) {
            r.salt = keccak256(abi.encode(r));
            _matchNow(r, o);
            vm.assertEq(market.offerUses(digest), i + 1, "counted");
        }
        r.salt = keccak256(abi.encode(r));
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.OfferUsedUp.selector, digest, 2));
        _matchNow(r, o);
    }

    function test_a_cancelled_offer_is_revoked_for_ever() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        bytes32 digest = market.offerDigest(o);
        _refuseCaller(passerBy, provider);
        vm.prank(passerBy);
        market.cancelOffer(o);
        vm.expectEmit(address(market));
        emit IMarketEvents.OrderCancelled(digest, provider);
        vm.prank(provider);
        market.cancelOffer(o);
        vm.assertEq(market.offerUses(digest), type(uint32).max, "more than any");
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.OfferRevoked.selector, digest));
        _matchNow(r, o);
    }

    function test_an_offer_with_bits_beyond_a_type_is_refused_without_data() external {
        bytes memory call = abi.encodeCall(market.offerDigest, (_offer(_request())));
        // The places of an address, and of numbers of 96, 64 and 32 bits; each gets a bit too many.
        uint256[4] memory words = [uint256(17), 8, 18, 13];
        uint256[4] memory widths = [uint256(160), 96, 64, 32];
        for (uint256 i; i < words.length; ++i) {
            bytes memory dirty = abi.encodePacked(call);
            uint256 place = 36 + 32 * words[i];
            assembly ("memory-safe") {
                let word := add(dirty, place)
                mstore(word, or(mload(word), shl(mload(add(widths, shl(5, i))), 1)))
            }
            (bool done, bytes memory refusal) = address(market).call(dirty);
            vm.assertTrue(!done && refusal.length == 0, "refused");
        }
    }

    function test_each_order_needs_its_own_authors_signature() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        bytes32 id = market.jobId(r);
        bytes32 digest = market.offerDigest(o);
        bytes memory ours = _signature(requesterKey, id);
        bytes memory theirs = _signature(providerKey, digest);
        bytes memory wrong = _signature(providerKey, id);
        _refuseSignature(requester, id);
        market.matchOrders(r, wrong, o, theirs, _none);
        wrong = _signature(requesterKey, digest);
        _refuseSignature(provider, digest);
        market.matchOrders(r, ours, o, wrong, _none);
        _refuseSignature(provider, digest);
        market.matchOrders(r, ours, o, "", _none);
    }

    function test_a_match_needs_the_requesters_money_and_the_providers_stake() external {
        Request memory r = _request();
        vm.prank(requester);
        market.withdraw(requester, WEALTH - 320_999);
        _refuseFree(requester, 320_999, 321_000);
        _matchNow(r, _offer(r));
        vm.prank(requester);
        market.deposit(1);
        vm.prank(provider);
        market.unstake(WEALTH / 2 - BOND + 1);
        _refuseStake(provider, BOND - 1, BOND);
        _matchNow(r, _offer(r));
    }

    // ─────────────────────────────────── fill ───────────────────────────────────

    function test_a_fill_takes_a_signed_request_without_an_offer_or_tip() external {
        Request memory r = _request();
        bytes32 id = market.jobId(r);
        bytes memory ours = _signature(requesterKey, id);
        vm.expectEmit(address(market));
        emit IMarketEvents.JobMatched(
            id, requester, provider, abi.encodePacked(_terms(r), r.minUnitPrice, uint64(_now()))
        );
        vm.prank(provider);
        vm.assertEq(market.fill(r, ours, _none), id, "the id");
        vm.assertTrue(market.check(id, _started(r, provider, 0)) == State.Running, "on record");
        vm.assertEq(_free(requester), WEALTH - 301_000, "escrow, no tip");
    }

    function test_a_request_that_names_a_matcher_is_not_filled() external {
        Request memory r = _request();
        r.matcher = matcher;
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        _refuseRange("matcher", uint160(matcher), 0, 0);
        vm.prank(provider);
        market.fill(r, ours, _none);
    }

    function test_a_direct_job_is_filled_and_claimed_at_once() external {
        Request memory r = _request();
        r.providers = bytes32(uint256(uint160(provider)));
        bytes32 id = market.jobId(r);
        bytes memory ours = _signature(requesterKey, id);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.ProviderNotAllowed.selector, passerBy, r.providers)
        );
        vm.prank(passerBy);
        market.fillAndClaim(r, ours, keccak256("seal"), keccak256("manifest"));
        vm.expectEmit(address(market));
        emit IMarketEvents.JobMatched(
            id, requester, provider, abi.encodePacked(_terms(r), r.minUnitPrice, uint64(_now()))
        );
        vm.expectEmit(address(market));
        emit IMarketEvents.JobClaimed(
            id,
            requester,
            provider,
            keccak256("seal"),
            keccak256("manifest"),
            uint64(_now()),
            uint64(vm.getBlockNumber())
        );
        vm.prank(provider);
        market.fillAndClaim(r, ours, keccak256("seal"), keccak256("manifest"));
        Job memory job = _claim(_started(r, provider, 0), keccak256("seal"));
        vm.assertTrue(market.check(id, job) == State.Claimed, "on record");
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev Signs both and lets the matcher bring them; a refusal is expected of this call alone.
    function _matchNow(Request memory r, Offer memory o) private {
        (bytes memory ours, bytes memory theirs) = _signed(r, o);
        vm.prank(matcher);
        market.matchOrders(r, ours, o, theirs, _none);
    }

    /// @dev By hashes of its own: an expected refusal is of the next call.
    function _signed(Request memory r, Offer memory o)
        private
        view
        returns (bytes memory ours, bytes memory theirs)
    {
        ours = _signature(requesterKey, _digest(keccak256(bytes.concat(REQUEST, abi.encode(r)))));
        theirs = _signature(providerKey, _digest(keccak256(bytes.concat(OFFER, abi.encode(o)))));
    }

    bytes32 private constant REQUEST = keccak256(
        "Request(address requester,bytes32 spec,bytes32 profile,uint32 tasks,uint96 flat,uint96 minUnitPrice,uint96 maxUnitPrice,uint64 rampStart,uint64 rampEnd,uint64 maxUnits,uint96 bond,uint96 minStake,uint96 tip,uint64 openUntil,uint32 runFor,uint32 challengeFor,address resolver,bytes32 policy,uint32 caseFor,uint96 caseFee,uint96 demandFee,bytes32 providers,address matcher,uint64 counter,bytes32 salt)"
    );
    bytes32 private constant OFFER = keccak256(
        "Offer(address provider,address requester,bytes32 spec,bytes32 profile,address resolver,bytes32 policy,uint96 minUnitPrice,uint96 minFlat,uint96 maxBond,uint64 maxUnits,uint32 maxTasks,uint32 minRunFor,uint64 minSecondsPer1e12Units,uint32 maxLockFor,uint96 minDemandFee,uint32 maxJobs,uint64 validUntil,address matcher,uint64 counter,bytes32 salt)"
    );
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function _digest(bytes32 hash) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256("Workbond"), keccak256("1"), block.chainid, address(market))
        );
        return keccak256(abi.encodePacked(hex"1901", domain, hash));
    }

    /// @dev All members but the requester, in their own widths.
    function _terms(Request memory r) private pure returns (bytes memory) {
        bytes memory first = abi.encodePacked(
            r.spec, r.profile, r.tasks, r.flat, r.minUnitPrice, r.maxUnitPrice, r.rampStart, r.rampEnd
        );
        bytes memory second = abi.encodePacked(
            r.maxUnits, r.bond, r.minStake, r.tip, r.openUntil, r.runFor, r.challengeFor, r.resolver
        );
        bytes memory third = abi.encodePacked(
            r.policy, r.caseFor, r.caseFee, r.demandFee, r.providers, r.matcher, r.counter, r.salt
        );
        return bytes.concat(first, second, third);
    }

    function _refuseCounter(uint64 current, uint64 given) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.CounterMismatch.selector, current, given));
    }

    function _refuseSignature(address signer, bytes32 digest) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, signer, digest));
    }
}
