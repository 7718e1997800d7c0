// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import { IMarket } from "../interfaces/IMarket.sol";

/// @title A contract account whose signature is whatever bytes it was told, in the ways a wallet can answer
/// @dev Also runs as the delegated code of a key's account (EIP-7702): its words lie in the account.
contract OddWallet {
    /// @notice How it answers to the digest and the bytes that it knows; to all others it says no.
    enum Manner {
        Yes, // 0 the magic value
        YesWithMore, // 1 the magic value and 128 KiB of zeros
        Short, // 2 the magic value's 4 bytes alone
        Dirty, // 3 the magic value with a bit behind it
        Nothing, // 4 succeeds without data
        MagicRevert, // 5 reverts with the magic value
        HugeRevert, // 6 reverts with 128 KiB
        Burn, // 7 burns all gas that it gets
        Write, // 8 writes storage, then yes
        CapOnly, // 9 yes if it was given no more than 200,000 gas, and nearly as much
        Hungry, // 10 burns 180,000 gas, then yes
        Once // 11 yes until a bond of its own is locked in the market that it joined
    }

    bytes4 private constant MAGIC = IERC1271.isValidSignature.selector;

    bytes32 private _digest;
    bytes32 private _signature;
    Manner private _manner;
    address private _market;

    /// @notice From now on `signature` is its signature over `digest`.
    function approve(bytes32 digest, bytes calldata signature, Manner manner) external {
        (_digest, _signature, _manner) = (digest, keccak256(signature), manner);
    }

    /// @notice Calls `target` as this account.
    function run(address target, bytes calldata data) external {
        _market = target;
        (bool done, bytes memory answer) = target.call(data);
        assembly ("memory-safe") {
            if iszero(done) { revert(add(answer, 32), mload(answer)) }
        }
    }

    /// @notice ERC-1271, but free to try and write.
    function isValidSignature(bytes32 digest, bytes calldata signature) external returns (bytes4) {
        uint256 given = gasleft();
        Manner manner = _manner;
        if (digest != _digest || keccak256(signature) != _signature) return 0xffffffff;
        if (manner == Manner.Burn) _burn(0);
        if (manner == Manner.Hungry) _burn(given - 180_000);
        if (manner == Manner.CapOnly) return given > 190_000 && given <= 200_000 ? MAGIC : bytes4(0);
        if (manner == Manner.Once) {
            return IMarket(_market).accountOf(address(this)).bonded == 0 ? MAGIC : bytes4(0);
        }
        bytes4 magic = MAGIC;
        assembly {
            mstore(0, magic)
            switch manner
            case 1 { return(0, 0x20000) }
            case 2 { return(0, 4) }
            case 3 {
                mstore(0, or(magic, 1))
                return(0, 32)
            }
            case 4 { return(0, 0) }
            case 5 { revert(0, 32) }
            case 6 { revert(0, 0x20000) }
            case 8 { sstore(99, 1) }
        }
        return magic;
    }

    function _burn(uint256 until) private view {
        while (gasleft() > until) { }
    }
}
