// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import { IMarket } from "../interfaces/IMarket.sol";

/// @title Internal balances, and the only doors through which tokens come and go
/// @dev Invariant: the sum of all free, staked and unbonding amounts and of the escrow of all jobs that
/// are not final is at most the token balance of this contract, and stays below 2^96, whatever is sent
/// here directly. So no credit can overflow: no exit can be blocked by the payee's balance.
abstract contract Ledger is IMarket, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev Where burned amounts are credited. Nobody has its key: it is the conventional burn address.
    address internal constant SINK = 0x000000000000000000000000000000000000dEaD;

    /// @dev An account in storage. Not `bonded` but its complement to `staked` is kept, beside what settling
    /// touches: a stake that is free enough for a bond then is enough for `minStake` too, mostly, and its
    /// second slot needs no look (saves 2,100 gas whenever a job starts).
    struct Purse {
        uint96 free;
        uint96 unbonded; // invariant: staked - unbonded is the sum of the live jobs' bonds
        uint64 counter;
        uint96 staked;
        uint96 unbonding;
        uint64 maturesAt;
    }

    IERC20 internal immutable _token;

    mapping(address account => Purse) internal _accounts;

    constructor(address token_) {
        require(token_.code.length != 0, NoTokenAt(token_));
        _token = IERC20(token_);
    }

    /// @inheritdoc IMarket
    function deposit(uint96 amount) external nonReentrant {
        _deposit(amount);
    }

    /// @inheritdoc IMarket
    function depositWithPermit(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        // Anybody can use a permit that is on its way: what it allowed then stands, so its failure is none.
        try IERC20Permit(address(_token)).permit(msg.sender, address(this), amount, deadline, v, r, s) { }
            catch { }
        _deposit(amount);
    }

    /// @inheritdoc IMarket
    function withdraw(address to, uint96 amount) external nonReentrant {
        _requireAmount(amount);
        require(to != address(0) && to != address(this), RecipientRefused(to));
        _debit(_accounts[msg.sender], msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);
        _token.safeTransfer(to, amount);
    }

    /// @inheritdoc IMarket
    function token() external view returns (address) {
        return address(_token);
    }

    /// @inheritdoc IMarket
    function accountOf(address account) external view returns (Account memory) {
        Purse storage a = _accounts[account];
        return Account(a.free, a.staked - a.unbonded, a.counter, a.staked, a.unbonding, a.maturesAt);
    }

    function _deposit(uint96 amount) private {
        _requireAmount(amount);
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 total = _token.balanceOf(address(this));
        require(total - before == amount, DepositMismatch(amount, total - before));
        require(total <= type(uint96).max, FieldOutOfRange("total", total, 0, type(uint96).max));
        _credit(msg.sender, amount);
        emit Deposited(msg.sender, amount);
    }

    /// @dev `amount` comes out of another account or an escrow, so the sum stays below 2^96: nothing
    /// carries from `free`, the low bits of an account's first word, into `unbonded` above it.
    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        Purse storage a = _accounts[account];
        assembly ("memory-safe") {
            sstore(a.slot, add(sload(a.slot), amount))
        }
    }

    /// @dev Takes from `owner`'s account, which `a` is.
    function _debit(Purse storage a, address owner, uint256 amount) internal {
        uint96 free = a.free;
        require(free >= amount, InsufficientFree(owner, free, amount));
        assembly ("memory-safe") {
            sstore(a.slot, sub(sload(a.slot), amount))
        }
    }

    function _requireAmount(uint96 amount) internal pure {
        require(amount != 0, FieldOutOfRange("amount", 0, 1, type(uint96).max));
    }
}
