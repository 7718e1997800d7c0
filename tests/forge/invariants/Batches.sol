// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { Thieves } from "./Thieves.sol";

/// @title Who does many things at once, some of which can't be done
abstract contract Batches is Thieves {
    /// @notice Claims or settles all jobs in one call, those included that are in another state.
    function batches(uint256 seed) external {
        _begin(seed);
        if (living.length < MOST_LIVING && _rarely(3)) return _matchesTwice();
        if (living.length == 0) return;
        bool claims = _rarely(2);
        address who = claims ? _one(providers) : _anybody();
        bytes memory entries;
        uint256 bad;
        for (uint256 i; i < living.length && i < 6; ++i) {
            bytes32 id = living[i];
            Tale storage t = tales[id];
            if (t.state == State.Open) continue;
            if (claims) {
                bool ours = t.job.provider == who || toldDelegates[t.job.provider] == who;
                bool fits = t.state == State.Running && ours && _now() < _runsUntil(t);
                if (fits && (t.fate == Fate.Expire || t.fate == Fate.Release)) continue;
                if (!fits) ++bad;
                bytes32 seal = _sealed(t.job.provider, id, t.variant);
                entries = bytes.concat(entries, id, _whole(t.job), seal, "manifest of thirty-two bytes ...");
            } else {
                if (_isPayable(t) && t.fate == Fate.Unopened) continue;
                if (!_isPayable(t)) ++bad;
                (bytes32 root, uint64 units) = _result(id, t.variant);
                entries = bytes.concat(entries, id, _whole(t.job), root, bytes8(units));
            }
        }
        if (entries.length == 0) return;
        skipped = 0;
        bytes memory data = claims
            ? abi.encodeCall(IMarket.submitBatch, (entries))
            : abi.encodeCall(IMarket.finalizeBatch, (entries));
        _do(who, data);
        vm.assertEq(skipped, bad, "a batch skips the bad entries and no other");
        _count(claims ? bytes32("batch of claims") : bytes32("batch of settlements"));
    }

    /// @dev A pair, and the same pair again, which by then is a job.
    function _matchesTwice() private {
        Draft memory d = _draft(_one(requesters), false);
        Offer memory o = _offerFor(d);
        bytes memory ours = _signed(tales[d.id].request.requester, d.id);
        bytes memory theirs = _signed(d.who, market.offerDigest(o));
        ours = abi.encodePacked(uint16(ours.length), ours);
        theirs = abi.encodePacked(uint16(theirs.length), theirs);
        bytes memory proof = abi.encodePacked(uint8(d.proof.length), d.proof);
        bytes memory entries = bytes.concat(_whole(tales[d.id].request), ours, _whole(o), theirs, proof);
        entries = bytes.concat(entries, hex"00", ours, hex"00", proof); // nothing differs
        skipped = 0;
        _do(matcher, abi.encodeCall(IMarket.matchBatch, (entries)));
        vm.assertEq(skipped, 1, "a pair is a job once");
        vm.assertTrue(tales[d.id].state == State.Running, "a batch makes a job");
        _count("batch of matches");
    }

    /// @dev All members as changes: position u8, value in its own width.
    function _whole(Request memory r) private pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint8(25), uint8(0), r.requester, uint8(1), r.spec, uint8(2), r.profile);
        packed = abi.encodePacked(packed, uint8(3), r.tasks, uint8(4), r.flat, uint8(5), r.minUnitPrice);
        packed =
            abi.encodePacked(packed, uint8(6), r.maxUnitPrice, uint8(7), r.rampStart, uint8(8), r.rampEnd);
        packed = abi.encodePacked(packed, uint8(9), r.maxUnits, uint8(10), r.bond, uint8(11), r.minStake);
        packed = abi.encodePacked(packed, uint8(12), r.tip, uint8(13), r.openUntil, uint8(14), r.runFor);
        packed = abi.encodePacked(packed, uint8(15), r.challengeFor, uint8(16), r.resolver);
        packed = abi.encodePacked(packed, uint8(17), r.policy, uint8(18), r.caseFor, uint8(19), r.caseFee);
        packed = abi.encodePacked(packed, uint8(20), r.demandFee, uint8(21), r.providers);
        packed = abi.encodePacked(packed, uint8(22), r.matcher, uint8(23), r.counter, uint8(24), r.salt);
    }

    function _whole(Offer memory o) private pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint8(20), uint8(0), o.provider, uint8(1), o.requester, uint8(2), o.spec);
        packed = abi.encodePacked(packed, uint8(3), o.profile, uint8(4), o.resolver, uint8(5), o.policy);
        packed = abi.encodePacked(packed, uint8(6), o.minUnitPrice, uint8(7), o.minFlat, uint8(8), o.maxBond);
        packed = abi.encodePacked(packed, uint8(9), o.maxUnits, uint8(10), o.maxTasks, uint8(11), o.minRunFor);
        packed = abi.encodePacked(packed, uint8(12), o.minSecondsPer1e12Units, uint8(13), o.maxLockFor);
        packed = abi.encodePacked(packed, uint8(14), o.minDemandFee, uint8(15), o.maxJobs);
        packed = abi.encodePacked(packed, uint8(16), o.validUntil, uint8(17), o.matcher);
        packed = abi.encodePacked(packed, uint8(18), o.counter, uint8(19), o.salt);
    }

    function _whole(Job memory j) private pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint8(24), uint8(0), j.requester, uint8(1), j.provider);
        packed = abi.encodePacked(packed, uint8(2), j.resolver, uint8(3), j.flat, uint8(4), j.unitPrice);
        packed = abi.encodePacked(packed, uint8(5), j.maxUnits, uint8(6), j.bond, uint8(7), j.caseFee);
        packed = abi.encodePacked(packed, uint8(8), j.demandFee, uint8(9), j.tasks, uint8(10), j.runFor);
        packed = abi.encodePacked(packed, uint8(11), j.challengeFor, uint8(12), j.caseFor);
        packed = abi.encodePacked(packed, uint8(13), j.acceptedAt, uint8(14), j.tipPaid);
        packed = abi.encodePacked(packed, uint8(15), j.claimedAt, uint8(16), j.claimBlock);
        packed = abi.encodePacked(packed, uint8(17), j.windowEnd, uint8(18), j.disputedAt);
        packed = abi.encodePacked(packed, uint8(19), j.caseDone, uint8(20), j.demandHash);
        packed = abi.encodePacked(packed, uint8(21), j.answered, uint8(22), j.answerBy, uint8(23), j.seal);
    }
}
