// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { Offers } from "../../../contracts/libraries/Offers.sol";
import { Requests } from "../../../contracts/libraries/Requests.sol";
import { Test } from "../kit/Test.sol";

/// @title Opens what takes calldata
contract OrdersDoor {
    function loadRequest(IMarketTypes.Request calldata r) external pure returns (bytes memory words) {
        IMarketTypes.Request memory copy = Requests.loadClean(r)[0];
        words = new bytes(800);
        assembly ("memory-safe") {
            mcopy(add(words, 32), copy, 800)
        }
    }

    function loadOffer(IMarketTypes.Offer calldata o) external pure returns (bytes memory words) {
        IMarketTypes.Offer memory copy = Offers.load(o)[0];
        words = new bytes(640);
        assembly ("memory-safe") {
            mcopy(add(words, 32), copy, 640)
        }
    }

    /// @dev The compiler's own decoder, which reverts for bits beyond a member's type.
    function decodeRequest(IMarketTypes.Request memory) external pure { }

    function decodeOffer(IMarketTypes.Offer memory) external pure { }

    function validate(IMarketTypes.Request memory r) external view {
        Requests.requireValid(r);
    }

    function fit(IMarketTypes.Offer memory o, IMarketTypes.Request memory r, uint256 price, uint256 lockFor)
        external
        pure
    {
        Offers.requireFits(o, r, price, lockFor);
    }
}

/// @title Signed orders: their hashes, and the assembly that copies and checks them, against plain Solidity
/// @notice For every request and offer, without bounds; keccak256 is taken as a function without collisions.
contract OrdersProof is Test {
    OrdersDoor private immutable _door = new OrdersDoor();

    // ────────────────────────────────── EIP-712 ─────────────────────────────────

    function check_a_requests_hash_is_that_of_eip_712(IMarketTypes.Request memory r) external pure {
        // The type's members once more, with their types in a list of their own.
        bytes memory members = bytes.concat(
            "address requester,bytes32 spec,bytes32 profile,uint32 tasks,uint96 flat,uint96 minUnitPrice,",
            "uint96 maxUnitPrice,uint64 rampStart,uint64 rampEnd,uint64 maxUnits,uint96 bond,",
            "uint96 minStake,uint96 tip,uint64 openUntil,uint32 runFor,uint32 challengeFor,",
            "address resolver,bytes32 policy,uint32 caseFor,uint96 caseFee,uint96 demandFee,",
            "bytes32 providers,address matcher,uint64 counter,bytes32 salt"
        );
        bytes memory data = abi.encode(
            keccak256(bytes.concat("Request(", members, ")")),
            r.requester,
            r.spec,
            r.profile,
            r.tasks,
            r.flat,
            r.minUnitPrice,
            r.maxUnitPrice,
            r.rampStart
        );
        data = bytes.concat(
            data,
            abi.encode(r.rampEnd, r.maxUnits, r.bond, r.minStake, r.tip, r.openUntil, r.runFor),
            abi.encode(r.challengeFor, r.resolver, r.policy, r.caseFor, r.caseFee, r.demandFee),
            abi.encode(r.providers, r.matcher, r.counter, r.salt)
        );
        assert(Requests.structHash(r) == keccak256(data));
    }

    function check_an_offers_hash_is_that_of_eip_712(IMarketTypes.Offer memory o) external pure {
        bytes memory members = bytes.concat(
            "address provider,address requester,bytes32 spec,bytes32 profile,address resolver,bytes32 policy,",
            "uint96 minUnitPrice,uint96 minFlat,uint96 maxBond,uint64 maxUnits,uint32 maxTasks,",
            "uint32 minRunFor,uint64 minSecondsPer1e12Units,uint32 maxLockFor,uint96 minDemandFee,",
            "uint32 maxJobs,uint64 validUntil,address matcher,uint64 counter,bytes32 salt"
        );
        bytes memory data = abi.encode(
            keccak256(bytes.concat("Offer(", members, ")")),
            o.provider,
            o.requester,
            o.spec,
            o.profile,
            o.resolver,
            o.policy,
            o.minUnitPrice
        );
        data = bytes.concat(
            data,
            abi.encode(o.minFlat, o.maxBond, o.maxUnits, o.maxTasks, o.minRunFor, o.minSecondsPer1e12Units),
            abi.encode(o.maxLockFor, o.minDemandFee, o.maxJobs, o.validUntil, o.matcher, o.counter, o.salt)
        );
        assert(Offers.structHash(o) == keccak256(data));
    }

    /// @dev The hash borrows the word before the struct, and must give it back.
    function check_hashing_changes_no_memory(
        IMarketTypes.Request memory r,
        IMarketTypes.Offer memory o,
        bytes32 before
    ) external pure {
        bytes32 kept;
        assembly ("memory-safe") {
            mstore(sub(r, 32), before)
        }
        Requests.structHash(r);
        assembly ("memory-safe") {
            kept := mload(sub(r, 32))
            mstore(sub(o, 32), before)
        }
        assert(kept == before);
        Offers.structHash(o);
        assembly ("memory-safe") {
            kept := mload(sub(o, 32))
        }
        assert(kept == before);
    }

    // ────────────────────────────────── copies ──────────────────────────────────

    /// @dev Of any 25 words: as the compiler's decoder does, but in a tenth of the gas.
    function check_a_request_is_copied_if_its_words_are_clean(uint256[25] memory words) external view {
        bytes memory data = abi.encode(words);
        (bool decoded,) = address(_door).staticcall(bytes.concat(OrdersDoor.decodeRequest.selector, data));
        (bool loaded, bytes memory copy) =
            address(_door).staticcall(bytes.concat(OrdersDoor.loadRequest.selector, data));
        assert(loaded == decoded);
        if (loaded) assert(keccak256(abi.decode(copy, (bytes))) == keccak256(data));
    }

    function check_an_offer_is_copied_if_its_words_are_clean(uint256[20] memory words) external view {
        bytes memory data = abi.encode(words);
        (bool decoded,) = address(_door).staticcall(bytes.concat(OrdersDoor.decodeOffer.selector, data));
        (bool loaded, bytes memory copy) =
            address(_door).staticcall(bytes.concat(OrdersDoor.loadOffer.selector, data));
        assert(loaded == decoded);
        if (loaded) assert(keccak256(abi.decode(copy, (bytes))) == keccak256(data));
    }

    // ─────────────────────────────────── rules ──────────────────────────────────

    /// @dev The rules of PROTOCOL's "Orders", one by one, against the check of all at once.
    function check_a_request_passes_if_and_only_if_every_rule_holds(
        IMarketTypes.Request memory r,
        uint64 timestamp
    ) external {
        vm.warp(timestamp);
        bool valid = _holds(r, timestamp);
        (bool passed,) = address(_door).staticcall(abi.encodeCall(OrdersDoor.validate, (r)));
        assert(passed == valid);
    }

    function check_a_match_keeps_every_limit_of_the_offer(
        IMarketTypes.Offer memory o,
        IMarketTypes.Request memory r,
        uint256 price,
        uint256 lockFor
    ) external view {
        bool fits = _fits(o, r, price, lockFor);
        (bool passed,) = address(_door).staticcall(abi.encodeCall(OrdersDoor.fit, (o, r, price, lockFor)));
        assert(passed == fits);
    }

    function _holds(IMarketTypes.Request memory r, uint256 timestamp) private pure returns (bool) {
        bool[] memory rules = new bool[](18);
        rules[0] = r.tasks >= 1;
        rules[1] = r.tasks <= 65_536;
        rules[2] = r.maxUnits < 2 ** 63;
        rules[3] = r.minUnitPrice <= r.maxUnitPrice;
        rules[4] = r.rampStart <= r.rampEnd;
        rules[5] = r.rampEnd <= r.openUntil;
        rules[6] = r.openUntil > timestamp;
        rules[7] = r.openUntil <= timestamp + 90 days;
        rules[8] = r.runFor >= 1;
        rules[9] = r.runFor <= 30 days;
        rules[10] = r.challengeFor <= 30 days;
        rules[11] = _either(r.bond == 0, r.bond >= 10_000);
        unchecked {
            rules[12] = uint256(r.tip) * 40 <= r.bond;
            rules[13] = uint256(r.caseFee) * 4 <= r.bond;
        }
        bool judged = r.resolver != address(0);
        rules[14] = r.caseFor <= 365 days;
        rules[15] = _either(judged, r.caseFor == 0);
        rules[16] = _either(judged, r.caseFee == 0);
        rules[17] = _either(judged, r.policy == 0);
        return _all(rules);
    }

    function _fits(IMarketTypes.Offer memory o, IMarketTypes.Request memory r, uint256 price, uint256 lockFor)
        private
        pure
        returns (bool)
    {
        bool[] memory limits = new bool[](14);
        limits[0] = _either(o.requester == address(0), o.requester == r.requester);
        limits[1] = _either(o.spec == 0, o.spec == r.spec);
        limits[2] = o.profile == r.profile;
        limits[3] = o.resolver == r.resolver;
        limits[4] = o.policy == r.policy;
        limits[5] = price >= o.minUnitPrice;
        limits[6] = r.flat >= o.minFlat;
        limits[7] = r.bond <= o.maxBond;
        limits[8] = r.maxUnits <= o.maxUnits;
        limits[9] = r.tasks <= o.maxTasks;
        limits[10] = r.runFor >= o.minRunFor;
        unchecked {
            limits[11] = uint256(r.runFor) * 1e12 >= uint256(r.maxUnits) * o.minSecondsPer1e12Units;
        }
        limits[12] = lockFor <= o.maxLockFor;
        limits[13] = r.demandFee >= o.minDemandFee;
        return _all(limits);
    }

    /// @dev Without a jump for each rule: one path for the solver instead of thousands.
    function _all(bool[] memory rules) private pure returns (bool all) {
        all = true;
        for (uint256 i; i < rules.length; ++i) {
            bool one = rules[i];
            assembly ("memory-safe") {
                all := and(all, one)
            }
        }
    }

    function _either(bool a, bool b) private pure returns (bool either) {
        assembly ("memory-safe") {
            either := or(a, b)
        }
    }
}
