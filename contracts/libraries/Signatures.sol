// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { IMarketErrors } from "../interfaces/IMarketErrors.sol";

/// @title Who signed an order
/// @notice A key's signature first, so that an account with delegated code (EIP-7702) still signs with its
/// key; then the word of the signer's own contract (ERC-1271).
library Signatures {
    /// @dev Enough for a wallet of many owners or one that checks a passkey by the precompile; not enough
    /// for a hostile one to make a batch costly.
    uint256 internal constant ERC1271_GAS = 200_000;
    /// @dev What the call itself and the lines around it take.
    uint256 private constant OVERHEAD_GAS = 5_000;

    /// @dev Reverts with SignatureRefused, or without data where too little gas is left to know. Returns
    /// whether the signer's key signed: that stays true for ever, a contract's word need not.
    function requireSigned(address signer, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool byKey)
    {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        byKey = failure == ECDSA.RecoverError.NoError && recovered == signer;
        if (byKey) return byKey;
        bool accepted = signer.code.length != 0 && _accepts(signer, digest, signature);
        require(accepted, IMarketErrors.SignatureRefused(signer, digest));
    }

    /// @dev Of what the wallet returns no more than a word is copied. A submitter who starves it of gas
    /// reverts instead of making its signature look wrong (a call gets 63/64 of what is left).
    function _accepts(address wallet, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool accepted)
    {
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bytes32 magic = IERC1271.isValidSignature.selector;
        uint256 needed = ERC1271_GAS * 64 / 63 + OVERHEAD_GAS;
        uint256 cap = ERC1271_GAS;
        assembly ("memory-safe") {
            if lt(gas(), needed) { revert(0, 0) }
            accepted := staticcall(cap, wallet, add(data, 32), mload(data), 0, 32)
            accepted := and(and(accepted, gt(returndatasize(), 31)), eq(mload(0), magic))
        }
    }
}
