// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Refusals } from "./Refusals.sol";

interface IOddWallet {
    function approve(bytes32 digest, bytes calldata signature, uint8 manner) external;
    function run(address target, bytes calldata data) external;
}

/// @title Contracts that sign (ERC-1271), in all the manners of OddWallet
contract WalletsTest is Refusals {
    bytes private constant BYTES = "whatever its owners agreed on";

    IOddWallet private _wallet;

    function setUp() public override {
        super.setUp();
        _wallet = IOddWallet(vm.deployCode("OddWallet.sol:OddWallet", ""));
        token.transfer(address(_wallet), WEALTH);
        _wallet.run(address(token), abi.encodeCall(token.approve, (address(market), WEALTH)));
        _wallet.run(address(market), abi.encodeCall(market.deposit, (WEALTH)));
    }

    function test_a_wallet_signs_if_it_says_the_magic_word() external {
        uint8[4] memory yes = [0, 1, 9, 10]; // Yes, YesWithMore, CapOnly, Hungry
        for (uint256 i; i < yes.length; ++i) {
            bytes32 id = _fill(_approved(yes[i]), BYTES);
            vm.assertTrue(market.stateOf(id) == State.Running, "filled");
        }
    }

    function test_a_wallet_does_not_sign_if_it_says_anything_else() external {
        // Short, Dirty, Nothing, MagicRevert, HugeRevert, Burn, Write
        for (uint8 manner = 2; manner < 9; ++manner) {
            _refused(_approved(manner), BYTES);
        }
        _refused(_approved(0), "other bytes");
    }

    function test_an_account_without_code_signs_with_its_key_alone() external {
        Request memory r = _request();
        r.requester = passerBy;
        _refused(r, BYTES);
    }

    function test_a_wallet_that_is_starved_of_gas_is_not_called_a_liar() external {
        Request memory r = _approved(10);
        // More than all but the check of the signature needs, less than it asks for.
        vm.expectRevert(bytes(""));
        vm.prank(provider);
        market.fill{ gas: 200_000 }(r, BYTES, new bytes32[](0));
    }

    /// @dev A key's word stays true; a contract's is asked for in every entry of a batch.
    function test_a_wallet_offers_too_and_is_asked_each_time() external {
        _wallet.run(address(market), abi.encodeCall(market.stake, (2 * BOND)));
        Request memory r = _request();
        Offer memory o = _offer(r);
        o.provider = address(_wallet);
        _wallet.approve(market.offerDigest(o), BYTES, 11); // Once: yes until it has a bond
        _matchWith(r, o);
        vm.assertEq(market.accountOf(address(_wallet)).bonded, BOND, "matched");
        r.salt = keccak256("another");
        bytes32 digest = market.offerDigest(o);
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, address(_wallet), digest)
        );
        market.matchOrders(r, ours, o, BYTES, new bytes32[](0));
    }

    function _matchWith(Request memory r, Offer memory o) private {
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        market.matchOrders(r, ours, o, BYTES, new bytes32[](0));
    }

    function _approved(uint8 manner) private returns (Request memory r) {
        r = _request();
        r.requester = address(_wallet);
        _wallet.approve(market.jobId(r), BYTES, manner);
    }

    function _refused(Request memory r, bytes memory signature) private {
        bytes32 id = market.jobId(r);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, r.requester, id));
        _fill(r, signature);
    }

    function _fill(Request memory r, bytes memory signature) private returns (bytes32) {
        vm.prank(provider);
        return market.fill(r, signature, new bytes32[](0));
    }
}
