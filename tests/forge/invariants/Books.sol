// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Results } from "./Results.sol";

/// @title The market's ledger, rebuilt from its events alone, each held against docs/protocol.md on the way
/// @dev Written from the document once more, so that the market's own formulas are not what checks it.
abstract contract Books is Results {
    /// @dev Whose call it is, and the contract that it goes through, if any.
    address internal actor;
    address internal through;

    mapping(address account => Account) internal told;
    mapping(bytes32 digest => uint32) internal toldUses;
    mapping(address account => address) internal toldDelegates;
    uint256 internal skipped; // entries of the batch that runs

    address[] internal touched; // by the call that runs
    bytes32[] internal touchedJobs;

    /// @dev How often each way out was taken in this run, by name.
    mapping(bytes32 name => uint256) internal counts;
    bytes32[] internal names;

    function _count(bytes32 name) internal {
        if (counts[name]++ == 0) names.push(name);
    }

    function _touch(address account) internal {
        touched.push(account);
    }

    // ───────────────────────────── who may take what ────────────────────────────

    /// @dev Invariant 8: an account's money moves by its own call, or by what follows; there is no third way.
    function _own(address account) private view {
        vm.assertTrue(account == actor || account == through, "somebody else's money was moved");
    }

    function _give(address account, uint256 amount) private {
        if (amount == 0) return;
        told[account].free += uint96(amount);
        _touch(account);
    }

    function _take(address account, uint256 amount) private {
        told[account].free -= uint96(amount);
        _touch(account);
    }

    function _giveRequester(Tale storage t, uint256 amount) private {
        _give(t.request.requester, amount);
        t.requesterNet += int256(amount);
    }

    function _takeRequester(Tale storage t, uint256 amount) private {
        _take(t.request.requester, amount);
        t.requesterNet -= int256(amount);
    }

    // ──────────────────────────────── ledger and stake ──────────────────────────

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

    function _account(bytes32 topic) internal pure returns (address) {
        return address(uint160(uint256(topic)));
    }

    function _readAccount(bytes32 name, address who, Vm.Log memory log) private {
        _own(who);
        _touch(who);
        Account storage a = told[who];
        if (name == IMarketEvents.CounterRaised.selector) {
            uint64 counter = abi.decode(log.data, (uint64));
            vm.assertEq(counter, a.counter + 1, "a counter jumped");
            a.counter = counter;
            return;
        }
        if (name == IMarketEvents.DelegateSet.selector) {
            toldDelegates[who] = _account(log.topics[2]);
            return;
        }
        if (name == IMarketEvents.CardAnnounced.selector) return;
        uint96 amount = abi.decode(log.data, (uint96));
        if (name == IMarketEvents.Deposited.selector) {
            a.free += amount;
        } else if (name == IMarketEvents.Withdrawn.selector) {
            a.free -= amount;
        } else if (name == IMarketEvents.Staked.selector) {
            a.free -= amount;
            a.staked += amount;
        } else if (name == IMarketEvents.Unstaked.selector) {
            (, a.maturesAt) = abi.decode(log.data, (uint96, uint64));
            vm.assertEq(a.maturesAt, _now() + COOLDOWN, "another cooldown");
            a.staked -= amount;
            a.unbonding += amount;
        } else if (name == IMarketEvents.StakeWithdrawn.selector) {
            vm.assertEq(amount, a.unbonding, "a part of what matured");
            vm.assertGe(_now(), a.maturesAt, "stake left early");
            (a.unbonding, a.maturesAt) = (0, 0);
            a.free += amount;
        } else {
            vm.assertTrue(false, "an event that nobody knows");
        }
    }

    function _orderCancelled(Vm.Log memory log) private {
        _own(_account(log.topics[2]));
        bytes32 digest = log.topics[1];
        if (tales[digest].request.requester == address(0)) {
            toldUses[digest] = type(uint32).max; // an offer
            return;
        }
        Tale storage t = tales[digest];
        vm.assertTrue(t.state == State.None, "a job was cancelled like an order");
        t.state = State.Cancelled;
        ended.push(digest);
        touchedJobs.push(digest);
        _count("revoke");
    }

    // ──────────────────────────────── how jobs begin ────────────────────────────

    function _posted(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        _own(t.request.requester);
        vm.assertEq(log.topics[2], _word(t.request.requester), "posted: requester");
        vm.assertEq(log.topics[3], _word(t.request.resolver), "posted: resolver");
        bytes memory data = abi.encode(t.request, "");
        vm.assertEq(keccak256(log.data), keccak256(data), "the event tells another request");
        _begins(id, State.Open);
        touchedJobs.push(id);
        t.posted = true;
        t.escrow = _escrowOf(t.request);
        _takeRequester(t, t.escrow);
    }

    function _accepted(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        vm.assertTrue(t.state == State.Open, "accepted what was not open");
        address who = _account(log.topics[3]);
        _own(who);
        uint96 price = _priceNow(t.request);
        uint256 escrow = _costs(t.request.flat, t.request.maxUnits, price) + t.request.caseFee;
        uint256 refund = t.escrow - escrow;
        bytes memory data = abi.encode(price, _now(), refund, address(0), 0);
        vm.assertEq(keccak256(log.data), keccak256(data), "accepted: price, time or refund");
        t.escrow = escrow;
        _giveRequester(t, refund);
        _starts(id, t, who, 0);
    }

    function _starts(bytes32 id, Tale storage t, address who, uint96 tipPaid) private {
        told[who].bonded += t.request.bond;
        _touch(who);
        touchedJobs.push(id);
        t.state = State.Running;
        t.job = _started(t.request, who, tipPaid);
    }

    function _matched(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        Request memory r = t.request;
        // Its author signed it under the counter that it has now; nobody's money is locked by less.
        vm.assertEq(log.topics[2], _word(r.requester), "matched: requester");
        vm.assertEq(told[r.requester].counter, r.counter, "matched what was revoked");
        bytes memory terms = abi.decode(log.data, (bytes));
        bytes memory expected = _terms(r);
        address who = _account(log.topics[3]);
        uint96 tip;
        if (terms.length == 372) {
            _own(who);
        } else {
            (bytes32 offer, address by) = _tail(terms);
            _own(by);
            expected = abi.encodePacked(expected, offer, by);
            tip = r.tip;
            if (toldUses[offer]++ == 0) _count("an offer's first match");
            _give(by, tip);
        }
        vm.assertEq(keccak256(terms), keccak256(expected), "the event tells other terms");
        _begins(id, State.Running);
        t.escrow = _costs(r.flat, r.maxUnits, _priceNow(r)) + r.caseFee;
        _takeRequester(t, t.escrow + tip);
        _starts(id, t, who, tip);
    }

    function _terms(Request memory r) private view returns (bytes memory packed) {
        packed = abi.encodePacked(r.spec, r.profile, r.tasks, r.flat, r.minUnitPrice, r.maxUnitPrice);
        packed = abi.encodePacked(packed, r.rampStart, r.rampEnd, r.maxUnits, r.bond, r.minStake, r.tip);
        packed = abi.encodePacked(packed, r.openUntil, r.runFor, r.challengeFor, r.resolver, r.policy);
        packed = abi.encodePacked(packed, r.caseFor, r.caseFee, r.demandFee, r.providers, r.matcher);
        packed = abi.encodePacked(packed, r.counter, r.salt, _priceNow(r), uint64(_now()));
    }

    function _tail(bytes memory terms) private pure returns (bytes32 offer, address by) {
        assembly ("memory-safe") {
            offer := mload(add(terms, 404))
            by := shr(96, mload(add(terms, 436)))
        }
    }

    // ──────────────────────────────── claims ────────────────────────────────────

    function _claimedEvent(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        vm.assertTrue(t.state == State.Running, "claimed what was not running");
        if (toldDelegates[t.job.provider] != actor) _own(t.job.provider);
        _parties(t, log);
        vm.assertLt(_now(), _runsUntil(t), "claimed too late");
        (bytes32 seal,, uint256 moment, uint256 number) =
            abi.decode(log.data, (bytes32, bytes32, uint64, uint64));
        vm.assertEq(moment, _now(), "claimed: time");
        vm.assertEq(number, vm.getBlockNumber(), "claimed: block");
        t.job = _claim(t.job, seal);
        t.state = State.Claimed;
        touchedJobs.push(id);
    }

    function _parties(Tale storage t, Vm.Log memory log) internal view {
        vm.assertEq(log.topics[2], _word(t.request.requester), "another requester");
        vm.assertEq(log.topics[3], _word(t.job.provider), "another provider");
    }

    function _demanded(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        _own(t.request.requester);
        bool claimed = t.state == State.Claimed || t.state == State.Disputed;
        vm.assertTrue(claimed && t.job.demandHash == 0, "demanded twice");
        vm.assertLt(_now(), t.job.windowEnd, "demanded too late");
        uint256 count = t.pairs.length;
        uint256 fees = count * t.job.demandFee;
        bytes32 hash = keccak256(abi.encodePacked(t.pairs));
        bytes memory data = abi.encode(hash, t.pairs, fees, _now() + ANSWER_FOR);
        vm.assertEq(keccak256(log.data), keccak256(data), "demanded: pairs, fees or time");
        t.job.demandHash = hash;
        t.job.answered = uint8(255 << count);
        t.job.answerBy = uint64(_now() + ANSWER_FOR);
        t.escrow += fees;
        _takeRequester(t, fees);
        touchedJobs.push(id);
    }

    function _answered(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        if (toldDelegates[t.job.provider] != actor) _own(t.job.provider);
        vm.assertLt(_now(), t.job.answerBy, "answered too late");
        (uint8 answered, uint96 fees, uint64 windowEnd) = abi.decode(log.data, (uint8, uint96, uint64));
        vm.assertEq(answered & t.job.answered, t.job.answered, "an answer was forgotten");
        uint256 new_;
        for (uint256 open = answered ^ t.job.answered; open != 0; open &= open - 1) {
            ++new_;
        }
        vm.assertEq(fees, new_ * t.job.demandFee, "another fee for answers");
        uint64 end = t.job.windowEnd;
        uint64 least = uint64(_now() + t.job.challengeFor / 2);
        bool moves = answered == 255 && t.state == State.Claimed && !t.job.caseDone && end < least;
        vm.assertEq(windowEnd, moves ? least : end, "another window");
        t.job.answered = answered;
        t.job.windowEnd = windowEnd;
        t.escrow -= fees;
        t.spent += fees;
        t.providerNet += int256(uint256(fees));
        _give(t.job.provider, fees);
        touchedJobs.push(id);
    }

    // ──────────────────────────────── how jobs end ──────────────────────────────

    function _settled(Vm.Log memory log) private {
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

    function _cancelled(Vm.Log memory log) private {
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

    function _voided(Vm.Log memory log) private {
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
    function _split(Tale storage t, End memory end) private {
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

    function _over(bytes32 id, State state) private {
        _ends(id, state);
        touchedJobs.push(id);
    }

    // ──────────────────────────────── cases ─────────────────────────────────────

    function _disputed(Vm.Log memory log) private {
        bytes32 id = log.topics[1];
        Tale storage t = tales[id];
        _own(t.request.resolver);
        vm.assertEq(log.topics[2], _word(t.request.resolver), "disputed: resolver");
        vm.assertEq(log.topics[3], _word(t.job.provider), "disputed: provider");
        bool fresh = t.state == State.Claimed && !t.job.caseDone && _now() < t.job.windowEnd;
        vm.assertTrue(fresh, "disputed too late, or twice");
        t.job.disputedAt = uint64(_now());
        t.state = State.Disputed;
        touchedJobs.push(id);
    }

    struct Verdicts {
        bool rejected;
        bool timedOut;
        uint256 toResolver;
        uint256 toChallenger;
        uint256 feeRefund;
        uint256 windowEnd;
    }

    function _resolved(Vm.Log memory log) private {
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
    function _providerIsPaid(Tale storage t, uint256 payment) private view {
        vm.assertGe(uint256(t.providerNet), payment, "a paid provider lost something");
        vm.assertTrue(t.providerNet >= 0, "a paid provider lost something");
    }

    /// @dev What a requester has lost on a job is its `price`, tip included, and what it spent on answers and cases.
    function _requesterIsSafe(Tale storage t, uint256 price) private view {
        vm.assertTrue(t.requesterNet + int256(t.spent + price) >= 0, "a requester lost more than it owed");
        uint256 signed = _escrowOf(t.request) + t.pairs.length * t.request.demandFee;
        vm.assertTrue(t.requesterNet + int256(signed) >= 0, "a requester lost more than it signed");
    }

    function _word(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }
}
