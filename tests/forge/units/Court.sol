// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { ICommitteeTypes } from "../../../contracts/interfaces/ICommitteeTypes.sol";
import { Refusals } from "./Refusals.sol";

/// @title Claims, three verifiers whose stakes are active, and cases driven by votes
abstract contract Court is Refusals, ICommitteeTypes {
    uint96 internal constant STAKE = 1e9;
    uint96 internal constant CASE_FEE = 100_000;
    uint96 internal constant CHALLENGE = CASE_FEE + BOND / 10;
    uint96 internal constant TIP = 5_000;
    uint96 internal constant SEAT_FEE = 28_333; // what three tips leave, of three seats
    uint96 internal constant PENALTY = 5 * SEAT_FEE;
    bytes32 internal constant RIGHT = keccak256("what honest verifiers find");
    bytes32 internal constant OTHER = keccak256("a third result");
    bytes32 internal constant UNAVAILABLE = 0;
    /// @dev A vote that is committed to and never revealed.
    bytes32 internal constant HIDDEN = keccak256("hidden");
    /// @dev A vote that is not even committed to.
    bytes32 internal constant ABSENT = keccak256("absent");

    address[3] internal verifiers;
    address internal challenger;
    address internal rival;

    bytes32 internal id;
    Request internal request;
    Job internal job;

    function setUp() public virtual override {
        super.setUp();
        verifiers = [_verifier("anna", STAKE), _verifier("bert", STAKE), _verifier("cleo", STAKE)];
        challenger = _rich("challenger");
        rival = _rich("rival");
        _moveTo((_now() / 1 days + 1) * 1 days + 1 hours);
        vm.roll(vm.getBlockNumber() + 10);
    }

    /// @dev 1e9 free in the committee.
    function _rich(string memory name) internal returns (address account) {
        (account,) = _person(name);
        token.transfer(account, 1e9);
        vm.startPrank(account);
        token.approve(address(committee), type(uint256).max);
        committee.deposit(1e9);
        vm.stopPrank();
    }

    // ────────────────────────────── on the way to a case ────────────────────────

    /// @dev A claim whose seal hides CLAIMED.
    function _claimBefore(Request memory r) internal {
        request = r;
        Job memory claimed;
        (id, claimed) = _claimed(r);
        job = claimed;
    }

    function _claimedResult() internal view returns (bytes32) {
        return _opening(_root(id), UNITS / 2);
    }

    function _sealOf(address who, bytes32 result) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(who, id, result));
    }

    function _challenge(address who, bytes32 result) internal {
        vm.prank(who);
        committee.challenge(request, job, _sealOf(who, result));
        if (job.disputedAt == 0) job.disputedAt = uint64(_now());
    }

    function _audit(address who) internal {
        vm.prank(who);
        committee.audit(request, job);
        job.disputedAt = uint64(_now());
    }

    /// @dev A challenged case of three seats, with all of them drawn.
    function _voting() internal {
        _claimBefore(_judged(3, 0));
        _challenge(challenger, RIGHT);
        _draw(passerBy);
    }

    function _draw(address who) internal {
        vm.roll(vm.getBlockNumber() + 3);
        vm.prank(who);
        committee.draw(id);
    }

    // ──────────────────────────────────── votes ─────────────────────────────────

    function _holders() internal view returns (address[] memory holders) {
        (, holders,) = committee.roundOf(id, committee.caseOf(id).round);
    }

    function _commitment(uint256 seat, bytes32 vote) internal view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                address(committee), id, committee.caseOf(id).round, uint8(seat), vote, _salt(seat)
            )
        );
    }

    function _salt(uint256 seat) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", seat));
    }

    function _commit(uint256 seat, bytes32 vote) internal {
        address holder = _holders()[seat];
        (uint256[] memory seats, bytes32[] memory commitments) = _single(seat, _commitment(seat, vote));
        vm.prank(holder);
        committee.commit(id, seats, commitments);
    }

    function _reveal(uint256 seat, bytes32 vote) internal {
        (uint256[] memory seats, bytes32[] memory votes) = _single(seat, vote);
        (, bytes32[] memory salts) = _single(seat, _salt(seat));
        committee.reveal(id, seats, votes, salts);
    }

    function _single(uint256 seat, bytes32 word)
        internal
        pure
        returns (uint256[] memory seats, bytes32[] memory words)
    {
        seats = new uint256[](1);
        words = new bytes32[](1);
        (seats[0], words[0]) = (seat, word);
    }

    /// @dev The round's seats, the last vote for all that `votes` does not name; time stands where they can reveal.
    function _vote(bytes32[] memory votes) internal {
        uint256 count = _holders().length;
        for (uint256 seat; seat < count; ++seat) {
            bytes32 vote = votes[seat < votes.length ? seat : votes.length - 1];
            if (vote != ABSENT) _commit(seat, vote);
        }
        _moveTo(committee.caseOf(id).deadline);
        for (uint256 seat; seat < count; ++seat) {
            bytes32 vote = votes[seat < votes.length ? seat : votes.length - 1];
            if (vote != ABSENT && vote != HIDDEN) _reveal(seat, vote);
        }
    }

    function _votes(bytes32 a, bytes32 b, bytes32 c) internal {
        bytes32[] memory votes = new bytes32[](3);
        (votes[0], votes[1], votes[2]) = (a, b, c);
        _vote(votes);
    }

    /// @dev To where nobody can appeal any more.
    function _afterAppeals() internal {
        _moveTo(uint256(committee.caseOf(id).deadline) + 8 hours);
    }

    function _close(address who) internal {
        vm.prank(who);
        committee.close(id, job);
    }

    function _heldFree(address account) internal view returns (uint256) {
        return committee.verifierOf(account).free;
    }

    // ─────────────────────────────────── refusals ───────────────────────────────

    function _refusePhase(Phase expected, Phase actual) internal {
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.WrongPhase.selector, id, expected, actual));
    }

    function _refuseSeat(uint256 seat) internal {
        vm.expectRevert(abi.encodeWithSelector(ICommitteeErrors.SeatNotOpen.selector, id, seat));
    }
}
