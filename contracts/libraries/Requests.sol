// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { MerkleProof } from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
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
    uint256 internal constant MAX_UNITS = uint64(type(int64).max);
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

    /// @dev EIP-712 struct hash. All members are static, so encoding them in order is encodeData.
    function structHash(IMarketTypes.Request memory r) internal pure returns (bytes32 h) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typehash)
            mcopy(add(data, 32), r, 800)
            h := keccak256(data, 832)
        }
    }

    /// @dev Copies without checking types. Only for requests whose digest must be on record: bits beyond
    /// a member's type would give another digest.
    function load(IMarketTypes.Request calldata request)
        internal
        pure
        returns (IMarketTypes.Request memory r)
    {
        assembly ("memory-safe") {
            calldatacopy(r, request, 800)
        }
    }

    /// @dev Reverts with FieldOutOfRange unless every rule of a valid request holds now.
    function requireValid(IMarketTypes.Request memory r) internal view {
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
        require(value >= min && value <= max, IMarketErrors.FieldOutOfRange(field, value, min, max));
    }
}
