// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../../../../contracts/interfaces/IMarket.sol";
import { IMarketTypes } from "../../../../contracts/interfaces/IMarketTypes.sol";

/// @title A judge that opens cases, judges as it is told, and in the same breath tries to judge once more
contract RogueResolver {
    IMarket private immutable _market;

    constructor(IMarket market) {
        _market = market;
    }

    function dispute(bytes32 id, IMarketTypes.Job calldata job) external {
        _market.dispute(id, job);
        require(!_again(abi.encodeCall(IMarket.dispute, (id, job))), "a second case");
    }

    /// @notice The verdict; and then the other one, with the same record and with one that it can't have.
    function resolve(
        bytes32 id,
        IMarketTypes.Job calldata job,
        IMarketTypes.Verdict verdict,
        address challenger
    ) external {
        _market.resolve(id, job, verdict, challenger);
        bytes memory other =
            abi.encodeCall(IMarket.resolve, (id, job, IMarketTypes.Verdict.Rejected, address(this)));
        require(!_again(other), "a second verdict");
        require(!_again(abi.encodeCall(IMarket.dispute, (id, job))), "a case after the verdict");
        require(!_again(abi.encodeCall(IMarket.timeout, (id, job))), "a timeout after the verdict");
    }

    function _again(bytes memory data) private returns (bool done) {
        (done,) = address(_market).call(data);
    }
}
