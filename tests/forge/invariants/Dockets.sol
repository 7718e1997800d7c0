// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Books } from "./Books.sol";

/// @title The committee's accounts and stakes, rebuilt from its events alone, and what is known of its cases
abstract contract Dockets is Books {
    struct Docket {
        Case head;
        Round[] rounds;
        mapping(uint256 round => address[]) holders;
        mapping(uint256 round => bytes32[31]) votes;
        Challenge[] challenges;
        address opener;
        bool over; // for the market: it told the verdict, or that time was over
        uint256 held; // challenge bonds and prepaid rounds
        uint256 income; // from the market
        uint256 penalties;
        uint256 forfeited;
        uint256 paid;
    }

    /// @dev An account's stake: its weight in epoch `epoch`, and from the next on.
    struct Stake {
        uint256 epoch;
        uint256 active;
        uint256 next;
    }

    uint256 internal constant EPOCH = 1 days;
    uint256 internal constant REVEAL_FOR = 2 hours;
    uint256 internal constant APPEAL_FOR = 6 hours;
    uint256 internal constant LEAVES_FOR = 29 days;

    mapping(bytes32 id => Docket) internal dockets;
    /// @dev Cases that are not closed.
    bytes32[] internal openCases;
    mapping(bytes32 id => uint256) internal _placeInOpen; // from 1

    mapping(address account => Verifier) internal seats; // `active` and `staked` stand in stakes
    mapping(address account => Stake) internal stakes;
    address[] internal places;
    uint256 internal given; // to the committee by other judges: nobody's

    address[] internal touchedVerifiers; // by the call that runs
    bytes32[] internal touchedCases;

    // ─────────────────────────────── stakes and rules ───────────────────────────

    function _changeStake(address who, int256 difference) internal {
        Stake storage s = stakes[who];
        uint256 epoch = _now() / EPOCH;
        if (s.epoch != epoch) (s.epoch, s.active) = (epoch, s.next);
        s.next = uint256(int256(s.next) + difference);
    }

    function _weighs(address who) internal view returns (uint256) {
        Stake storage s = stakes[who];
        return s.epoch == _now() / EPOCH ? s.active : s.next;
    }

    function _seatsOf(Case memory c, uint256 round) internal pure returns (uint256) {
        return ((uint256(c.firstSeats) + 1) << round) - 1;
    }

    function _fees(bytes32 id) internal view returns (uint256 seatFee, uint256 tip) {
        uint256 fee = tales[id].request.caseFee;
        tip = fee * 5 / 100;
        seatFee = (fee - 3 * tip) / dockets[id].head.firstSeats;
    }

    function _isComplete(bytes32 id) internal view returns (bool) {
        Docket storage d = dockets[id];
        Round storage r = d.rounds[d.head.round];
        if (d.head.phase != Phase.Voting || _now() < d.head.deadline) return false;
        return r.revealed == r.committed || _now() >= d.head.deadline + REVEAL_FOR;
    }

    // ──────────────────────────────── accounts ──────────────────────────────────

    function _callers(address account) internal view {
        vm.assertEq(account, actor, "committee: somebody else's money was moved");
    }

    function _pay(Docket storage d, address account, uint256 amount) internal {
        if (amount == 0) return;
        seats[account].free += uint96(amount);
        d.paid += amount;
        touchedVerifiers.push(account);
    }

    function _spend(address account, uint256 amount) internal {
        _callers(account);
        seats[account].free -= uint96(amount);
        touchedVerifiers.push(account);
    }

    function _readPurse(bytes32 name, address who, Vm.Log memory log) internal {
        _callers(who);
        touchedVerifiers.push(who);
        Verifier storage v = seats[who];
        uint96 amount = abi.decode(log.data, (uint96));
        if (name == ICommitteeEvents.Deposited.selector) {
            v.free += amount;
        } else if (name == ICommitteeEvents.Withdrawn.selector) {
            v.free -= amount;
        } else if (name == ICommitteeEvents.Staked.selector) {
            (, uint24 place, uint32 epoch) = abi.decode(log.data, (uint96, uint24, uint32));
            if (v.place == 0) {
                places.push(who);
                v.place = uint24(places.length);
            }
            vm.assertEq(place, v.place, "another place in the tree");
            vm.assertEq(epoch, _now() / EPOCH + 1, "staked: epoch");
            v.free -= amount;
            _changeStake(who, int256(uint256(amount)));
        } else if (name == ICommitteeEvents.Unstaked.selector) {
            (, uint32 epoch, uint40 maturesAt) = abi.decode(log.data, (uint96, uint32, uint40));
            vm.assertEq(epoch, _now() / EPOCH + 1, "unstaked: epoch");
            vm.assertEq(maturesAt, _now() + LEAVES_FOR, "unstaked: time");
            v.leaving += amount;
            v.maturesAt = maturesAt;
            _changeStake(who, -int256(uint256(amount)));
        } else if (name == ICommitteeEvents.StakeWithdrawn.selector) {
            vm.assertEq(amount, v.leaving, "a part of what matured");
            vm.assertGe(_now(), v.maturesAt, "committee: stake left early");
            (v.leaving, v.maturesAt) = (0, 0);
            v.free += amount;
        } else {
            vm.assertTrue(false, "an event that nobody knows");
        }
    }
}
