// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { PassersBy } from "./PassersBy.sol";
import { MoodyToken } from "./hostile/MoodyToken.sol";
import { RogueWallet } from "./hostile/RogueWallet.sol";

/// @title Who moves money in and out, while the token may be in any mood
abstract contract Savers is PassersBy {
    uint256 internal donated; // to the market, by plain transfers
    uint256 private _joiners;

    /// @notice Money moves in the market, or between its owner's pots.
    function saves(uint256 seed) external {
        _begin(seed);
        if (_rarely(3)) return _savesInCommittee();
        if (_isMoody() && _rarely(2)) return _meetsAMood();
        address who = _rarely(2) ? _one(providers) : _anybody();
        Account storage a = told[who];
        uint256 kind = _throw(8);
        if (kind == 0) return _donates(who);
        if (kind < 3 && token.balanceOf(who) != 0) return _deposits(who);
        if (kind == 3 && a.free != 0) {
            uint96 amount = uint96(1 + _amount(a.free - 1));
            return _do(who, abi.encodeCall(IMarket.withdraw, (_anybody(), amount)));
        }
        if (kind == 4 && a.unbonding != 0) return _withdrawsStake(who);
        if (kind < 6 && a.staked - a.bonded > WEALTH / 4) {
            uint96 amount = uint96(1 + _amount(1e20));
            return _do(who, abi.encodeCall(IMarket.unstake, (amount)));
        }
        if (a.free == 0) return _do(who, abi.encodeCall(IMarket.announce, ("{}")));
        _do(who, abi.encodeCall(IMarket.stake, (uint96(1 + _amount(a.free / 100)))));
    }

    function _deposits(address who) private {
        uint256 has = token.balanceOf(who);
        uint96 amount = uint96(1 + _amount(has < 1e22 ? has - 1 : 1e22));
        _allow(who, address(market), amount);
        if (_rarely(2)) return _do(who, abi.encodeCall(IMarket.deposit, (amount)));
        // A permit that somebody spoiled is no failure: the allowance decides.
        _do(who, abi.encodeCall(IMarket.depositWithPermit, (amount, _now(), 27, "r", "s")));
    }

    function _allow(address who, address spender, uint256 amount) private {
        vm.prank(who);
        token.approve(spender, amount);
    }

    function _donates(address who) private {
        uint256 has = token.balanceOf(who);
        uint256 amount = _amount(has < 1e18 ? has : 1e18);
        vm.prank(who);
        token.transfer(address(market), amount);
        donated += amount;
    }

    function _withdrawsStake(address who) private {
        bytes memory data = abi.encodeCall(IMarket.withdrawStake, ());
        uint256 moment = told[who].maturesAt;
        if (_now() < moment) {
            if (moment - _now() > 10 minutes) return _refused(who, data, TooEarly.selector);
            _until(moment);
        }
        _do(who, data);
    }

    // ───────────────────────────── the hostile token ────────────────────────────

    /// @dev It takes a fee, says false, reverts, or comes again in the middle of a transfer: nobody's balance moves but by
    /// what the market or the committee say.
    function _meetsAMood() private {
        MoodyToken moody = _mood();
        uint256 mood = _throw(5);
        address who = _one(requesters);
        uint96 amount = uint96(200 + _amount(1e18)); // the fee is one at least
        uint256 kind = _throw(3);
        bytes memory data = kind == 0
            ? abi.encodeCall(IMarket.deposit, (amount))
            : abi.encodeCall(IMarket.withdraw, (who, amount));
        if (kind != 0 && told[who].free < amount) return;
        if (kind == 0 && token.balanceOf(who) < 2 * uint256(amount)) return;
        if (kind == 0) _allow(who, address(market), 2 * uint256(amount));
        if (mood == 4) return _comesAgain(who, data);
        moody.feel(MoodyToken.Mood(mood));
        bool takesFee = kind != 0 && mood == 1; // who withdraws gets less, which is the token's affair
        if (mood == 0 || takesFee) _do(who, data);
        else _refused(who, data, ANY);
        if (kind == 2 && mood > 1) {
            _refusedByCommittee(who, abi.encodeCall(ICommittee.deposit, (amount)), ANY);
        }
        moody.feel(MoodyToken.Mood.Honest);
        _count("a token's mood");
    }

    /// @dev In the middle, the wallet moves money inside, and tries to move some in or out.
    function _comesAgain(address who, bytes memory data) private {
        MoodyToken moody = _mood();
        uint256 refusedBefore = moody.refused();
        bool inside = _rarely(2);
        bytes memory inner = inside
            ? abi.encodeCall(IMarket.stake, (1))
            : _rarely(2)
                ? abi.encodeCall(IMarket.withdraw, (address(wallet), 1))
                : abi.encodeCall(IMarket.deposit, (1));
        moody.arm(address(wallet), abi.encodeCall(RogueWallet.run, (address(market), inner)));
        through = address(wallet);
        _do(who, data);
        vm.assertEq(moody.refused() - refusedBefore, inside ? 0 : 1, "a transfer within a transfer");
        moody.feel(MoodyToken.Mood.Honest);
        _count("a token that comes again");
    }

    // ──────────────────────────────── the committee ─────────────────────────────

    function _savesInCommittee() internal override {
        address who = _one(verifiers);
        uint256 kind = _throw(10);
        if (kind < 2 && _joiners < MOST_JOINERS) return _joins();
        if (stakes[who].next < 10 * MIN_STAKE) return _stakes(who);
        if (kind < 4 && seats[who].leaving != 0) return _leaves(who);
        if (kind < 5 && stakes[who].next > SEAT_STAKE / 2) {
            uint96 amount = uint96(1 + _amount(SEAT_STAKE / 100));
            return _doCommittee(who, abi.encodeCall(ICommittee.unstake, (amount)));
        }
        if (kind < 6 && seats[who].free > SEAT_STAKE / 2) {
            uint96 amount = uint96(1 + _amount(SEAT_STAKE / 100));
            return _doCommittee(who, abi.encodeCall(ICommittee.withdraw, (who, amount)));
        }
        if (kind < 8 && seats[who].free > SEAT_STAKE / 2) return _stakes(who);
        if (token.balanceOf(who) < SEAT_STAKE) token.transfer(who, SEAT_STAKE);
        uint96 more = uint96(1 + _amount(SEAT_STAKE / 10));
        _allow(who, address(committee), more);
        _doCommittee(who, abi.encodeCall(ICommittee.deposit, (more)));
    }

    function _stakes(address who) private {
        uint96 amount = MIN_STAKE + uint96(_amount(SEAT_STAKE / 100));
        if (seats[who].free < amount) {
            token.transfer(who, SEAT_STAKE);
            _allow(who, address(committee), SEAT_STAKE);
            _doCommittee(who, abi.encodeCall(ICommittee.deposit, (SEAT_STAKE)));
        }
        _doCommittee(who, abi.encodeCall(ICommittee.stake, (amount)));
    }

    function _leaves(address who) private {
        bytes memory data = abi.encodeCall(ICommittee.withdrawStake, ());
        if (_now() < seats[who].maturesAt) _refusedByCommittee(who, data, TooEarly.selector);
        else _doCommittee(who, data);
    }

    /// @dev Small stakes, many of them: the tree grows, no case becomes dearer.
    function _joins() private {
        (address who,) = _person(string.concat("joiner ", vm.toString(++_joiners)));
        everybody.push(who);
        verifiers.push(who);
        token.transfer(who, 2 * uint256(SEAT_STAKE));
        _stakes(who);
        _count("join the committee");
    }
}
