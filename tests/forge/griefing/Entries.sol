// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketEvents } from "../../../contracts/interfaces/IMarketEvents.sol";
import { Vm } from "../kit/Vm.sol";
import { Plays } from "./Plays.sol";

/// @title Entries of batches, each with all members of its structs, so that they can stand in any order
/// @dev Widths are those of IMarketTypes, counted by hand: the market's own table is not what checks it.
abstract contract Entries is Plays {
    bytes private constant REQUEST_WIDTHS = hex"142020040c0c0c0808080c0c0c0804041420040c0c20140820";
    bytes private constant OFFER_WIDTHS = hex"1414202014200c0c0c08040408040c0408140820";
    bytes private constant JOB_WIDTHS = hex"1414140c0c080c0c0c04040404080c080808080120010820";

    struct Skip {
        uint256 entry;
        bytes32 id;
        bytes reason;
    }

    function _submitEntry(bytes32 id, Job memory job, bytes32 seal) internal pure returns (bytes memory) {
        return abi.encodePacked(id, _changes(abi.encode(job), JOB_WIDTHS), seal, bytes32("manifest"));
    }

    function _finalizeEntry(bytes32 id, Job memory job, bytes32 root, uint64 units)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(id, _changes(abi.encode(job), JOB_WIDTHS), root, units);
    }

    function _matchEntry(
        Request memory r,
        bytes memory signatureR,
        Offer memory o,
        bytes memory signatureO,
        bytes32[] memory proof
    ) internal pure returns (bytes memory) {
        bytes memory request = abi.encodePacked(
            _changes(abi.encode(r), REQUEST_WIDTHS), uint16(signatureR.length), signatureR
        );
        bytes memory offer =
            abi.encodePacked(_changes(abi.encode(o), OFFER_WIDTHS), uint16(signatureO.length), signatureO);
        return abi.encodePacked(request, offer, uint8(proof.length), proof);
    }

    function _changes(bytes memory words, bytes memory widths) private pure returns (bytes memory changes) {
        changes = abi.encodePacked(uint8(widths.length));
        for (uint256 i; i < widths.length; ++i) {
            uint256 width = uint8(widths[i]);
            bytes memory value = new bytes(width);
            for (uint256 j; j < width; ++j) {
                value[j] = words[32 * i + 32 - width + j];
            }
            changes = abi.encodePacked(changes, uint8(i), value);
        }
    }

    /// @dev Gas that `batch`, a call of the market, takes from `sender`; what it skipped is in `_skips` after.
    function _run(address sender, bytes memory batch) internal returns (uint256 gas) {
        vm.recordLogs();
        vm.prank(sender);
        gas = gasleft();
        (bool done,) = address(market).call(batch);
        gas -= gasleft();
        vm.assertTrue(done, "the batch");
    }

    function _skips() internal returns (Skip[] memory skips) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 count;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == IMarketEvents.EntrySkipped.selector) ++count;
        }
        skips = new Skip[](count);
        for (uint256 i = logs.length; i != 0; --i) {
            if (logs[i - 1].topics[0] != IMarketEvents.EntrySkipped.selector) continue;
            skips[--count] = Skip(
                uint256(logs[i - 1].topics[1]), logs[i - 1].topics[2], abi.decode(logs[i - 1].data, (bytes))
            );
        }
    }

    /// @dev Entry 1, and no other, was left out for the error with `selector`, told in a few words.
    function _isSkipped(bytes32 id, bytes4 selector) internal {
        Skip[] memory skips = _skips();
        vm.assertEq(skips.length, 1, "one skipped");
        vm.assertEq(skips[0].entry, 1, "which");
        vm.assertEq(skips[0].id, id, "whose");
        vm.assertEq(bytes32(bytes4(skips[0].reason)), bytes32(selector), "why");
        vm.assertTrue(skips[0].reason.length <= 4 + 4 * 32, "no stranger's bytes");
    }
}
