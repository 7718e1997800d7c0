// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
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
        bytes4[] memory roles = new bytes4[](12);
        roles[0] = this.requests.selector;
        roles[1] = this.provides.selector;
        roles[2] = this.matches.selector;
        roles[3] = this.hears.selector;
        roles[4] = this.votes.selector;
        roles[5] = this.judges.selector;
        roles[6] = this.waits.selector;
        roles[7] = this.passes.selector;
        roles[8] = this.saves.selector;
        roles[9] = this.steals.selector;
        roles[10] = this.batches.selector;
        roles[11] = this.provides.selector;
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

    function afterInvariant() external {
        _report();
    }

    function _report() private {
        string memory line = string.concat("done=", vm.toString(done), ",refused=", vm.toString(refusals));
        for (uint256 i; i < names.length; ++i) {
            line = string.concat(line, ",", _text(names[i]), "=", vm.toString(counts[names[i]]));
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
