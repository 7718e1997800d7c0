// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../interfaces/ICommittee.sol";
import { Courses } from "../libraries/Courses.sol";
import { SumTree } from "../libraries/SumTree.sol";
import { Treasury } from "./Treasury.sol";

/// @title Stake, which weighs in the draws of whole epochs
/// @dev What an account stakes is its leaf's weight from the next epoch on.
abstract contract Verifiers is Treasury {
    using SumTree for SumTree.Tree;

    /// @dev Stakes change at midnight UTC: a draw's seed is never known while its stakes can be chosen.
    uint256 internal constant EPOCH = 1 days;
    /// @dev Seats are drawn until the epoch of `unstake` ends, and their case lasts no longer than that.
    uint256 private constant LEAVES_FOR = EPOCH + Courses.MAX_CASE_FOR;
    uint256 private constant MAX_PLACES = type(uint24).max;

    uint96 private immutable _minStake;

    SumTree.Tree internal _stakes;
    mapping(uint256 place => address) internal _verifiers;

    constructor(uint96 minStake_) {
        _minStake = minStake_;
    }

    /// @inheritdoc ICommittee
    function stake(uint96 amount) external {
        _requireAmount(amount);
        _debit(msg.sender, amount);
        uint256 place = _accounts[msg.sender].place;
        if (place == 0) {
            place = _stakes.append() + 1;
            require(place <= MAX_PLACES, FieldOutOfRange("place", place, 1, MAX_PLACES));
            _accounts[msg.sender].place = uint24(place);
            _verifiers[place] = msg.sender;
        }
        uint256 epoch = _epoch();
        _stakes.add(place - 1, amount, epoch);
        (, uint256 staked) = _stakes.weights(place - 1, epoch);
        _requireStake(staked);
        emit Staked(msg.sender, amount, uint24(place), uint32(epoch + 1));
    }

    /// @inheritdoc ICommittee
    function unstake(uint96 amount) external {
        _requireAmount(amount);
        Account storage account = _accounts[msg.sender];
        uint256 epoch = _epoch();
        uint256 staked = _stakedAt(account.place, epoch);
        require(staked >= amount, InsufficientStake(msg.sender, staked, amount));
        // Else one stake could become many that weigh as much together, each with less to lose than a seat's penalty.
        if (staked != amount) _requireStake(staked - amount);
        uint40 maturesAt = uint40(block.timestamp + LEAVES_FOR);
        _stakes.sub(account.place - 1, amount, epoch);
        account.leaving += amount;
        account.maturesAt = maturesAt;
        emit Unstaked(msg.sender, amount, uint32(epoch + 1), maturesAt);
    }

    /// @inheritdoc ICommittee
    function withdrawStake() external {
        Account storage account = _accounts[msg.sender];
        uint96 amount = account.leaving;
        require(amount != 0, FieldOutOfRange("leaving", 0, 1, type(uint96).max));
        require(block.timestamp >= account.maturesAt, TooEarly(block.timestamp, account.maturesAt));
        account.leaving = 0;
        account.maturesAt = 0;
        _credit(msg.sender, amount);
        emit StakeWithdrawn(msg.sender, amount);
    }

    /// @inheritdoc ICommittee
    function verifierOf(address account) external view returns (Verifier memory v) {
        Account storage a = _accounts[account];
        v.free = a.free;
        v.leaving = a.leaving;
        v.maturesAt = a.maturesAt;
        v.place = a.place;
        if (a.place == 0) return v;
        (uint256 active, uint256 staked) = _stakes.weights(a.place - 1, _epoch());
        v.active = uint96(active);
        v.staked = uint96(staked);
    }

    /// @inheritdoc ICommittee
    function totalActive() external view returns (uint256) {
        return _stakes.total(_epoch());
    }

    /// @inheritdoc ICommittee
    function minStake() external view returns (uint96) {
        return _minStake;
    }

    /// @dev Takes up to `amount` from the verifier's stake and then from what is leaving.
    function _punish(address verifier, uint256 amount, uint256 epoch) internal returns (uint256 taken) {
        Account storage account = _accounts[verifier];
        uint256 staked = _stakedAt(account.place, epoch);
        taken = staked < amount ? staked : amount;
        if (taken != 0) _stakes.sub(account.place - 1, taken, epoch);
        uint96 leaving = account.leaving;
        if (taken == amount || leaving == 0) return taken;
        uint256 rest = amount - taken;
        if (rest > leaving) rest = leaving;
        account.leaving = uint96(leaving - rest);
        return taken + rest;
    }

    function _stakedAt(uint256 place, uint256 epoch) private view returns (uint256 staked) {
        if (place != 0) (, staked) = _stakes.weights(place - 1, epoch);
    }

    function _epoch() internal view returns (uint256) {
        return block.timestamp / EPOCH;
    }

    function _requireStake(uint256 staked) private view {
        require(staked >= _minStake, FieldOutOfRange("stake", staked, _minStake, type(uint96).max));
    }

    function _requireAmount(uint96 amount) private pure {
        require(amount != 0, FieldOutOfRange("amount", 0, 1, type(uint96).max));
    }
}
