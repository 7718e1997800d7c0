// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";

/// @title Keys that run a node and can't move money
/// @dev An account's own key stays cold with the stake behind it; the delegate's submits and answers.
abstract contract Delegates is IMarket {
    mapping(address account => address) private _delegates;

    /// @inheritdoc IMarket
    function setDelegate(address delegate) external {
        _delegates[msg.sender] = delegate;
        emit DelegateSet(msg.sender, delegate);
    }

    /// @inheritdoc IMarket
    function delegateOf(address account) external view returns (address) {
        return _delegates[account];
    }

    /// @dev Reverts unless the caller may submit and answer for `account`.
    function _requireActsFor(address account) internal view {
        if (msg.sender == account) return; // spares whoever needs no delegate the storage read
        require(msg.sender == _delegates[account], NotAllowed(msg.sender, account));
    }
}
