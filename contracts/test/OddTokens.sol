// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { IMarket } from "../interfaces/IMarket.sol";

/// @title Keeps a hundredth of every transfer
contract FeeToken is ERC20("Fee", "FEE") {
    constructor(uint256 supply) {
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @title Returns nothing where ERC-20 says a bool, as some of the oldest tokens do
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @title Says false instead of reverting, and moves nothing
contract RefusingToken is ERC20("No", "NO") {
    constructor(uint256 supply) {
        _mint(msg.sender, supply);
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @title Calls the market again while it pays or is paid, with whatever was armed
contract ReentrantToken is ERC20("Again", "AGAIN") {
    IMarket public market;
    bytes public armed;
    bool public succeeded;
    bytes public answer;

    constructor(uint256 supply) {
        _mint(msg.sender, supply);
    }

    /// @notice `call_` runs in the middle of the next transfer, sent by this token.
    function arm(IMarket market_, bytes calldata call_) external {
        market = market_;
        armed = call_;
    }

    /// @notice Makes this token itself a customer of the market.
    function join(IMarket market_, uint96 amount) external {
        _mint(address(this), amount);
        _approve(address(this), address(market_), type(uint256).max);
        market_.deposit(amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (armed.length == 0) return;
        bytes memory data = armed;
        delete armed;
        (succeeded, answer) = address(market).call(data);
    }
}
