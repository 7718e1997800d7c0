// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Entries } from "./Entries.sol";

interface IWallet {
    function approve(bytes32 digest, bytes calldata signature, uint8 manner) external;
}

/// @title Batches of matches with a bad pair between two good ones
/// @dev Orders are strangers' words: each way in which one can be bad costs the matcher a bounded amount of gas, and
/// nobody else anything.
/// Each call is a transaction of its own: gas counts whole.
/// forge-config: default.isolate = true
contract MatchBatchesTest is Entries {
    uint256 private constant MOST_GAS = 75_000;
    /// @dev Of a wallet that burns all that it gets: 200,000, and what stands around it.
    uint256 private constant MOST_GAS_OF_A_WALLET = 290_000;

    Request private _bad;
    Offer private _badOffer;
    bytes private _badSignature;
    bytes private _badOfferSignature;
    bytes32[] private _badProof;
    uint256 private _most;

    function setUp() public override {
        super.setUp();
        _most = MOST_GAS;
    }

    function _good() private returns (bytes memory) {
        Request memory r = _request();
        Offer memory o = _offer(r);
        return _matchEntry(
            r,
            _signature(requesterKey, market.jobId(r)),
            o,
            _signature(providerKey, market.offerDigest(o)),
            noProof
        );
    }

    /// @dev A pair that is good until the test spoils it. Both are signed by `_matches`.
    function _pair() private returns (Request memory r, Offer memory o) {
        r = _request();
        return (r, _offer(r));
    }

    function _sign(Request memory r, Offer memory o) private {
        _badSignature = _signature(requesterKey, market.jobId(r));
        _badOfferSignature = _signature(providerKey, market.offerDigest(o));
    }

    function _matches(Request memory r, Offer memory o, bytes4 selector) private {
        _sign(r, o);
        _matchesSigned(r, o, selector);
    }

    function _matchesSigned(Request memory r, Offer memory o, bytes4 selector) private {
        bytes memory first = _good();
        bytes memory third = _good();
        bytes memory bad = _matchEntry(r, _badSignature, o, _badOfferSignature, _badProof);
        _watch();
        uint256 snapshot = vm.snapshotState();
        uint256 gas = _run(matcher, abi.encodeCall(IMarket.matchBatch, (bytes.concat(first, third))));
        vm.assertTrue(vm.revertToState(snapshot), "back");
        uint256 more = _run(matcher, abi.encodeCall(IMarket.matchBatch, (bytes.concat(first, bad, third))));
        _isSkipped(market.jobId(r), selector);
        vm.assertLt(more, gas + _most, "gas of the bad one");
        vm.assertEq(market.accountOf(provider).bonded, 2 * BOND, "two bonds");
        _gains(matcher, 2 * 20_000);
        _loses(requester, 2 * (301_000 + 20_000));
        _isHeld(2 * 301_000);
        _check();
    }

    // ─────────────────────────────── bad requests ───────────────────────────────

    function test_a_request_that_nobody_signed_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        _sign(r, o);
        _badSignature = _signature(providerKey, market.jobId(r));
        _matchesSigned(r, o, IMarketErrors.SignatureRefused.selector);
    }

    function test_a_request_that_is_invalid_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        r.tip = BOND / 40 + 1;
        _matches(r, o, IErrors.FieldOutOfRange.selector);
    }

    function test_a_request_that_is_over_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        o.validUntil += 1 days;
        _moveTo(r.openUntil);
        _matches(r, o, IErrors.FieldOutOfRange.selector);
    }

    function test_a_request_that_was_revoked_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        vm.prank(requester);
        market.cancel(r);
        _matches(r, o, IMarketErrors.WrongState.selector);
    }

    function test_a_request_under_another_counter_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        r.counter = 1;
        _matches(r, o, IMarketErrors.CounterMismatch.selector);
    }

    function test_a_request_for_another_matcher_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        r.matcher = passerBy;
        _matches(r, o, IErrors.NotAllowed.selector);
    }

    function test_a_request_without_money_behind_it_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        uint256 key;
        (r.requester, key) = _person("poor");
        _sign(r, o);
        _badSignature = _signature(key, market.jobId(r));
        _matchesSigned(r, o, IErrors.InsufficientFree.selector);
    }

    function test_a_request_that_somebody_filled_first_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        r.providers = bytes32(uint256(uint160(passerBy)));
        (r.bond, r.tip) = (0, 0);
        _sign(r, o);
        bytes memory signature = _badSignature;
        vm.prank(passerBy);
        market.fill(r, signature, noProof);
        _matchesSigned(r, o, IMarketErrors.WrongState.selector);
    }

    function test_a_request_with_the_longest_wrong_proof_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        r.providers = keccak256("a list without this provider");
        _badProof = new bytes32[](255);
        _most = 150_000; // 255 hashes, and a word of memory for each byte of an entry
        _matches(r, o, IMarketErrors.ProviderNotAllowed.selector);
    }

    // ──────────────────────────────── bad offers ────────────────────────────────

    function test_an_offer_that_nobody_signed_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        _sign(r, o);
        _badOfferSignature = _signature(requesterKey, market.offerDigest(o));
        _matchesSigned(r, o, IMarketErrors.SignatureRefused.selector);
    }

    function test_an_offer_that_does_not_fit_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        o.maxBond = BOND - 1;
        _matches(r, o, IMarketErrors.OfferExceeded.selector);
    }

    function test_an_offer_that_is_over_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        o.validUntil = uint64(_now());
        _matches(r, o, IErrors.TooLate.selector);
    }

    function test_an_offer_that_was_cancelled_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        vm.prank(provider);
        market.cancelOffer(o);
        _matches(r, o, IMarketErrors.OfferRevoked.selector);
    }

    function test_an_offer_that_is_used_up_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        o.maxJobs = 0;
        _matches(r, o, IMarketErrors.OfferUsedUp.selector);
    }

    function test_an_offer_for_another_matcher_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        o.matcher = passerBy;
        _matches(r, o, IErrors.NotAllowed.selector);
    }

    function test_an_offer_without_stake_behind_it_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        uint256 key;
        (o.provider, key) = _person("poor");
        _sign(r, o);
        _badOfferSignature = _signature(key, market.offerDigest(o));
        _matchesSigned(r, o, IErrors.InsufficientStake.selector);
    }

    function test_an_offer_whose_provider_stakes_too_little_spoils_no_other() external {
        (Request memory r, Offer memory o) = _pair();
        r.minStake = WEALTH;
        _matches(r, o, IMarketErrors.StakeTooLow.selector);
    }

    // ─────────────────────────────── bad wallets ────────────────────────────────

    function _byWallet(uint8 manner) private {
        IWallet wallet = IWallet(vm.deployCode("OddWallet.sol:OddWallet", ""));
        (Request memory r, Offer memory o) = _pair();
        r.requester = address(wallet);
        wallet.approve(market.jobId(r), "signed", manner);
        _sign(r, o);
        _badSignature = "signed";
        _most = MOST_GAS_OF_A_WALLET;
        _matchesSigned(r, o, IMarketErrors.SignatureRefused.selector);
    }

    function test_a_wallet_that_burns_all_gas_spoils_no_other() external {
        _byWallet(7);
    }

    function test_a_wallet_that_reverts_with_a_bomb_spoils_no_other() external {
        _byWallet(6);
    }

    function test_a_wallet_that_writes_spoils_no_other() external {
        _byWallet(8);
    }
}
