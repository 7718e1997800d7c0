// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "./IMarketErrors.sol";
import { IMarketEvents } from "./IMarketEvents.sol";

/// @title Workbond market, protocol version 1
/// @notice One contract holds all money of jobs and providers. It has no owner, no upgrade and no pause.
/// A deadline t belongs to what follows it: acts need now < t, exits now >= t. The errors named here carry
/// values, see `IMarketErrors`.
/// @dev EIP-712 domain: name `Workbond`, version `1`, chain id, this contract. Type strings:
/// `Request(address requester,bytes32 spec,bytes32 profile,uint32 tasks,uint96 flat,uint96 minUnitPrice,uint96 maxUnitPrice,uint64 rampStart,uint64 rampEnd,uint64 maxUnits,uint96 bond,uint96 minStake,uint96 tip,uint64 openUntil,uint32 runFor,uint32 challengeFor,address resolver,bytes32 policy,uint32 caseFor,uint96 caseFee,uint96 demandFee,bytes32 providers,address matcher,uint64 counter,bytes32 salt)`
/// `Offer(address provider,address requester,bytes32 spec,bytes32 profile,address resolver,bytes32 policy,uint96 minUnitPrice,uint96 minFlat,uint96 maxBond,uint64 maxUnits,uint32 maxTasks,uint32 minRunFor,uint64 minSecondsPer1e12Units,uint32 maxLockFor,uint96 minDemandFee,uint32 maxJobs,uint64 validUntil,address matcher,uint64 counter,bytes32 salt)`
interface IMarket is IMarketEvents, IMarketErrors {
    // ────────────────────────────────── ledger ──────────────────────────────────

    /// @notice Pulls `amount` tokens from the caller and credits them to its free balance.
    /// @dev FieldOutOfRange("amount" or "total"), DepositMismatch, or the token's own error. Like withdraw,
    /// it can't be called from within a transfer (ReentrancyGuardReentrantCall), and a token that says
    /// false is refused (SafeERC20FailedOperation).
    function deposit(uint96 amount) external;

    /// @notice Sends `amount` of the caller's free balance to `to`.
    /// @dev FieldOutOfRange("amount"), RecipientRefused, InsufficientFree, or the token's own error.
    function withdraw(address to, uint96 amount) external;

    /// @notice Like `deposit`, with an EIP-2612 permit of the caller for this contract. A permit that
    /// somebody used already, or that fails otherwise, is ignored: the allowance decides.
    /// @dev As `deposit`.
    function depositWithPermit(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    // ────────────────────────────────── staking ─────────────────────────────────

    /// @notice Moves `amount` from the caller's free balance to its stake.
    /// @dev FieldOutOfRange("amount"), InsufficientFree.
    function stake(uint96 amount) external;

    /// @notice Sends `amount` of unbonded stake into the cooldown, which restarts for all that is in it.
    /// @dev FieldOutOfRange("amount"), InsufficientStake.
    function unstake(uint96 amount) external;

    /// @notice Moves all matured stake to the caller's free balance.
    /// @dev FieldOutOfRange("unbonding") if there is none, TooEarly.
    function withdrawStake() external;

    // ─────────────────────────────── life of a job ──────────────────────────────

    /// @notice Opens a job and locks its escrow: flat + maxUnits * maxUnitPrice / 1e12 + tip + caseFee.
    /// @param request Its author must be the caller, its matcher zero.
    /// @param gateway Where the spec's blobs are served, a URL of at most 512 bytes (only its length is
    /// checked), or empty.
    /// @return id The job id: the request's EIP-712 digest.
    /// @dev NotAllowed, FieldOutOfRange, CounterMismatch, WrongState(None), InsufficientFree.
    function post(Request calldata request, string calldata gateway) external returns (bytes32 id);

    /// @notice The caller becomes the job's provider at the ramp's price of this moment and locks its bond.
    /// @param proof Path to the caller in the request's `providers` tree (leaves are
    /// keccak256(keccak256(abi.encode(address))), pairs sorted); empty where there is none.
    /// @dev WrongState(Open), TooLate, ProviderNotAllowed, StakeTooLow, InsufficientStake.
    function accept(Request calldata request, bytes32[] calldata proof) external;

    /// @notice The provider, or its delegate, commits to a result, before acceptedAt + runFor.
    /// @param job The job's record, as in every call on a live job: events tell it.
    /// @param seal keccak256(provider ‖ id ‖ D), D = keccak256(0x02 ‖ root ‖ totalUnits u64).
    /// @param manifest SHA-256 in the CID of the result manifest.
    /// @dev WrongState(Running), JobMismatch, NotAllowed, TooLate.
    function submit(bytes32 id, Job calldata job, bytes32 seal, bytes32 manifest) external;

    /// @notice The requester pays at once. Possible until somebody calls `void`.
    /// @dev WrongState(Claimed), JobMismatch, NotAllowed, SealMismatch.
    function approve(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external;

    /// @notice Pays once the window is over and no demanded pair is unanswered, within the grace. Anyone who
    /// holds the opening may call.
    /// @dev WrongState(Claimed), JobMismatch, TooEarly, DemandOpen, TooLate, SealMismatch.
    function finalize(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external;

    // ─────────────────────────────── signed orders ──────────────────────────────
    //
    // Signatures: 65 bytes r ‖ s ‖ v of the signer's key (low s), else whatever the signer accepts as a
    // contract (ERC-1271; at most 200,000 gas; also an account with delegated code, EIP-7702).

    /// @notice Binds a signed request to a signed offer that fits it, for the request's tip to the caller.
    /// Escrow is locked at the ramp's price of this moment, which must be at least the offer's.
    /// @param proof As in `accept`.
    /// @return id The job id.
    /// @dev WrongState(None), FieldOutOfRange, NotAllowed (another matcher is named), TooLate (the offer's
    /// validUntil), OfferExceeded, ProviderNotAllowed, CounterMismatch, OfferRevoked, OfferUsedUp,
    /// SignatureRefused, InsufficientFree, StakeTooLow, InsufficientStake.
    function matchOrders(
        Request calldata request,
        bytes calldata requestSignature,
        Offer calldata offer,
        bytes calldata offerSignature,
        bytes32[] calldata proof
    ) external returns (bytes32 id);

    /// @notice The caller becomes the provider of a signed request that names no matcher, without an offer.
    /// The tip is not charged.
    /// @dev WrongState(None), FieldOutOfRange, ProviderNotAllowed, CounterMismatch, SignatureRefused,
    /// InsufficientFree, StakeTooLow, InsufficientStake.
    function fill(Request calldata request, bytes calldata signature, bytes32[] calldata proof)
        external
        returns (bytes32 id);

    /// @notice `fill` and `submit` in one, for a provider that executed first: of a request that names it, so
    /// that nobody else can be faster, or that admits anybody.
    /// @dev As `fill`.
    function fillAndClaim(Request calldata request, bytes calldata signature, bytes32 seal, bytes32 manifest)
        external
        returns (bytes32 id);

    // Batches make the single call for each entry; one that fails is skipped with `EntrySkipped`. An entry's
    // struct is written as changes from that of the entry before (the first: from zeros): how many members
    // differ (uint8), then for each its position in the struct (uint8) and its value, big-endian in its own
    // width. A batch reverts with BatchMalformed where it is none, and without data where gas runs out, so
    // that an estimate of its gas counts every entry.

    /// @notice `matchOrders` of several pairs.
    /// @param entries Each: the request's changes; its signature (length as uint16, bytes); the offer's changes,
    /// and, unless there are none, its signature; the proof (number of words as uint8, words).
    function matchBatch(bytes calldata entries) external;

    /// @notice `submit` of several jobs.
    /// @param entries Each: id, the record's changes, seal, manifest.
    function submitBatch(bytes calldata entries) external;

    /// @notice `finalize` of several jobs.
    /// @param entries Each: id, the record's changes, root, totalUnits (uint64).
    function finalizeBatch(bytes calldata entries) external;

    /// @notice Revokes whatever the caller signed so far and was not matched or filled.
    /// @return counter The caller's from now on.
    function raiseCounter() external returns (uint64 counter);

    /// @notice Revokes one offer of the caller's.
    /// @dev NotAllowed.
    function cancelOffer(Offer calldata offer) external;

    /// @notice `delegate` may submit and answer for the caller, and nothing else; zero: nobody may. What it
    /// claims binds the caller: a stolen delegate costs half the bond of every job that runs.
    function setDelegate(address delegate) external;

    // ───────────────────────────────── demands ──────────────────────────────────

    /// @notice The requester wants to be shown output bytes, once for each claim and before its window ends, in a
    /// case too: `demandFee` for each pair is locked.
    /// @param pairs 1 to 8 of task << 32 | chunk; chunks have 16 KiB.
    /// @dev WrongState(Claimed) unless Claimed or Disputed, JobMismatch, NotAllowed, TooLate, AlreadyDemanded,
    /// FieldOutOfRange("pairs", "task"), InsufficientFree.
    function demand(bytes32 id, Job calldata job, uint64[] calldata pairs) external;

    /// @notice The provider or its delegate shows demanded bytes, a day after the demand at the latest, and
    /// earns each pair's fee. The last answer leaves the requester half a window to look. From the first
    /// answer on anybody can read the claim's opening.
    /// @param pairs All pairs of the demand.
    /// @param root Of the result tree, with its sum `totalUnits` the opening of the claim's seal.
    /// @param answers Of one or more pairs, packed: the pair's position (uint8); its task's leaf (89 bytes:
    /// index, class, exitCode, units, outputLen, outputDigest, extra); the leaf's path from the bottom up (40
    /// bytes a node: hash, units); then, unless the output ends before the chunk, exactly the chunk's bytes
    /// and its path (32 bytes a hash).
    /// @dev WrongState(Claimed) unless Claimed or Disputed, JobMismatch, NotAllowed, DemandMismatch, TooLate,
    /// SealMismatch, FieldOutOfRange("answers"), PairNotOpen, AnswerLength, LeafMismatch, ChunkMismatch; Panic(0x11) where
    /// the path's units overflow.
    function answer(
        bytes32 id,
        Job calldata job,
        uint64[] calldata pairs,
        bytes32 root,
        uint64 totalUnits,
        bytes[] calldata answers
    ) external;

    // ───────────────────────────────── disputes ─────────────────────────────────
    //
    // The resolver pushes; the market never calls it.

    /// @notice The job's resolver opens a case, once for each claim and before its window ends.
    /// @dev WrongState(Claimed), JobMismatch, NotAllowed, TooLate.
    function dispute(bytes32 id, Job calldata job) external;

    /// @notice The job's resolver ends its case, before disputedAt + caseFor. Upheld: the claim can be
    /// finalized at once; the case fee goes to the resolver, or back to the requester if a `challenger` was
    /// wrong. Rejected: of the bond, an amount equal to the case fee goes to the resolver, 30% of the rest to
    /// the requester, 30% to the `challenger`, and what remains (the challenger's share, if it is zero,
    /// included) is burned; the escrow goes back.
    /// @dev WrongState(Disputed), JobMismatch, NotAllowed, TooLate.
    function resolve(bytes32 id, Job calldata job, Verdict verdict, address challenger) external;

    /// @notice Ends a case whose resolver stayed silent, as upheld; the case fee goes back to the requester.
    /// @dev WrongState(Disputed), JobMismatch, TooEarly.
    function timeout(bytes32 id, Job calldata job) external;

    // ──────────────────────────────── other exits ───────────────────────────────

    /// @notice Ends an open job: the requester at any time, anyone from openUntil on. A request that never
    /// became a job is revoked by its requester, so that its signature is worth nothing any more.
    /// @dev WrongState(Open), NotAllowed.
    function cancel(Request calldata request) external;

    /// @notice The provider gives the job back, before acceptedAt + runFor, for 5% of its bond, which is
    /// burned but for a paid tip, and 15% * elapsed / runFor, which the requester gets.
    /// @dev WrongState(Running), JobMismatch, NotAllowed, TooLate.
    function release(bytes32 id, Job calldata job) external;

    /// @notice Ends a job without a claim in time: 25% of the bond is lost, 1% to the caller, the rest to
    /// the requester.
    /// @dev WrongState(Running), JobMismatch, TooEarly.
    function expire(bytes32 id, Job calldata job) external;

    /// @notice Ends a claim with an unanswered pair from answerBy on, or that nobody opened within a day after
    /// its window: 50% of the bond is lost, 1% to the caller, the rest to the requester.
    /// @dev WrongState(Claimed), JobMismatch, TooEarly.
    function void(bytes32 id, Job calldata job) external;

    // ─────────────────────────────────── cards ──────────────────────────────────

    /// @notice Announces the caller's card: canonical JSON of 2 to 4,096 bytes (only the length is checked).
    /// @dev FieldOutOfRange("card").
    function announce(bytes calldata json) external;

    // ─────────────────────────────────── views ──────────────────────────────────

    /// @notice The EIP-712 digest of a request, which is its job id.
    function jobId(Request calldata request) external view returns (bytes32);

    /// @notice The EIP-712 digest of an offer.
    function offerDigest(Offer calldata offer) external view returns (bytes32);

    /// @notice How many jobs the offer with this digest was matched to; 2^32 - 1 if it was cancelled.
    function offerUses(bytes32 digest) external view returns (uint32);

    /// @notice Who may submit and answer for `account`; zero: only itself.
    function delegateOf(address account) external view returns (address);

    /// @notice State of job `id`.
    function stateOf(bytes32 id) external view returns (State);

    /// @notice State of job `id`, after checking that `job` is its record if the job is live.
    /// @dev JobMismatch.
    function check(bytes32 id, Job calldata job) external view returns (State);

    /// @notice Storage of job `id`: the state in the top byte, below it the record's hash (zero unless
    /// Running, Claimed or Disputed).
    function slotOf(bytes32 id) external view returns (State state, uint248 jobHash);

    /// @notice Balances of `account`.
    function accountOf(address account) external view returns (Account memory);

    /// @notice The ERC-20 in which everything is paid.
    function token() external view returns (address);

    /// @notice Seconds that leaving stake waits.
    function cooldown() external view returns (uint64);
}
