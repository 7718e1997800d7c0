// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC1271 } from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract account that signs, refuses, burns gas or answers at length, as it is told
/// @dev What it does as a customer the tests do in its name; what it does while a token is on its way it does itself.
contract RogueWallet {
    enum Mood {
        Yes, // 0
        YesAtLength, // 1 the right word and 128 KiB behind it
        Hungry, // 2 burns most of what it may use, then yes
        No, // 3 any other word
        Burn, // 4 burns all gas that it is given
        Bomb, // 5 reverts with 128 KiB
        Write, // 6 tries to write storage, then yes
        Short // 7 less than a word
    }

    Mood public mood;

    function feel(Mood mood_) external {
        mood = mood_;
    }

    /// @notice Calls `target` as this account.
    function run(address target, bytes calldata data) external {
        (bool done,) = target.call(data);
        require(done, "refused");
    }

    /// @notice ERC-1271, but free to try and write.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        uint256 given = gasleft();
        bytes4 magic = IERC1271.isValidSignature.selector;
        if (mood == Mood.No) return 0xffffffff;
        if (mood == Mood.Hungry) while (given - gasleft() < 150_000) { }
        if (mood == Mood.Burn) while (true) { }
        if (mood == Mood.Write) mood = Mood.Yes;
        if (mood == Mood.YesAtLength || mood == Mood.Short || mood == Mood.Bomb) {
            uint256 length = mood == Mood.Short ? 31 : 0x20000;
            bool bomb = mood == Mood.Bomb;
            assembly {
                mstore(0, magic)
                if bomb { revert(0, length) }
                return(0, length)
            }
        }
        return magic;
    }
}
