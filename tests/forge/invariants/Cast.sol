// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICommitteeErrors } from "../../../contracts/interfaces/ICommitteeErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Jobs } from "../kit/Jobs.sol";
import { Dice } from "./Dice.sol";
import { MoodyToken } from "./hostile/MoodyToken.sol";
import { RogueResolver } from "./hostile/RogueResolver.sol";
import { RogueWallet } from "./hostile/RogueWallet.sol";

/// @title Who takes part
abstract contract Cast is Jobs, Dice, IMarketErrors, ICommitteeErrors {
    uint96 internal constant SEAT_STAKE = 1e22;
    uint256 internal constant MOST_JOINERS = 24;

    /// @dev Everybody whose balances are followed.
    address[] internal everybody;
    mapping(address account => uint256 key) internal keyOf;

    address[] internal requesters;
    address[] internal providers;
    /// @dev Each is in `providers` too; does its duty in the last second in which it can.
    address internal dutiful;
    address[] internal verifiers;
    /// @dev Have no rights in any job: some own nothing, one is a contract, one deployed everything.
    address[] internal strangers;
    address internal keyJudge;
    RogueResolver internal rogueJudge;
    RogueWallet internal wallet;

    function setUp() public virtual override {
        super.setUp();
        wallet = RogueWallet(vm.deployCode("RogueWallet.sol:RogueWallet", ""));
        rogueJudge = RogueResolver(vm.deployCode("RogueResolver.sol:RogueResolver", abi.encode(market)));
        vm.label(address(wallet), "wallet");
        vm.label(address(rogueJudge), "rogue judge");
        keyOf[requester] = requesterKey;
        keyOf[provider] = providerKey;
        address ann = _known("ann");
        dutiful = _known("dutiful");
        address eve = _known("eve");
        _enrich(ann, 0);
        _enrich(dutiful, WEALTH / 2);
        _enrich(eve, WEALTH / 2);
        _enrich(address(wallet), WEALTH / 2);
        requesters = [requester, ann, address(wallet)];
        providers = [provider, dutiful, eve, address(wallet)];
        keyJudge = _known("judge");
        for (uint256 i; i < 5; ++i) {
            verifiers.push(_verifier(string.concat("verifier ", vm.toString(i)), SEAT_STAKE));
        }
        strangers = [passerBy, matcher, address(this), address(token), address(0xBEEF)];
        everybody =
            [requester, ann, address(wallet), provider, dutiful, eve, keyJudge, address(rogueJudge), SINK];
        for (uint256 i; i < verifiers.length; ++i) {
            everybody.push(verifiers[i]);
        }
        for (uint256 i; i < strangers.length; ++i) {
            everybody.push(strangers[i]);
        }
        everybody.push(address(committee));
        for (uint256 i; i < 3; ++i) {
            _fund(requesters[i], 2e22);
        }
        _pass(1 days); // the stakes weigh
    }

    function _known(string memory name) internal returns (address account) {
        uint256 key;
        (account, key) = _person(name);
        keyOf[account] = key;
    }

    /// @dev Money in the committee.
    function _fund(address account, uint96 amount) internal {
        vm.prank(account);
        committee.deposit(amount);
    }

    function _one(address[] storage of_) internal returns (address) {
        return of_[_throw(of_.length)];
    }

    function _anybody() internal returns (address who) {
        who = everybody[_throw(everybody.length)];
        // The committee does nothing of its own accord, and the sink nothing at all.
        if (who == address(committee) || who == SINK) who = passerBy;
    }

    function _signed(address author, bytes32 digest) internal view returns (bytes memory) {
        if (author == address(wallet)) return "it knows";
        return _signature(keyOf[author], digest);
    }

    function _isMoody() internal view virtual returns (bool);

    function _mood() internal view returns (MoodyToken) {
        return MoodyToken(address(token));
    }
}
