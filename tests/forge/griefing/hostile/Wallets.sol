// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A contract account that calls somebody whenever it is asked whether it signed, and then says yes
contract MeddlingWallet {
    address private _target;
    bytes private _call;

    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function run(address target, bytes calldata data) external {
        (bool done,) = target.call(data);
        require(done, "the wallet's own call");
    }

    /// @dev Asked by a static call, whatever it tries to change fails: it then says no.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        (bool done,) = _target.call(_call);
        return done ? this.isValidSignature.selector : bytes4(0);
    }
}

/// @title A contract account that says yes while its owner is in the mood
contract MoodyWallet {
    bool private _willing = true;

    function change(bool willing) external {
        _willing = willing;
    }

    function run(address target, bytes calldata data) external {
        (bool done,) = target.call(data);
        require(done, "the wallet's own call");
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return _willing ? this.isValidSignature.selector : bytes4(0);
    }
}
