// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";
import { Records } from "../libraries/Records.sol";
import { Slashing } from "../libraries/Slashing.sol";
import { JobExits } from "./JobExits.sol";

/// @title The narrow door for whoever judges claims
/// @dev Claimed ─dispute─▶ Disputed ─resolve(Upheld), timeout─▶ Claimed, ─resolve(Rejected)─▶ Void
abstract contract Disputes is JobExits {
    using Records for Records.Slot;

    /// @inheritdoc IMarket
    function dispute(bytes32 id, Job calldata job) external {
        Records.Slot storage slot = _jobs[id];
        Job memory record = slot.load(id, State.Claimed, job)[0];
        _requireResolver(record);
        // A case that is over ended the window, so there is no second one.
        require(block.timestamp < record.windowEnd, TooLate(block.timestamp, record.windowEnd));
        record.disputedAt = uint64(block.timestamp);
        slot.store(State.Disputed, record);
        emit JobDisputed(id, msg.sender, record.provider, record.disputedAt);
    }

    /// @inheritdoc IMarket
    function resolve(bytes32 id, Job calldata job, Verdict verdict, address challenger) external {
        Job memory record = _jobs[id].load(id, State.Disputed, job)[0];
        _requireResolver(record);
        uint256 deadline = _casesUntil(record);
        require(block.timestamp < deadline, TooLate(block.timestamp, deadline));
        bool challenged = challenger != address(0);
        if (verdict == Verdict.Upheld) {
            _uphold(id, record, challenger, challenged ? 0 : record.caseFee, false);
            return;
        }
        (uint256 toResolver, uint256 toChallenger, Slashing.Split memory split) =
            Slashing.rejected(record, challenged);
        _credit(msg.sender, toResolver);
        _credit(challenger, toChallenger);
        emit CaseResolved(
            id, msg.sender, challenger, true, false, uint96(toResolver), uint96(toChallenger), 0, 0
        );
        _void(id, record, VoidReason.Rejected, split, toResolver + toChallenger);
    }

    /// @inheritdoc IMarket
    function timeout(bytes32 id, Job calldata job) external {
        Job memory record = _jobs[id].load(id, State.Disputed, job)[0];
        uint256 deadline = _casesUntil(record);
        require(block.timestamp >= deadline, TooEarly(block.timestamp, deadline));
        _uphold(id, record, address(0), 0, true);
    }

    /// @dev The job is claimed again, its window over; demands that are open still bind.
    function _uphold(bytes32 id, Job memory job, address challenger, uint96 toResolver, bool timedOut)
        private
    {
        uint96 feeRefund = job.caseFee - toResolver;
        job.caseFee = 0;
        job.disputedAt = 0;
        job.caseDone = true;
        job.windowEnd = uint64(block.timestamp);
        _jobs[id].store(State.Claimed, job);
        _credit(job.resolver, toResolver);
        _credit(job.requester, feeRefund);
        emit CaseResolved(
            id, job.resolver, challenger, false, timedOut, toResolver, 0, feeRefund, job.windowEnd
        );
    }

    function _requireResolver(Job memory job) private view {
        require(msg.sender == job.resolver, NotAllowed(msg.sender, job.resolver));
    }

    /// @dev First second in which a case's resolver has been silent for too long.
    function _casesUntil(Job memory job) private pure returns (uint256) {
        return uint256(job.disputedAt) + job.caseFor;
    }
}
