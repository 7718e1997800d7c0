// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that does at each of its doors what it was told
contract TrickToken is ERC20("Trick", "TRICK") {
    enum Trick {
        None,
        Refuse, // says false and moves nothing
        Revert, // reverts with a reason
        Fee, // keeps a hundredth
        Burn, // burns all gas
        Bomb, // reverts with 128 KiB
        Again // calls whatever was armed in the middle, once
    }

    Trick public onTransfer;
    Trick public onTransferFrom;
    Trick public onPermit;
    address public blocked;
    address private _target;
    bytes private _armed;
    bool private _within;
    bool public succeeded;
    bytes public answer;

    constructor(address holder, uint256 supply) {
        _mint(holder, supply);
    }

    function play(Trick onTransfer_, Trick onTransferFrom_, Trick onPermit_) external {
        (onTransfer, onTransferFrom, onPermit) = (onTransfer_, onTransferFrom_, onPermit_);
    }

    /// @notice Nothing can be sent to `account`.
    function block_(address account) external {
        blocked = account;
    }

    function arm(address target, bytes calldata call_) external {
        (_target, _armed, succeeded) = (target, call_, false);
        delete answer;
    }

    /// @notice Makes the token itself a customer: does `call_` as itself.
    function run(address target, bytes calldata call_) external {
        (bool done,) = target.call(call_);
        require(done, "the token's own call");
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        require(to != blocked, "blocked");
        if (_act(onTransfer)) return false;
        super.transfer(to, amount);
        if (onTransfer == Trick.Fee) _burn(to, amount / 100);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        require(to != blocked, "blocked");
        if (_act(onTransferFrom)) return false;
        super.transferFrom(from, to, amount);
        if (onTransferFrom == Trick.Fee) _burn(to, amount / 100);
        return true;
    }

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external {
        _act(onPermit);
    }

    function _act(Trick trick) private returns (bool refused) {
        if (trick == Trick.Revert) revert("no");
        if (trick == Trick.Burn) while (true) { }
        if (trick == Trick.Bomb) {
            assembly {
                revert(0x1000, 0x20000)
            }
        }
        if (trick == Trick.Again && !_within) {
            _within = true;
            (succeeded, answer) = _target.call(_armed);
            _within = false;
        }
        return trick == Trick.Refuse;
    }
}
