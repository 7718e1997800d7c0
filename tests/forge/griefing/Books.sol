// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeTypes } from "../../../contracts/interfaces/ICommitteeTypes.sol";
import { Jobs } from "../kit/Jobs.sol";

/// @title Who pays: what everybody had before, what a test says that it gains or loses, and what it has after
/// @dev Whoever is watched and not mentioned must end with what it had. The changes, with what live jobs still
/// hold, must add up to nothing: so a gain of somebody who is not watched is noticed too.
abstract contract Books is Jobs {
    struct Line {
        address account;
        string name;
        uint256 expected;
    }

    Line[] private _lines;
    uint256 private _total;
    uint256 private _held;

    /// @dev From now on all these are watched, beside the four of the world and the sink.
    function _watch(address[] memory others) internal {
        delete _lines;
        (_total, _held) = (0, 0);
        _add(requester, "requester");
        _add(provider, "provider");
        _add(matcher, "matcher");
        _add(passerBy, "passer-by");
        _add(SINK, "sink");
        for (uint256 i; i < others.length; ++i) {
            _add(others[i], string.concat("other ", vm.toString(i)));
        }
    }

    function _watch() internal {
        _watch(new address[](0));
    }

    function _watch(address other) internal {
        address[] memory others = new address[](1);
        others[0] = other;
        _watch(others);
    }

    function _watch(address one, address two) internal {
        address[] memory others = new address[](2);
        (others[0], others[1]) = (one, two);
        _watch(others);
    }

    function _gains(address account, uint256 amount) internal {
        _lineOf(account).expected += amount;
    }

    function _loses(address account, uint256 amount) internal {
        _lineOf(account).expected -= amount;
    }

    /// @dev What jobs and cases that are not over keep.
    function _isHeld(uint256 amount) internal {
        _held += amount;
    }

    /// @dev Everybody has what was said, to the last unit, and nothing has come or gone elsewhere.
    function _check() internal view {
        uint256 sum = _held;
        for (uint256 i; i < _lines.length; ++i) {
            uint256 has = _worth(_lines[i].account);
            vm.assertEq(has, _lines[i].expected, _lines[i].name);
            sum += has;
        }
        vm.assertEq(sum, _total, "gains and losses add up");
    }

    /// @dev All that an account owns, wherever it is.
    function _worth(address account) internal view returns (uint256) {
        Account memory a = market.accountOf(account);
        ICommitteeTypes.Verifier memory v = committee.verifierOf(account);
        uint256 inMarket = uint256(a.free) + a.staked + a.unbonding;
        return token.balanceOf(account) + inMarket + v.free + v.staked + v.leaving;
    }

    function _add(address account, string memory name) private {
        for (uint256 i; i < _lines.length; ++i) {
            if (_lines[i].account == account) return; // one of many names
        }
        uint256 worth = _worth(account);
        _lines.push(Line(account, name, worth));
        _total += worth;
    }

    function _lineOf(address account) private view returns (Line storage) {
        for (uint256 i; i < _lines.length; ++i) {
            if (_lines[i].account == account) return _lines[i];
        }
        revert("nobody watches this account");
    }
}
