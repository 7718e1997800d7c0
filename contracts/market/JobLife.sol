// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { IMarket } from "../interfaces/IMarket.sol";
import { Pricing } from "../libraries/Pricing.sol";
import { Records } from "../libraries/Records.sol";
import { Requests } from "../libraries/Requests.sol";
import { ResultTree } from "../libraries/ResultTree.sol";
import { Staking } from "./Staking.sol";

/// @title From a posted request to a paid provider
/// @dev None ─post─▶ Open ─accept─▶ Running ─submit─▶ Claimed ─approve, finalize─▶ Settled
abstract contract JobLife is Staking, EIP712("Workbond", "1") {
    using Pricing for Request;
    using Pricing for Job;
    using Records for Records.Slot;
    using Records for uint256;
    using Requests for Request;

    /// @dev A URL, not a document: it is repeated in every posting's event.
    uint256 internal constant MAX_GATEWAY_BYTES = 512;
    /// @dev After the window, how long the provider has to open its seal: a day covers an outage.
    uint256 internal constant GRACE = 1 days;

    mapping(bytes32 id => Records.Slot) internal _jobs;

    // ─────────────────────────── post and accept ────────────────────────────────

    /// @inheritdoc IMarket
    function post(Request calldata request, string calldata gateway) external returns (bytes32 id) {
        Request memory r = request;
        id = _jobId(r);
        require(r.requester == msg.sender, NotAllowed(msg.sender, r.requester));
        r.requireValid();
        uint256 length = bytes(gateway).length;
        require(length <= MAX_GATEWAY_BYTES, FieldOutOfRange("gateway", length, 0, MAX_GATEWAY_BYTES));
        // Whoever names a matcher wants a match, and anybody could accept what is posted.
        require(r.matcher == address(0), FieldOutOfRange("matcher", uint160(r.matcher), 0, 0));
        Account storage account = _accounts[msg.sender];
        uint64 current = account.counter;
        require(r.counter == current, CounterMismatch(current, r.counter));
        Records.Slot storage slot = _jobs[id];
        slot.requireState(id, State.None);
        _debit(account, r.escrowOf());
        slot.store(State.Open);
        _emitPosted(id, r, gateway);
    }

    /// @inheritdoc IMarket
    function accept(Request calldata request, bytes32[] calldata proof) external {
        Request memory r = Requests.load(request);
        bytes32 id = _jobId(r);
        Records.Slot storage slot = _jobs[id];
        slot.requireState(id, State.Open);
        require(block.timestamp < r.openUntil, TooLate(block.timestamp, r.openUntil));
        Requests.requireAdmits(r.providers, msg.sender, proof);
        _start(id, slot, r, msg.sender, address(0));
    }

    // ──────────────────────────── claim and settle ──────────────────────────────

    /// @inheritdoc IMarket
    function submit(bytes32 id, Job calldata job, bytes32 seal, bytes32 manifest) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Running, job);
        require(msg.sender == record.provider, NotAllowed(msg.sender, record.provider));
        uint256 deadline = _runsUntil(record);
        require(block.timestamp < deadline, TooLate(block.timestamp, deadline));
        record.claimedAt = uint64(block.timestamp);
        record.claimBlock = uint64(block.number);
        record.windowEnd = uint64(block.timestamp + record.challengeFor);
        record.seal = seal;
        slot.store(State.Claimed, record);
        emit JobClaimed(
            id, record.requester, record.provider, seal, manifest, record.claimedAt, record.claimBlock
        );
    }

    /// @inheritdoc IMarket
    function approve(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Claimed, job);
        require(msg.sender == record.requester, NotAllowed(msg.sender, record.requester));
        _settle(id, slot, record, root, totalUnits, true);
    }

    /// @inheritdoc IMarket
    function finalize(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Claimed, job);
        require(block.timestamp >= record.windowEnd, TooEarly(block.timestamp, record.windowEnd));
        uint256 until = _opensUntil(record);
        require(block.timestamp < until, TooLate(block.timestamp, until));
        _settle(id, slot, record, root, totalUnits, false);
    }

    // ────────────────────────────────── views ───────────────────────────────────

    /// @inheritdoc IMarket
    function jobId(Request calldata request) external view returns (bytes32) {
        return _jobId(request);
    }

    /// @inheritdoc IMarket
    function stateOf(bytes32 id) external view returns (State) {
        return _jobs[id].word.stateOf();
    }

    /// @inheritdoc IMarket
    function check(bytes32 id, Job calldata job) external view returns (State state) {
        uint256 slot = _jobs[id].word;
        state = slot.stateOf();
        if (uint248(slot) != 0) slot.requireRecord(id, job); // only live jobs have a record
    }

    /// @inheritdoc IMarket
    function slotOf(bytes32 id) external view returns (State state, uint248 jobHash) {
        uint256 slot = _jobs[id].word;
        return (slot.stateOf(), uint248(slot));
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev Makes a valid, funded and admitted request a running job of `provider`: the one way in.
    function _start(bytes32 id, Records.Slot storage slot, Request memory r, address provider, address tipTo)
        internal
    {
        _lockBond(provider, r.bond, r.minStake);
        Job memory job = _jobOf(r, provider);
        uint256 refund;
        unchecked {
            refund = r.escrowOf() - job.escrowOf(); // the ramp's price is at most maxUnitPrice
        }
        if (tipTo != address(0)) {
            job.tipPaid = r.tip;
            refund -= r.tip;
            _credit(tipTo, r.tip);
        }
        _credit(r.requester, refund);
        slot.store(State.Running, job);
        emit JobAccepted(
            id, r.requester, provider, job.unitPrice, job.acceptedAt, uint96(refund), tipTo, job.tipPaid
        );
    }

    function _jobOf(Request memory r, address provider) private view returns (Job memory job) {
        job.requester = r.requester;
        job.provider = provider;
        job.resolver = r.resolver;
        job.flat = r.flat;
        job.unitPrice = r.unitPriceDown(block.timestamp);
        job.maxUnits = r.maxUnits;
        job.bond = r.bond;
        job.caseFee = r.caseFee;
        job.demandFee = r.demandFee;
        job.tasks = r.tasks;
        job.runFor = r.runFor;
        job.challengeFor = r.challengeFor;
        job.caseFor = r.caseFor;
        job.acceptedAt = uint64(block.timestamp);
    }

    function _settle(
        bytes32 id,
        Records.Slot storage slot,
        Job memory job,
        bytes32 root,
        uint64 totalUnits,
        bool approved
    ) private {
        bytes32 opened = ResultTree.sealOf(job.provider, id, ResultTree.openingDigest(root, totalUnits));
        require(opened == job.seal, SealMismatch(job.seal, opened));
        uint256 payment = job.paymentDown(totalUnits);
        uint256 refund;
        unchecked {
            refund = job.escrowOf() - payment; // payment <= maxPayment
        }
        slot.store(State.Settled);
        _unlockBond(job.provider, job.bond, payment);
        _credit(job.requester, refund);
        emit JobSettled(
            id, job.requester, job.provider, uint96(payment), uint96(refund), root, totalUnits, approved
        );
    }

    /// @dev emit JobPosted(id, r.requester, r.resolver, r, gateway), with the struct copied as a block
    /// instead of member by member (saves 830 gas). `r` was decoded from calldata, so its words are clean.
    function _emitPosted(bytes32 id, Request memory r, string calldata gateway) private {
        bytes32 signature = JobPosted.selector;
        address requester = r.requester;
        address resolver = r.resolver;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mcopy(data, r, 800) // 25 words
            mstore(add(data, 800), 832) // where the string begins
            mstore(add(data, 832), gateway.length)
            let end := add(add(data, 864), gateway.length)
            calldatacopy(add(data, 864), gateway.offset, gateway.length)
            mstore(end, 0) // the last word's padding
            log4(data, add(864, and(add(gateway.length, 31), not(31))), signature, id, requester, resolver)
        }
    }

    function _jobId(Request memory r) internal view returns (bytes32) {
        return _hashTypedDataV4(r.structHash());
    }

    /// @dev First second in which a running job can't be claimed any more.
    function _runsUntil(Job memory job) internal pure returns (uint256) {
        return uint256(job.acceptedAt) + job.runFor;
    }

    /// @dev First second in which a claim can't be finalized any more.
    function _opensUntil(Job memory job) internal pure returns (uint256) {
        return (job.windowEnd > job.answerBy ? job.windowEnd : job.answerBy) + GRACE;
    }
}
