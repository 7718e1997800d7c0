// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ICommittee } from "../interfaces/ICommittee.sol";
import { IMarket } from "../interfaces/IMarket.sol";

/// @title Balances, kept in the market
/// @dev Invariant: all that accounts have here (free, staked, leaving) and that open cases hold (challenge bonds,
/// prepaid rounds) adds up to at most this contract's free balance in the market, and so stays below 2^96. No
/// token is moved but by deposit and withdraw: a token that fails blocks no case.
abstract contract Treasury is ICommittee {
    using SafeERC20 for IERC20;

    /// @dev Where burned amounts are credited, as in the market.
    address internal constant SINK = 0x000000000000000000000000000000000000dEaD;

    struct Account {
        uint96 free;
        uint96 leaving;
        uint40 maturesAt;
        uint24 place;
    }

    IMarket internal immutable _market;
    IERC20 private immutable _token;

    mapping(address account => Account) internal _accounts;

    constructor(address market_) {
        _market = IMarket(market_);
        _token = IERC20(IMarket(market_).token());
        _token.forceApprove(market_, type(uint256).max); // it takes what deposit is about to credit
    }

    /// @inheritdoc ICommittee
    function deposit(uint96 amount) external {
        _deposit(amount);
    }

    /// @inheritdoc ICommittee
    function depositWithPermit(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // Anybody can use a permit that is on its way: what it allowed then stands, so its failure is none.
        try IERC20Permit(address(_token)).permit(msg.sender, address(this), amount, deadline, v, r, s) { }
            catch { }
        _deposit(amount);
    }

    /// @inheritdoc ICommittee
    function withdraw(address to, uint96 amount) external {
        require(to != address(this), RecipientRefused(to));
        _debit(msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);
        _market.withdraw(to, amount); // refuses an amount of zero, and nobody as its recipient
    }

    /// @inheritdoc ICommittee
    function market() external view returns (address) {
        return address(_market);
    }

    function _deposit(uint96 amount) private {
        _token.safeTransferFrom(msg.sender, address(this), amount);
        _market.deposit(amount); // reverts unless exactly this arrives there
        _credit(msg.sender, amount);
        emit Deposited(msg.sender, amount);
    }

    /// @dev `amount` comes out of another account or a case: nothing overflows.
    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        unchecked {
            _accounts[account].free += uint96(amount);
        }
    }

    function _debit(address account, uint256 amount) internal {
        uint96 free = _accounts[account].free;
        require(free >= amount, InsufficientFree(account, free, amount));
        unchecked {
            _accounts[account].free = uint96(free - amount);
        }
    }
}
