// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The words of the committee: cases, their rounds, and the accounts of verifiers
/// @notice Amounts are base units of the market's token, times are Unix seconds of block timestamps. A `policy`
/// (bytes32 of the request) is, from the low end: the seats of the first round (uint8: 3, 7, 15 or 31), the
/// audit rate in basis points (uint16: 0 to 10,000), and zeros.
interface ICommitteeTypes {
    /// @notice Where a case stands.
    enum Phase {
        None, // 0 no case
        Drawing, // 1 the round's seats are not drawn yet
        Voting, // 2 seats commit until `deadline`, reveal for 2 hours, and can be appealed for 6 more
        Closed // 3 final
    }

    /// @notice How a case ended.
    enum Outcome {
        Upheld, // 0 most seats of the last round found what the provider had sealed
        Rejected, // 1 most seats of the last round found one other result
        Undecided, // 2 no result had most seats; the claim stands
        Abandoned // 3 the market timed out first; the claim stands
    }

    /// @notice A case, in one storage slot.
    struct Case {
        Phase phase;
        uint8 round; // 0 for the first
        uint8 firstSeats; // seats of round 0; each further round has 2n + 1
        uint8 redraws; // seeds of this round that were missed
        uint8 challenges;
        uint48 seedBlock; // whose hash draws this round's seats
        uint32 epoch; // in which that hash must be used: timestamp / 1 day
        uint40 deadline; // Drawing: from when on the draw has failed; Voting: from when on nobody commits
        uint32 commitFor; // seconds, max(1 hour, runFor)
    }

    /// @notice A round of a case.
    struct Round {
        address drawer; // who drew its seats, for a tip; 0: not drawn
        uint32 committed; // bit i: seat i has committed
        uint32 revealed; // bit i: seat i has revealed
        address appellant; // who asked for it; 0 in round 0
        uint96 prepaid; // by the appellant
    }

    /// @notice A challenge of a claim.
    struct Challenge {
        address challenger;
        uint96 bond;
        bytes32 seal; // keccak256(challenger ‖ job id ‖ D)
    }

    /// @notice An account's money in the committee.
    struct Verifier {
        uint96 free; // spendable and withdrawable
        uint96 active; // its weight in the draws of this epoch
        uint96 staked; // its weight from the next epoch on
        uint96 leaving; // on its way out; seat penalties still reach it
        uint40 maturesAt; // when `leaving` can be withdrawn
        uint24 place; // in the tree of stakes, counted from 1; 0: never staked
    }
}
