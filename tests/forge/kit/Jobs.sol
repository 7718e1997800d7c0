// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { World } from "./World.sol";

/// @title Requests, offers and jobs that are valid until a test changes them, and the record of a live job as
/// docs/protocol.md says it: written anew, so that the market's own code is not what checks it
abstract contract Jobs is World, IMarketTypes {
    uint96 internal constant BOND = 1_000_000;
    uint64 internal constant UNITS = 3e12;

    uint256 private _salts;

    function _request() internal virtual returns (Request memory r) {
        r.requester = requester;
        r.spec = keccak256("spec");
        r.profile = keccak256("profile");
        r.tasks = 3;
        r.flat = 1_000;
        r.minUnitPrice = 100_000;
        r.maxUnitPrice = 300_000;
        r.rampStart = uint64(_now() + 100);
        r.rampEnd = uint64(_now() + 300);
        r.maxUnits = UNITS;
        r.bond = BOND;
        r.tip = 20_000;
        r.openUntil = uint64(_now() + 1 hours);
        r.runFor = 2 hours;
        r.challengeFor = 1 days;
        r.demandFee = 500;
        r.salt = bytes32(++_salts);
    }

    /// @dev A request that the committee judges: `seats` first seats, lottery at `rate` basis points.
    function _judged(uint256 seats, uint256 rate) internal returns (Request memory r) {
        r = _request();
        r.resolver = address(committee);
        r.policy = bytes32(rate << 8 | seats);
        r.caseFor = 28 days;
        r.caseFee = 100_000;
    }

    /// @dev An offer of `provider` that fits `r`.
    function _offer(Request memory r) internal returns (Offer memory o) {
        o.provider = provider;
        o.profile = r.profile;
        o.resolver = r.resolver;
        o.policy = r.policy;
        o.maxBond = r.bond;
        o.maxUnits = r.maxUnits;
        o.maxTasks = r.tasks;
        o.maxLockFor = type(uint32).max;
        o.maxJobs = 1000;
        o.validUntil = uint64(_now() + 1 hours);
        o.salt = bytes32(++_salts);
    }

    // ──────────────────────────── ways into a job ───────────────────────────────

    function _post(Request memory r) internal returns (bytes32 id) {
        vm.prank(r.requester);
        return market.post(r, "");
    }

    function _accept(Request memory r) internal returns (bytes32 id, Job memory job) {
        id = _post(r);
        vm.prank(provider);
        market.accept(r, new bytes32[](0));
        job = _started(r, provider, 0);
    }

    function _match(Request memory r) internal returns (bytes32 id, Job memory job) {
        Offer memory o = _offer(r);
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        bytes memory theirs = _signature(providerKey, market.offerDigest(o));
        vm.prank(matcher);
        id = market.matchOrders(r, ours, o, theirs, new bytes32[](0));
        job = _started(r, provider, r.tip);
    }

    /// @dev Accepted and claimed, with a result of `r.tasks` tasks that this contract could open as D.
    function _claimed(Request memory r) internal returns (bytes32 id, Job memory job) {
        (id, job) = _accept(r);
        job = _submit(id, job);
    }

    function _submit(bytes32 id, Job memory job) internal returns (Job memory) {
        bytes32 seal = _seal(job.provider, id, _root(id), UNITS / 2);
        vm.prank(job.provider);
        market.submit(id, job, seal, keccak256("manifest"));
        return _claim(job, seal);
    }

    // ──────────────────────────────── records ───────────────────────────────────

    /// @dev The record of `r` as a job that starts now.
    function _started(Request memory r, address provider_, uint96 tipPaid)
        internal
        view
        returns (Job memory job)
    {
        job.requester = r.requester;
        job.provider = provider_;
        job.resolver = r.resolver;
        job.flat = r.flat;
        job.unitPrice = _priceNow(r);
        job.maxUnits = r.maxUnits;
        job.bond = r.bond;
        job.caseFee = r.caseFee;
        job.demandFee = r.demandFee;
        job.tasks = r.tasks;
        job.runFor = r.runFor;
        job.challengeFor = r.challengeFor;
        job.caseFor = r.caseFor;
        job.acceptedAt = uint64(_now());
        job.tipPaid = tipPaid;
    }

    /// @dev The record after a claim with `seal` now.
    function _claim(Job memory job, bytes32 seal) internal view returns (Job memory) {
        job.claimedAt = uint64(_now());
        job.claimBlock = uint64(vm.getBlockNumber());
        job.windowEnd = uint64(_now() + job.challengeFor);
        job.seal = seal;
        return job;
    }

    function _priceNow(Request memory r) internal view returns (uint96) {
        if (_now() >= r.rampEnd) return r.maxUnitPrice;
        if (_now() <= r.rampStart) return r.minUnitPrice;
        uint256 rise = uint256(r.maxUnitPrice - r.minUnitPrice) * (_now() - r.rampStart);
        return uint96(r.minUnitPrice + rise / (r.rampEnd - r.rampStart));
    }

    // ──────────────────────────────── results ───────────────────────────────────

    /// @dev A root that only opens: tests of answers build real trees.
    function _root(bytes32 id) internal pure returns (bytes32) {
        return keccak256(abi.encode("root", id));
    }

    function _opening(bytes32 root, uint64 totalUnits) internal pure returns (bytes32 d) {
        return keccak256(abi.encodePacked(uint8(2), root, totalUnits));
    }

    function _seal(address who, bytes32 id, bytes32 root, uint64 totalUnits) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(who, id, _opening(root, totalUnits)));
    }
}
