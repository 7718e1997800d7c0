// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { ERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A token that behaves until it is told not to
contract MoodyToken is ERC20Permit {
    enum Mood {
        Honest, // 0
        Fee, // 1 keeps a hundredth of every transfer
        False, // 2 says false and moves nothing
        Revert, // 3
        Reenter // 4 calls `target` in the middle of every transfer
    }

    Mood public mood;
    address private _target;
    bytes private _data;
    /// @notice Calls made in the middle of transfers that succeeded, and that were refused.
    uint256 public succeeded;
    uint256 public refused;

    constructor(address owner, uint256 supply) ERC20("Moody", "MOOD") ERC20Permit("Moody") {
        _mint(owner, supply);
    }

    function feel(Mood mood_) external {
        mood = mood_;
    }

    function arm(address target, bytes calldata data) external {
        (mood, _target, _data) = (Mood.Reenter, target, data);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return mood == Mood.False ? false : super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return mood == Mood.False ? false : super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(mood != Mood.Revert, "in no mood");
        super._update(from, to, amount);
        if (mood == Mood.Fee) super._update(to, address(0), amount / 100);
        if (mood != Mood.Reenter) return;
        (bool done,) = _target.call(_data);
        if (done) ++succeeded;
        else ++refused;
    }
}
