// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Vm } from "../kit/Vm.sol";
import { Dockets } from "./Dockets.sol";

/// @title How cases come about and grow, as the committee tells it
abstract contract Hearings is Dockets {
    function _opened(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        Docket storage d = dockets[id];
        vm.assertTrue(d.head.phase == Phase.None, "a second case");
        vm.assertTrue(t.state == State.Disputed, "a case that the market does not know");
        _parties(t, log);
        bool audited = log.data[95] == 0x01;
        bytes memory data = abi.encode(t.request.policy, actor, audited);
        vm.assertEq(keccak256(log.data), keccak256(data), "opened: policy, opener");
        if (audited) d.opener = actor;
        d.head.firstSeats = uint8(uint256(t.request.policy));
        d.head.commitFor = t.job.runFor > 1 hours ? t.job.runFor : 1 hours;
        openCases.push(id);
        _placeInOpen[id] = openCases.length;
        d.rounds.push();
        _begins(id);
        _count(audited ? bytes32("audit") : bytes32("challenge"));
    }

    function _begins(bytes32 id) internal {
        Docket storage d = dockets[id];
        d.head.phase = Phase.Drawing;
        d.head.deadline = uint40(_now() + 4 hours);
        d.head.redraws = 0;
        d.head.seedBlock = 0;
    }

    function _challenged(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        address who = _account(log.topics[2]);
        Docket storage d = dockets[id];
        Tale storage t = tales[id];
        vm.assertEq(d.head.round, 0, "joined too late");
        (bytes32 seal, uint96 bond) = abi.decode(log.data, (bytes32, uint96));
        vm.assertEq(bond, t.job.caseFee + uint256(t.job.bond) * 10 / 100, "another challenge bond");
        d.challenges.push(Challenge(who, bond, seal));
        ++d.head.challenges;
        d.held += bond;
        _spend(who, bond);
        touchedCases.push(id);
        if (d.challenges.length > 1) _count("join");
    }

    function _seedRequested(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        vm.assertEq(uint256(log.topics[2]), d.head.round, "another round's seed");
        (uint48 number, uint32 epoch) = abi.decode(log.data, (uint48, uint32));
        vm.assertEq(number, vm.getBlockNumber() + 2, "another seed");
        vm.assertEq(epoch, _now() / EPOCH, "another epoch");
        if (d.head.seedBlock != 0) {
            ++d.head.redraws;
            _count("redraw");
        }
        (d.head.seedBlock, d.head.epoch) = (number, epoch);
        touchedCases.push(id);
    }

    function _drawn(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        vm.assertEq(uint256(log.topics[2]), d.head.round, "another round's seats");
        (bytes32 seed, address drawer, uint40 until, address[] memory holders) =
            abi.decode(log.data, (bytes32, address, uint40, address[]));
        vm.assertEq(drawer, actor, "another drawer");
        vm.assertEq(holders.length, _seatsOf(d.head, d.head.round), "another number of seats");
        vm.assertEq(until, _now() + d.head.commitFor, "another time to commit");
        vm.assertEq(seed, blockhash(d.head.seedBlock), "another seed");
        _holdersAreDrawn(id, d, seed, holders);
        d.holders[d.head.round] = holders;
        d.rounds[d.head.round].drawer = drawer;
        d.head.phase = Phase.Voting;
        d.head.deadline = until;
        touchedCases.push(id);
        _count("draw");
    }

    /// @dev Each seat is whose interval its ticket falls into, in the order in which they came.
    function _holdersAreDrawn(bytes32 id, Docket storage d, bytes32 seed, address[] memory holders)
        private
        view
    {
        uint256 total;
        uint256[] memory weights = new uint256[](places.length);
        for (uint256 i; i < weights.length; ++i) {
            weights[i] = _weighs(places[i]);
            total += weights[i];
        }
        for (uint256 seat; seat < holders.length; ++seat) {
            uint256 ticket = uint256(keccak256(abi.encodePacked(seed, id, d.head.round, uint8(seat)))) % total;
            uint256 i;
            for (; ticket >= weights[i]; ++i) {
                ticket -= weights[i];
            }
            vm.assertEq(holders[seat], places[i], "another verifier was drawn");
        }
    }

    function _committed(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        (uint8 round, uint8 seat, bytes32 commitment) = abi.decode(log.data, (uint8, uint8, bytes32));
        vm.assertEq(round, d.head.round, "committed: round");
        address holder = d.holders[round][seat];
        vm.assertEq(log.topics[2], _word(holder), "committed: holder");
        _callers(holder);
        Round storage r = d.rounds[round];
        vm.assertEq(r.committed >> seat & 1, 0, "committed twice");
        vm.assertLt(_now(), d.head.deadline, "committed too late");
        r.committed |= uint32(1 << seat);
        d.votes[round][seat] = commitment;
        touchedCases.push(id);
    }

    function _revealed(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        uint256 round = uint256(log.topics[2]);
        (uint8 seat, bytes32 vote) = abi.decode(log.data, (uint8, bytes32));
        Round storage r = d.rounds[round];
        vm.assertEq((r.committed & ~r.revealed) >> seat & 1, 1, "revealed twice, or without a commitment");
        bool inTime = _now() >= d.head.deadline && _now() < d.head.deadline + REVEAL_FOR;
        vm.assertTrue(inTime, "revealed at the wrong time");
        r.revealed |= uint32(1 << seat);
        d.votes[round][seat] = vote;
        touchedCases.push(id);
    }

    function _appealed(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        address who = _account(log.topics[2]);
        (uint8 round, uint96 prepaid) = abi.decode(log.data, (uint8, uint96));
        vm.assertEq(round, d.rounds.length, "a round was left out");
        (uint256 seatFee, uint256 tip) = _fees(id);
        vm.assertEq(prepaid, _seatsOf(d.head, round) * seatFee + 2 * tip, "another price of a round");
        d.rounds.push(Round(address(0), 0, 0, who, prepaid));
        d.head.round = round;
        d.held += prepaid;
        _spend(who, prepaid);
        _begins(id);
        touchedCases.push(id);
        _count("appeal");
    }
}
