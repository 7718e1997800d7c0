// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Refusals } from "./Refusals.sol";

interface IWallet {
    function approve(bytes32 digest, bytes calldata signature, uint8 manner) external;
}

/// @title Many calls in one transaction
contract BatchesTest is Refusals {
    /// @dev Bytes of each member of a request, an offer, a job.
    bytes private constant REQUEST = hex"142020040c0c0c0808080c0c0c0804041420040c0c20140820";
    bytes private constant OFFER = hex"1414202014200c0c0c08040408040c0408140820";
    bytes private constant JOB = hex"1414140c0c080c0c0c04040404080c080808080120010820";
    /// @dev Where a batch's only argument begins in the calldata: selector, offset, length.
    uint256 private constant ENTRIES = 68;

    // ────────────────────────────────── submit ──────────────────────────────────

    function test_a_batch_claims_every_job_and_skips_the_one_that_can_not() external {
        (bytes32 first, Job memory job) = _accept(_request());
        (bytes32 second, Job memory other) = _accept(_request());
        Job memory wrong = _copy(other);
        ++wrong.bond;
        bytes memory entries = abi.encodePacked(
            _claimEntry(first, job, "a"), _claimEntry(second, wrong, "b"), _claimEntry(second, other, "c")
        );
        bytes memory reason = abi.encodeWithSelector(
            IMarketErrors.JobMismatch.selector, second, _recordHash(other), _recordHash(wrong)
        );
        vm.expectEmit(address(market));
        emit IMarketEvents.EntrySkipped(1, second, reason);
        vm.prank(provider);
        market.submitBatch(entries);
        vm.assertTrue(market.check(first, _claim(job, "a")) == State.Claimed, "the first");
        vm.assertTrue(market.check(second, _claim(other, "c")) == State.Claimed, "the second, at last");
    }

    function test_members_that_an_entry_does_not_name_are_those_of_the_entry_before() external {
        (bytes32 first, Job memory job) = _accept(_request());
        (bytes32 second,) = _accept(_request()); // the same record but for the id
        bytes memory entries = abi.encodePacked(
            _claimEntry(first, job, "a"), second, uint8(0), bytes32("b"), bytes32("manifest")
        );
        vm.prank(provider);
        market.submitBatch(entries);
        Job memory other = _copy(job);
        vm.assertTrue(market.check(first, _claim(job, "a")) == State.Claimed, "the first");
        vm.assertTrue(market.check(second, _claim(other, "b")) == State.Claimed, "the second");
    }

    function test_an_empty_batch_does_nothing() external {
        market.submitBatch("");
        market.finalizeBatch("");
        market.matchBatch("");
    }

    function test_a_batch_of_claims_that_breaks_off_is_malformed() external {
        (bytes32 id, Job memory job) = _accept(_request());
        bytes memory entries = _claimEntry(id, job, "a");
        _refuseBatch(ENTRIES + entries.length);
        market.submitBatch(_cut(entries));
    }

    function test_a_change_of_a_member_that_there_is_not_is_malformed() external {
        (bytes32 id,) = _accept(_request());
        bytes memory entries = abi.encodePacked(id, uint8(1), uint8(24), new bytes(200));
        _refuseBatch(ENTRIES + 32);
        market.submitBatch(entries);
    }

    // ───────────────────────────────── finalize ─────────────────────────────────

    function test_a_batch_settles_every_job_and_skips_the_one_that_can_not() external {
        (bytes32 first, Job memory job) = _claimed(_request());
        (bytes32 second, Job memory other) = _claimed(_request());
        _moveTo(job.windowEnd);
        bytes memory entries =
            abi.encodePacked(_settleEntry(first, job, UNITS / 2), _settleEntry(second, other, UNITS));
        bytes memory reason = abi.encodeWithSelector(
            IMarketErrors.SealMismatch.selector, other.seal, _seal(provider, second, _root(second), UNITS)
        );
        vm.expectEmit(address(market));
        emit IMarketEvents.EntrySkipped(1, second, reason);
        vm.prank(passerBy);
        market.finalizeBatch(entries);
        vm.assertTrue(market.stateOf(first) == State.Settled, "the first");
        vm.assertTrue(market.check(second, other) == State.Claimed, "the second is as it was");
        vm.assertEq(market.accountOf(provider).free, WEALTH / 2 + 151_000, "paid once");
    }

    function test_a_batch_of_openings_that_breaks_off_is_malformed() external {
        (bytes32 id, Job memory job) = _claimed(_request());
        bytes memory entries = _settleEntry(id, job, UNITS / 2);
        _refuseBatch(ENTRIES + entries.length);
        market.finalizeBatch(_cut(entries));
    }

    // ─────────────────────────────────── match ──────────────────────────────────

    function test_a_batch_matches_every_pair_and_skips_the_one_that_can_not() external {
        Request memory a = _request();
        Request memory b = _request();
        Request memory c = _request();
        Offer memory o = _offer(a);
        b.tasks = 0;
        bytes memory entries =
            abi.encodePacked(_requestPart(a), _offerPart(o), uint8(0), _requestPart(b), uint8(0), uint8(0));
        entries = bytes.concat(entries, _requestPart(c), hex"0000");
        bytes memory reason =
            abi.encodeWithSelector(IErrors.FieldOutOfRange.selector, bytes32("tasks"), 0, 1, 65_536);
        bytes32 skipped = market.jobId(b);
        vm.expectEmit(address(market));
        emit IMarketEvents.EntrySkipped(1, skipped, reason);
        vm.prank(matcher);
        market.matchBatch(entries);
        vm.assertTrue(market.stateOf(market.jobId(a)) == State.Running, "the first");
        vm.assertTrue(market.stateOf(skipped) == State.None, "the second is as it was");
        vm.assertTrue(market.stateOf(market.jobId(c)) == State.Running, "the third");
        vm.assertEq(market.offerUses(market.offerDigest(o)), 2, "the offer's uses");
        vm.assertEq(_free(matcher), 2 * a.tip, "two tips");
    }

    function test_a_proof_travels_with_its_entry() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(provider))));
        bytes32 sibling = keccak256("sibling");
        r.providers = leaf < sibling
            ? keccak256(abi.encodePacked(leaf, sibling))
            : keccak256(abi.encodePacked(sibling, leaf));
        vm.prank(matcher);
        market.matchBatch(abi.encodePacked(_requestPart(r), _offerPart(o), uint8(1), sibling));
        vm.assertTrue(market.stateOf(market.jobId(r)) == State.Running, "admitted");
    }

    function test_a_batch_of_matches_that_breaks_off_is_malformed() external {
        Request memory r = _request();
        bytes memory requestPart = _requestPart(r);
        bytes memory offerPart = _offerPart(_offer(r));
        bytes memory entries = bytes.concat(requestPart, offerPart, hex"00");
        _refuseBatch(ENTRIES + entries.length);
        market.matchBatch(_cut(entries));
        entries = bytes.concat(requestPart, offerPart); // within the offer's signature
        _refuseBatch(ENTRIES + entries.length);
        market.matchBatch(_cut(entries));
    }

    function test_a_batch_without_the_gas_for_an_entry_reverts_as_a_whole() external {
        IWallet wallet = IWallet(vm.deployCode("OddWallet.sol:OddWallet", ""));
        Request memory r = _request();
        r.requester = address(wallet);
        Offer memory o = _offer(r);
        bytes memory signature = "agreed";
        wallet.approve(market.jobId(r), signature, 0);
        bytes memory entries = bytes.concat(
            _changes(REQUEST, abi.encode(r)), abi.encodePacked(uint16(6), signature), _offerPart(o), hex"00"
        );
        vm.expectRevert(bytes(""));
        vm.prank(matcher);
        market.matchBatch{ gas: 220_000 }(entries);
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev Every member of the struct that `words` encode, in its own width.
    function _changes(bytes memory widths, bytes memory words) private pure returns (bytes memory changes) {
        changes = abi.encodePacked(uint8(widths.length));
        for (uint256 i; i < widths.length; ++i) {
            uint256 width = uint8(widths[i]);
            bytes memory member = new bytes(width);
            for (uint256 j; j < width; ++j) {
                member[j] = words[32 * i + 32 - width + j];
            }
            changes = abi.encodePacked(changes, uint8(i), member);
        }
    }

    function _claimEntry(bytes32 id, Job memory job, bytes32 seal) private pure returns (bytes memory) {
        return abi.encodePacked(id, _changes(JOB, abi.encode(job)), seal, bytes32("manifest"));
    }

    function _settleEntry(bytes32 id, Job memory job, uint64 units) private pure returns (bytes memory) {
        return abi.encodePacked(id, _changes(JOB, abi.encode(job)), _root(id), units);
    }

    function _requestPart(Request memory r) private view returns (bytes memory) {
        bytes memory signature = _signature(requesterKey, market.jobId(r));
        return abi.encodePacked(_changes(REQUEST, abi.encode(r)), uint16(65), signature);
    }

    function _offerPart(Offer memory o) private view returns (bytes memory) {
        bytes memory signature = _signature(providerKey, market.offerDigest(o));
        return abi.encodePacked(_changes(OFFER, abi.encode(o)), uint16(65), signature);
    }

    /// @dev Without its last byte.
    function _cut(bytes memory entries) private pure returns (bytes memory cut) {
        cut = abi.encodePacked(entries);
        assembly ("memory-safe") {
            mstore(cut, sub(mload(cut), 1))
        }
    }

    function _refuseBatch(uint256 place) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.BatchMalformed.selector, place));
    }
}
