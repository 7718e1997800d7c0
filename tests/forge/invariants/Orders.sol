// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Acting } from "./Acting.sol";

/// @title Requests of every kind, and the offers that fit them
abstract contract Orders is Acting {
    struct Draft {
        bytes32 id;
        address who; // its provider, where it names one
        bytes32[] proof;
    }

    uint256 private _orders;

    /// @dev Of 48, how many jobs are meant to end in each way.
    function _newFate(bool posted) private returns (Fate) {
        uint256 n = _throw(posted ? 48 : 36);
        if (n < 4) return Fate.Release;
        if (n < 6) return Fate.Approve;
        if (n < 7) return Fate.Finalize;
        if (n < 12) return Fate.Unanswered;
        if (n < 15) return Fate.Unopened;
        if (n < 16) return Fate.Expire;
        if (n < 36) return Fate.Judged;
        return n < 43 ? Fate.Cancel : Fate.Stale;
    }

    /// @dev A request of `author` that anybody but the one or the few it names can take, entered in the tales.
    function _draft(address author, bool posted) internal returns (Draft memory d) {
        Request memory r;
        Fate fate = _newFate(posted);
        r.requester = author;
        r.spec = bytes32(_throw(3));
        r.profile = "profile";
        r.tasks = uint32(1 + _throw(3));
        r.flat = uint96(_amount(1e15));
        r.minUnitPrice = uint96(_amount(1e15));
        r.maxUnitPrice = r.minUnitPrice + uint96(_amount(1e15));
        r.rampStart = uint64(_now() + _throw(1 hours));
        r.rampEnd = r.rampStart + uint64(_throw(1 hours));
        r.maxUnits = uint64(_amount(4e12));
        r.openUntil = r.rampEnd + uint64(1 + _throw(fate == Fate.Stale ? 1 hours : 4 hours));
        r.runFor = uint32(_rarely(8) ? 1 : 30 minutes + _throw(2 hours));
        r.challengeFor = uint32(_throw(6 hours));
        if (!_rarely(8) || fate == Fate.Judged) {
            r.bond = 10_000 + uint96(_amount(1e15));
            r.minStake = uint96(_amount(1e20));
            r.tip = uint96(_amount(r.bond / 40));
        }
        r.demandFee = uint96(_amount(1e12));
        if (fate == Fate.Judged || _rarely(3)) _judged(r, fate == Fate.Judged);
        if (fate == Fate.Judged || fate == Fate.Unanswered) r.challengeFor += 4 hours;
        r.counter = told[author].counter;
        r.salt = bytes32(++_orders);
        d.who = _one(providers);
        d.proof = _nameProviders(r, d.who);
        if (!posted && _rarely(6)) r.matcher = matcher;
        d.id = market.jobId(r);
        tales[d.id].request = r;
        tales[d.id].fate = fate;
        uint256 variant = _throw(20);
        if (d.who == dutiful || variant < 12) variant = 0; // the right result
        else variant = variant < 19 ? 1 + variant % 2 : SEALED_NOTHING;
        tales[d.id].variant = uint8(variant);
    }

    function _judged(Request memory r, bool must) private {
        uint256 kind = _throw(16);
        r.caseFee = uint96(_amount(r.bond / 4));
        if (kind < 10) {
            uint256 seats_ = _throw(20);
            seats_ = seats_ < 12 ? 3 : seats_ < 14 ? 7 : seats_ < 16 ? 15 : 31;
            uint256 rate = must && !_rarely(4) ? 10_000 : _throw(10_001);
            r.policy = bytes32(rate << 8 | seats_);
            r.resolver = address(committee);
            r.runFor = uint32(10 minutes + _throw(1 hours));
            r.caseFor = uint32(committee.courseOf(r.policy, r.runFor) + _throw(2) * _throw(4 hours));
            if (must && r.caseFee < 1000 && r.bond >= 40_000) r.caseFee = 1000 + uint96(_throw(9000));
        } else {
            r.resolver = kind < 13 ? address(rogueJudge) : keyJudge;
            r.policy = bytes32(_throw(2));
            r.caseFor = uint32(_throw(8 hours));
        }
    }

    /// @dev Anybody, one address, or a list of two.
    function _nameProviders(Request memory r, address who) private returns (bytes32[] memory proof) {
        uint256 kind = _throw(4);
        if (kind == 1) r.providers = _word(who);
        if (kind != 2) return proof;
        proof = new bytes32[](1);
        bytes32 leaf = keccak256(abi.encode(keccak256(abi.encode(who))));
        proof[0] = keccak256(abi.encode(keccak256(abi.encode(address(uint160(who) ^ 1)))));
        r.providers =
            leaf < proof[0] ? keccak256(abi.encode(leaf, proof[0])) : keccak256(abi.encode(proof[0], leaf));
    }

    /// @dev An offer of the provider that the draft has in mind, as narrow as can be, or wide.
    function _offerFor(Draft memory d) internal returns (Offer memory o) {
        Request memory r = tales[d.id].request;
        bool narrow = _rarely(2);
        o.provider = d.who;
        o.requester = narrow ? r.requester : address(0);
        o.spec = narrow ? r.spec : bytes32(0);
        o.profile = r.profile;
        o.resolver = r.resolver;
        o.policy = r.policy;
        o.minUnitPrice = narrow ? _priceNow(r) : 0;
        o.minFlat = narrow ? r.flat : 0;
        o.maxBond = r.bond;
        o.maxUnits = r.maxUnits;
        o.maxTasks = r.tasks;
        o.minRunFor = narrow ? r.runFor : 0;
        uint256 lock = uint256(r.challengeFor) + r.challengeFor / 2 + 2 days + r.caseFor;
        o.maxLockFor = narrow ? uint32(lock) : type(uint32).max;
        o.minDemandFee = narrow ? r.demandFee : 0;
        o.maxJobs = 1;
        o.validUntil = uint64(_now() + 1);
        o.matcher = _rarely(4) ? matcher : address(0);
        o.counter = told[d.who].counter;
        o.salt = bytes32(++_orders);
    }
}
