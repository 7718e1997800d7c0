// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";
import { Pricing } from "../libraries/Pricing.sol";
import { Records } from "../libraries/Records.sol";
import { Requests } from "../libraries/Requests.sol";
import { Slashing } from "../libraries/Slashing.sol";
import { JobLife } from "./JobLife.sol";

/// @title The ways out of a job that nobody is paid for
/// @dev Open ─cancel─▶ Cancelled; Running ─release, expire─▶ Void; Claimed ─void─▶ Void
abstract contract JobExits is JobLife {
    using Pricing for Request;
    using Pricing for Job;
    using Records for Records.Slot;

    /// @inheritdoc IMarket
    function cancel(Request calldata request) external {
        Request memory r = Requests.loadClean(request)[0];
        bytes32 id = _jobId(r);
        Records.Slot storage slot = _jobs[id];
        if (slot.word == 0 && msg.sender == r.requester) {
            slot.store(State.Cancelled);
            emit OrderCancelled(id, msg.sender);
            return;
        }
        slot.requireState(id, State.Open);
        require(
            msg.sender == r.requester || block.timestamp >= r.openUntil, NotAllowed(msg.sender, r.requester)
        );
        uint256 refund = r.escrowOf();
        slot.store(State.Cancelled);
        _credit(r.requester, refund);
        emit JobCancelled(id, r.requester, msg.sender, uint96(refund));
    }

    /// @inheritdoc IMarket
    function release(bytes32 id, Job calldata job) external {
        Job memory record = _jobs[id].load(id, State.Running, job)[0];
        require(msg.sender == record.provider, NotAllowed(msg.sender, record.provider));
        uint256 deadline = _runsUntil(record);
        require(block.timestamp < deadline, TooLate(block.timestamp, deadline));
        _void(id, record, VoidReason.Released, Slashing.released(record, block.timestamp), 0);
    }

    /// @inheritdoc IMarket
    function expire(bytes32 id, Job calldata job) external {
        Job memory record = _jobs[id].load(id, State.Running, job)[0];
        uint256 deadline = _runsUntil(record);
        require(block.timestamp >= deadline, TooEarly(block.timestamp, deadline));
        _void(id, record, VoidReason.Expired, Slashing.expired(record.bond), 0);
    }

    /// @inheritdoc IMarket
    function void(bytes32 id, Job calldata job) external {
        Job memory record = _jobs[id].load(id, State.Claimed, job)[0];
        bool open = _isDemandOpen(record);
        uint256 until = open ? record.answerBy : _opensUntil(record);
        require(block.timestamp >= until, TooEarly(block.timestamp, until));
        VoidReason reason = open ? VoidReason.Unanswered : VoidReason.Unopened;
        _void(id, record, reason, Slashing.voided(record.bond), 0);
    }

    /// @dev Unlocks the bond, takes the split's sum and what was `given` elsewhere out of the stake, and returns
    /// the escrow.
    function _void(bytes32 id, Job memory job, VoidReason reason, Slashing.Split memory split, uint256 given)
        internal
    {
        uint256 refund = job.escrowOf();
        uint256 slashed = given + split.toRequester + split.toCaller + split.burned;
        _jobs[id].store(State.Void);
        _slashBond(job.provider, job.bond, slashed);
        _credit(job.requester, refund + split.toRequester);
        _credit(msg.sender, split.toCaller);
        _credit(SINK, split.burned);
        emit JobVoided(
            id,
            job.requester,
            job.provider,
            reason,
            uint96(refund),
            uint96(slashed),
            uint96(split.toRequester),
            msg.sender,
            uint96(split.toCaller),
            uint96(split.burned)
        );
    }
}
