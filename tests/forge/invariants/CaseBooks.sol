// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Books } from "./Books.sol";

/// @title The committee's ledger and its cases, rebuilt from its events alone
abstract contract CaseBooks is Books {
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
    mapping(bytes32 id => uint256) private _placeInOpen; // from 1

    mapping(address account => Verifier) internal seats; // `active` and `staked` stand in stakes
    mapping(address account => Stake) internal stakes;
    address[] internal places;
    uint256 internal given; // to the committee by other judges: nobody's

    address[] internal touchedVerifiers; // by the call that runs
    bytes32[] internal touchedCases;

    // ─────────────────────────────── stakes and rules ───────────────────────────

    function _changeStake(address who, int256 difference) private {
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

    function _callers(address account) private view {
        vm.assertEq(account, actor, "committee: somebody else's money was moved");
    }

    function _pay(Docket storage d, address account, uint256 amount) private {
        if (amount == 0) return;
        seats[account].free += uint96(amount);
        d.paid += amount;
        touchedVerifiers.push(account);
    }

    function _spend(address account, uint256 amount) private {
        _callers(account);
        seats[account].free -= uint96(amount);
        touchedVerifiers.push(account);
    }

    function _readCommittee(Vm.Log memory log) internal {
        bytes32 name = log.topics[0];
        if (name == ICommitteeEvents.VoteCommitted.selector) return _committed(log);
        if (name == ICommitteeEvents.VoteRevealed.selector) return _revealed(log);
        if (name == ICommitteeEvents.SeatSettled.selector) return _seatSettled(log);
        if (name == ICommitteeEvents.CrankPaid.selector) {
            Docket storage d = dockets[log.topics[1]];
            return _pay(d, _account(log.topics[2]), abi.decode(log.data, (uint96)));
        }
        if (name == ICommitteeEvents.CaseOpened.selector) return _opened(log);
        if (name == ICommitteeEvents.Challenged.selector) return _challenged(log);
        if (name == ICommitteeEvents.SeedRequested.selector) return _seedRequested(log);
        if (name == ICommitteeEvents.SeatsDrawn.selector) return _drawn(log);
        if (name == ICommitteeEvents.CaseAppealed.selector) return _appealed(log);
        if (name == ICommitteeEvents.CaseClosed.selector) return _closed(log);
        if (name == ICommitteeEvents.ChallengeSettled.selector) return _challengeSettled(log);
        if (name == ICommitteeEvents.AppealSettled.selector) return _appealSettled(log);
        _readPurse(name, _account(log.topics[1]), log);
    }

    function _readPurse(bytes32 name, address who, Vm.Log memory log) private {
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

    // ──────────────────────────────── how cases grow ────────────────────────────

    function _opened(Vm.Log memory log) private {
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

    function _begins(bytes32 id) private {
        Docket storage d = dockets[id];
        d.head.phase = Phase.Drawing;
        d.head.deadline = uint40(_now() + 4 hours);
        d.head.redraws = 0;
        d.head.seedBlock = 0;
    }

    function _challenged(Vm.Log memory log) private {
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

    function _seedRequested(Vm.Log memory log) private {
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

    function _drawn(Vm.Log memory log) private {
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

    function _committed(Vm.Log memory log) private {
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

    function _revealed(Vm.Log memory log) private {
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

    function _appealed(Vm.Log memory log) private {
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

    // ──────────────────────────────── how they end ──────────────────────────────

    function _onVerdict(bytes32 id, Tale storage t, address challenger, Verdicts memory v) internal override {
        Docket storage d = dockets[id];
        d.over = true;
        if (t.request.resolver == address(committee)) d.income = v.toResolver;
        if (challenger == address(committee)) given += v.toChallenger;
    }

    function _seatSettled(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        address who = _account(log.topics[2]);
        (uint8 round, uint8 seat, uint96 fee, uint96 penalty) =
            abi.decode(log.data, (uint8, uint8, uint96, uint96));
        vm.assertEq(d.holders[round][seat], who, "somebody else's seat");
        bool spoke = d.rounds[round].revealed >> seat & 1 == 1;
        (uint256 seatFee,) = _fees(id);
        vm.assertTrue(spoke || fee == 0, "paid for silence");
        if (spoke) vm.assertGe(fee, seatFee, "a seat that spoke got less than its fee");
        vm.assertLe(penalty, 5 * seatFee, "a larger penalty than there is");
        _pay(d, who, fee);
        if (penalty == 0) return;
        d.penalties += penalty;
        uint256 staked = stakes[who].next;
        uint256 fromStake = staked < penalty ? staked : penalty;
        _changeStake(who, -int256(fromStake));
        seats[who].leaving -= uint96(penalty - fromStake);
        touchedVerifiers.push(who);
    }

    function _challengeSettled(Vm.Log memory log) private {
        Docket storage d = dockets[log.topics[1]];
        (uint96 bond, uint96 returned) = abi.decode(log.data, (uint96, uint96));
        vm.assertTrue(returned == 0 || returned == bond, "a part of a challenge bond");
        _pay(d, _account(log.topics[2]), returned);
        d.forfeited += bond - returned;
    }

    function _appealSettled(Vm.Log memory log) private {
        Docket storage d = dockets[log.topics[1]];
        (uint8 round, uint96 returned, uint96 repaid) = abi.decode(log.data, (uint8, uint96, uint96));
        vm.assertEq(log.topics[2], _word(d.rounds[round].appellant), "somebody else's appeal");
        vm.assertLe(uint256(returned) + repaid, d.rounds[round].prepaid, "a profit from an appeal");
        _pay(d, d.rounds[round].appellant, uint256(returned) + repaid);
    }

    struct Closing {
        Outcome outcome;
        bytes32 winner;
        uint96 income;
        uint96 toRequester;
        uint96 toProvider;
        uint96 burned;
    }

    function _closed(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Docket storage d = dockets[id];
        Tale storage t = tales[id];
        Closing memory c = abi.decode(log.data, (Closing));
        vm.assertTrue(d.over, "closed before the market");
        _pay(d, t.request.requester, c.toRequester);
        t.requesterNet += int256(uint256(c.toRequester));
        _pay(d, t.job.provider, c.toProvider);
        _pay(d, SINK, c.burned);
        vm.assertEq(d.income + d.penalties + d.held, d.paid, "a case took in what it did not pay out");
        vm.assertTrue(c.winner != 0 || d.penalties == 0, "a penalty without a winner");
        if (c.outcome == Outcome.Abandoned) {
            vm.assertEq(c.winner, 0, "a winner of an abandoned case");
            vm.assertEq(c.income + d.income + d.forfeited + d.penalties, 0, "not everything returned");
        } else {
            _parties(t, log);
            _verdictIsRight(id, d, t, c);
        }
        _countOutcome(d, c.outcome);
        _archive(id, d);
    }

    function _verdictIsRight(bytes32 id, Docket storage d, Tale storage t, Closing memory c) private view {
        vm.assertEq(c.winner, _winnerOf(d), "another winner");
        bool right = _sealOf(t.job.provider, id, c.winner) == t.job.seal;
        bool rejected = c.outcome == Outcome.Rejected;
        vm.assertTrue((c.winner != 0 && !right) == rejected, "another verdict");
        vm.assertTrue((c.winner == 0) == (c.outcome == Outcome.Undecided), "another outcome");
        bool byChallengers = c.outcome == Outcome.Upheld && d.challenges.length != 0;
        vm.assertEq(c.income, byChallengers ? d.forfeited : d.income, "another income");
    }

    function _archive(bytes32 id, Docket storage d) private {
        d.head.phase = Phase.Closed;
        d.held = 0;
        bytes32 last = openCases[openCases.length - 1];
        openCases[_placeInOpen[id] - 1] = last;
        _placeInOpen[last] = _placeInOpen[id];
        openCases.pop();
        touchedCases.push(id);
    }

    function _countOutcome(Docket storage d, Outcome outcome) private {
        if (d.head.phase == Phase.Drawing) _count("closed or abandoned undrawn");
        if (outcome == Outcome.Abandoned) return _count("abandon");
        if (d.head.phase == Phase.Drawing) _count("close undrawn");
        if (outcome == Outcome.Upheld) _count("close upheld");
        if (outcome == Outcome.Rejected) _count("close rejected");
        if (outcome == Outcome.Undecided) _count("close undecided");
        if (d.head.round != 0) _count("close after an appeal");
    }

    function _sealOf(address who, bytes32 id, bytes32 d) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(who, id, d));
    }

    /// @dev What more than half of the seats of the last round that was drawn have revealed: counted for each vote.
    function _winnerOf(Docket storage d) internal view returns (bytes32) {
        uint256 round = d.head.round;
        if (d.head.phase == Phase.Drawing) {
            if (round == 0) return 0;
            --round;
        }
        uint256 revealed = d.rounds[round].revealed;
        uint256 count = d.holders[round].length;
        bytes32[31] storage votes = d.votes[round];
        for (uint256 i; i <= count / 2; ++i) {
            if (revealed >> i & 1 == 0) continue;
            uint256 same;
            for (uint256 j = i; j < count; ++j) {
                if (revealed >> j & 1 == 1 && votes[j] == votes[i]) ++same;
            }
            if (2 * same > count) return votes[i];
        }
        return 0;
    }
}
