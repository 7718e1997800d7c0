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
    using Records for uint256;
    using Records for State;
    using Requests for Request;

    /// @dev A URL, not a document: it is repeated in every posting's event.
    uint256 internal constant MAX_GATEWAY_BYTES = 512;
    /// @dev After the window, how long the provider has to open its seal: a day covers an outage.
    uint256 internal constant GRACE = 1 days;

    mapping(bytes32 id => uint256 slot) internal _jobs;

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
        uint64 current = _accounts[r.requester].counter;
        require(r.counter == current, CounterMismatch(current, r.counter));
        _jobs[id].requireState(id, State.None);
        _debit(r.requester, r.escrowOf());
        _jobs[id] = State.Open.pack();
        emit JobPosted(id, r.requester, r.resolver, r, gateway);
    }

    /// @inheritdoc IMarket
    function accept(Request calldata request, bytes32[] calldata proof) external {
        Request memory r = request;
        bytes32 id = _jobId(r);
        _jobs[id].requireState(id, State.Open);
        require(block.timestamp < r.openUntil, TooLate(block.timestamp, r.openUntil));
        Requests.requireAdmits(r.providers, msg.sender, proof);
        _start(id, r, msg.sender, address(0));
    }

    // ──────────────────────────── claim and settle ──────────────────────────────

    /// @inheritdoc IMarket
    function submit(bytes32 id, Job calldata job, bytes32 seal, bytes32 manifest) external {
        Job memory record = _loadJob(id, job, State.Running);
        require(msg.sender == record.provider, NotAllowed(msg.sender, record.provider));
        uint256 deadline = _runsUntil(record);
        require(block.timestamp < deadline, TooLate(block.timestamp, deadline));
        record.claimedAt = uint64(block.timestamp);
        record.claimBlock = uint64(block.number);
        record.windowEnd = uint64(block.timestamp + record.challengeFor);
        record.seal = seal;
        _jobs[id] = State.Claimed.pack(record);
        emit JobClaimed(
            id, record.requester, record.provider, seal, manifest, record.claimedAt, record.claimBlock
        );
    }

    /// @inheritdoc IMarket
    function approve(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external {
        Job memory record = _loadJob(id, job, State.Claimed);
        require(msg.sender == record.requester, NotAllowed(msg.sender, record.requester));
        _settle(id, record, root, totalUnits, true);
    }

    /// @inheritdoc IMarket
    function finalize(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external {
        Job memory record = _loadJob(id, job, State.Claimed);
        require(block.timestamp >= record.windowEnd, TooEarly(block.timestamp, record.windowEnd));
        uint256 until = _opensUntil(record);
        require(block.timestamp < until, TooLate(block.timestamp, until));
        _settle(id, record, root, totalUnits, false);
    }

    // ────────────────────────────────── views ───────────────────────────────────

    /// @inheritdoc IMarket
    function jobId(Request calldata request) external view returns (bytes32) {
        return _jobId(request);
    }

    /// @inheritdoc IMarket
    function stateOf(bytes32 id) external view returns (State) {
        return _jobs[id].stateOf();
    }

    /// @inheritdoc IMarket
    function check(bytes32 id, Job calldata job) external view returns (State state) {
        uint256 slot = _jobs[id];
        state = slot.stateOf();
        if (state == State.Running || state == State.Claimed || state == State.Disputed) {
            slot.requireRecord(id, job);
        }
    }

    /// @inheritdoc IMarket
    function slotOf(bytes32 id) external view returns (State state, uint248 jobHash) {
        uint256 slot = _jobs[id];
        return (slot.stateOf(), uint248(slot));
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    /// @dev Makes a valid, funded and admitted request a running job of `provider`: the one way in.
    function _start(bytes32 id, Request memory r, address provider, address tipTo) internal {
        _lockBond(provider, r.bond, r.minStake);
        Job memory job = _jobOf(r, provider);
        uint256 refund = r.escrowOf() - job.escrowOf();
        if (tipTo != address(0)) {
            job.tipPaid = r.tip;
            refund -= r.tip;
            _credit(tipTo, r.tip);
        }
        _credit(r.requester, refund);
        _jobs[id] = State.Running.pack(job);
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

    function _settle(bytes32 id, Job memory job, bytes32 root, uint64 totalUnits, bool approved) private {
        bytes32 opened = ResultTree.sealOf(job.provider, id, ResultTree.openingDigest(root, totalUnits));
        require(opened == job.seal, SealMismatch(job.seal, opened));
        uint256 payment = job.paymentDown(totalUnits);
        uint256 refund = job.escrowOf() - payment;
        _jobs[id] = State.Settled.pack();
        _unlockBond(job.provider, job.bond, payment);
        _credit(job.requester, refund);
        emit JobSettled(
            id, job.requester, job.provider, uint96(payment), uint96(refund), root, totalUnits, approved
        );
    }

    /// @dev The record of job `id`, after checking that it is in state `expected`.
    function _loadJob(bytes32 id, Job calldata given, State expected) internal view returns (Job memory job) {
        job = given;
        uint256 slot = _jobs[id];
        slot.requireState(id, expected);
        slot.requireRecord(id, job);
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
