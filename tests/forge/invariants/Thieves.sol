// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Savers } from "./Savers.sol";

/// @title Who takes what is not its own, does what is others', or does twice what can be done once
abstract contract Thieves is Savers {
    /// @notice Somebody without a right in it meddles with a job, a case or a purse, and is refused.
    function steals(uint256 seed) external {
        _begin(seed);
        if (ended.length != 0 && _rarely(4)) return _diesAgain(ended[_throw(ended.length)]);
        if (openCases.length != 0 && _rarely(4)) return _meddles(openCases[_throw(openCases.length)]);
        if (living.length == 0 || _rarely(5)) return _overdraws(_anybody());
        _robs(living[_throw(living.length)]);
    }

    /// @dev A job that is final stays so, for everybody that it ever had to do with.
    function _diesAgain(bytes32 id) private {
        Tale storage t = tales[id];
        (bytes32 root, uint64 units) = _result(id, t.variant);
        bytes[9] memory calls = [
            abi.encodeCall(IMarket.approve, (id, t.job, root, units)),
            abi.encodeCall(IMarket.finalize, (id, t.job, root, units)),
            abi.encodeCall(IMarket.void, (id, t.job)),
            abi.encodeCall(IMarket.expire, (id, t.job)),
            abi.encodeCall(IMarket.release, (id, t.job)),
            abi.encodeCall(IMarket.cancel, (t.request)),
            abi.encodeCall(IMarket.timeout, (id, t.job)),
            abi.encodeCall(IMarket.dispute, (id, t.job)),
            abi.encodeCall(IMarket.resolve, (id, t.job, Verdict.Rejected, address(0)))
        ];
        address[4] memory callers = [t.request.requester, t.job.provider, t.request.resolver, passerBy];
        address who = callers[_throw(4)];
        _refused(who == address(0) ? passerBy : who, calls[_throw(9)], WrongState.selector);
        bool early = _now() < t.request.openUntil && t.request.counter == told[t.request.requester].counter;
        if (!early || t.request.matcher != address(0)) return;
        // Its id can't come back either.
        _refused(t.request.requester, abi.encodeCall(IMarket.post, (t.request, "")), WrongState.selector);
    }

    function _robs(bytes32 id) private {
        Tale storage t = tales[id];
        address thief = _one(strangers);
        uint256 kind = _throw(4);
        if (t.state == State.Open) {
            if (_now() >= t.request.openUntil) return _overdraws(thief);
            if (kind < 2) {
                return _refused(thief, abi.encodeCall(IMarket.cancel, (t.request)), NotAllowed.selector);
            }
            bytes memory post = abi.encodeCall(IMarket.post, (t.request, ""));
            if (kind == 2) return _refused(thief, post, NotAllowed.selector);
            if (t.request.providers == 0) return _overdraws(thief);
            bytes memory accept = abi.encodeCall(IMarket.accept, (t.request, drafts[id].proof));
            return _refused(thief, accept, ProviderNotAllowed.selector);
        }
        if (toldDelegates[t.job.provider] == thief) thief = matcher;
        if (toldDelegates[t.job.provider] == matcher) thief = passerBy;
        if (kind == 0) return _forges(id, thief);
        if (t.state == State.Running) {
            bytes memory submit = _submitted(id);
            if (kind == 1) return _refused(thief, submit, NotAllowed.selector);
            if (kind == 2) {
                return _refused(thief, abi.encodeCall(IMarket.release, (id, t.job)), NotAllowed.selector);
            }
            bool early = _now() < _runsUntil(t);
            bytes4 reason = early ? TooEarly.selector : TooLate.selector;
            if (!early) return _refused(t.job.provider, submit, reason);
            return _refused(thief, abi.encodeCall(IMarket.expire, (id, t.job)), reason);
        }
        if (t.state == State.Disputed) {
            bytes memory resolve = abi.encodeCall(IMarket.resolve, (id, t.job, Verdict.Rejected, thief));
            if (kind == 1) return _refused(thief, resolve, NotAllowed.selector);
            bool open = _now() < _casesUntil(t);
            bytes memory timeout = abi.encodeCall(IMarket.timeout, (id, t.job));
            if (open) return _refused(thief, timeout, TooEarly.selector);
            if (t.request.resolver == keyJudge) return _refused(keyJudge, resolve, TooLate.selector);
            return _overdraws(thief);
        }
        _robsAClaim(id, t, thief, kind);
    }

    function _robsAClaim(bytes32 id, Tale storage t, address thief, uint256 kind) private {
        (bytes32 root, uint64 units) = _result(id, t.variant);
        if (kind == 1) {
            bytes memory dispute = abi.encodeCall(IMarket.dispute, (id, t.job));
            return _refused(thief, dispute, NotAllowed.selector);
        }
        if (kind == 2) {
            bytes memory approve = abi.encodeCall(IMarket.approve, (id, t.job, root, units));
            if (_rarely(2)) return _refused(thief, approve, NotAllowed.selector);
            // More units than were sealed, by the one who may approve.
            approve = abi.encodeCall(IMarket.approve, (id, t.job, root, units + 1));
            return _refused(t.request.requester, approve, SealMismatch.selector);
        }
        if (_now() < _voidFrom(t)) {
            return _refused(thief, abi.encodeCall(IMarket.void, (id, t.job)), TooEarly.selector);
        }
        bytes4 reason = _isAsked(t) ? DemandOpen.selector : TooLate.selector;
        if (_now() < t.job.windowEnd) reason = TooEarly.selector;
        _refused(thief, abi.encodeCall(IMarket.finalize, (id, t.job, root, units)), reason);
    }

    /// @dev The record as it suits the thief.
    function _forges(bytes32 id, address thief) private {
        Job memory job = tales[id].job;
        uint256 kind = _throw(5);
        if (kind == 0) job.provider = thief;
        if (kind == 1) job.requester = thief;
        if (kind == 2) job.resolver = thief;
        if (kind == 3) job.bond += 1;
        if (kind == 4) job.acceptedAt = 0;
        bytes memory data;
        if (job.disputedAt != 0) data = abi.encodeCall(IMarket.resolve, (id, job, Verdict.Rejected, thief));
        else if (job.claimedAt != 0) data = abi.encodeCall(IMarket.void, (id, job));
        else data = abi.encodeCall(IMarket.expire, (id, job));
        _refused(thief, data, JobMismatch.selector);
    }

    function _overdraws(address who) private {
        Account storage a = told[who];
        uint256 kind = _throw(5);
        if (kind == 0) {
            bytes memory withdraw = abi.encodeCall(IMarket.withdraw, (who, a.free + 1));
            if (who == address(market)) return;
            return _refused(who, withdraw, InsufficientFree.selector);
        }
        if (kind == 1) {
            return _refused(who, abi.encodeCall(IMarket.stake, (a.free + 1)), InsufficientFree.selector);
        }
        if (kind == 2) {
            uint96 more = a.staked - a.bonded + 1;
            return _refused(who, abi.encodeCall(IMarket.unstake, (more)), InsufficientStake.selector);
        }
        if (kind == 3) {
            bytes memory take = abi.encodeCall(ICommittee.withdraw, (who, seats[who].free + 1));
            return _refusedByCommittee(who, take, InsufficientFree.selector);
        }
        uint96 all = uint96(stakes[who].next + 1);
        _refusedByCommittee(who, abi.encodeCall(ICommittee.unstake, (all)), InsufficientStake.selector);
    }

    function _meddles(bytes32 id) private {
        Docket storage d = dockets[id];
        Tale storage t = tales[id];
        address thief = _one(strangers);
        bytes memory abandon = abi.encodeCall(ICommittee.abandon, (id));
        if (t.state != State.Disputed) {
            // The market has ended it: the committee's own verdict comes too late.
            bytes memory appeal = abi.encodeCall(ICommittee.appeal, (id, t.job));
            bytes4 reason = d.head.phase == Phase.Voting ? NotDisputed.selector : WrongPhase.selector;
            if (t.state != State.Claimed) return _overdraws(thief);
            return _refusedByCommittee(thief, appeal, reason);
        }
        if (_rarely(2)) return _refusedByCommittee(thief, abandon, CaseOpen.selector);
        if (d.head.phase == Phase.Voting && _now() < d.head.deadline) {
            uint256[] memory one = new uint256[](1);
            bytes32[] memory vote = new bytes32[](1);
            bytes4 reason =
                d.rounds[d.head.round].committed & 1 == 1 ? SeatNotOpen.selector : NotAllowed.selector;
            bytes memory commit = abi.encodeCall(ICommittee.commit, (id, one, vote));
            return _refusedByCommittee(thief, commit, reason);
        }
        bytes memory again = abi.encodeCall(ICommittee.audit, (t.request, t.job));
        _refusedByCommittee(thief, again, WrongPhase.selector);
    }
}
