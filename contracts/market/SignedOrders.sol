// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";
import { Offers } from "../libraries/Offers.sol";
import { Packing } from "../libraries/Packing.sol";
import { Pricing } from "../libraries/Pricing.sol";
import { Records } from "../libraries/Records.sol";
import { Requests } from "../libraries/Requests.sol";
import { Signatures } from "../libraries/Signatures.sol";
import { JobLife } from "./JobLife.sol";

/// @title From signed orders to a running job, without a posting
/// @dev None ─matchOrders, fill─▶ Running; None ─fillAndClaim─▶ Claimed
abstract contract SignedOrders is JobLife {
    using Offers for Offer;
    using Pricing for Request;
    using Pricing for Job;
    using Records for Records.Slot;
    using Requests for Request;

    /// @dev Uses of an offer that was cancelled: more than any `maxJobs` allows.
    uint32 internal constant REVOKED = type(uint32).max;

    mapping(bytes32 digest => uint256) private _offerUses;

    // ────────────────────────────── match and fill ──────────────────────────────

    /// @inheritdoc IMarket
    function matchOrders(
        Request calldata request,
        bytes calldata requestSignature,
        Offer calldata offer,
        bytes calldata offerSignature,
        bytes32[] calldata proof
    ) external returns (bytes32 id) {
        Request memory r = Requests.loadClean(request)[0];
        Records.Slot storage slot;
        (id, slot) = _fresh(r);
        Offer memory o = Offers.load(offer)[0];
        _requireMatcher(r.matcher);
        _requireMatcher(o.matcher);
        require(block.timestamp < o.validUntil, TooLate(block.timestamp, o.validUntil));
        uint96 price = r.unitPriceDown(block.timestamp);
        o.requireFits(r, price, _locksFor(r));
        Requests.requireAdmits(r.providers, o.provider, proof);
        bytes32 digest = _use(o, offerSignature);
        Job memory job = _bind(id, r, requestSignature, o.provider, price, r.tip)[0];
        slot.store(State.Running, job);
        _credit(msg.sender, r.tip);
        _emitMatched(id, r, job, digest);
    }

    /// @inheritdoc IMarket
    function fill(Request calldata request, bytes calldata signature, bytes32[] calldata proof)
        external
        returns (bytes32 id)
    {
        Records.Slot storage slot;
        Job[] memory one;
        (id, slot, one) = _fill(request, signature, proof);
        slot.store(State.Running, one[0]);
    }

    /// @inheritdoc IMarket
    function fillAndClaim(Request calldata request, bytes calldata signature, bytes32 seal, bytes32 manifest)
        external
        returns (bytes32 id)
    {
        bytes32[] calldata none; // who is on a list fills and submits
        assembly ("memory-safe") {
            none.offset := 0
            none.length := 0
        }
        Records.Slot storage slot;
        Job[] memory one;
        (id, slot, one) = _fill(request, signature, none);
        _claim(id, slot, one[0], seal, manifest); // the only write of the job's slot
    }

    // ────────────────────────────────── revoke ──────────────────────────────────

    /// @inheritdoc IMarket
    function raiseCounter() external returns (uint64 counter) {
        counter = ++_accounts[msg.sender].counter;
        emit CounterRaised(msg.sender, counter);
    }

    /// @inheritdoc IMarket
    function cancelOffer(Offer calldata offer) external {
        Offer memory o = Offers.load(offer)[0];
        require(msg.sender == o.provider, NotAllowed(msg.sender, o.provider));
        bytes32 digest = _hashTypedDataV4(o.structHash());
        _offerUses[digest] = REVOKED;
        emit OrderCancelled(digest, msg.sender);
    }

    // ────────────────────────────────── views ───────────────────────────────────

    /// @inheritdoc IMarket
    function offerDigest(Offer calldata offer) external view returns (bytes32) {
        return _hashTypedDataV4(Offers.load(offer)[0].structHash());
    }

    /// @inheritdoc IMarket
    function offerUses(bytes32 digest) external view returns (uint32) {
        return uint32(_offerUses[digest]);
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _fill(Request calldata request, bytes calldata signature, bytes32[] calldata proof)
        private
        returns (bytes32 id, Records.Slot storage slot, Job[] memory one)
    {
        Request memory r = Requests.loadClean(request)[0];
        (id, slot) = _fresh(r);
        _requireNoMatcher(r);
        Requests.requireAdmits(r.providers, msg.sender, proof);
        one = _bind(id, r, signature, msg.sender, r.unitPriceDown(block.timestamp), 0);
        _emitMatched(id, r, one[0], 0);
    }

    /// @dev The id and slot of a valid request that never was a job.
    function _fresh(Request memory r) private view returns (bytes32 id, Records.Slot storage slot) {
        id = _jobId(r);
        slot = _jobs[id];
        slot.requireState(id, State.None);
        r.requireValid();
    }

    /// @dev Counts one more use of the offer, after checking that its provider is bound by it now.
    /// Transient storage remembers offers whose key signed: a batch checks each once (saves 3,400 gas for
    /// every further request).
    function _use(Offer memory o, bytes calldata signature) private returns (bytes32 digest) {
        _requireCounter(_accounts[o.provider].counter, o.counter);
        digest = _hashTypedDataV4(o.structHash());
        uint256 uses = _offerUses[digest];
        if (uses >= o.maxJobs) {
            require(uses != REVOKED, OfferRevoked(digest));
            revert OfferUsedUp(digest, o.maxJobs);
        }
        _offerUses[digest] = uses + 1;
        bool known;
        assembly ("memory-safe") {
            known := tload(digest)
        }
        if (known) return digest;
        if (Signatures.requireSigned(o.provider, digest, signature)) {
            assembly ("memory-safe") {
                tstore(digest, 1)
            }
        }
    }

    /// @dev Makes the signed request a job of `provider`, with its escrow and bond locked and `tip` taken
    /// from the requester; the caller stores it.
    function _bind(
        bytes32 id,
        Request memory r,
        bytes calldata signature,
        address provider,
        uint96 price,
        uint96 tip
    ) private returns (Job[] memory one) {
        Purse storage account = _accounts[r.requester];
        _requireCounter(account.counter, r.counter);
        Signatures.requireSigned(r.requester, id, signature);
        one = Records.started(r, provider, price, tip);
        unchecked {
            _debit(account, r.requester, one[0].escrowOf() + tip); // less than 123 bits
        }
        _lockBond(provider, r.bond, r.minStake);
    }

    function _requireMatcher(address matcher) private view {
        require(matcher == address(0) || matcher == msg.sender, NotAllowed(msg.sender, matcher));
    }

    /// @dev emit JobMatched(id, r.requester, job.provider, terms); `offer` is zero where there is none.
    function _emitMatched(bytes32 id, Request memory r, Job memory job, bytes32 offer) private {
        bytes32 signature = JobMatched.selector;
        address requester = r.requester;
        address provider = job.provider;
        uint256 data;
        assembly ("memory-safe") {
            data := mload(0x40)
        }
        unchecked {
            Packing.packTerms(r, job.unitPrice, data + 64);
        }
        assembly ("memory-safe") {
            let length := 372
            if offer {
                mstore(add(data, 436), offer)
                mstore(add(data, 468), shl(96, caller()))
                mstore(add(data, 488), 0) // the last word's padding
                length := 424
            }
            mstore(data, 32) // where the bytes begin
            mstore(add(data, 32), length)
            log4(data, add(64, and(add(length, 31), not(31))), signature, id, requester, provider)
        }
    }
}
