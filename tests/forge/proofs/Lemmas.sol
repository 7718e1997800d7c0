// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Test } from "../kit/Test.sol";
import { Unknowns } from "./Unknowns.sol";

/// @title Facts of arithmetic that solvers need to be told
/// @notice Each says "premises imply conclusion", so it is true of whatever it is asked about: a proof that assumes
/// it of its own numbers assumes nothing. LemmasProof proves each for all numbers that keep the premises.
/// @dev Without a jump: one path for the solver.
library Lemmas {
    /// @notice a <= b implies c * a <= c * b, for b of 64 bits and c of 104.
    function productGrows(uint256 c, uint256 a, uint256 b) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            let outside := or(or(gt(c, 0xffffffffffffffffffffffffff), gt(b, 0xffffffffffffffff)), gt(a, b))
            holds := or(outside, iszero(gt(mul(c, a), mul(c, b))))
        }
    }

    /// @notice a <= b implies a / d <= b / d, rounded down.
    function quotientGrows(uint256 a, uint256 b, uint256 d) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            holds := or(gt(a, b), iszero(gt(div(a, d), div(b, d))))
        }
    }

    /// @notice c * d / d = c, for c of 96 bits and d of 64.
    function quotientOfProduct(uint256 c, uint256 d) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            let outside := or(or(iszero(d), gt(c, 0xffffffffffffffffffffffff)), gt(d, 0xffffffffffffffff))
            holds := or(outside, eq(div(mul(c, d), d), c))
        }
    }

    /// @notice a * b / a = b, for a of 104 bits and b of 32.
    function productFits(uint256 a, uint256 b) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            let outside := or(or(iszero(a), gt(a, 0xffffffffffffffffffffffffff)), gt(b, 0xffffffff))
            holds := or(outside, eq(div(mul(a, b), a), b))
        }
    }

    /// @notice b > 0 implies c * b / (100 * b) <= c / 100, rounded down, for c of 104 bits and b of 32.
    function hundredfoldCancels(uint256 c, uint256 b) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            let outside := or(or(iszero(b), gt(c, 0xffffffffffffffffffffffffff)), gt(b, 0xffffffff))
            holds := or(outside, iszero(gt(div(mul(c, b), mul(100, b)), div(c, 100))))
        }
    }

    /// @notice a <= b, b > 0 imply c * a / (100 * b) <= c / 100, rounded down, for c of 104 bits and b of 32.
    function partGrows(uint256 c, uint256 a, uint256 b) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            let outside := or(gt(c, 0xffffffffffffffffffffffffff), gt(b, 0xffffffff))
            outside := or(outside, or(iszero(b), gt(a, b)))
            holds := or(outside, iszero(gt(div(mul(c, a), mul(100, b)), div(c, 100))))
        }
    }

    /// @notice q = n / 100, rounded down, implies q <= n and 100 * q <= n < 100 * q + 100, for n of 104 bits.
    function hundredths(uint256 n) internal pure returns (bool holds) {
        assembly ("memory-safe") {
            let q := div(n, 100)
            let outside := gt(n, 0xffffffffffffffffffffffffff)
            let between := and(iszero(gt(mul(100, q), n)), lt(n, add(mul(100, q), 100)))
            holds := or(outside, and(iszero(gt(q, n)), between))
        }
    }
}

contract LemmasProof is Test, Unknowns {
    function check_products_grow(uint104 c, uint64 a, uint64 b) external pure {
        assert(Lemmas.productGrows(c, a, b));
    }

    function check_quotients_grow(uint256 a, uint256 b, uint256 d) external pure {
        assert(Lemmas.quotientGrows(a, b, d));
    }

    function check_quotients_undo_products(uint96 c, uint64 d) external pure {
        assert(Lemmas.quotientOfProduct(c, d));
    }

    function check_products_fit() external pure {
        assert(Lemmas.productFits(svm.createUint(104, "a"), _any32("b")));
    }

    function check_hundredfolds_cancel() external pure {
        assert(Lemmas.hundredfoldCancels(svm.createUint(104, "c"), _any32("b")));
    }

    /// @dev c * a / (100 * b) <= c * b / (100 * b) <= c / 100.
    function check_parts_grow() external pure {
        uint256 c = svm.createUint(104, "c");
        (uint256 a, uint256 b) = (_any32("a"), _any32("b"));
        unchecked {
            vm.assume(Lemmas.productGrows(c, a, b));
            vm.assume(Lemmas.quotientGrows(c * a, c * b, 100 * b));
            vm.assume(Lemmas.hundredfoldCancels(c, b));
        }
        assert(Lemmas.partGrows(c, a, b));
    }

    function check_hundredths() external pure {
        assert(Lemmas.hundredths(svm.createUint(104, "n")));
    }
}
