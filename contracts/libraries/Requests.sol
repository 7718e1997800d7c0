// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { MerkleProof } from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import { IErrors } from "../interfaces/IErrors.sol";
import { IMarketErrors } from "../interfaces/IMarketErrors.sol";
import { IMarketTypes } from "../interfaces/IMarketTypes.sol";

/// @title What a request must look like
library Requests {
    /// @dev EIP-712 type string, frozen; `IMarket` publishes it.
    bytes32 internal constant TYPEHASH = keccak256(
        "Request(address requester,bytes32 spec,bytes32 profile,uint32 tasks,uint96 flat,uint96 minUnitPrice,uint96 maxUnitPrice,uint64 rampStart,uint64 rampEnd,uint64 maxUnits,uint96 bond,uint96 minStake,uint96 tip,uint64 openUntil,uint32 runFor,uint32 challengeFor,address resolver,bytes32 policy,uint32 caseFor,uint96 caseFee,uint96 demandFee,bytes32 providers,address matcher,uint64 counter,bytes32 salt)"
    );

    /// @dev A result tree of 2^16 leaves has paths of 16 nodes, which an on-chain answer can afford.
    uint256 internal constant MAX_TASKS = 65_536;
    /// @dev wasmtime counts fuel in a signed 64-bit number, and so may other profiles.
    uint256 internal constant MAX_UNITS = 0x7fffffffffffffff;
    /// @dev Below this, percentages of a bond would round away.
    uint256 internal constant MIN_BOND = 10_000;
    /// @dev A tip stays below the 5% that a released job costs, so a matcher can't profit from a
    /// provider of its own that releases at once.
    uint256 internal constant MAX_TIP_SHARE = 40;
    /// @dev A wrong result's bond pays the case and still leaves both parties their shares.
    uint256 internal constant MAX_CASE_FEE_SHARE = 4;
    /// @dev An escrow forgotten in an open job comes back within a quarter.
    uint256 internal constant MAX_OPEN_FOR = 90 days;
    /// @dev Longer work is cut into jobs: a bond must not be locked without a sign of life.
    uint256 internal constant MAX_RUN_FOR = 30 days;
    /// @dev Longer windows only delay the provider's pay: who wants to check can do so in a month.
    uint256 internal constant MAX_CHALLENGE_FOR = 30 days;
    /// @dev Room for four rounds of commit and reveal of the longest job.
    uint256 internal constant MAX_CASE_FOR = 365 days;

    /// @dev EIP-712 struct hash. All members are static, so encoding them in order is encodeData. The type's
    /// hash borrows the word before the struct (saves 200 gas against a copy).
    function structHash(IMarketTypes.Request memory r) internal pure returns (bytes32 h) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let before := sub(r, 32)
            let kept := mload(before)
            mstore(before, typehash)
            h := keccak256(before, 832)
            mstore(before, kept)
        }
    }

    /// @dev Copies without checking types. Only for requests whose digest must be on record: bits beyond
    /// a member's type would give another digest. A list of one, as in Records.copy.
    function load(IMarketTypes.Request calldata request)
        internal
        pure
        returns (IMarketTypes.Request[] memory one)
    {
        assembly ("memory-safe") {
            one := mload(0x40)
            mstore(one, 1)
            mstore(add(one, 32), add(one, 64))
            calldatacopy(add(one, 64), request, 800)
            mstore(0x40, add(one, 864))
        }
    }

    /// @dev A copy of any request; like the ABI's own decoder it reverts without data for bits beyond a
    /// member's type, but in 300 gas instead of 3,000.
    function loadClean(IMarketTypes.Request calldata request)
        internal
        pure
        returns (IMarketTypes.Request[] memory one)
    {
        one = load(request);
        assembly ("memory-safe") {
            let r := add(one, 64)
            let beyond := shr(160, or(mload(r), or(mload(add(r, 512)), mload(add(r, 704)))))
            let wide :=
                or(
                    or(
                        or(mload(add(r, 128)), mload(add(r, 160))),
                        or(mload(add(r, 192)), mload(add(r, 320)))
                    ),
                    or(mload(add(r, 352)), mload(add(r, 384)))
                )
            beyond := or(beyond, shr(96, or(wide, or(mload(add(r, 608)), mload(add(r, 640))))))
            let long :=
                or(or(mload(add(r, 224)), mload(add(r, 256))), or(mload(add(r, 288)), mload(add(r, 416))))
            beyond := or(beyond, shr(64, or(long, mload(add(r, 736)))))
            beyond := or(
                beyond,
                shr(
                    32,
                    or(or(mload(add(r, 96)), mload(add(r, 448))), or(mload(add(r, 480)), mload(add(r, 576))))
                )
            )
            if beyond { revert(0, 0) }
        }
    }

    /// @dev Reverts with FieldOutOfRange unless every rule of a valid request holds now. `r` must be clean.
    /// All rules at once first, as most requests keep them (saves 400 gas); then again, to name what breaks.
    function requireValid(IMarketTypes.Request memory r) internal view {
        bool broken;
        assembly ("memory-safe") {
            let now_ := timestamp()
            let openUntil := mload(add(r, 416))
            let bond := mload(add(r, 320))
            broken := gt(sub(mload(add(r, 96)), 1), sub(MAX_TASKS, 1))
            broken := or(broken, gt(mload(add(r, 288)), MAX_UNITS))
            broken := or(broken, gt(mload(add(r, 160)), mload(add(r, 192)))) // minUnitPrice
            broken := or(broken, gt(mload(add(r, 224)), mload(add(r, 256)))) // rampStart
            broken := or(broken, gt(mload(add(r, 256)), openUntil)) // rampEnd
            broken := or(broken, gt(sub(sub(openUntil, now_), 1), sub(MAX_OPEN_FOR, 1)))
            broken := or(broken, gt(sub(mload(add(r, 448)), 1), sub(MAX_RUN_FOR, 1)))
            broken := or(broken, gt(mload(add(r, 480)), MAX_CHALLENGE_FOR))
            broken := or(broken, lt(sub(bond, 1), sub(MIN_BOND, 1)))
            broken := or(broken, gt(mul(mload(add(r, 384)), MAX_TIP_SHARE), bond))
            let judged := iszero(iszero(mload(add(r, 512)))) // has a resolver
            broken := or(broken, gt(mload(add(r, 576)), mul(judged, MAX_CASE_FOR)))
            broken := or(broken, gt(mul(mload(add(r, 608)), MAX_CASE_FEE_SHARE), mul(judged, bond)))
            broken := or(broken, lt(judged, iszero(iszero(mload(add(r, 544)))))) // policy
        }
        if (broken) _requireEach(r);
    }

    function _requireEach(IMarketTypes.Request memory r) private view {
        unchecked {
            // Sums of a timestamp and a constant don't overflow.
            _within("tasks", r.tasks, 1, MAX_TASKS);
            _within("maxUnits", r.maxUnits, 0, MAX_UNITS);
            _within("minUnitPrice", r.minUnitPrice, 0, r.maxUnitPrice);
            _within("rampStart", r.rampStart, 0, r.rampEnd);
            _within("rampEnd", r.rampEnd, 0, r.openUntil);
            _within("openUntil", r.openUntil, block.timestamp + 1, block.timestamp + MAX_OPEN_FOR);
            _within("runFor", r.runFor, 1, MAX_RUN_FOR); // release divides by it
            _within("challengeFor", r.challengeFor, 0, MAX_CHALLENGE_FOR);
            if (r.bond != 0) _within("bond", r.bond, MIN_BOND, type(uint96).max);
            _within("tip", r.tip, 0, r.bond / MAX_TIP_SHARE);
            if (r.resolver == address(0)) {
                _within("caseFor", r.caseFor, 0, 0);
                _within("caseFee", r.caseFee, 0, 0);
                _within("policy", uint256(r.policy), 0, 0);
            } else {
                _within("caseFor", r.caseFor, 0, MAX_CASE_FOR);
                _within("caseFee", r.caseFee, 0, r.bond / MAX_CASE_FEE_SHARE);
            }
        }
    }

    /// @dev Reverts unless `provider` may take a request with this `providers` field.
    function requireAdmits(bytes32 providers, address provider, bytes32[] calldata proof) internal pure {
        if (providers == 0) return;
        bool admitted = uint256(providers) >> 160 == 0
            ? address(uint160(uint256(providers))) == provider
            : MerkleProof.verifyCalldata(
                proof, providers, keccak256(bytes.concat(keccak256(abi.encode(provider))))
            );
        require(admitted, IMarketErrors.ProviderNotAllowed(provider, providers));
    }

    function _within(bytes32 field, uint256 value, uint256 min, uint256 max) private pure {
        require(value >= min && value <= max, IErrors.FieldOutOfRange(field, value, min, max));
    }
}
