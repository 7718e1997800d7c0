// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Vm } from "../kit/Vm.sol";
import { Accounts } from "./Accounts.sol";

/// @title How jobs begin, as the market tells it: price, escrow and record are computed anew
abstract contract Beginnings is Accounts {
    function _posted(Vm.Log memory log) internal {
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

    function _accepted(Vm.Log memory log) internal {
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

    function _starts(bytes32 id, Tale storage t, address who, uint96 tipPaid) internal {
        told[who].bonded += t.request.bond;
        _touch(who);
        touchedJobs.push(id);
        t.state = State.Running;
        t.job = _started(t.request, who, tipPaid);
    }

    function _matched(Vm.Log memory log) internal {
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

    function _terms(Request memory r) internal view returns (bytes memory packed) {
        packed = abi.encodePacked(r.spec, r.profile, r.tasks, r.flat, r.minUnitPrice, r.maxUnitPrice);
        packed = abi.encodePacked(packed, r.rampStart, r.rampEnd, r.maxUnits, r.bond, r.minStake, r.tip);
        packed = abi.encodePacked(packed, r.openUntil, r.runFor, r.challengeFor, r.resolver, r.policy);
        packed = abi.encodePacked(packed, r.caseFor, r.caseFee, r.demandFee, r.providers, r.matcher);
        packed = abi.encodePacked(packed, r.counter, r.salt, _priceNow(r), uint64(_now()));
    }

    function _tail(bytes memory terms) internal pure returns (bytes32 offer, address by) {
        assembly ("memory-safe") {
            offer := mload(add(terms, 404))
            by := shr(96, mload(add(terms, 436)))
        }
    }

    function _parties(Tale storage t, Vm.Log memory log) internal view {
        vm.assertEq(log.topics[2], _word(t.request.requester), "another requester");
        vm.assertEq(log.topics[3], _word(t.job.provider), "another provider");
    }
}
