// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ResultTree } from "../../../contracts/libraries/ResultTree.sol";
import { Test } from "../kit/Test.sol";
import { Unknowns } from "./Unknowns.sol";

/// @title Opens what takes calldata
contract TreesDoor {
    function rootOf(bytes32 hash, uint64 units, uint256 index, uint256 size, bytes calldata path)
        external
        pure
        returns (bytes32, uint64)
    {
        return ResultTree.rootOf(hash, units, index, size, path);
    }

    function outputRootOf(bytes calldata chunk, uint256 index, uint256 size, bytes calldata path)
        external
        pure
        returns (bytes32)
    {
        return ResultTree.outputRootOf(chunk, index, size, path);
    }
}

/// @title Result trees: their shape is RFC 6962's, every leaf has one path, and a root one sum
/// @notice For trees of up to MAX_SIZE leaves and every index in them; hashes, units and paths are any. Chunks
/// are of 1 or 32 bytes: their length is no part of the shape. keccak256 is taken as a function without
/// collisions. That a chunk has one path assumes the same of SHA-256 for the data which it hashes.
contract TreesProof is Test, Unknowns {
    uint256 private constant MAX_SIZE = 5;

    TreesDoor private immutable _door = new TreesDoor();

    /// @dev Whoever can show two leaves for one index, or one leaf by two paths, has found a collision.
    function check_an_index_has_one_leaf_and_one_path(
        bytes32[2] memory leaf,
        uint64[2] memory units,
        bytes32[3][2] memory hashes,
        uint64[3][2] memory sums,
        uint256 place
    ) external view {
        (uint256 index, uint256 size) = _place(place);
        bytes memory one = _path(hashes[0], sums[0], _nodes(index, size));
        bytes memory other = _path(hashes[1], sums[1], _nodes(index, size));
        (bool shown, bytes32 root, uint64 sum) = _root(leaf[0], units[0], index, size, one);
        if (!shown) return;
        (bool shown2, bytes32 root2, uint64 sum2) = _root(leaf[1], units[1], index, size, other);
        if (!shown2 || root != root2 || sum != sum2) return;
        assert(leaf[0] == leaf[1]);
        assert(units[0] == units[1]);
        assert(keccak256(one) == keccak256(other));
    }

    /// @dev Nor is a unit lost: the root has the leaf's and all siblings' units, or there is no root.
    function check_a_root_has_the_sum_of_all_units_or_there_is_none(
        bytes32 leaf,
        uint64 units,
        bytes32[3] memory hashes,
        uint64[3] memory sums,
        uint256 place
    ) external view {
        (uint256 index, uint256 size) = _place(place);
        uint256 nodes = _nodes(index, size);
        (bool shown,, uint64 sum) = _root(leaf, units, index, size, _path(hashes, sums, nodes));
        unchecked {
            uint256 exact = units;
            for (uint256 i; i < nodes; ++i) {
                exact += sums[i];
            }
            assert(shown == (exact <= type(uint64).max));
            assert(!shown || sum == exact);
        }
    }

    function check_a_path_is_as_long_as_rfc_6962_says() external pure {
        for (uint256 size = 1; size <= 32; ++size) {
            for (uint256 index; index < size; ++index) {
                assert(ResultTree.pathNodes(index, size) == _nodes(index, size));
            }
        }
    }

    /// @dev All of it, to the last bit, in the order of the shape: left is what comes first.
    function check_two_leaves_join_to_their_sum_or_not_at_all(bytes32[2] memory leaf, uint64[2] memory units)
        external
        view
    {
        for (uint256 index; index < 2; ++index) {
            bytes memory path = abi.encodePacked(leaf[1 - index], units[1 - index]);
            (bool shown, bytes32 root, uint64 sum) = _root(leaf[index], units[index], index, 2, path);
            uint256 exact = uint256(units[0]) + units[1];
            assert(shown == (exact <= type(uint64).max));
            if (!shown) continue;
            bytes memory node = abi.encodePacked(bytes1(0x01), leaf[0], units[0], leaf[1], units[1]);
            assert(root == keccak256(node) && sum == exact);
        }
    }

    /// @dev Units of 61 bits, so that the sum of all fits.
    function check_tasks_join_in_the_order_of_rfc_6962(bytes32[MAX_SIZE] memory hashes, uint256 place)
        external
        view
    {
        (uint256 index, uint256 size) = _place(place);
        bytes[] memory nodes = new bytes[](size);
        uint64[MAX_SIZE] memory units;
        for (uint256 i; i < size; ++i) {
            units[i] = uint64(svm.createUint(61, "units"));
            nodes[i] = abi.encodePacked(hashes[i], units[i]);
        }
        bytes memory path = _pathTo(index, nodes, 0, size);
        (bool shown, bytes32 root, uint64 sum) = _root(hashes[index], units[index], index, size, path);
        assert(shown);
        assert(keccak256(abi.encodePacked(root, sum)) == keccak256(_top(nodes, 0, size)));
    }

    function check_chunks_join_in_the_order_of_rfc_6962(bytes32[MAX_SIZE] memory words, uint256 place)
        external
        view
    {
        (uint256 index, uint256 size) = _place(place);
        bytes[] memory nodes = new bytes[](size);
        for (uint256 length = 1; length <= 32; length += 31) {
            for (uint256 i; i < size; ++i) {
                nodes[i] = abi.encodePacked(sha256(bytes.concat(hex"00", _first(length, words[i]))));
            }
            bytes memory path = _pathTo(index, nodes, 0, size);
            bytes32 root = _door.outputRootOf(_first(length, words[index]), index, size, path);
            assert(root == bytes32(_top(nodes, 0, size)));
        }
    }

    /// @dev Nor are there two chunks for one index, or two paths of one chunk.
    function check_an_index_has_one_chunk_and_one_path(
        bytes32[2] memory words,
        bytes32[3][2] memory siblings,
        uint256 place
    ) external view {
        (uint256 index, uint256 size) = _place(place);
        uint256 nodes = _nodes(index, size);
        for (uint256 length = 1; length <= 32; length += 31) {
            bytes[2] memory chunks = [_first(length, words[0]), _first(length, words[1])];
            bytes[2] memory paths = [_hashes(siblings[0], nodes), _hashes(siblings[1], nodes)];
            _assumeNoCollision(chunks, siblings, index, size);
            bytes32 root = _door.outputRootOf(chunks[0], index, size, paths[0]);
            bytes32 other = _door.outputRootOf(chunks[1], index, size, paths[1]);
            bytes32 shown = keccak256(bytes.concat(chunks[0], paths[0]));
            assert(_implies(root == other, shown == keccak256(bytes.concat(chunks[1], paths[1]))));
        }
    }

    function check_chunks_cover_the_output(uint64 outputLen) external pure {
        uint256 chunks = ResultTree.chunksOf(outputLen);
        assert(chunks * 16_384 >= outputLen);
        assert(chunks == 0 ? outputLen == 0 : (chunks - 1) * 16_384 < outputLen);
    }

    function check_seals_and_openings_are_packed_as_published(
        address provider,
        bytes32 id,
        bytes32 root,
        uint64 totalUnits
    ) external pure {
        bytes32 opening = ResultTree.openingDigest(root, totalUnits);
        assert(opening == keccak256(abi.encodePacked(bytes1(0x02), root, totalUnits)));
        assert(ResultTree.sealOf(provider, id, opening) == keccak256(abi.encodePacked(provider, id, opening)));
    }

    // ───────────────────────────── RFC 6962, once more ──────────────────────────

    // Its recursions from the root down; the library counts bits from the leaf up.

    function _nodes(uint256 index, uint256 size) private pure returns (uint256) {
        if (size == 1) return 0;
        uint256 left = _left(size);
        return 1 + (index < left ? _nodes(index, left) : _nodes(index - left, size - left));
    }

    /// @dev MTH of `size` nodes from `first` on, those of tasks with their units.
    function _top(bytes[] memory nodes, uint256 first, uint256 size) private pure returns (bytes memory) {
        if (size == 1) return nodes[first];
        uint256 left = _left(size);
        bytes memory a = _top(nodes, first, left);
        bytes memory b = _top(nodes, first + left, size - left);
        bytes memory joined = bytes.concat(hex"01", a, b);
        if (a.length == 32) return abi.encodePacked(sha256(joined));
        return abi.encodePacked(keccak256(joined), _unitsOf(a) + _unitsOf(b));
    }

    /// @dev PATH to the node `index` places after `first`.
    function _pathTo(uint256 index, bytes[] memory nodes, uint256 first, uint256 size)
        private
        pure
        returns (bytes memory)
    {
        if (size == 1) return "";
        uint256 left = _left(size);
        if (index < left) {
            return bytes.concat(_pathTo(index, nodes, first, left), _top(nodes, first + left, size - left));
        }
        bytes memory below = _pathTo(index - left, nodes, first + left, size - left);
        return bytes.concat(below, _top(nodes, first, left));
    }

    /// @dev Of all that is hashed on the two ways up, what has the same hash is the same.
    function _assumeNoCollision(
        bytes[2] memory chunks,
        bytes32[3][2] memory siblings,
        uint256 index,
        uint256 size
    ) private pure returns (bytes32[2] memory nodes, uint256 used) {
        bytes[2] memory data;
        if (size == 1) {
            for (uint256 i; i < 2; ++i) {
                data[i] = bytes.concat(hex"00", chunks[i]);
            }
        } else {
            uint256 left = _left(size);
            bool isLeft = index < left;
            (nodes, used) = isLeft
                ? _assumeNoCollision(chunks, siblings, index, left)
                : _assumeNoCollision(chunks, siblings, index - left, size - left);
            for (uint256 i; i < 2; ++i) {
                bytes32 sibling = siblings[i][used];
                data[i] = isLeft
                    ? bytes.concat(hex"01", nodes[i], sibling)
                    : bytes.concat(hex"01", sibling, nodes[i]);
            }
            ++used;
        }
        nodes = [sha256(data[0]), sha256(data[1])];
        vm.assume(_implies(nodes[0] == nodes[1], keccak256(data[0]) == keccak256(data[1])));
    }

    /// @dev The largest power of two below `size`.
    function _left(uint256 size) private pure returns (uint256 left) {
        left = 1;
        while (2 * left < size) {
            left *= 2;
        }
    }

    /// @dev A task's node is a hash and then its units.
    function _unitsOf(bytes memory node) private pure returns (uint64 units) {
        assembly ("memory-safe") {
            units := and(mload(add(node, 40)), 0xffffffffffffffff)
        }
    }

    /// @dev Without a jump: one path for the solver instead of two.
    function _implies(bool a, bool b) private pure returns (bool holds) {
        assembly ("memory-safe") {
            holds := or(iszero(a), b)
        }
    }

    /// @dev Any index in any size, told apart here so that everything behind has plain numbers.
    function _place(uint256 place) private pure returns (uint256 index, uint256 size) {
        uint256 count;
        for (size = 1; size <= MAX_SIZE; ++size) {
            for (index = 0; index < size; ++index) {
                if (place == count++) return (index, size);
            }
        }
        vm.assume(false);
    }

    function _root(bytes32 leaf, uint64 units, uint256 index, uint256 size, bytes memory path)
        private
        view
        returns (bool shown, bytes32 root, uint64 sum)
    {
        bytes memory data;
        (shown, data) =
            address(_door).staticcall(abi.encodeCall(TreesDoor.rootOf, (leaf, units, index, size, path)));
        if (shown) (root, sum) = abi.decode(data, (bytes32, uint64));
    }

    function _path(bytes32[3] memory hashes, uint64[3] memory sums, uint256 nodes)
        private
        pure
        returns (bytes memory path)
    {
        for (uint256 i; i < nodes; ++i) {
            path = abi.encodePacked(path, hashes[i], sums[i]);
        }
    }

    function _hashes(bytes32[3] memory siblings, uint256 nodes) private pure returns (bytes memory path) {
        for (uint256 i; i < nodes; ++i) {
            path = bytes.concat(path, siblings[i]);
        }
    }

    function _first(uint256 length, bytes32 word) private pure returns (bytes memory) {
        return length == 1 ? abi.encodePacked(bytes1(word)) : abi.encodePacked(word);
    }
}
