// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "./ICommitteeErrors.sol";
import { ICommitteeEvents } from "./ICommitteeEvents.sol";
import { IMarketTypes } from "./IMarketTypes.sol";

/// @title Workbond committee, protocol version 1: audits, quorums and challenges by one mechanism
/// @notice The resolver that requests name to have claims judged by verifiers drawn by stake. It has no owner,
/// no upgrade and no pause. All its money is its free balance in the market: closing a case moves no token.
/// A deadline t belongs to what follows it: acts need now < t, exits now >= t.
interface ICommittee is ICommitteeEvents, ICommitteeErrors {
    // ────────────────────────────────── ledger ──────────────────────────────────

    /// @notice Pulls `amount` tokens from the caller, and credits them to its free balance here.
    /// @dev FieldOutOfRange, DepositMismatch of the market, or the token's own error.
    function deposit(uint96 amount) external;

    /// @notice Like `deposit`, with an EIP-2612 permit of the caller for this contract; one that fails is
    /// ignored: the allowance decides.
    /// @dev As `deposit`.
    function depositWithPermit(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Sends `amount` of the caller's free balance to `to`.
    /// @dev FieldOutOfRange("amount"), RecipientRefused, InsufficientFree, or the token's own error.
    function withdraw(address to, uint96 amount) external;

    // ────────────────────────────────── staking ─────────────────────────────────

    /// @notice Moves `amount` from the caller's free balance to its stake, which is drawn from the next epoch on.
    /// @dev FieldOutOfRange("amount" or, below `minStake`, "stake", or "place" once 2^24 - 1 have staked),
    /// InsufficientFree.
    function stake(uint96 amount) external;

    /// @notice Takes `amount` out of the draws from the next epoch on. It can be withdrawn after 29 days, which
    /// restart for all that is leaving: longer than any case that its seats can be in. Nothing stays staked, or
    /// `minStake` at least.
    /// @dev FieldOutOfRange("amount" or "stake"), InsufficientStake.
    function unstake(uint96 amount) external;

    /// @notice Moves all that has matured to the caller's free balance.
    /// @dev FieldOutOfRange("leaving") if there is none, TooEarly.
    function withdrawStake() external;

    // ─────────────────────────────────── cases ──────────────────────────────────

    /// @notice Says that the claim of `request`'s job is wrong: opens its case, before the window ends, or joins
    /// it, before the first round's commits close. Takes caseFee + 10% of the provider's bond, which come back
    /// unless the claim's own result wins, or, where another one wins, `seal` hides yet another.
    /// @param job The job's record in the market, as in every call that takes one.
    /// @param seal keccak256(caller ‖ id ‖ D) of the result that the caller found.
    /// @return id The job id, which is the case's too.
    /// @dev The market's errors, PolicyInvalid, FieldOutOfRange("caseFor" or "challenges"), CaseTooLong,
    /// InsufficientFree; TooLate where it would open a case, JoinTooLate or NotDisputed where it would join one.
    function challenge(IMarketTypes.Request calldata request, IMarketTypes.Job calldata job, bytes32 seal)
        external
        returns (bytes32 id);

    /// @notice Opens the case of a claim that the lottery chose, for a tip: keccak256(hash of block
    /// claimBlock + 2 ‖ id ‖ seal), as a fraction of 2^256, lies below the policy's rate.
    /// @dev WrongPhase(None), the market's errors, PolicyInvalid, FieldOutOfRange("caseFor"), CaseTooLong,
    /// HashUnknown, NotDrawn.
    function audit(IMarketTypes.Request calldata request, IMarketTypes.Job calldata job)
        external
        returns (bytes32 id);

    /// @notice Draws the seats of the case's round, for a tip at the end; or, where the seed was missed (its
    /// epoch or its place on record is over), asks for another, three times at most.
    /// @dev WrongPhase(Drawing), TooLate, TooEarly(block numbers), NoVerifiers, HashUnknown.
    function draw(bytes32 id) external;

    /// @notice The caller's seats commit to votes.
    /// @param commitments keccak256(committee ‖ id ‖ round u8 ‖ seat u8 ‖ vote ‖ salt), packed, for each.
    /// @dev WrongPhase(Voting), TooLate, FieldOutOfRange("seats"), SeatNotOpen, NotAllowed.
    function commit(bytes32 id, uint256[] calldata seats, bytes32[] calldata commitments) external;

    /// @notice Opens commitments. Anyone who knows vote and salt may; seats that have revealed are passed over, so
    /// that nobody stops a batch by opening a part of it first.
    /// @param votes D of what the seat found, or zero: UNAVAILABLE, the inputs were not to be had.
    /// @dev WrongPhase(Voting), TooEarly, TooLate, FieldOutOfRange("seats"), SeatNotOpen, CommitmentMismatch.
    function reveal(bytes32 id, uint256[] calldata seats, bytes32[] calldata votes, bytes32[] calldata salts)
        external;

    /// @notice Asks for a further round of 2n + 1 seats, prepaid by the caller, once all committed seats revealed
    /// or their time is over, and within 6 hours after it. Without, the last tally stands.
    /// @dev WrongPhase(Voting), the market's errors, NotDisputed, NotAppealable, TooLate, InsufficientFree.
    function appeal(bytes32 id, IMarketTypes.Job calldata job) external;

    /// @notice Ends a case that nobody can appeal any more, or whose round can't be drawn: tells the market, pays
    /// everybody, and the caller a tip.
    /// @dev WrongPhase(Voting), TooEarly, the market's errors.
    function close(bytes32 id, IMarketTypes.Job calldata job) external;

    /// @notice Ends a case that the market timed out: bonds and prepaid rounds return, nobody else is paid.
    /// @dev WrongPhase(Voting) if there is no open case, CaseOpen.
    function abandon(bytes32 id) external;

    // ─────────────────────────────────── views ──────────────────────────────────

    /// @notice The case of job `id`.
    function caseOf(bytes32 id) external view returns (Case memory);

    /// @notice Round `round` of a case, the verifiers of its seats, and each seat's commitment or, once it has
    /// revealed, vote.
    function roundOf(bytes32 id, uint256 round)
        external
        view
        returns (Round memory, address[] memory verifiers, bytes32[] memory votes);

    /// @notice Challenge `index` of a case.
    function challengeOf(bytes32 id, uint256 index) external view returns (Challenge memory);

    /// @notice The account's money here.
    function verifierOf(address account) external view returns (Verifier memory);

    /// @notice All stake that is drawn in this epoch.
    function totalActive() external view returns (uint256);

    /// @notice The longest that a case of this policy and `runFor` can take, in seconds.
    /// @dev PolicyInvalid.
    function courseOf(bytes32 policy, uint32 runFor) external pure returns (uint256);

    /// @notice What one seat, and one tip, of a case of these terms are paid: the tip is 5% of the case fee, and
    /// the first round's seats share what three tips leave.
    function feesOf(uint96 caseFee, uint8 firstSeats) external pure returns (uint256 seatFee, uint256 tip);

    /// @notice The market whose claims are judged here.
    function market() external view returns (address);

    /// @notice The least that a stake is after `stake`, and after `unstake` unless it is nothing; penalties can
    /// make it less.
    function minStake() external view returns (uint96);
}
