// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeTypes } from "../../../contracts/interfaces/ICommitteeTypes.sol";
import { Plays } from "./Plays.sol";

/// @title Cases before the committee: three verifiers of equal stake, and somebody for each crank
/// @dev Which of them holds a seat is chance: what each is to pay or earn is added up over its seats.
abstract contract Hearings is Plays, ICommitteeTypes {
    uint96 internal constant STAKE = 10_000_000;
    uint96 internal constant CASE_FEE = 100_000; // as in Jobs._judged
    uint256 internal constant TIP = 5_000;
    uint256 internal constant SEAT_FEE = 28_333; // (100,000 - 3 * 5,000) / 3
    uint256 internal constant PENALTY = 5 * SEAT_FEE;
    uint256 internal constant CHALLENGE = 200_000; // the case fee and a tenth of the provider's bond
    uint256 internal constant DRAW_FOR = 4 hours;
    uint256 internal constant REVEAL_FOR = 2 hours;
    uint256 internal constant APPEAL_FOR = 6 hours;

    bytes32 internal constant WRONG = keccak256("another result");
    bytes32 internal constant UNAVAILABLE = 0;
    /// @dev What a seat does instead of voting: nothing, or no more than to commit.
    bytes32 internal constant SILENT = keccak256("silent");
    bytes32 internal constant CLOSED = keccak256("committed, not revealed");
    bytes32 internal constant SALT = keccak256("salt");

    address[3] internal verifiers;
    address internal challenger;
    uint256 private _hashes;

    function setUp() public virtual override {
        super.setUp();
        verifiers[0] = _verifier("first verifier", STAKE);
        verifiers[1] = _verifier("second verifier", STAKE);
        verifiers[2] = _verifier("third verifier", STAKE);
        challenger = _rich("challenger");
        _moveTo((START / 1 days + 1) * 1 days + 1 hours);
    }

    /// @dev With a million units to challenge and appeal with.
    function _rich(string memory name) internal returns (address account) {
        (account,) = _person(name);
        token.transfer(account, 100_000_000);
        vm.startPrank(account);
        token.approve(address(committee), type(uint256).max);
        committee.deposit(100_000_000);
        vm.stopPrank();
    }

    function _watchCase() internal {
        _watchCase(challenger);
    }

    function _watchCase(address other) internal {
        address[] memory others = new address[](5);
        (others[0], others[1], others[2]) = (verifiers[0], verifiers[1], verifiers[2]);
        (others[3], others[4]) = (challenger, other);
        _watch(others);
    }

    // ─────────────────────────────── how it begins ──────────────────────────────

    /// @dev By the lottery: its opener is the passer-by.
    function _audit(Request memory r, bytes32 id, Job memory job) internal returns (Job memory) {
        vm.prank(passerBy);
        committee.audit(r, job);
        vm.assertTrue(market.stateOf(id) == State.Disputed, "a case");
        job.disputedAt = uint64(_now());
        return job;
    }

    function _challenge(Request memory r, bytes32 id, Job memory job, address who, bytes32 d)
        internal
        returns (Job memory)
    {
        vm.prank(who);
        committee.challenge(r, job, keccak256(abi.encodePacked(who, id, d)));
        if (job.disputedAt == 0) job.disputedAt = uint64(_now());
        return job;
    }

    /// @dev What the provider sealed.
    function _truth(bytes32 id) internal pure returns (bytes32) {
        return _opening(_root(id), UNITS / 2);
    }

    // ─────────────────────────────── how it is heard ────────────────────────────

    /// @dev Three blocks on, with a hash of the seed's block that is a new one each time.
    function _awaitSeed(bytes32 id) internal {
        uint256 number = committee.caseOf(id).seedBlock;
        vm.roll(number + 1);
        vm.warp(_now() + 36);
        vm.setBlockhash(number, keccak256(abi.encode("hash", ++_hashes)));
    }

    function _draw(bytes32 id) internal {
        _awaitSeed(id);
        vm.prank(matcher); // turns cranks here
        committee.draw(id);
    }

    function _holders(bytes32 id) internal view returns (address[] memory holders) {
        (, holders,) = committee.roundOf(id, committee.caseOf(id).round);
    }

    function _all(uint256 seats, bytes32 vote) internal pure returns (bytes32[] memory votes) {
        votes = new bytes32[](seats);
        for (uint256 i; i < seats; ++i) {
            votes[i] = vote;
        }
    }

    /// @dev Three votes.
    function _votes(bytes32 a, bytes32 b, bytes32 c) internal pure returns (bytes32[] memory votes) {
        votes = new bytes32[](3);
        (votes[0], votes[1], votes[2]) = (a, b, c);
    }

    function _commitment(bytes32 id, uint256 round, uint256 seat, bytes32 vote)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(committee, id, uint8(round), uint8(seat), vote, SALT));
    }

    function _commitSeat(bytes32 id, uint256 seat, address holder, bytes32 commitment) internal {
        uint256[] memory seats = new uint256[](1);
        bytes32[] memory commitments = new bytes32[](1);
        (seats[0], commitments[0]) = (seat, commitment);
        vm.prank(holder);
        committee.commit(id, seats, commitments);
    }

    function _revealSeat(bytes32 id, uint256 seat, bytes32 vote) internal {
        uint256[] memory seats = new uint256[](1);
        bytes32[] memory votes = new bytes32[](1);
        bytes32[] memory salts = new bytes32[](1);
        (seats[0], votes[0], salts[0]) = (seat, vote, SALT);
        vm.prank(passerBy); // anyone who knows vote and salt
        committee.reveal(id, seats, votes, salts);
    }

    /// @dev The round's seats are drawn and vote so; time stands at the end of the commits.
    function _hear(bytes32 id, bytes32[] memory votes) internal {
        _draw(id);
        _commitAll(id, votes);
        _moveTo(committee.caseOf(id).deadline);
        _revealAll(id, votes);
    }

    function _commitAll(bytes32 id, bytes32[] memory votes) internal {
        uint256 round = committee.caseOf(id).round;
        address[] memory holders = _holders(id);
        for (uint256 i; i < votes.length; ++i) {
            if (votes[i] != SILENT) _commitSeat(id, i, holders[i], _commitment(id, round, i, votes[i]));
        }
    }

    function _revealAll(bytes32 id, bytes32[] memory votes) internal {
        for (uint256 i; i < votes.length; ++i) {
            if (votes[i] != SILENT && votes[i] != CLOSED) _revealSeat(id, i, votes[i]);
        }
    }

    // ──────────────────────────────── how it ends ───────────────────────────────

    function _close(bytes32 id, Job memory job) internal returns (Job memory) {
        vm.prank(matcher);
        committee.close(id, job);
        return _cleared(job);
    }

    /// @dev As soon as nobody can appeal any more.
    function _closeInTime(bytes32 id, Job memory job) internal returns (Job memory) {
        _moveTo(committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR);
        return _close(id, job);
    }

    /// @dev Each seat of `round` that voted gains its fee; `penalty` is taken from each that did not vote `winner`.
    function _seatsAre(bytes32 id, uint256 round, bytes32[] memory votes, bytes32 winner, uint256 share)
        internal
    {
        (, address[] memory holders,) = committee.roundOf(id, round);
        for (uint256 i; i < votes.length; ++i) {
            bool spoke = votes[i] != SILENT && votes[i] != CLOSED;
            if (spoke) _gains(holders[i], SEAT_FEE);
            if (winner == 0) continue;
            if (spoke && votes[i] == winner) _gains(holders[i], share);
            else _loses(holders[i], PENALTY);
        }
    }
}
