// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Tales } from "./Tales.sol";

/// @title Results of one to three tasks, each with an output of less than a chunk, in variants that differ everywhere
abstract contract Results is Tales {
    function _output(bytes32 id, uint256 variant, uint256 task) internal pure returns (bytes memory output) {
        bytes32 word = keccak256(abi.encode(id, variant, task));
        output = abi.encode(word, ~word);
        uint256 length = uint256(word) % 60;
        assembly ("memory-safe") {
            mstore(output, length) // may be nothing
        }
    }

    function _leaf(bytes32 id, uint256 variant, uint256 task)
        internal
        pure
        returns (bytes memory leaf, uint64 units)
    {
        bytes memory output = _output(id, variant, task);
        bytes32 digest = output.length == 0 ? sha256("") : sha256(bytes.concat(hex"00", output));
        units = uint64(uint256(keccak256(abi.encode(id, variant, task, "units"))) % 2e12);
        leaf = abi.encodePacked(uint32(task), uint8(0), uint32(0), units, uint64(output.length));
        leaf = bytes.concat(leaf, digest, bytes32(0));
    }

    struct Node {
        bytes32 hash;
        uint64 units;
    }

    function _nodeOf(bytes32 id, uint256 variant, uint256 task) private pure returns (Node memory node) {
        bytes memory leaf;
        (leaf, node.units) = _leaf(id, variant, task);
        node.hash = keccak256(bytes.concat(hex"00", leaf));
    }

    function _join(Node memory left, Node memory right) private pure returns (Node memory node) {
        node.units = left.units + right.units;
        node.hash = keccak256(abi.encodePacked(uint8(1), left.hash, left.units, right.hash, right.units));
    }

    function _result(bytes32 id, uint256 variant) internal view returns (bytes32 root, uint64 units) {
        uint256 tasks = tales[id].request.tasks;
        Node memory top = _nodeOf(id, variant, 0);
        if (tasks > 1) top = _join(top, _nodeOf(id, variant, 1));
        if (tasks > 2) top = _join(top, _nodeOf(id, variant, 2));
        return (top.hash, top.units);
    }

    /// @dev D.
    function _found(bytes32 id, uint256 variant) internal view returns (bytes32) {
        (bytes32 root, uint64 units) = _result(id, variant);
        return _opening(root, units);
    }

    function _sealed(address who, bytes32 id, uint256 variant) internal view returns (bytes32) {
        if (variant == SEALED_NOTHING) return keccak256(abi.encode(id, "nothing"));
        return keccak256(abi.encodePacked(who, id, _found(id, variant)));
    }

    /// @dev pair u8 ‖ leaf ‖ path ‖ chunk.
    function _shown(bytes32 id, uint256 variant, uint8 pair, uint64 wanted)
        internal
        view
        returns (bytes memory)
    {
        uint256 task = wanted >> 32;
        (bytes memory leaf,) = _leaf(id, variant, task);
        bytes memory chunk = uint32(wanted) == 0 ? _output(id, variant, task) : bytes("");
        return bytes.concat(bytes1(pair), leaf, _path(id, variant, task), chunk);
    }

    function _path(bytes32 id, uint256 variant, uint256 task) private view returns (bytes memory path) {
        uint256 tasks = tales[id].request.tasks;
        if (tasks > 1 && task < 2) path = _packed(_nodeOf(id, variant, 1 - task));
        if (tasks < 3) return path;
        if (task < 2) return bytes.concat(path, _packed(_nodeOf(id, variant, 2)));
        return _packed(_join(_nodeOf(id, variant, 0), _nodeOf(id, variant, 1)));
    }

    function _packed(Node memory node) private pure returns (bytes memory) {
        return abi.encodePacked(node.hash, node.units);
    }
}
