// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "../interfaces/IMarketErrors.sol";
import { IMarketTypes } from "../interfaces/IMarketTypes.sol";

/// @title What an offer binds its provider to
library Offers {
    uint256 private constant UNITS_PER_PRICE = 1e12; // as in Pricing

    /// @dev EIP-712 type string, frozen; `IMarket` publishes it.
    bytes32 internal constant TYPEHASH = keccak256(
        "Offer(address provider,address requester,bytes32 spec,bytes32 profile,address resolver,bytes32 policy,uint96 minUnitPrice,uint96 minFlat,uint96 maxBond,uint64 maxUnits,uint32 maxTasks,uint32 minRunFor,uint64 minSecondsPer1e12Units,uint32 maxLockFor,uint96 minDemandFee,uint32 maxJobs,uint64 validUntil,address matcher,uint64 counter,bytes32 salt)"
    );

    /// @dev EIP-712 struct hash. All members are static, so encoding them in order is encodeData. The type's
    /// hash borrows the word before the struct (saves 200 gas against a copy).
    function structHash(IMarketTypes.Offer memory o) internal pure returns (bytes32 h) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let before := sub(o, 32)
            let kept := mload(before)
            mstore(before, typehash)
            h := keccak256(before, 672)
            mstore(before, kept)
        }
    }

    /// @dev A copy; like the ABI's own decoder it reverts without data for bits beyond a member's type.
    /// A list of one, as in Records.copy.
    function load(IMarketTypes.Offer calldata offer) internal pure returns (IMarketTypes.Offer[] memory one) {
        assembly ("memory-safe") {
            one := mload(0x40)
            let o := add(one, 64)
            mstore(one, 1)
            mstore(add(one, 32), o)
            calldatacopy(o, offer, 640)
            mstore(0x40, add(one, 704))
            let beyond :=
                shr(160, or(or(mload(o), mload(add(o, 32))), or(mload(add(o, 128)), mload(add(o, 544)))))
            beyond := or(
                beyond,
                shr(
                    96,
                    or(or(mload(add(o, 192)), mload(add(o, 224))), or(mload(add(o, 256)), mload(add(o, 448))))
                )
            )
            beyond := or(
                beyond,
                shr(
                    64,
                    or(or(mload(add(o, 288)), mload(add(o, 384))), or(mload(add(o, 512)), mload(add(o, 576))))
                )
            )
            beyond := or(
                beyond,
                shr(
                    32,
                    or(or(mload(add(o, 320)), mload(add(o, 352))), or(mload(add(o, 416)), mload(add(o, 480))))
                )
            )
            if beyond { revert(0, 0) }
        }
    }

    /// @dev Reverts with OfferExceeded unless the offer binds its provider to `r` at unit price `price`,
    /// with a bond locked for up to `lockFor` seconds after the claim. Both orders must be clean. All limits
    /// at once first, as most requests keep them (saves 500 gas); then again, to name the one that is broken.
    function requireFits(
        IMarketTypes.Offer memory o,
        IMarketTypes.Request memory r,
        uint256 price,
        uint256 lockFor
    ) internal pure {
        bool broken;
        assembly ("memory-safe") {
            let named := mload(add(o, 32)) // requester
            broken := and(iszero(iszero(named)), iszero(eq(named, mload(r))))
            named := mload(add(o, 64)) // spec
            broken := or(broken, and(iszero(iszero(named)), iszero(eq(named, mload(add(r, 32))))))
            let differ := xor(mload(add(o, 96)), mload(add(r, 64))) // profile
            differ := or(differ, xor(mload(add(o, 128)), mload(add(r, 512)))) // resolver
            differ := or(differ, xor(mload(add(o, 160)), mload(add(r, 544)))) // policy
            broken := or(broken, iszero(iszero(differ)))
            broken := or(broken, lt(price, mload(add(o, 192)))) // minUnitPrice
            broken := or(broken, lt(mload(add(r, 128)), mload(add(o, 224)))) // minFlat
            broken := or(broken, gt(mload(add(r, 320)), mload(add(o, 256)))) // maxBond
            broken := or(broken, gt(mload(add(r, 288)), mload(add(o, 288)))) // maxUnits
            broken := or(broken, gt(mload(add(r, 96)), mload(add(o, 320)))) // maxTasks
            let runFor := mload(add(r, 448))
            broken := or(broken, lt(runFor, mload(add(o, 352)))) // minRunFor
            // Products of 32 and 40, of 64 and 64 bits.
            let pace := mul(mload(add(r, 288)), mload(add(o, 384)))
            broken := or(broken, lt(mul(runFor, UNITS_PER_PRICE), pace)) // minSecondsPer1e12Units
            broken := or(broken, gt(lockFor, mload(add(o, 416)))) // maxLockFor
            broken := or(broken, lt(mload(add(r, 640)), mload(add(o, 448)))) // minDemandFee
        }
        if (broken) _requireEach(o, r, price, lockFor);
    }

    function _requireEach(
        IMarketTypes.Offer memory o,
        IMarketTypes.Request memory r,
        uint256 price,
        uint256 lockFor
    ) private pure {
        if (o.requester != address(0)) {
            _equal("requester", uint160(r.requester), uint160(o.requester));
        }
        if (o.spec != 0) _equal("spec", uint256(r.spec), uint256(o.spec));
        _equal("profile", uint256(r.profile), uint256(o.profile));
        _equal("resolver", uint160(r.resolver), uint160(o.resolver));
        _equal("policy", uint256(r.policy), uint256(o.policy));
        _atLeast("minUnitPrice", price, o.minUnitPrice);
        _atLeast("minFlat", r.flat, o.minFlat);
        _atLeast("minRunFor", r.runFor, o.minRunFor);
        _atLeast("minDemandFee", r.demandFee, o.minDemandFee);
        _atMost("maxBond", r.bond, o.maxBond);
        _atMost("maxUnits", r.maxUnits, o.maxUnits);
        _atMost("maxTasks", r.tasks, o.maxTasks);
        _atMost("maxLockFor", lockFor, o.maxLockFor);
        unchecked {
            // Products of 64 and 32 or 40 bits.
            bool slow = uint256(r.runFor) * UNITS_PER_PRICE >= uint256(r.maxUnits) * o.minSecondsPer1e12Units;
            require(
                slow,
                IMarketErrors.OfferExceeded("minSecondsPer1e12Units", r.runFor, o.minSecondsPer1e12Units)
            );
        }
    }

    function _equal(bytes32 field, uint256 value, uint256 limit) private pure {
        require(value == limit, IMarketErrors.OfferExceeded(field, value, limit));
    }

    function _atLeast(bytes32 field, uint256 value, uint256 limit) private pure {
        require(value >= limit, IMarketErrors.OfferExceeded(field, value, limit));
    }

    function _atMost(bytes32 field, uint256 value, uint256 limit) private pure {
        require(value <= limit, IMarketErrors.OfferExceeded(field, value, limit));
    }
}
