// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Hashes of past blocks
library BlockHashes {
    /// @dev EIP-2935: keeps 8,191 blocks. Where a chain has none, the opcode's 256 are all there is.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @notice The hash of the block at `height`, or zero if it is not on record.
    function hashOf(uint256 height) internal view returns (bytes32 hash) {
        hash = blockhash(height);
        if (hash != 0 || height >= block.number) return hash;
        address history = HISTORY;
        assembly ("memory-safe") {
            mstore(0, height)
            // An empty account answers with nothing, and the hash stays zero.
            if staticcall(gas(), history, 0, 32, 0, 32) {
                if eq(returndatasize(), 32) { hash := mload(0) }
            }
        }
    }
}
