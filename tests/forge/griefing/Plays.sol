// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { Books } from "./Books.sol";

/// @title What the tests of griefing do with jobs, and how their records change by it
abstract contract Plays is Books {
    uint256 internal constant ANSWER_FOR = 1 days;
    uint256 internal constant GRACE = 1 days;
    /// @dev What a claim of `UNITS / 2` is paid at the least price: flat and 1.5 units.
    uint256 internal constant PAYMENT = 151_000;
    bytes32[] internal noProof;

    function _approve(bytes32 id, Job memory job) internal {
        vm.prank(job.requester);
        market.approve(id, job, _root(id), UNITS / 2);
    }

    function _finalize(bytes32 id, Job memory job) internal {
        vm.prank(passerBy);
        market.finalize(id, job, _root(id), UNITS / 2);
    }

    function _demand(bytes32 id, Job memory job, uint64[] memory pairs) internal returns (Job memory) {
        vm.prank(job.requester);
        market.demand(id, job, pairs);
        job.demandHash = keccak256(abi.encodePacked(pairs));
        job.answered = uint8(255 << pairs.length);
        job.answerBy = uint64(_now() + ANSWER_FOR);
        return job;
    }

    /// @dev Shows the pairs from `first` to before `end` of as many as `job` was asked for.
    function _answer(
        bytes32 id,
        Job memory job,
        uint64 count,
        bytes32 root,
        bytes memory output,
        uint256 first,
        uint256 end
    ) internal returns (Job memory) {
        bytes[] memory answers = _answers(output, first, end); // hashing calls, too: before the prank
        vm.prank(job.provider);
        market.answer(id, job, _pairs(count), root, UNITS / 2, answers);
        for (uint256 i = first; i < end; ++i) {
            job.answered |= uint8(1 << i);
        }
        if (job.answered == 255 && job.windowEnd < _now() + job.challengeFor / 2) {
            job.windowEnd = uint64(_now() + job.challengeFor / 2);
        }
        return job;
    }

    function _dispute(bytes32 id, Job memory job) internal returns (Job memory) {
        vm.prank(job.resolver);
        market.dispute(id, job);
        job.disputedAt = uint64(_now());
        return job;
    }

    /// @dev The record of a claim whose case ends now, as a copy.
    function _cleared(Job memory job) internal view returns (Job memory cleared) {
        cleared = abi.decode(abi.encode(job), (Job));
        cleared.caseFee = 0;
        cleared.disputedAt = 0;
        cleared.caseDone = true;
        cleared.windowEnd = uint64(_now());
    }

    function _pairs(uint64 count) internal pure returns (uint64[] memory pairs) {
        pairs = new uint64[](count); // each is chunk 0 of task 0: a demand may ask the same twice
    }

    /// @dev The leaf of a single task that put out `output`, at most one chunk.
    function _leaf(bytes memory output) internal pure returns (bytes memory) {
        bytes32 digest = output.length == 0 ? sha256("") : sha256(bytes.concat(hex"00", output));
        return abi.encodePacked(
            uint32(0), uint8(0), uint32(0), UNITS / 2, uint64(output.length), digest, bytes32(0)
        );
    }

    function _leafRoot(bytes memory leaf) internal pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", leaf));
    }

    /// @dev Accepted and claimed, with a single task that put out `output`.
    function _claimedOutput(Request memory r, bytes memory output)
        internal
        returns (bytes32 id, Job memory job, bytes32 root)
    {
        r.tasks = 1;
        (id, job) = _accept(r);
        root = _leafRoot(_leaf(output));
        bytes32 seal = _seal(provider, id, root, UNITS / 2);
        vm.prank(provider);
        market.submit(id, job, seal, 0);
        job = _claim(job, seal);
    }

    /// @dev Answers of the pairs from `first` to before `end`.
    function _answers(bytes memory output, uint256 first, uint256 end)
        internal
        pure
        returns (bytes[] memory answers)
    {
        answers = new bytes[](end - first);
        for (uint256 i; i < answers.length; ++i) {
            answers[i] = abi.encodePacked(uint8(first + i), _leaf(output), output);
        }
    }

    /// @dev The requester's signature that lets `spender` take 500 tokens (EIP-2612).
    function _permit(address spender) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        IERC20Permit permits = IERC20Permit(address(token));
        bytes32 structHash = keccak256(
            abi.encode(typehash, requester, spender, 500, permits.nonces(requester), type(uint256).max)
        );
        bytes32 domain = permits.DOMAIN_SEPARATOR();
        return vm.sign(requesterKey, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }
}
