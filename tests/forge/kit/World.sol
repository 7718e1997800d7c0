// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { IMarketTypes } from "../../../contracts/interfaces/IMarketTypes.sol";
import { Test } from "./Test.sol";

/// @title A token, a market, a committee, and people who have money in them
/// @dev `vm.deployCode` instead of `new`: else via-IR compiles the market again into every test.
abstract contract World is Test {
    uint64 internal constant COOLDOWN = 1 hours;
    uint96 internal constant MIN_STAKE = 10_000;
    uint256 internal constant SUPPLY = 1e30;
    uint96 internal constant WEALTH = 1e24;
    uint256 internal constant START = 1_800_000_000;
    address internal constant SINK = 0x000000000000000000000000000000000000dEaD;
    /// @dev EIP-2935's contract. Its code stands where the chain has it; forge's chain begins without.
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    IERC20 internal token;
    IMarket internal market;
    ICommittee internal committee;

    address internal requester;
    uint256 internal requesterKey;
    address internal provider;
    uint256 internal providerKey;
    address internal matcher;
    address internal passerBy;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(1000);
        token = _newToken();
        market = IMarket(vm.deployCode("Market.sol:Market", abi.encode(address(token), COOLDOWN)));
        committee =
            ICommittee(vm.deployCode("Committee.sol:Committee", abi.encode(address(market), MIN_STAKE)));
        vm.label(address(token), "token");
        vm.label(address(market), "market");
        vm.label(address(committee), "committee");
        (requester, requesterKey) = _person("requester");
        (provider, providerKey) = _person("provider");
        (matcher,) = _person("matcher");
        (passerBy,) = _person("passer-by");
        _enrich(requester, 0);
        _enrich(provider, WEALTH / 2);
    }

    /// @dev Whose whole supply is this contract's.
    function _newToken() internal virtual returns (IERC20) {
        return IERC20(vm.deployCode("WorkToken.sol:WorkToken", abi.encode(address(this), SUPPLY)));
    }

    /// @dev Tokens for `account`: WEALTH in its wallet, as much in the market, of which it stakes `stake`.
    function _enrich(address account, uint96 stake) internal {
        token.transfer(account, 2 * uint256(WEALTH));
        vm.startPrank(account);
        token.approve(address(market), type(uint256).max);
        token.approve(address(committee), type(uint256).max);
        market.deposit(WEALTH);
        if (stake != 0) market.stake(stake);
        vm.stopPrank();
    }

    /// @dev A verifier with `stake`, active from the next epoch on.
    function _verifier(string memory name, uint96 stake) internal returns (address account) {
        (account,) = _person(name);
        token.transfer(account, 2 * uint256(stake));
        vm.startPrank(account);
        token.approve(address(committee), type(uint256).max);
        committee.deposit(2 * stake);
        committee.stake(stake);
        vm.stopPrank();
    }

    function _free(address account) internal view returns (uint256) {
        return market.accountOf(account).free;
    }
}
