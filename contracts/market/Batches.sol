// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";
import { Packing } from "../libraries/Packing.sol";
import { SignedOrders } from "./SignedOrders.sol";

/// @title Many calls in one transaction
/// @notice Each entry is the single call of the same name, made by this contract's own code in its own
/// storage for the same caller (delegatecall to itself): a failing entry undoes what it did, and nothing
/// else. A call's data is put together in memory, where the next entry changes what differs.
abstract contract Batches is SignedOrders {
    // Places in calldata of submit and finalize: selector, id, job (24 words), two words.
    uint256 private constant JOB_AT = 36;
    uint256 private constant LAST_AT = 804;
    uint256 private constant CLAIM_CALL_BYTES = 868;
    // Places in the arguments of matchOrders: five heads of 48 words, then the tails.
    uint256 private constant REQUEST_SIGNATURE_AT = 800;
    uint256 private constant OFFER_AT = 832;
    uint256 private constant OFFER_SIGNATURE_AT = 1472;
    uint256 private constant PROOF_AT = 1504;
    uint256 private constant TAILS_AT = 1536;

    /// @inheritdoc IMarket
    function submitBatch(bytes calldata entries) external {
        (uint256 cursor, uint256 end) = _bounds(entries);
        uint256 data = _newCall(IMarket.submit.selector, CLAIM_CALL_BYTES);
        for (uint256 i; cursor < end; ++i) {
            (bytes32 id, uint256 next) = _nextClaim(cursor, data);
            assembly ("memory-safe") {
                calldatacopy(add(data, LAST_AT), next, 64) // seal and manifest
                cursor := add(next, 64)
            }
            require(cursor <= end, BatchMalformed(cursor));
            if (!_perform(data, CLAIM_CALL_BYTES)) _skip(i, id);
        }
    }

    /// @inheritdoc IMarket
    function finalizeBatch(bytes calldata entries) external {
        (uint256 cursor, uint256 end) = _bounds(entries);
        uint256 data = _newCall(IMarket.finalize.selector, CLAIM_CALL_BYTES);
        for (uint256 i; cursor < end; ++i) {
            (bytes32 id, uint256 next) = _nextClaim(cursor, data);
            assembly ("memory-safe") {
                mstore(add(data, LAST_AT), calldataload(next)) // root
                mstore(add(data, add(LAST_AT, 32)), shr(192, calldataload(add(next, 32)))) // totalUnits
                cursor := add(next, 40)
            }
            require(cursor <= end, BatchMalformed(cursor));
            if (!_perform(data, CLAIM_CALL_BYTES)) _skip(i, id);
        }
    }

    /// @inheritdoc IMarket
    function matchBatch(bytes calldata entries) external {
        (uint256 cursor, uint256 end) = _bounds(entries);
        uint256 args = _newCall(IMarket.matchOrders.selector, 4 + TAILS_AT + 32) + 4;
        assembly ("memory-safe") {
            mstore(add(args, OFFER_SIGNATURE_AT), TAILS_AT) // an empty one, until an offer comes
        }
        for (uint256 i; cursor < end; ++i) {
            cursor = Packing.applyChanges(Packing.REQUEST_WIDTHS, cursor, args);
            uint256 signature = cursor;
            cursor = _skipSignature(cursor);
            bool sameOffer;
            assembly ("memory-safe") {
                sameOffer := iszero(byte(0, calldataload(cursor)))
            }
            cursor = Packing.applyChanges(Packing.OFFER_WIDTHS, cursor, args + OFFER_AT);
            if (!sameOffer) cursor = _newOfferSignature(cursor, args, end);
            uint256 length;
            (cursor, length) = _tails(signature, cursor, args);
            require(cursor <= end, BatchMalformed(cursor));
            if (!_perform(args - 4, length)) _skip(i, _requestAt(args));
        }
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _bounds(bytes calldata entries) private pure returns (uint256 cursor, uint256 end) {
        assembly ("memory-safe") {
            cursor := entries.offset
            end := add(cursor, entries.length)
        }
    }

    /// @dev Zeroed memory for a call's data.
    function _newCall(bytes4 selector, uint256 length) private pure returns (uint256 data) {
        assembly ("memory-safe") {
            data := mload(0x40)
            calldatacopy(data, calldatasize(), length)
            mstore(data, selector)
            mstore(0x40, and(add(add(data, length), 63), not(31)))
        }
    }

    /// @dev Reads an entry's id and the changes of its record.
    function _nextClaim(uint256 cursor, uint256 data) private pure returns (bytes32 id, uint256 next) {
        assembly ("memory-safe") {
            id := calldataload(cursor)
            mstore(add(data, 4), id)
        }
        next = Packing.applyChanges(Packing.JOB_WIDTHS, cursor + 32, data + JOB_AT);
    }

    /// @dev A signature is its length (uint16) and its bytes.
    function _skipSignature(uint256 cursor) private pure returns (uint256 next) {
        assembly ("memory-safe") {
            next := add(add(cursor, 2), shr(240, calldataload(cursor)))
        }
    }

    /// @dev The offer's signature stays for the entries that have the same offer: memory behind it is free.
    function _newOfferSignature(uint256 cursor, uint256 args, uint256 end)
        private
        pure
        returns (uint256 next)
    {
        next = _skipSignature(cursor);
        require(next <= end, BatchMalformed(next)); // before it costs memory
        assembly ("memory-safe") {
            let place := add(args, TAILS_AT)
            let length := sub(sub(next, cursor), 2)
            mstore(place, length)
            calldatacopy(add(place, 32), add(cursor, 2), length)
            mstore(0x40, and(add(add(place, length), 63), not(31)))
        }
    }

    /// @dev Writes the request's signature and the proof (how many words, uint8, and they) behind what is
    /// allocated; returns what follows the proof, and the length of the call.
    function _tails(uint256 signature, uint256 proof, uint256 args)
        private
        pure
        returns (uint256 next, uint256 length)
    {
        assembly ("memory-safe") {
            let place := mload(0x40)
            mstore(add(args, REQUEST_SIGNATURE_AT), sub(place, args))
            let size := shr(240, calldataload(signature))
            mstore(place, size)
            calldatacopy(add(place, 32), add(signature, 2), size)
            place := add(place, and(add(size, 63), not(31)))
            mstore(add(args, PROOF_AT), sub(place, args))
            let count := byte(0, calldataload(proof))
            size := shl(5, count)
            mstore(place, count)
            calldatacopy(add(place, 32), add(proof, 1), size)
            next := add(add(proof, 1), size)
            length := add(sub(add(place, add(size, 32)), args), 4)
        }
    }

    function _perform(uint256 data, uint256 length) private returns (bool done) {
        assembly ("memory-safe") {
            done := delegatecall(gas(), address(), data, length, 0, 0)
        }
    }

    /// @dev A refusal always has data; without, gas ran out, and the whole batch reverts: else an estimate
    /// of its gas would find the least with which every entry is skipped.
    function _skip(uint256 entry, bytes32 id) private {
        bytes memory reason;
        assembly ("memory-safe") {
            let size := returndatasize()
            if iszero(size) { revert(0, 0) }
            reason := mload(0x40)
            mstore(reason, size)
            returndatacopy(add(reason, 32), 0, size)
            mstore(0x40, and(add(add(reason, size), 63), not(31)))
        }
        emit EntrySkipped(entry, id, reason);
    }

    /// @dev The id of the request in memory at `place`.
    function _requestAt(uint256 place) private view returns (bytes32) {
        Request[] memory one;
        assembly ("memory-safe") {
            mstore(0, 1)
            mstore(32, place)
            one := 0
        }
        return _jobId(one[0]);
    }
}
