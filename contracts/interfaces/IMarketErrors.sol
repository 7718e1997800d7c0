// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "./IErrors.sol";
import { IMarketTypes } from "./IMarketTypes.sol";

/// @title What the market alone refuses, with both sides of each comparison
interface IMarketErrors is IErrors, IMarketTypes {
    /// @notice `account` stakes `staked` in all, less than the job's `minStake`.
    error StakeTooLow(address account, uint256 staked, uint256 minStake);
    /// @notice The token credited `arrived` for a transfer of `asked`: it takes a fee or rebases.
    error DepositMismatch(uint256 asked, uint256 arrived);
    /// @notice There is no contract at `token`.
    error NoTokenAt(address token);
    /// @notice Job `id` is in state `actual`; the call is for state `expected`.
    error WrongState(bytes32 id, State expected, State actual);
    /// @notice The passed `Job` hashes to `given`; storage holds `stored`.
    error JobMismatch(bytes32 id, uint248 stored, uint248 given);
    /// @notice The request's `providers` does not admit `provider`.
    error ProviderNotAllowed(address provider, bytes32 providers);
    /// @notice The order was signed under counter `given`; the author's is `current`.
    error CounterMismatch(uint64 current, uint64 given);
    /// @notice The opening seals to `given`; the claim's seal is `seal`.
    error SealMismatch(bytes32 seal, bytes32 given);
    /// @notice `signature` is neither `signer`'s over `digest` nor accepted by it as a contract (ERC-1271).
    error SignatureRefused(address signer, bytes32 digest);
    /// @notice The request's `value` does not suit the offer's `field` (ASCII), which is `limit`.
    error OfferExceeded(bytes32 field, uint256 value, uint256 limit);
    /// @notice The offer with this digest was used `maxJobs` times, which is all that it was signed for.
    error OfferUsedUp(bytes32 digest, uint32 maxJobs);
    /// @notice The offer with this digest was cancelled by its provider.
    error OfferRevoked(bytes32 digest);
    /// @notice The batch breaks off before, or has no struct's changes at, byte `place` of the calldata.
    error BatchMalformed(uint256 place);
    /// @notice The job's pair `pair` was not demanded, or needs no answer any more.
    error PairNotOpen(uint256 pair);
    /// @notice Output was demanded of this claim already; it can be once.
    error AlreadyDemanded(bytes32 id);
    /// @notice Pairs of the demand are unanswered: bit i of `answered` is set where pair i needs no answer.
    error DemandOpen(bytes32 id, uint8 answered);
    /// @notice The demanded pairs hash to `given`; the record holds `demandHash`.
    error DemandMismatch(bytes32 demandHash, bytes32 given);
    /// @notice The answer to `pair` has `given` bytes (or, behind its path, `given`), where its leaf and the
    /// tree's shape ask for `expected`.
    error AnswerLength(uint256 pair, uint256 given, uint256 expected);
    /// @notice The answer's leaf is another task's, or leads to another root or sum than the claim's.
    error LeafMismatch(uint256 pair);
    /// @notice The answer's chunk does not lead to its leaf's `outputDigest`.
    error ChunkMismatch(uint256 pair);
}
