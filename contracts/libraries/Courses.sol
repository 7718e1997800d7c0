// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../interfaces/ICommitteeErrors.sol";
import { ICommitteeTypes } from "../interfaces/ICommitteeTypes.sol";

/// @title How large a committee is, how long its case takes, and what it costs
library Courses {
    // ────────────────────────────────── seats ───────────────────────────────────

    /// @dev The last round's: a majority that a minority of the stake is unlikely to get by luck.
    uint256 internal constant MAX_SEATS = 31;
    uint256 private constant FIRST_SEATS = 1 << 3 | 1 << 7 | 1 << 15 | 1 << 31;
    uint256 internal constant MAX_RATE = 10_000; // basis points: every claim

    // ────────────────────────────────── times ───────────────────────────────────

    /// @dev For a seed, and for others where it was missed.
    uint256 internal constant DRAW_FOR = 4 hours;
    /// @dev Executing may take as long as the provider had, and fetching some more.
    uint256 internal constant MIN_COMMIT_FOR = 1 hours;
    /// @dev A transaction: two hours outlast a restart and a full chain.
    uint256 internal constant REVEAL_FOR = 2 hours;
    /// @dev For a party to look at a tally and pay for another; in the last round for somebody to close.
    uint256 internal constant APPEAL_FOR = 6 hours;
    /// @dev Stake that leaves stays within reach for as long as a case lasts: not much longer than a month.
    uint256 internal constant MAX_CASE_FOR = 28 days;

    // ────────────────────────────────── money ───────────────────────────────────

    /// @dev Of the case fee, for each crank: opening by lottery, drawing, closing.
    uint256 private constant TIP_PERCENT = 5;
    /// @dev Of the provider's bond, beside the case fee: what a wrong challenge costs, for the provider.
    uint256 private constant CHALLENGE_PERCENT = 10;
    /// @dev In seat fees: what a seat loses that does not reveal or votes against the final result. A seat that
    /// earns by guessing must lose by it; one that is offline now and then must not be ruined.
    uint256 private constant PENALTY_FEES = 5;

    /// @dev Reverts with PolicyInvalid unless `policy` is one.
    function read(bytes32 policy) internal pure returns (uint256 seats, uint256 rate) {
        seats = uint8(uint256(policy));
        rate = uint256(policy) >> 8;
        bool valid = rate <= MAX_RATE && seats <= MAX_SEATS && FIRST_SEATS >> seats & 1 == 1;
        require(valid, ICommitteeErrors.PolicyInvalid(policy));
    }

    /// @notice Seats of a round, the first being 0.
    function seatsOf(uint256 firstSeats, uint256 round) internal pure returns (uint256) {
        unchecked {
            return ((firstSeats + 1) << round) - 1; // each has 2n + 1 of the one before
        }
    }

    /// @notice Seconds in which seats can commit.
    function commitFor(uint256 runFor) internal pure returns (uint256) {
        return runFor > MIN_COMMIT_FOR ? runFor : MIN_COMMIT_FOR;
    }

    /// @notice The longest that a case can take, in seconds.
    function courseOf(uint256 seats, uint256 runFor) internal pure returns (uint256 course) {
        unchecked {
            for (; seats <= MAX_SEATS; seats = 2 * seats + 1) {
                course += DRAW_FOR + commitFor(runFor) + REVEAL_FOR + APPEAL_FOR;
            }
        }
    }

    /// @notice What a seat and a turned crank are paid. Three tips and the first round's seats take at most the fee.
    function feesOf(uint256 caseFee, uint256 firstSeats)
        internal
        pure
        returns (uint256 seatFee, uint256 tip)
    {
        unchecked {
            tip = caseFee * TIP_PERCENT / 100;
            seatFee = (caseFee - 3 * tip) / firstSeats;
        }
    }

    /// @notice What a challenge locks.
    function challengeBond(uint256 caseFee, uint256 bond) internal pure returns (uint256) {
        unchecked {
            return caseFee + bond * CHALLENGE_PERCENT / 100;
        }
    }

    /// @notice What a seat can lose.
    function penaltyOf(uint256 seatFee) internal pure returns (uint256) {
        unchecked {
            return seatFee * PENALTY_FEES;
        }
    }

    /// @notice Whether the lottery's number wins at `rate` basis points.
    function isDrawn(bytes32 number, uint256 rate) internal pure returns (bool) {
        unchecked {
            return (uint256(number) >> 128) * MAX_RATE < rate << 128;
        }
    }
}
