// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { IMarket } from "../interfaces/IMarket.sol";
import { Pricing } from "../libraries/Pricing.sol";
import { Records } from "../libraries/Records.sol";
import { Requests } from "../libraries/Requests.sol";
import { ResultTree } from "../libraries/ResultTree.sol";
import { Delegates } from "./Delegates.sol";
import { Staking } from "./Staking.sol";

/// @title From a posted request to a paid provider
/// @dev None ─post─▶ Open ─accept─▶ Running ─submit─▶ Claimed ─approve, finalize─▶ Settled
abstract contract JobLife is Staking, Delegates, EIP712("Workbond", "1") {
    using Pricing for Request;
    using Pricing for Job;
    using Records for Records.Slot;
    using Records for uint256;
    using Requests for Request;

    /// @dev A URL, not a document: it is repeated in every posting's event.
    uint256 internal constant MAX_GATEWAY_BYTES = 512;
    /// @dev After the window, how long the provider has to open its seal: a day covers an outage.
    uint256 internal constant GRACE = 1 days;

    /// @dev After a demand, how long the provider has to answer: a day covers an outage.
    uint256 internal constant ANSWER_FOR = 1 days;
    /// @dev `Job.answered` when no pair needs an answer any more.
    uint256 internal constant ALL_ANSWERED = type(uint8).max;

    mapping(bytes32 id => Records.Slot) internal _jobs;

    // ─────────────────────────── post and accept ────────────────────────────────

    /// @inheritdoc IMarket
    function post(Request calldata request, string calldata gateway) external returns (bytes32 id) {
        Request memory r = Requests.loadClean(request)[0];
        id = _jobId(r);
        require(r.requester == msg.sender, NotAllowed(msg.sender, r.requester));
        r.requireValid();
        uint256 length = bytes(gateway).length;
        require(length <= MAX_GATEWAY_BYTES, FieldOutOfRange("gateway", length, 0, MAX_GATEWAY_BYTES));
        _requireNoMatcher(r);
        Purse storage account = _accounts[msg.sender];
        _requireCounter(account.counter, r.counter);
        Records.Slot storage slot = _jobs[id];
        slot.requireState(id, State.None);
        _debit(account, msg.sender, r.escrowOf());
        slot.store(State.Open);
        _emitPosted(id, r, gateway);
    }

    /// @inheritdoc IMarket
    function accept(Request calldata request, bytes32[] calldata proof) external {
        Request memory r = Requests.load(request)[0];
        bytes32 id = _jobId(r);
        Records.Slot storage slot = _jobs[id];
        slot.requireState(id, State.Open);
        require(block.timestamp < r.openUntil, TooLate(block.timestamp, r.openUntil));
        Requests.requireAdmits(r.providers, msg.sender, proof);
        _lockBond(msg.sender, r.bond, r.minStake);
        Job memory job = Records.started(r, msg.sender, r.unitPriceDown(block.timestamp), 0)[0];
        uint256 refund;
        unchecked {
            refund = r.escrowOf() - job.escrowOf(); // the ramp's price is at most maxUnitPrice
        }
        _credit(r.requester, refund);
        slot.store(State.Running, job);
        emit JobAccepted(
            id, r.requester, msg.sender, job.unitPrice, job.acceptedAt, uint96(refund), address(0), 0
        );
    }

    // ──────────────────────────── claim and settle ──────────────────────────────

    /// @inheritdoc IMarket
    function submit(bytes32 id, Job calldata job, bytes32 seal, bytes32 manifest) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Running, job)[0];
        _requireActsFor(record.provider);
        uint256 deadline = _runsUntil(record);
        require(block.timestamp < deadline, TooLate(block.timestamp, deadline));
        _claim(id, slot, record, seal, manifest);
    }

    /// @inheritdoc IMarket
    function approve(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Claimed, job)[0];
        require(msg.sender == record.requester, NotAllowed(msg.sender, record.requester));
        _settle(id, slot, record, root, totalUnits, true);
    }

    /// @inheritdoc IMarket
    function finalize(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Claimed, job)[0];
        require(block.timestamp >= record.windowEnd, TooEarly(block.timestamp, record.windowEnd));
        // Else a demand in the window's last second could be evaded.
        require(!_isDemandOpen(record), DemandOpen(id, record.answered));
        uint256 until = _opensUntil(record);
        require(block.timestamp < until, TooLate(block.timestamp, until));
        _settle(id, slot, record, root, totalUnits, false);
    }

    // ────────────────────────────────── views ───────────────────────────────────

    /// @inheritdoc IMarket
    function jobId(Request calldata request) external view returns (bytes32) {
        return _jobId(Requests.loadClean(request)[0]);
    }

    /// @inheritdoc IMarket
    function stateOf(bytes32 id) external view returns (State) {
        return _jobs[id].word.stateOf();
    }

    /// @inheritdoc IMarket
    function check(bytes32 id, Job calldata job) external view returns (State state) {
        uint256 slot = _jobs[id].word;
        state = slot.stateOf();
        if (uint248(slot) != 0) slot.requireRecord(id, Records.copy(job)[0]); // only live jobs have a record
    }

    /// @inheritdoc IMarket
    function slotOf(bytes32 id) external view returns (State state, uint248 jobHash) {
        uint256 slot = _jobs[id].word;
        return (slot.stateOf(), uint248(slot));
    }

    /// @notice EIP-5267. Overridden, since name and version never are storage here (saves 400 bytes of code).
    function eip712Domain()
        public
        view
        override
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory)
    {
        return (hex"0f", "Workbond", "1", block.chainid, address(this), 0, new uint256[](0));
    }

    // ──────────────────────────────── internals ─────────────────────────────────

    function _claim(bytes32 id, Records.Slot storage slot, Job memory job, bytes32 seal, bytes32 manifest)
        internal
    {
        job.claimedAt = uint64(block.timestamp);
        job.claimBlock = uint64(block.number);
        unchecked {
            job.windowEnd = uint64(block.timestamp + job.challengeFor);
        }
        job.seal = seal;
        slot.store(State.Claimed, job);
        // emit JobClaimed(id, job.requester, job.provider, seal, manifest, claimedAt, claimBlock), of words that
        // are clean (saves 40 gas).
        bytes32 signature = JobClaimed.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, seal)
            mstore(add(data, 32), manifest)
            mstore(add(data, 64), timestamp())
            mstore(add(data, 96), number())
            log4(data, 128, signature, id, mload(job), mload(add(job, 32)))
        }
    }

    function _settle(
        bytes32 id,
        Records.Slot storage slot,
        Job memory job,
        bytes32 root,
        uint64 totalUnits,
        bool approved
    ) private {
        _requireOpens(id, job, root, totalUnits);
        uint256 payment = job.paymentDown(totalUnits);
        uint256 refund;
        unchecked {
            refund = job.escrowOf() - payment; // payment <= maxPayment
        }
        slot.store(State.Settled);
        _unlockBond(job.provider, job.bond, payment);
        _credit(job.requester, refund);
        _emitSettled(id, job, payment, refund, root, totalUnits, approved);
    }

    /// @dev emit JobSettled(id, job.requester, job.provider, payment, refund, root, totalUnits, approved), of
    /// clean words (saves 100 gas).
    function _emitSettled(
        bytes32 id,
        Job memory job,
        uint256 payment,
        uint256 refund,
        bytes32 root,
        uint256 totalUnits,
        bool approved
    ) private {
        bytes32 signature = JobSettled.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, payment)
            mstore(add(data, 32), refund)
            mstore(add(data, 64), root)
            mstore(add(data, 96), totalUnits)
            mstore(add(data, 128), approved)
            log4(data, 160, signature, id, mload(job), mload(add(job, 32)))
        }
    }

    /// @dev Reverts unless the claim's seal hides `root` and `totalUnits`.
    function _requireOpens(bytes32 id, Job memory job, bytes32 root, uint64 totalUnits) internal pure {
        bytes32 opened = ResultTree.sealOf(job.provider, id, ResultTree.openingDigest(root, totalUnits));
        require(opened == job.seal, SealMismatch(job.seal, opened));
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

    /// @dev Whoever names a matcher wants a match; who accepts or fills needs none.
    function _requireNoMatcher(Request memory r) internal pure {
        require(r.matcher == address(0), FieldOutOfRange("matcher", uint160(r.matcher), 0, 0));
    }

    function _requireCounter(uint64 current, uint64 given) internal pure {
        require(given == current, CounterMismatch(current, given));
    }

    /// @dev The longest that a bond can stay locked after a claim: a demand in the window's last second,
    /// its last answer as late as can be, a silent resolver, and the grace.
    function _locksFor(Request memory r) internal pure returns (uint256) {
        unchecked {
            return uint256(r.challengeFor) + r.challengeFor / 2 + ANSWER_FOR + r.caseFor + GRACE;
        }
    }

    /// @dev Whether a demanded pair is unanswered.
    function _isDemandOpen(Job memory job) internal pure returns (bool) {
        return job.demandHash != 0 && job.answered != ALL_ANSWERED;
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
