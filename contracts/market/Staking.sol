// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarket } from "../interfaces/IMarket.sol";
import { Ledger } from "./Ledger.sol";

/// @title Stake, and the bonds that live jobs lock in it
/// @dev Invariant: `bonded <= staked`, and `bonded` (staked - unbonded) is the sum of the bonds of the
/// account's live jobs.
abstract contract Staking is Ledger {
    /// @dev Bonds secure the jobs, so none is needed for safety; it makes a standing stake a costly signal.
    uint256 internal constant MAX_COOLDOWN = 90 days;

    uint64 private immutable _cooldown;

    constructor(uint64 cooldown_) {
        require(cooldown_ <= MAX_COOLDOWN, FieldOutOfRange("cooldown", cooldown_, 0, MAX_COOLDOWN));
        _cooldown = cooldown_;
    }

    /// @inheritdoc IMarket
    function stake(uint96 amount) external {
        _requireAmount(amount);
        Purse storage account = _accounts[msg.sender];
        _debit(account, msg.sender, amount);
        account.unbonded += amount;
        account.staked += amount;
        emit Staked(msg.sender, amount);
    }

    /// @inheritdoc IMarket
    function unstake(uint96 amount) external {
        _requireAmount(amount);
        Purse storage account = _accounts[msg.sender];
        uint96 unbonded = account.unbonded;
        require(unbonded >= amount, InsufficientStake(msg.sender, unbonded, amount));
        uint64 maturesAt = uint64(block.timestamp) + _cooldown;
        account.unbonded = unbonded - amount;
        account.staked -= amount;
        account.unbonding += amount;
        account.maturesAt = maturesAt;
        emit Unstaked(msg.sender, amount, maturesAt);
    }

    /// @inheritdoc IMarket
    function withdrawStake() external {
        Purse storage account = _accounts[msg.sender];
        uint96 amount = account.unbonding;
        require(amount != 0, FieldOutOfRange("unbonding", 0, 1, type(uint96).max));
        require(block.timestamp >= account.maturesAt, TooEarly(block.timestamp, account.maturesAt));
        account.unbonding = 0;
        account.maturesAt = 0;
        _credit(msg.sender, amount);
        emit StakeWithdrawn(msg.sender, amount);
    }

    /// @inheritdoc IMarket
    function cooldown() external view returns (uint64) {
        return _cooldown;
    }

    /// @dev Locks `bond` in the provider's stake.
    function _lockBond(address provider, uint96 bond, uint96 minStake) internal {
        Purse storage account = _accounts[provider];
        uint96 unbonded = account.unbonded;
        if (unbonded < minStake) {
            uint96 staked = account.staked;
            require(staked >= minStake, StakeTooLow(provider, staked, minStake));
        }
        require(unbonded >= bond, InsufficientStake(provider, unbonded, bond));
        assembly ("memory-safe") {
            sstore(account.slot, sub(sload(account.slot), shl(96, bond)))
        }
    }

    /// @dev Unlocks `bond`, a live job's, and credits `earned` in the same slot.
    function _unlockBond(address provider, uint96 bond, uint256 earned) internal {
        Purse storage account = _accounts[provider];
        // unbonded, above free in the first word, stays at most staked; for `earned` see _credit.
        assembly ("memory-safe") {
            sstore(account.slot, add(add(sload(account.slot), earned), shl(96, bond)))
        }
    }

    /// @dev Takes `amount`, a part of `bond`, a live job's, out of the provider's stake and unlocks the rest.
    function _slashBond(address provider, uint96 bond, uint256 amount) internal {
        Purse storage account = _accounts[provider];
        assembly ("memory-safe") {
            sstore(account.slot, add(sload(account.slot), shl(96, sub(bond, amount))))
            let second := add(account.slot, 1) // staked is the low bits of the second word
            sstore(second, sub(sload(second), amount))
        }
    }
}
