// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "./IMarketTypes.sol";

/// @title Everything the market says
/// @notice Every change of money or state has one event, and the whole ledger, every live job's `Job`
/// included, can be rebuilt from them alone. Their shapes are frozen.
interface IMarketEvents is IMarketTypes {
    // ───────────────────────────── ledger and stake ─────────────────────────────

    /// @notice `amount` tokens arrived and were credited to `account`.
    event Deposited(address indexed account, uint96 amount);
    /// @notice `amount` left `account`'s free balance for the token address `to`.
    event Withdrawn(address indexed account, address indexed to, uint96 amount);
    /// @notice `amount` moved from free to staked.
    event Staked(address indexed account, uint96 amount);
    /// @notice `amount` moved from staked to unbonding; the whole of it matures at `maturesAt`.
    event Unstaked(address indexed account, uint96 amount, uint64 maturesAt);
    /// @notice `amount` moved from unbonding to free.
    event StakeWithdrawn(address indexed account, uint96 amount);

    // ──────────────────────────────── life of a job ─────────────────────────────

    /// @notice The requester's escrow for `request` is locked; `gateway` is where its blobs are served
    /// (empty: the requester did not say). Its bytes are whatever the requester sent, UTF-8 or not.
    event JobPosted(
        bytes32 indexed id,
        address indexed requester,
        address indexed resolver,
        Request request,
        string gateway
    );
    /// @notice A posted job's provider locked its bond; `refund`, the tip included, went back to the
    /// requester at once. `tipTo` and `tipPaid` are zero: a matched job is told by `JobMatched`.
    event JobAccepted(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        uint96 unitPrice,
        uint64 acceptedAt,
        uint96 refund,
        address tipTo,
        uint96 tipPaid
    );
    /// @notice The provider sealed a result; `manifest` is the SHA-256 in the result manifest's CID
    /// (CIDv1, raw codec).
    /// @param claimBlock `block.number`, which on some chains is not the number of the log's block.
    event JobClaimed(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        bytes32 seal,
        bytes32 manifest,
        uint64 claimedAt,
        uint64 claimBlock
    );
    /// @notice The seal was opened and the job paid; the bond is unlocked, `refund` (fees of unanswered pairs
    /// included) went to the requester.
    /// @param approved True if the requester approved, false if the window ended.
    event JobSettled(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        uint96 payment,
        uint96 refund,
        bytes32 root,
        uint64 totalUnits,
        bool approved
    );
    /// @notice Nobody accepted; the whole escrow went back.
    event JobCancelled(bytes32 indexed id, address indexed requester, address caller, uint96 refund);
    /// @notice The job ended without payment. `refund` is the escrow that went back, fees of unanswered
    /// pairs included; of the bond, `compensation` went to the requester, `reward` to `caller`, and `burned` to the sink. Together
    /// they are `slashed`, but for what a rejected case's `CaseResolved` gives away.
    event JobVoided(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        VoidReason reason,
        uint96 refund,
        uint96 slashed,
        uint96 compensation,
        address caller,
        uint96 reward,
        uint96 burned
    );

    // ─────────────────────────────────── cards ──────────────────────────────────

    /// @notice What an account says of itself: `json` (canonical JSON, RFC 8785) whose SHA-256 is `card`.
    event CardAnnounced(address indexed account, bytes32 indexed card, bytes json);

    // ─────────────────────────────── signed orders ──────────────────────────────

    /// @notice A signed request became a running job: its escrow (`maxPayment` at its price, and the case
    /// fee) and the provider's bond are locked; a matched request's tip went to its matcher.
    /// @param terms Packed big-endian: the request's members in their order, but for the requester; the price
    /// that holds, `unitPrice` (uint96); `acceptedAt` (uint64); and, unless the provider filled the request
    /// itself, the EIP-712 digest of its `offer` (bytes32), used once more by this, and the `matcher` (address):
    /// 424 or 372 bytes.
    event JobMatched(bytes32 indexed id, address indexed requester, address indexed provider, bytes terms);
    /// @notice What `account` signed under another counter than `counter` is revoked.
    event CounterRaised(address indexed account, uint64 counter);
    /// @notice `author` revoked its request or offer with this EIP-712 digest.
    event OrderCancelled(bytes32 indexed digest, address indexed author);
    /// @notice `delegate` may submit and answer for `account` (zero: nobody may).
    event DelegateSet(address indexed account, address indexed delegate);
    /// @notice Entry `entry` of a batch, counted from 0, about job `id`, was left out for the error in
    /// `reason` (its selector and values).
    event EntrySkipped(uint256 indexed entry, bytes32 indexed id, bytes reason);

    // ────────────────────────────────── demands ─────────────────────────────────

    /// @notice The requester demands output bytes and locks `fees`; what is not answered before `answerBy`
    /// costs the provider half its bond.
    /// @dev `pairs` are task << 32 | chunk, at most 8: in the event, since a contract account's demand has
    /// them nowhere else that logs can show. `demandHash` is keccak256(abi.encodePacked(pairs)).
    event OutputDemanded(
        bytes32 indexed id,
        address indexed requester,
        bytes32 demandHash,
        uint64[] pairs,
        uint96 fees,
        uint64 answerBy
    );
    /// @notice Demanded bytes were shown: `answered` and `windowEnd` are the job's from now on, `fees` went
    /// to the provider.
    event OutputAnswered(
        bytes32 indexed id, address indexed provider, uint8 answered, uint96 fees, uint64 windowEnd
    );

    // ───────────────────────────────── disputes ─────────────────────────────────

    /// @notice The job's resolver opened its case.
    event JobDisputed(
        bytes32 indexed id, address indexed resolver, address indexed provider, uint64 disputedAt
    );
    /// @notice The case is over. Not `rejected`: the job is claimed again until `windowEnd`, the case fee
    /// went to the resolver (`toResolver`) or back to the requester (`feeRefund`). `rejected`: both `to`
    /// amounts are parts of the bond, and the rest, case fee included, stands in the `JobVoided` that follows.
    /// @param challenger Whom the resolver named; its share of a rejected claim's bond is burned if it is zero.
    /// @param timedOut True if the resolver stayed silent.
    event CaseResolved(
        bytes32 indexed id,
        address indexed resolver,
        address indexed challenger,
        bool rejected,
        bool timedOut,
        uint96 toResolver,
        uint96 toChallenger,
        uint96 feeRefund,
        uint64 windowEnd
    );
}
