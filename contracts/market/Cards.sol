// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";

/// @title What providers say of themselves
/// @dev The card travels in the event, so that whoever reads the chain has it: to find the provider's
/// gateway one must not need a gateway first.
abstract contract Cards is IMarket {
    /// @dev "{}" is the shortest JSON object.
    uint256 internal constant MIN_CARD_BYTES = 2;
    /// @dev A card is read by every requester; more belongs behind its endpoints.
    uint256 internal constant MAX_CARD_BYTES = 4096;

    /// @inheritdoc IMarket
    function announce(bytes calldata json) external {
        uint256 length = json.length;
        require(
            length >= MIN_CARD_BYTES && length <= MAX_CARD_BYTES,
            FieldOutOfRange("card", length, MIN_CARD_BYTES, MAX_CARD_BYTES)
        );
        emit CardAnnounced(msg.sender, sha256(json), json);
    }
}
