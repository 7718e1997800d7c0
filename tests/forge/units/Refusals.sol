// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Jobs } from "../kit/Jobs.sol";

/// @title Each expects of the next call that it reverts with exactly this error and these values
abstract contract Refusals is Jobs {
    function _refuseRange(bytes32 field, uint256 value, uint256 least, uint256 most) internal {
        vm.expectRevert(abi.encodeWithSelector(IErrors.FieldOutOfRange.selector, field, value, least, most));
    }

    function _refuseCaller(address caller, address owner) internal {
        vm.expectRevert(abi.encodeWithSelector(IErrors.NotAllowed.selector, caller, owner));
    }

    function _refuseUntil(uint256 from) internal {
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooEarly.selector, _now(), from));
    }

    function _refuseFrom(uint256 until) internal {
        vm.expectRevert(abi.encodeWithSelector(IErrors.TooLate.selector, _now(), until));
    }

    function _refuseFree(address account, uint256 free, uint256 needed) internal {
        vm.expectRevert(abi.encodeWithSelector(IErrors.InsufficientFree.selector, account, free, needed));
    }

    function _refuseStake(address account, uint256 available, uint256 needed) internal {
        vm.expectRevert(
            abi.encodeWithSelector(IErrors.InsufficientStake.selector, account, available, needed)
        );
    }

    function _refuseStakeTooLow(address account, uint256 staked, uint256 minStake) internal {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.StakeTooLow.selector, account, staked, minStake));
    }

    function _refuseState(bytes32 id, State expected, State actual) internal {
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, expected, actual));
    }

    /// @dev `given` is not the record of the job, whose is `right`.
    function _refuseRecord(bytes32 id, Job memory right, Job memory given) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketErrors.JobMismatch.selector, id, _recordHash(right), _recordHash(given)
            )
        );
    }

    /// @dev An opening of other units than were sealed.
    function _refuseOpening(bytes32 id, Job memory job, bytes32 root, uint64 totalUnits) internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketErrors.SealMismatch.selector, job.seal, _seal(job.provider, id, root, totalUnits)
            )
        );
    }

    function _recordHash(Job memory job) internal pure returns (uint248) {
        return uint248(uint256(keccak256(abi.encode(job))));
    }

    /// @dev A copy, to be changed: structs in memory are references.
    function _copy(Job memory job) internal pure returns (Job memory) {
        return abi.decode(abi.encode(job), (Job));
    }

    /// @dev A constructor's refusal as it was: forge's own creation of artifacts hides it.
    function _create(bytes memory code) internal returns (bool made, bytes memory refusal) {
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
            if iszero(made) {
                refusal := mload(0x40)
                mstore(refusal, returndatasize())
                returndatacopy(add(refusal, 32), 0, returndatasize())
                mstore(0x40, and(add(add(refusal, returndatasize()), 63), not(31)))
            }
            made := iszero(iszero(made))
        }
    }
}
