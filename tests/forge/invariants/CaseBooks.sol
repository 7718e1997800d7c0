// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeEvents } from "../../../contracts/interfaces/ICommitteeEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Hearings } from "./Hearings.sol";

/// @title The committee's ledger and its cases, rebuilt from its events alone
abstract contract CaseBooks is Hearings {
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

    // ──────────────────────────────── how they end ──────────────────────────────

    function _onVerdict(bytes32 id, Tale storage t, address challenger, Verdicts memory v) internal override {
        Docket storage d = dockets[id];
        d.over = true;
        if (t.request.resolver == address(committee)) d.income = v.toResolver;
        if (challenger == address(committee)) given += v.toChallenger;
    }

    function _seatSettled(Vm.Log memory log) internal {
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

    function _challengeSettled(Vm.Log memory log) internal {
        Docket storage d = dockets[log.topics[1]];
        (uint96 bond, uint96 returned) = abi.decode(log.data, (uint96, uint96));
        vm.assertTrue(returned == 0 || returned == bond, "a part of a challenge bond");
        _pay(d, _account(log.topics[2]), returned);
        d.forfeited += bond - returned;
    }

    function _appealSettled(Vm.Log memory log) internal {
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

    function _closed(Vm.Log memory log) internal {
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

    function _verdictIsRight(bytes32 id, Docket storage d, Tale storage t, Closing memory c) internal view {
        vm.assertEq(c.winner, _winnerOf(d), "another winner");
        bool right = _sealOf(t.job.provider, id, c.winner) == t.job.seal;
        bool rejected = c.outcome == Outcome.Rejected;
        vm.assertTrue((c.winner != 0 && !right) == rejected, "another verdict");
        vm.assertTrue((c.winner == 0) == (c.outcome == Outcome.Undecided), "another outcome");
        bool byChallengers = c.outcome == Outcome.Upheld && d.challenges.length != 0;
        vm.assertEq(c.income, byChallengers ? d.forfeited : d.income, "another income");
    }

    function _archive(bytes32 id, Docket storage d) internal {
        d.head.phase = Phase.Closed;
        d.held = 0;
        bytes32 last = openCases[openCases.length - 1];
        openCases[_placeInOpen[id] - 1] = last;
        _placeInOpen[last] = _placeInOpen[id];
        openCases.pop();
        touchedCases.push(id);
    }

    function _countOutcome(Docket storage d, Outcome outcome) internal {
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
