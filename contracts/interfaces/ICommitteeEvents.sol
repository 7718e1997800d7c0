// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeTypes } from "./ICommitteeTypes.sol";

/// @title Everything the committee says
/// @notice Every change of money or state has one event, and the whole ledger can be rebuilt from them alone.
interface ICommitteeEvents is ICommitteeTypes {
    // ───────────────────────────── ledger and stake ─────────────────────────────

    /// @notice `amount` tokens arrived and were credited to `account`.
    event Deposited(address indexed account, uint96 amount);
    /// @notice `amount` left `account`'s free balance for the token address `to`.
    event Withdrawn(address indexed account, address indexed to, uint96 amount);
    /// @notice `amount` moved from free to staked, a weight in the draws from epoch `epoch` on. The account's
    /// place in the tree of stakes is `place`, counted from 1.
    event Staked(address indexed account, uint96 amount, uint24 place, uint32 epoch);
    /// @notice `amount` moved from staked to leaving, no weight any more from epoch `epoch` on; all that is
    /// leaving matures at `maturesAt`.
    event Unstaked(address indexed account, uint96 amount, uint32 epoch, uint40 maturesAt);
    /// @notice `amount` moved from leaving to free.
    event StakeWithdrawn(address indexed account, uint96 amount);

    // ─────────────────────────────────── cases ──────────────────────────────────

    /// @notice A case was opened: by a challenge, or (`audited`) by the lottery.
    /// @param opener Who gets a tip for turning the lottery's crank; a challenger gets none.
    event CaseOpened(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        bytes32 policy,
        address opener,
        bool audited
    );
    /// @notice `bond` moved from the challenger's free balance into the case.
    event Challenged(bytes32 indexed id, address indexed challenger, bytes32 seal, uint96 bond);
    /// @notice The seats of `round` are drawn by the hash of block `seedBlock`, while the epoch is `epoch`.
    event SeedRequested(bytes32 indexed id, uint8 indexed round, uint48 seedBlock, uint32 epoch);
    /// @notice The seats of `round` belong to `verifiers`, in this order; they commit until `commitUntil`.
    event SeatsDrawn(
        bytes32 indexed id,
        uint8 indexed round,
        bytes32 seed,
        address drawer,
        uint40 commitUntil,
        address[] verifiers
    );
    /// @notice A seat committed to a vote.
    event VoteCommitted(
        bytes32 indexed id, address indexed verifier, uint8 round, uint8 seat, bytes32 commitment
    );
    /// @notice A seat's vote: a D, or zero for UNAVAILABLE.
    event VoteRevealed(bytes32 indexed id, uint8 indexed round, uint8 seat, bytes32 vote);
    /// @notice `prepaid` moved from the appellant's free balance into the case, for `round`.
    event CaseAppealed(bytes32 indexed id, address indexed appellant, uint8 round, uint96 prepaid);

    // ──────────────────────────────── what it paid ──────────────────────────────

    /// @notice A case is over; its other payments stand in the events of the same transaction. An abandoned one names
    /// no parties (its CaseOpened does) and no amounts.
    /// @param winner The D that most seats of the last round found; zero if there is none.
    /// @param income What the market handed over, or the challenge bonds that were forfeited to pay for the case.
    /// @param toRequester What is left of an income from the market.
    /// @param toProvider What is left of forfeited bonds.
    /// @param burned Penalties and forfeits that nobody gets.
    event CaseClosed(
        bytes32 indexed id,
        address indexed requester,
        address indexed provider,
        Outcome outcome,
        bytes32 winner,
        uint96 income,
        uint96 toRequester,
        uint96 toProvider,
        uint96 burned
    );
    /// @notice A tip for a turned crank: to the lottery's opener, a drawer, or who closed the case.
    event CrankPaid(bytes32 indexed id, address indexed account, uint96 amount);
    /// @notice A seat was paid `fee` (its share of others' penalties included), and lost `penalty`: out of its
    /// verifier's stake and, where that is less, out of what is leaving.
    event SeatSettled(
        bytes32 indexed id, address indexed verifier, uint8 round, uint8 seat, uint96 fee, uint96 penalty
    );
    /// @notice `returned` of a challenge's bond went back: all, or nothing where the challenge failed.
    event ChallengeSettled(bytes32 indexed id, address indexed challenger, uint96 bond, uint96 returned);
    /// @notice Of what an appellant prepaid for `round`, `returned` was not spent; `repaid` came from penalties.
    event AppealSettled(
        bytes32 indexed id, address indexed appellant, uint8 round, uint96 returned, uint96 repaid
    );
}
