// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../interfaces/ICommittee.sol";
import { IMarketTypes } from "../interfaces/IMarketTypes.sol";
import { Courses } from "../libraries/Courses.sol";
import { ResultTree } from "../libraries/ResultTree.sol";
import { SumTree } from "../libraries/SumTree.sol";
import { Voting } from "./Voting.sol";

/// @title How a case ends, and who is paid for it
/// @dev Drawing, Voting ─close, abandon─▶ Closed
abstract contract Verdicts is Voting {
    using SumTree for SumTree.Tree;

    uint256 private constant MAX_BALLOTS = 3 + 7 + 15 + 31;
    uint256 private constant SPOKE = 1 << 255;
    uint256 private constant COHERENT = 1 << 254;

    /// @dev What closing a case knows, and adds up.
    struct Bill {
        bytes32 id;
        bytes32 winner; // the final D, or zero
        uint256 heard; // rounds whose seats were drawn
        uint256 seatFee;
        uint256 tip;
        uint256 coherent; // seats that found the winner
        uint256 pool; // penalties of those that found something else
        uint256 burned;
    }

    /// @inheritdoc ICommittee
    function close(bytes32 id, IMarketTypes.Job calldata job) external {
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        Bill memory bill;
        bill.id = id;
        bill.heard = _requireOver(id, docket, c);
        (bill.seatFee, bill.tip) = Courses.feesOf(job.caseFee, c.firstSeats);
        if (bill.heard != 0) bill.winner = _winnerOf(docket, c.firstSeats, bill.heard - 1);
        docket.head.phase = Phase.Closed;

        (Outcome outcome, address champion) = _outcomeOf(docket, c, job, bill);
        IMarketTypes.Verdict verdict =
            outcome == Outcome.Rejected ? IMarketTypes.Verdict.Rejected : IMarketTypes.Verdict.Upheld;
        _market.resolve(id, job, verdict, champion); // checks that `job` is the record

        uint256 forfeited = _settleChallenges(docket, c.challenges, outcome, bill);
        bool byChallengers = outcome == Outcome.Upheld && c.challenges != 0;
        uint256 income = byChallengers ? forfeited : job.caseFee;
        if (!byChallengers) bill.burned = forfeited;

        uint256[] memory ballots = _punishSeats(docket, c.firstSeats, bill);
        uint256 rest = income - _payCranks(docket, c, bill);
        _settleAppeals(docket, c, bill);
        _paySeats(docket, c.firstSeats, bill, ballots);

        _credit(byChallengers ? job.provider : job.requester, rest);
        _credit(SINK, bill.burned);
        emit CaseClosed(
            id,
            job.requester,
            job.provider,
            outcome,
            bill.winner,
            uint96(income),
            uint96(byChallengers ? 0 : rest),
            uint96(byChallengers ? rest : 0),
            uint96(bill.burned)
        );
    }

    /// @inheritdoc ICommittee
    function abandon(bytes32 id) external {
        Docket storage docket = _dockets[id];
        Case memory c = docket.head;
        bool open = c.phase == Phase.Drawing || c.phase == Phase.Voting;
        require(open, WrongPhase(id, Phase.Voting, c.phase));
        (IMarketTypes.State state,) = _market.slotOf(id);
        require(state != IMarketTypes.State.Disputed, CaseOpen(id));
        docket.head.phase = Phase.Closed;
        for (uint256 i; i < c.challenges; ++i) {
            _settleChallenge(id, docket.challenges[i], true);
        }
        for (uint256 round = 1; round <= c.round; ++round) {
            Round storage info = docket.rounds[round].info;
            _credit(info.appellant, info.prepaid);
            emit AppealSettled(id, info.appellant, uint8(round), info.prepaid, 0);
        }
        emit CaseClosed(id, address(0), address(0), Outcome.Abandoned, 0, 0, 0, 0, 0);
    }

    // ──────────────────────────────── the verdict ───────────────────────────────

    /// @dev Reverts unless nothing more can come; returns how many rounds were heard.
    function _requireOver(bytes32 id, Docket storage docket, Case memory c) private view returns (uint256) {
        if (c.phase == Phase.Voting) {
            uint256 from = c.deadline + Courses.REVEAL_FOR;
            bool last = Courses.seatsOf(c.firstSeats, c.round) == Courses.MAX_SEATS;
            if (!last) from += Courses.APPEAL_FOR;
            bool over = block.timestamp >= from || (last && _isComplete(c, docket.rounds[c.round].info));
            require(over, TooEarly(block.timestamp, from));
            return uint256(c.round) + 1;
        }
        require(c.phase == Phase.Drawing, WrongPhase(id, Phase.Voting, c.phase));
        bool hopeless = block.timestamp >= c.deadline || _stakes.total(_epoch()) == 0
            || (c.redraws == MAX_REDRAWS && _isMissed(c));
        require(hopeless, TooEarly(block.timestamp, c.deadline));
        return c.round;
    }

    /// @dev The D that a strict majority of a round's seats revealed, or zero: a majority, if there is one, outlasts
    /// everything else in one pass (Boyer and Moore, 1981), and a second counts it.
    function _winnerOf(Docket storage docket, uint256 firstSeats, uint256 round)
        private
        view
        returns (bytes32 winner)
    {
        Hearing storage hearing = docket.rounds[round];
        uint256 seats = Courses.seatsOf(firstSeats, round);
        uint256 revealed = hearing.info.revealed;
        uint256 lead;
        for (uint256 seat; seat < seats; ++seat) {
            if (revealed >> seat & 1 == 0) continue;
            bytes32 vote = hearing.votes[seat];
            if (lead == 0) (winner, lead) = (vote, 1);
            else if (vote == winner) ++lead;
            else --lead;
        }
        uint256 count;
        for (uint256 seat; seat < seats; ++seat) {
            if (revealed >> seat & 1 == 1 && hearing.votes[seat] == winner) ++count;
        }
        if (2 * count <= seats) return 0; // nor does UNAVAILABLE, which is zero, win
    }

    /// @dev Whom the market is told of: the first who was right, or the first who was wrong.
    function _outcomeOf(Docket storage docket, Case memory c, IMarketTypes.Job calldata job, Bill memory bill)
        private
        view
        returns (Outcome outcome, address champion)
    {
        if (bill.winner == 0) return (Outcome.Undecided, address(0));
        if (ResultTree.sealOf(job.provider, bill.id, bill.winner) == job.seal) {
            return (Outcome.Upheld, docket.challenges[0].challenger);
        }
        for (uint256 i; i < c.challenges; ++i) {
            Challenge storage one = docket.challenges[i];
            if (_isRight(one, bill)) return (Outcome.Rejected, one.challenger);
        }
        return (Outcome.Rejected, address(0));
    }

    function _isRight(Challenge storage one, Bill memory bill) private view returns (bool) {
        return ResultTree.sealOf(one.challenger, bill.id, bill.winner) == one.seal;
    }

    // ───────────────────────────────── the money ────────────────────────────────

    function _settleChallenges(Docket storage docket, uint256 count, Outcome outcome, Bill memory bill)
        private
        returns (uint256 forfeited)
    {
        for (uint256 i; i < count; ++i) {
            Challenge storage one = docket.challenges[i];
            bool back = outcome == Outcome.Undecided || (outcome == Outcome.Rejected && _isRight(one, bill));
            if (!back) forfeited += one.bond;
            _settleChallenge(bill.id, one, back);
        }
    }

    function _settleChallenge(bytes32 id, Challenge storage one, bool back) private {
        uint96 bond = one.bond;
        address challenger = one.challenger;
        if (back) _credit(challenger, bond);
        emit ChallengeSettled(id, challenger, bond, back ? bond : 0);
    }

    /// @dev With a winner, takes the penalties of all seats that did not find it. A ballot is what a seat lost, and
    /// the flags below.
    function _punishSeats(Docket storage docket, uint256 firstSeats, Bill memory bill)
        private
        returns (uint256[] memory ballots)
    {
        ballots = new uint256[](MAX_BALLOTS);
        uint256 penalty = Courses.penaltyOf(bill.seatFee);
        uint256 epoch = _epoch();
        uint256 ballot;
        for (uint256 round; round < bill.heard; ++round) {
            Hearing storage hearing = docket.rounds[round];
            uint256 seats = Courses.seatsOf(firstSeats, round);
            uint256 revealed = hearing.info.revealed;
            for (uint256 seat; seat < seats; ++seat) {
                bool spoke = revealed >> seat & 1 == 1;
                uint256 kept = spoke ? SPOKE : 0;
                if (spoke && bill.winner != 0 && hearing.votes[seat] == bill.winner) {
                    kept |= COHERENT;
                    ++bill.coherent;
                } else if (bill.winner != 0) {
                    uint256 taken = _punish(_holderOf(hearing, seat), penalty, epoch);
                    if (spoke) bill.pool += taken;
                    else bill.burned += taken;
                    kept |= taken;
                }
                ballots[ballot++] = kept;
            }
        }
    }

    /// @dev Pays whoever turned a crank; returns what the first round costs in all.
    function _payCranks(Docket storage docket, Case memory c, Bill memory bill)
        private
        returns (uint256 cost)
    {
        address opener = docket.opener;
        if (opener != address(0)) {
            cost = bill.tip;
            _payTip(bill.id, opener, bill.tip);
        }
        for (uint256 round; round < bill.heard; ++round) {
            _payTip(bill.id, docket.rounds[round].info.drawer, bill.tip);
        }
        _payTip(bill.id, msg.sender, bill.tip * (uint256(c.round) + 1)); // closing looks at every round
        cost += _costOf(docket.rounds[0].info, bill);
    }

    function _payTip(bytes32 id, address account, uint256 amount) private {
        if (amount == 0) return;
        _credit(account, amount);
        emit CrankPaid(id, account, uint96(amount));
    }

    /// @dev A round's seats that revealed, its draw and its part of the closing.
    function _costOf(Round storage info, Bill memory bill) private view returns (uint256 cost) {
        cost = info.drawer == address(0) ? bill.tip : 2 * bill.tip;
        for (uint256 open = info.revealed; open != 0; open &= open - 1) {
            cost += bill.seatFee;
        }
    }

    /// @dev What a round did not cost goes back to whoever asked for it; what it did is repaid out of the penalties
    /// if the tally before it was another one than the last.
    function _settleAppeals(Docket storage docket, Case memory c, Bill memory bill) private {
        for (uint256 round = 1; round <= c.round; ++round) {
            Round storage info = docket.rounds[round].info;
            uint256 cost = _costOf(info, bill);
            uint256 repaid;
            if (bill.winner != 0 && _winnerOf(docket, c.firstSeats, round - 1) != bill.winner) {
                repaid = cost < bill.pool ? cost : bill.pool;
                bill.pool -= repaid;
            }
            uint256 returned = info.prepaid - cost;
            _credit(info.appellant, returned + repaid);
            emit AppealSettled(bill.id, info.appellant, uint8(round), uint96(returned), uint96(repaid));
        }
    }

    /// @dev Every seat that revealed has its fee, and a coherent one its share of what is left of the penalties.
    function _paySeats(Docket storage docket, uint256 firstSeats, Bill memory bill, uint256[] memory ballots)
        private
    {
        uint256 share = bill.coherent == 0 ? 0 : bill.pool / bill.coherent;
        bill.burned += bill.pool - share * bill.coherent;
        uint256 ballot;
        for (uint256 round; round < bill.heard; ++round) {
            Hearing storage hearing = docket.rounds[round];
            uint256 seats = Courses.seatsOf(firstSeats, round);
            for (uint256 seat; seat < seats; ++seat) {
                uint256 kept = ballots[ballot++];
                uint256 fee = kept & SPOKE == 0 ? 0 : bill.seatFee;
                if (kept & COHERENT != 0) fee += share;
                address holder = _holderOf(hearing, seat);
                _credit(holder, fee);
                emit SeatSettled(bill.id, holder, uint8(round), uint8(seat), uint96(fee), uint96(kept));
            }
        }
    }
}
