// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Vm } from "./Vm.sol";

/// @title What every test can do
abstract contract Test {
    /// @dev Where forge answers.
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function _now() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    /// @dev Time passes, and a block with it.
    function _pass(uint256 seconds_) internal {
        _moveTo(_now() + seconds_);
    }

    function _moveTo(uint256 timestamp) internal {
        vm.warp(timestamp);
        vm.roll(vm.getBlockNumber() + 1);
    }

    /// @dev An account whose key is known: its name's hash, so that traces can be read.
    function _person(string memory name) internal returns (address account, uint256 key) {
        key = uint256(keccak256(bytes(name)));
        account = vm.addr(key);
        vm.label(account, name);
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
