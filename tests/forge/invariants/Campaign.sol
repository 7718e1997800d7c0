// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { MoodyToken } from "./hostile/MoodyToken.sol";
import { Batches } from "./Batches.sol";

/// @title The nine invariants of docs/protocol.md, in a play of everybody against everybody
/// @dev 1 and 3 are looked at here, after the calls; 2, 5, 6, 7, 8 and 9 within each call, where the books read what it
/// said; 4 when the play is over.
abstract contract Campaign is Batches {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[15] memory weights = [ // cases have the most steps
            this.requests.selector,
            this.requests.selector,
            this.provides.selector,
            this.provides.selector,
            this.provides.selector,
            this.matches.selector,
            this.hears.selector,
            this.hears.selector,
            this.hears.selector,
            this.judges.selector,
            this.waits.selector,
            this.passes.selector,
            this.saves.selector,
            this.steals.selector,
            this.batches.selector
        ];
        bytes4[] memory roles = new bytes4[](weights.length);
        for (uint256 i; i < roles.length; ++i) {
            roles[i] = weights[i];
        }
        targets[0] = FuzzSelector(address(this), roles);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(this);
    }

    // ────────────────────────────── after the calls ─────────────────────────────

    function invariant_the_nine_hold() external view {
        _solvency();
        _bonds();
        _ledger();
    }

    /// @dev 1: each contract has what it owes, and what was given to it.
    function _solvency() private view {
        uint256 owed;
        for (uint256 i; i < everybody.length; ++i) {
            Account memory a = market.accountOf(everybody[i]);
            owed += uint256(a.free) + a.staked + a.unbonding;
        }
        for (uint256 i; i < living.length; ++i) {
            owed += tales[living[i]].escrow;
        }
        vm.assertEq(token.balanceOf(address(market)), owed + donated, "the market has what it owes");

        owed = given;
        for (uint256 i; i < everybody.length; ++i) {
            Verifier memory v = committee.verifierOf(everybody[i]);
            owed += uint256(v.free) + v.staked + v.leaving;
        }
        for (uint256 i; i < openCases.length; ++i) {
            owed += dockets[openCases[i]].held;
        }
        vm.assertEq(_free(address(committee)), owed, "the committee has what it owes");
        vm.assertEq(token.balanceOf(address(committee)), 0, "the committee keeps all in the market");
    }

    /// @dev 3: what is bonded is the bonds of the live jobs, and a part of the stake.
    function _bonds() private view {
        for (uint256 i; i < providers.length; ++i) {
            uint256 bonds;
            for (uint256 j; j < living.length; ++j) {
                Tale storage t = tales[living[j]];
                if (t.state != State.Open && t.job.provider == providers[i]) bonds += t.job.bond;
            }
            Account memory a = market.accountOf(providers[i]);
            vm.assertEq(a.bonded, bonds, "bonded are the bonds of live jobs");
            vm.assertLe(a.bonded, a.staked, "bonded is staked");
        }
    }

    /// @dev 7: nothing else has changed, either.
    function _ledger() private view {
        for (uint256 i; i < everybody.length; ++i) {
            _compareAccount(everybody[i]);
            _compareVerifier(everybody[i]);
        }
        for (uint256 i; i < living.length; ++i) {
            _compareJob(living[i]);
        }
        for (uint256 i; i < openCases.length; ++i) {
            _compareCase(openCases[i]);
        }
    }

    // ──────────────────────────── when the play is over ─────────────────────────

    /// @dev 4: somebody without a right in anything takes the exit of every case and job that is left, while the token is in
    /// its worst mood; then everybody takes everything out, and what is left was burned or given away.
    function afterInvariant() external {
        _shake(done);
        vm.roll(vm.getBlockNumber() + 1);
        if (_isMoody()) _mood().feel(MoodyToken.Mood.Revert);
        _endsEveryCase();
        _endsEveryJob();
        vm.assertEq(living.length + openCases.length, 0, "something is left open");
        if (_isMoody()) _mood().feel(MoodyToken.Mood.Honest);
        _everybodyLeaves();
        uint256 rest = uint256(told[SINK].free) + seats[SINK].free + given;
        vm.assertEq(token.balanceOf(address(market)), rest + donated, "left: what was burned or given");
        _solvency();
        _report();
    }

    /// @dev First by the committee's own clock, then by the market's.
    function _endsEveryCase() private {
        _until(_now() + 9 hours);
        for (uint256 i = openCases.length; i != 0; --i) {
            bytes32 id = openCases[i - 1];
            bool over =
                dockets[id].head.deadline + 8 hours <= _now() || dockets[id].head.phase == Phase.Drawing;
            bool judged = tales[id].state == State.Disputed && _now() < _casesUntil(tales[id]);
            if (!over || !judged || dockets[id].head.deadline > _now()) continue;
            _doCommittee(passerBy, abi.encodeCall(ICommittee.close, (id, tales[id].job)));
        }
        uint256 last = _now();
        for (uint256 i; i < living.length; ++i) {
            Tale storage t = tales[living[i]];
            if (t.state == State.Disputed && _casesUntil(t) > last) last = _casesUntil(t);
        }
        _until(last);
        for (uint256 i; i < living.length; ++i) {
            Tale storage t = tales[living[i]];
            if (t.state == State.Disputed) _do(passerBy, _exit(living[i]));
        }
        while (openCases.length != 0) {
            _doCommittee(passerBy, abi.encodeCall(ICommittee.abandon, (openCases[openCases.length - 1])));
        }
    }

    function _endsEveryJob() private {
        while (living.length != 0) {
            bytes32 id = living[living.length - 1];
            uint256 from = _exitFrom(tales[id]);
            if (from <= _now()) _do(passerBy, _exit(id));
            else _until(from); // what the dutiful provider does on the way puts it off, or ends it
        }
    }

    function _everybodyLeaves() private {
        for (uint256 i; i < everybody.length; ++i) {
            address who = everybody[i];
            if (stakes[who].next != 0) {
                _doCommittee(who, abi.encodeCall(ICommittee.unstake, (uint96(stakes[who].next))));
            }
            if (told[who].staked != 0) _do(who, abi.encodeCall(IMarket.unstake, (told[who].staked)));
        }
        _until(_now() + LEAVES_FOR);
        for (uint256 i; i < everybody.length; ++i) {
            address who = everybody[i];
            if (who == SINK || who == address(committee)) continue;
            if (seats[who].leaving != 0) _doCommittee(who, abi.encodeCall(ICommittee.withdrawStake, ()));
            if (told[who].unbonding != 0) _do(who, abi.encodeCall(IMarket.withdrawStake, ()));
            if (seats[who].free != 0) {
                _doCommittee(who, abi.encodeCall(ICommittee.withdraw, (who, seats[who].free)));
            }
            if (told[who].free != 0) _do(who, abi.encodeCall(IMarket.withdraw, (who, told[who].free)));
        }
    }

    function _report() private {
        string memory line = string.concat("played=", vm.toString(played), ";idle=", vm.toString(idle));
        line = string.concat(line, ";done=", vm.toString(done), ";refused=", vm.toString(refusals));
        for (uint256 i; i < names.length; ++i) {
            line = string.concat(line, ";", _text(names[i]), "=", vm.toString(counts[names[i]]));
        }
        for (uint256 i; i < selectors.length; ++i) {
            string memory name = vm.toString(bytes32(selectors[i]));
            line = string.concat(line, ";gas ", name, "=", vm.toString(mostGas[selectors[i]]));
        }
        vm.writeLine("build/invariants.txt", line);
    }

    function _text(bytes32 name) private pure returns (string memory text) {
        uint256 length;
        while (length < 32 && name[length] != 0) ++length;
        bytes memory data = new bytes(length);
        for (uint256 i; i < length; ++i) {
            data[i] = name[i];
        }
        return string(data);
    }
}
