// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Claims } from "./Claims.sol";

/// @title The market's ledger, rebuilt from its events alone, each held against docs/protocol.md on the way
/// @dev Written from the document once more, so that the market's own formulas are not what checks it.
abstract contract Books is Claims {
    function _readMarket(Vm.Log memory log) internal {
        bytes32 name = log.topics[0];
        if (log.topics.length == 4) {
            if (name == IMarketEvents.JobPosted.selector) return _posted(log);
            if (name == IMarketEvents.JobAccepted.selector) return _accepted(log);
            if (name == IMarketEvents.JobMatched.selector) return _matched(log);
            if (name == IMarketEvents.JobClaimed.selector) return _claimedEvent(log);
            if (name == IMarketEvents.JobSettled.selector) return _settled(log);
            if (name == IMarketEvents.JobVoided.selector) return _voided(log);
            if (name == IMarketEvents.JobDisputed.selector) return _disputed(log);
            if (name == IMarketEvents.CaseResolved.selector) return _resolved(log);
        }
        if (name == IMarketEvents.JobCancelled.selector) return _cancelled(log);
        if (name == IMarketEvents.OutputDemanded.selector) return _demanded(log);
        if (name == IMarketEvents.OutputAnswered.selector) return _answered(log);
        if (name == IMarketEvents.EntrySkipped.selector) {
            vm.assertTrue(log.data.length > 64, "skipped without a reason");
            ++skipped;
            return;
        }
        if (name == IMarketEvents.OrderCancelled.selector) return _orderCancelled(log);
        _readAccount(name, _account(log.topics[1]), log);
    }

    // ──────────────────────────────── how jobs end ──────────────────────────────

    function _settled(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        _parties(t, log);
        vm.assertTrue(t.state == State.Claimed, "paid what was not claimed");
        (bytes32 root, uint64 units) = _result(id, t.variant);
        bool approved = log.data[159] == 0x01;
        if (approved) _own(t.request.requester);
        else vm.assertTrue(_isPayable(t), "paid at the wrong time");
        uint256 payment = _costs(t.job.flat, units < t.job.maxUnits ? units : t.job.maxUnits, t.job.unitPrice);
        vm.assertLe(
            payment,
            _costs(t.request.flat, t.request.maxUnits, t.request.maxUnitPrice),
            "above what was signed"
        );
        bytes memory data = abi.encode(payment, t.escrow - payment, root, units, approved);
        vm.assertEq(keccak256(log.data), keccak256(data), "settled: payment, refund or opening");
        told[t.job.provider].bonded -= t.job.bond;
        _give(t.job.provider, payment);
        t.providerNet += int256(payment);
        _giveRequester(t, t.escrow - payment);
        _over(id, State.Settled);
        _providerIsPaid(t, payment);
        _requesterIsSafe(t, payment + t.job.tipPaid);
        _count(approved ? bytes32("approve") : bytes32("finalize"));
        if (t.job.caseDone) _count("settled after a case");
    }

    function _cancelled(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        vm.assertTrue(t.state == State.Open, "cancelled what was not open");
        bool byAuthor = actor == t.request.requester;
        if (!byAuthor) vm.assertGe(_now(), t.request.openUntil, "cancelled by a stranger");
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(actor, t.escrow)), "cancelled: refund");
        _giveRequester(t, t.escrow);
        _over(id, State.Cancelled);
        _requesterIsSafe(t, 0);
        vm.assertEq(uint256(t.requesterNet), 0, "a cancelled job cost something");
        _count(byAuthor ? bytes32("cancel by requester") : bytes32("cancel by anyone"));
    }

    struct End {
        VoidReason reason;
        uint256 refund;
        uint256 slashed;
        uint256 compensation;
        address caller;
        uint256 reward;
        uint256 burned;
    }

    function _voided(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        _parties(t, log);
        End memory end;
        end.reason = VoidReason(uint8(log.data[31]));
        end.refund = t.escrow;
        end.caller = through == t.job.resolver && through != address(0) ? through : actor;
        _split(t, end);
        bytes memory data = abi.encode(
            end.reason, end.refund, end.slashed, end.compensation, end.caller, end.reward, end.burned
        );
        vm.assertEq(keccak256(log.data), keccak256(data), "voided: who gets what");
        Account storage a = told[t.job.provider];
        a.bonded -= t.job.bond;
        a.staked -= uint96(end.slashed);
        t.providerNet -= int256(end.slashed);
        _touch(t.job.provider);
        _giveRequester(t, end.refund + end.compensation);
        _give(end.caller, end.reward);
        _give(SINK, end.burned);
        _over(id, State.Void);
        _requesterIsSafe(t, 0);
        // Invariant 5: this one did everything in time.
        bool lawful = t.job.provider != dutiful || end.reason == VoidReason.Rejected;
        vm.assertTrue(lawful, "a provider lost its bond in spite of its duty done");
    }

    /// @dev The table of exits: percentages of the bond, floored.
    function _split(Tale storage t, End memory end) internal {
        uint256 bond = t.job.bond;
        if (end.reason == VoidReason.Released) {
            _own(t.job.provider);
            vm.assertTrue(t.state == State.Running && _now() < _runsUntil(t), "released too late");
            uint256 elapsed = bond * 15 * (_now() - t.job.acceptedAt) / (100 * uint256(t.job.runFor));
            end.compensation = elapsed + t.job.tipPaid;
            end.burned = bond * 5 / 100 - t.job.tipPaid;
            _count("release");
        } else if (end.reason == VoidReason.Rejected) {
            vm.assertTrue(t.state == State.Disputed && t.rejected, "void without a verdict");
            uint256 rest = bond - t.job.caseFee;
            end.compensation = rest * 30 / 100;
            end.burned = bond - t.given - end.compensation;
        } else if (end.reason == VoidReason.Expired) {
            vm.assertTrue(t.state == State.Running && _now() >= _runsUntil(t), "expired too early");
            end.reward = bond / 100;
            end.compensation = bond * 25 / 100 - end.reward;
            _count("expire");
        } else {
            vm.assertTrue(t.state == State.Claimed && _now() >= _voidFrom(t), "void too early");
            bool unanswered = end.reason == VoidReason.Unanswered;
            vm.assertTrue(unanswered == _isAsked(t), "void for another reason");
            end.reward = bond / 100;
            end.compensation = bond * 50 / 100 - end.reward;
            _count(unanswered ? bytes32("void unanswered") : bytes32("void unopened"));
        }
        end.slashed = t.given + end.compensation + end.reward + end.burned;
        bool all = end.reason == VoidReason.Rejected;
        vm.assertTrue(all == (end.slashed == bond) || bond == 0, "another part of the bond");
    }

    function _over(bytes32 id, State state) internal {
        _ends(id, state);
        touchedJobs.push(id);
    }

    // ──────────────────────────────── cases ─────────────────────────────────────

    struct Verdicts {
        bool rejected;
        bool timedOut;
        uint256 toResolver;
        uint256 toChallenger;
        uint256 feeRefund;
        uint256 windowEnd;
    }

    function _resolved(Vm.Log memory log) internal {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        vm.assertTrue(t.state == State.Disputed, "a verdict without a case");
        vm.assertEq(log.topics[2], _word(t.request.resolver), "somebody else's verdict");
        address challenger = _account(log.topics[3]);
        Verdicts memory v;
        v.timedOut = _now() >= _casesUntil(t);
        if (!v.timedOut) _own(t.request.resolver);
        v.rejected = log.data[31] == 0x01;
        bool challenged = challenger != address(0);
        uint256 fee = t.job.caseFee;
        if (v.rejected) {
            vm.assertTrue(!v.timedOut, "rejected too late");
            v.toResolver = fee;
            v.toChallenger = challenged ? (t.job.bond - fee) * 30 / 100 : 0;
            t.rejected = true;
            t.given = v.toResolver + v.toChallenger; // a part of what JobVoided takes
        } else {
            v.toResolver = challenged || v.timedOut ? 0 : fee;
            v.feeRefund = fee - v.toResolver;
            v.windowEnd = _now();
            t.escrow -= fee;
            t.spent += v.toResolver;
            _giveRequester(t, v.feeRefund);
            t.job.caseFee = 0;
            t.job.disputedAt = 0;
            t.job.caseDone = true;
            t.job.windowEnd = uint64(v.windowEnd);
            t.state = State.Claimed;
        }
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(v)), "resolved: who gets what");
        _give(t.request.resolver, v.toResolver);
        _give(challenger, v.toChallenger);
        touchedJobs.push(id);
        if (v.timedOut) _count("timeout");
        else if (v.rejected) _count(challenged ? bytes32("reject, challenged") : bytes32("reject, audited"));
        else _count(challenged ? bytes32("uphold, challenged") : bytes32("uphold, audited"));
        _onVerdict(id, t, challenger, v);
    }

    function _onVerdict(bytes32 id, Tale storage t, address challenger, Verdicts memory v) internal virtual;

    // ──────────────────────────── invariants 5 and 6 ────────────────────────────

    /// @dev A provider that is paid has lost nothing on the way.
    function _providerIsPaid(Tale storage t, uint256 payment) internal view {
        vm.assertGe(uint256(t.providerNet), payment, "a paid provider lost something");
        vm.assertTrue(t.providerNet >= 0, "a paid provider lost something");
    }

    /// @dev What a requester has lost on a job is its `price`, tip included, and what it spent on answers and cases.
    function _requesterIsSafe(Tale storage t, uint256 price) internal view {
        vm.assertTrue(t.requesterNet + int256(t.spent + price) >= 0, "a requester lost more than it owed");
        uint256 signed = _escrowOf(t.request) + t.pairs.length * t.request.demandFee;
        vm.assertTrue(t.requesterNet + int256(signed) >= 0, "a requester lost more than it signed");
    }
}
