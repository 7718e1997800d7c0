// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Vm } from "../kit/Vm.sol";
import { Beginnings } from "./Beginnings.sol";

/// @title What is said of a claim until it ends: that it was made, demands, answers, a case
abstract contract Claims is Beginnings {
    function _claimedEvent(Vm.Log memory log) internal {
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

    function _demanded(Vm.Log memory log) internal {
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

    function _answered(Vm.Log memory log) internal {
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

    function _disputed(Vm.Log memory log) internal {
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
}
