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

    /// @notice The provider commits to a result, before acceptedAt + runFor.
    /// @param job The job's record, as in every call on a live job: events tell it.
    /// @param seal keccak256(provider ‖ id ‖ D), D = keccak256(0x02 ‖ root ‖ totalUnits u64).
    /// @param manifest SHA-256 in the CID of the result manifest.
    /// @dev WrongState(Running), JobMismatch, NotAllowed, TooLate.
    function submit(bytes32 id, Job calldata job, bytes32 seal, bytes32 manifest) external;

    /// @notice The requester pays at once. Possible until somebody calls `void`.
    /// @dev WrongState(Claimed), JobMismatch, NotAllowed, SealMismatch.
    function approve(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external;

    /// @notice Pays once the window is over, within the grace. Anyone who holds the opening may call.
    /// @dev WrongState(Claimed), JobMismatch, TooEarly, TooLate, SealMismatch.
    function finalize(bytes32 id, Job calldata job, bytes32 root, uint64 totalUnits) external;

    // ──────────────────────────────── other exits ───────────────────────────────

    /// @notice Ends an open job: the requester at any time, anyone from openUntil on.
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

    /// @notice Ends a claim that nobody opened within a day after its window: 50% of the bond is lost, 1%
    /// to the caller, the rest to the requester.
    /// @dev WrongState(Claimed), JobMismatch, TooEarly.
    function void(bytes32 id, Job calldata job) external;

    // ─────────────────────────────────── cards ──────────────────────────────────

    /// @notice Announces the caller's card: canonical JSON of 2 to 4,096 bytes (only the length is checked).
    /// @dev FieldOutOfRange("card").
    function announce(bytes calldata json) external;

    // ─────────────────────────────────── views ──────────────────────────────────

    /// @notice The EIP-712 digest of a request, which is its job id.
    function jobId(Request calldata request) external view returns (bytes32);

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
