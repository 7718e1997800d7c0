// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../../contracts/interfaces/IMarket.sol";
import { IMarketTypes } from "../../../../contracts/interfaces/IMarketTypes.sol";

/// @title A resolver that burns all gas whenever it is asked anything, but does what it is told
contract BurningResolver is IMarketTypes {
    IMarket private immutable _market;

    constructor(IMarket market) {
        _market = market;
    }

    function dispute(bytes32 id, Job calldata job) external {
        _market.dispute(id, job);
    }

    function resolve(bytes32 id, Job calldata job, Verdict verdict, address challenger) external {
        _market.resolve(id, job, verdict, challenger);
    }

    fallback() external {
        while (true) { }
    }
}

/// @title A resolver that tries every call twice within one transaction
/// @dev What it is told to do first stands; the second must be refused, and it keeps the refusal.
contract GreedyResolver is IMarketTypes {
    IMarket private immutable _market;
    bytes public refusal;

    constructor(IMarket market) {
        _market = market;
    }

    function dispute(bytes32 id, Job calldata job) external {
        _market.dispute(id, job);
    }

    /// @notice Resolves, then the same once more with `again`, the record that would be right for it.
    function resolveTwice(bytes32 id, Job calldata job, Verdict verdict, Job calldata again) external {
        _market.resolve(id, job, verdict, address(0));
        (bool done, bytes memory data) =
            address(_market).call(abi.encodeCall(IMarket.resolve, (id, again, verdict, address(0))));
        require(!done, "paid twice");
        refusal = data;
    }

    /// @notice Resolves, then opens another case of the claim that stands `again`.
    function resolveAndReopen(bytes32 id, Job calldata job, Job calldata again) external {
        _market.resolve(id, job, Verdict.Upheld, address(0));
        (bool done, bytes memory data) = address(_market).call(abi.encodeCall(IMarket.dispute, (id, again)));
        require(!done, "judged twice");
        refusal = data;
    }
}
