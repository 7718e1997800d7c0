// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Plays } from "./Plays.sol";
import { MeddlingWallet, MoodyWallet } from "./hostile/Wallets.sol";

/// @dev Of contracts/test/OddWallet.sol, whose manners these tests name by their numbers.
interface IOddWallet {
    function approve(bytes32 digest, bytes calldata signature, uint8 manner) external;
    function run(address target, bytes calldata data) external;
}

/// @title Contract accounts that burn gas, return bombs, call back, or change their mind
/// Each call is a transaction of its own: gas counts whole.
/// forge-config: default.isolate = true
contract WalletsTest is Plays {
    uint8 private constant YES = 0;
    uint8 private constant YES_WITH_MORE = 1;
    uint8 private constant SHORT = 2;
    uint8 private constant DIRTY = 3;
    uint8 private constant NOTHING = 4;
    uint8 private constant MAGIC_REVERT = 5;
    uint8 private constant HUGE_REVERT = 6;
    uint8 private constant BURN = 7;
    uint8 private constant WRITE = 8;

    IOddWallet private wallet;

    function setUp() public override {
        super.setUp();
        wallet = IOddWallet(vm.deployCode("OddWallet.sol:OddWallet", ""));
        _endow(address(wallet));
    }

    /// @dev A million units in the market for a wallet that does what it is told (all of these have `run`).
    function _endow(address account) private {
        token.transfer(account, 2_000_000);
        IOddWallet(account)
            .run(address(token), abi.encodeCall(IERC20.approve, (address(market), type(uint256).max)));
        IOddWallet(account).run(address(market), abi.encodeCall(IMarket.deposit, (1_000_000)));
    }

    function _requestOf(address account) private returns (Request memory r) {
        r = _request();
        r.requester = account;
    }

    /// @dev Gas that the filling provider spends if the wallet answers so, and whether it binds.
    function _fill(uint8 manner, bool binds) private returns (uint256 gas) {
        Request memory r = _requestOf(address(wallet));
        bytes32 id = market.jobId(r);
        wallet.approve(id, "signed", manner);
        _watch(address(wallet));
        bytes memory call_ = abi.encodeCall(IMarket.fill, (r, "signed", noProof));
        vm.prank(provider);
        gas = gasleft();
        (bool done, bytes memory answer) = address(market).call(call_);
        gas -= gasleft();
        vm.assertEq(done, binds, "bound");
        if (binds) {
            _loses(address(wallet), 301_000);
            _isHeld(301_000);
        } else {
            vm.assertEq(
                answer,
                abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, wallet, id),
                "the refusal"
            );
        }
        _check();
    }

    function test_one_that_says_yes_is_bound() external {
        _fill(YES, true);
    }

    function test_one_that_answers_with_a_bomb_is_bound_by_its_first_word_at_a_bounded_cost() external {
        vm.assertLt(_fill(YES_WITH_MORE, true), 350_000, "gas");
    }

    function test_one_that_says_less_than_yes_is_not_bound() external {
        _fill(SHORT, false);
        _fill(DIRTY, false);
        _fill(NOTHING, false);
        _fill(MAGIC_REVERT, false);
    }

    function test_one_that_reverts_with_a_bomb_costs_the_submitter_a_bounded_amount_of_gas() external {
        vm.assertLt(_fill(HUGE_REVERT, false), 300_000, "gas");
    }

    function test_one_that_burns_all_gas_burns_two_hundred_thousand_and_no_more() external {
        uint256 gas = _fill(BURN, false);
        vm.assertLt(gas, 300_000, "gas");
        vm.assertLt(200_000, gas, "it did burn");
    }

    function test_one_that_writes_while_it_is_asked_is_not_bound() external {
        _fill(WRITE, false);
    }

    function test_one_that_calls_the_market_back_changes_nothing_and_is_not_bound() external {
        MeddlingWallet meddler = new MeddlingWallet();
        _endow(address(meddler));
        Request memory r = _requestOf(address(meddler));
        bytes32 id = market.jobId(r);
        bytes[4] memory calls = [
            abi.encodeCall(IMarket.withdraw, (address(meddler), 1_000_000)),
            abi.encodeCall(IMarket.raiseCounter, ()),
            abi.encodeCall(IMarket.cancel, (r)),
            abi.encodeCall(IMarket.stake, (1_000_000))
        ];
        for (uint256 i; i < calls.length; ++i) {
            meddler.arm(address(market), calls[i]);
            _watch(address(meddler));
            vm.expectRevert(abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, meddler, id));
            vm.prank(provider);
            market.fill(r, "", noProof);
            _check();
        }
        meddler.arm(address(market), abi.encodeCall(IMarket.stateOf, (id))); // looking is free
        _watch(address(meddler));
        vm.prank(provider);
        market.fill(r, "", noProof);
        _loses(address(meddler), 301_000);
        _isHeld(301_000);
        _check();
    }

    function test_one_that_changes_its_mind_before_the_match_is_not_bound_and_after_it_is() external {
        MoodyWallet moody = new MoodyWallet();
        _endow(address(moody));
        Request memory r = _requestOf(address(moody));
        bytes32 id = market.jobId(r);
        _watch(address(moody));
        moody.change(false);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, moody, id));
        vm.prank(provider);
        market.fill(r, "", noProof);
        _check();
        moody.change(true);
        vm.prank(provider);
        market.fill(r, "", noProof);
        moody.change(false);
        Job memory job = _submit(id, _started(r, provider, 0));
        _moveTo(job.windowEnd);
        _finalize(id, job);
        _loses(address(moody), PAYMENT);
        _gains(provider, PAYMENT);
        _check();
    }

    function test_a_providers_wallet_that_changes_its_mind_binds_itself_to_no_further_job() external {
        MoodyWallet moody = new MoodyWallet();
        _endow(address(moody));
        moody.run(address(market), abi.encodeCall(IMarket.stake, (1_000_000)));
        Request memory r = _request();
        (r.bond, r.tip) = (20_000, 0);
        Offer memory o = _offer(r);
        o.provider = address(moody);
        _watch(address(moody));
        bytes memory signed = _signature(requesterKey, market.jobId(r));
        vm.prank(matcher);
        market.matchOrders(r, signed, o, "", noProof);
        moody.change(false);
        Request memory next = _request();
        (next.bond, next.tip) = (20_000, 0);
        signed = _signature(requesterKey, market.jobId(next));
        bytes32 digest = market.offerDigest(o);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.SignatureRefused.selector, moody, digest));
        vm.prank(matcher);
        market.matchOrders(next, signed, o, "", noProof); // nobody remembers its yes
        vm.assertEq(market.accountOf(address(moody)).bonded, 20_000, "one bond");
        _loses(requester, 301_000);
        _isHeld(301_000);
        _check();
    }
}
