// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { ICommittee } from "../../../contracts/interfaces/ICommittee.sol";
import { IMarket } from "../../../contracts/interfaces/IMarket.sol";
import { World } from "../kit/World.sol";
import { Entries } from "./Entries.sol";
import { Hearings } from "./Hearings.sol";

interface IHungryWallet {
    function approve(bytes32 digest, bytes calldata signature, uint8 manner) external;
    function run(address target, bytes calldata data) external;
}

/// @title Calls with too little gas
/// @dev A call gets at most 63/64 of what is left (EIP-150), so a sender can have an inner one fail and keep a 64th to
/// go on with. Each call that makes an inner one is tried here with every amount of gas up to what it needs, in small
/// steps: it does all of its work, or it reverts without data and changes nothing. No third way lets a starved
/// signature look wrong, a starved entry be skipped, or a starved look-up of a hash give another seed.
/// Each call is a transaction of its own: nothing is warm.
/// forge-config: default.isolate = true
contract StarvedTest is Entries, Hearings {
    uint256 private constant FINE = 97;
    uint256 private constant COARSE = 997; // for calls of some hundred thousand
    /// @dev The code of EIP-2935's contract, as the specification has it.
    bytes private constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

    function setUp() public override(World, Hearings) {
        Hearings.setUp();
    }

    /// @dev Calls `target` with `data` as `sender`, with more and more gas until it succeeds.
    function _starve(address sender, address target, bytes memory data, uint256 step)
        private
        returns (uint256 gas)
    {
        while (true) {
            gas += step;
            vm.recordLogs();
            vm.prank(sender);
            (bool done, bytes memory answer) = target.call{ gas: gas }(data);
            if (done) break;
            vm.assertEq(answer.length, 0, "no refusal is made up");
        }
        vm.assertTrue(gas > 50 * step, "starved often");
    }

    function _starve(address sender, address target, bytes memory data) private returns (uint256) {
        return _starve(sender, target, data, FINE);
    }

    function _wallet() private returns (IHungryWallet wallet) {
        wallet = IHungryWallet(vm.deployCode("OddWallet.sol:OddWallet", ""));
        token.transfer(address(wallet), 2_000_000);
        wallet.run(address(token), abi.encodeCall(IERC20.approve, (address(market), type(uint256).max)));
        wallet.run(address(market), abi.encodeCall(IMarket.deposit, (2_000_000)));
    }

    /// @dev Signed by a wallet that burns 180,000 of the 200,000 that it may.
    function _hungry() private returns (Request memory r) {
        IHungryWallet wallet = _wallet();
        r = _request();
        r.requester = address(wallet);
        wallet.approve(market.jobId(r), "signed", 10);
    }

    function test_a_wallets_signature_never_looks_wrong_for_want_of_gas() external {
        Request memory r = _hungry();
        _watch(r.requester);
        uint256 gas =
            _starve(provider, address(market), abi.encodeCall(IMarket.fill, (r, "signed", noProof)), COARSE);
        vm.assertTrue(gas > 200_000, "as much as any wallet may use");
        vm.assertTrue(market.stateOf(market.jobId(r)) == State.Running, "filled");
        _loses(r.requester, 301_000);
        _isHeld(301_000);
        _check();
    }

    function test_a_keys_signature_never_looks_wrong_for_want_of_gas() external {
        Request memory r = _request();
        Offer memory o = _offer(r);
        bytes memory ours = _signature(requesterKey, market.jobId(r));
        bytes memory theirs = _signature(providerKey, market.offerDigest(o));
        _watch();
        _starve(matcher, address(market), abi.encodeCall(IMarket.matchOrders, (r, ours, o, theirs, noProof)));
        _gains(matcher, r.tip);
        _loses(requester, 301_000 + r.tip);
        _isHeld(301_000);
        _check();
    }

    function test_a_batch_of_matches_makes_all_or_none() external {
        bytes memory entries;
        Request memory hungry = _hungry();
        _watch(hungry.requester);
        for (uint256 i; i < 3; ++i) {
            Request memory r = i == 1 ? hungry : _request();
            Offer memory o = _offer(r);
            bytes memory ours = i == 1 ? bytes("signed") : _signature(requesterKey, market.jobId(r));
            bytes memory theirs = _signature(providerKey, market.offerDigest(o));
            entries = bytes.concat(entries, _matchEntry(r, ours, o, theirs, noProof));
            _loses(r.requester, 301_000 + r.tip);
        }
        _starve(matcher, address(market), abi.encodeCall(IMarket.matchBatch, (entries)), COARSE);
        vm.assertEq(_skips().length, 0, "none is skipped");
        _gains(matcher, 3 * 20_000);
        _isHeld(3 * 301_000);
        _check();
    }

    /// @dev Wallets that are thrifty while a batch's gas is estimated, and burn in the block: if all comes back, the
    /// sender has paid gas for nothing, and if it adds what each may burn, nobody's work waits.
    function test_wallets_that_turn_hungry_after_the_estimate_stop_no_batch_that_has_room_for_them()
        external
    {
        bytes memory entries = _pairSigned(_request(), "");
        IHungryWallet[3] memory wallets;
        Request[3] memory requests;
        address[] memory watched = new address[](3);
        for (uint256 i; i < 3; ++i) {
            wallets[i] = _wallet();
            requests[i] = _request();
            requests[i].requester = watched[i] = address(wallets[i]);
            wallets[i].approve(market.jobId(requests[i]), "signed", 0);
            entries = bytes.concat(entries, _pairSigned(requests[i], "signed"));
        }
        bytes memory batch =
            abi.encodeCall(IMarket.matchBatch, (bytes.concat(entries, _pairSigned(_request(), ""))));
        _watch(watched);
        uint256 snapshot = vm.snapshotState();
        uint256 estimate = _starve(matcher, address(market), batch, COARSE);
        vm.assertTrue(vm.revertToState(snapshot), "back");
        for (uint256 i; i < 3; ++i) {
            wallets[i].approve(market.jobId(requests[i]), "signed", 7);
        }
        vm.prank(matcher);
        (bool done, bytes memory answer) = address(market).call{ gas: estimate }(batch);
        vm.assertTrue(!done && answer.length == 0, "all comes back");
        _check();
        vm.recordLogs();
        vm.prank(matcher);
        (done,) = address(market).call{ gas: estimate + 3 * 210_000 }(batch);
        vm.assertTrue(done, "with room for each");
        vm.assertEq(_skips().length, 3, "theirs alone are skipped");
        _gains(matcher, 2 * 20_000);
        _loses(requester, 2 * 321_000);
        _isHeld(2 * 301_000);
        _check();
    }

    /// @dev With an offer of the provider's; signed by the requester's key unless a wallet did.
    function _pairSigned(Request memory r, bytes memory ours) private returns (bytes memory) {
        Offer memory o = _offer(r);
        if (ours.length == 0) ours = _signature(requesterKey, market.jobId(r));
        return _matchEntry(r, ours, o, _signature(providerKey, market.offerDigest(o)), noProof);
    }

    function test_a_batch_of_claims_and_one_of_settlements_makes_all_or_none() external {
        bytes32[3] memory ids;
        Job[3] memory jobs;
        bytes memory entries;
        _watch();
        for (uint256 i; i < 3; ++i) {
            (ids[i], jobs[i]) = _accept(_request());
        }
        for (uint256 i; i < 3; ++i) {
            bytes32 seal = _seal(provider, ids[i], _root(ids[i]), UNITS / 2);
            entries = bytes.concat(entries, _submitEntry(ids[i], jobs[i], seal));
        }
        _starve(provider, address(market), abi.encodeCall(IMarket.submitBatch, (entries)));
        vm.assertEq(_skips().length, 0, "no claim is skipped");
        entries = "";
        for (uint256 i; i < 3; ++i) {
            Job memory job = _claim(jobs[i], _seal(provider, ids[i], _root(ids[i]), UNITS / 2));
            entries = bytes.concat(entries, _finalizeEntry(ids[i], job, _root(ids[i]), UNITS / 2));
        }
        _moveTo(jobs[0].windowEnd);
        _starve(passerBy, address(market), abi.encodeCall(IMarket.finalizeBatch, (entries)));
        vm.assertEq(_skips().length, 0, "no settlement is skipped");
        _gains(provider, 3 * PAYMENT);
        _loses(requester, 3 * PAYMENT);
        _check();
    }

    /// @dev The seed's block is so old that only EIP-2935's contract knows its hash; whoever draws can't have that
    /// look-up fail, and so choose another seed.
    function test_a_draw_never_misses_its_seed_for_want_of_gas() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        _audit(r, id, job);
        uint256 number = committee.caseOf(id).seedBlock;
        vm.roll(number + 300);
        vm.etch(HISTORY, HISTORY_CODE);
        vm.store(HISTORY, bytes32(number % 8191), keccak256("the seed"));
        _starve(matcher, address(committee), abi.encodeCall(ICommittee.draw, (id)));
        vm.assertTrue(committee.caseOf(id).phase == Phase.Voting, "drawn");
        vm.assertEq(committee.caseOf(id).redraws, 0, "by its first seed");
    }

    /// @dev The other way round: what is missed is missed whatever gas there is.
    function test_a_seed_that_is_off_record_gives_another_at_any_gas_that_suffices() external {
        Request memory r = _judged(3, 10_000);
        (bytes32 id, Job memory job) = _claimed(r);
        _audit(r, id, job);
        vm.etch(HISTORY, HISTORY_CODE);
        vm.roll(uint256(committee.caseOf(id).seedBlock) + 8_192);
        vm.prank(matcher);
        committee.draw(id);
        vm.assertEq(committee.caseOf(id).redraws, 1, "another");
    }

    function test_a_case_is_closed_whole_or_not_at_all() external {
        Request memory r = _judged(3, 10_000);
        _watchCase();
        (bytes32 id, Job memory job) = _claimed(r);
        job = _audit(r, id, job);
        bytes32[] memory votes = _votes(WRONG, WRONG, SILENT);
        _hear(id, votes);
        _moveTo(committee.caseOf(id).deadline + REVEAL_FOR + APPEAL_FOR);
        _starve(matcher, address(committee), abi.encodeCall(ICommittee.close, (id, job)), COARSE);
        uint256 rest = BOND - CASE_FEE;
        _seatsAre(id, 0, votes, WRONG, 0);
        _gains(passerBy, TIP);
        _gains(matcher, 2 * TIP);
        _loses(provider, BOND);
        _gains(requester, rest * 30 / 100 + CASE_FEE - 2 * SEAT_FEE - 3 * TIP);
        _gains(SINK, rest * 70 / 100 + PENALTY);
        _check();
    }

    function test_an_answers_hashes_never_look_wrong_for_want_of_gas() external {
        _watch();
        bytes memory chunk = new bytes(16_384);
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(_request(), chunk);
        job = _demand(id, job, _pairs(1));
        bytes memory call_ =
            abi.encodeCall(IMarket.answer, (id, job, _pairs(1), root, UNITS / 2, _answers(chunk, 0, 1)));
        _starve(provider, address(market), call_);
        _gains(provider, 500);
        _loses(requester, 301_000 + 500);
        _isHeld(301_000);
        _check();
    }

    function test_money_arrives_and_leaves_whole_or_not_at_all() external {
        _watch();
        _starve(requester, address(market), abi.encodeCall(IMarket.deposit, (500)));
        _starve(requester, address(market), abi.encodeCall(IMarket.withdraw, (requester, 500)));
        _starve(requester, address(committee), abi.encodeCall(ICommittee.deposit, (500)));
        _starve(requester, address(committee), abi.encodeCall(ICommittee.withdraw, (requester, 500)));
        vm.assertEq(_free(requester), WEALTH, "in the market");
        vm.assertEq(committee.verifierOf(requester).free, 0, "in the committee");
        _check();
    }

    function test_a_permit_is_used_or_nothing_happens() external {
        _watch();
        for (uint256 i; i < 2; ++i) {
            address spender = i == 0 ? address(market) : address(committee);
            vm.prank(requester);
            token.approve(spender, 0);
            (uint8 v, bytes32 r, bytes32 s) = _permit(spender);
            bytes memory call_ = i == 0
                ? abi.encodeCall(IMarket.depositWithPermit, (500, type(uint256).max, v, r, s))
                : abi.encodeCall(ICommittee.depositWithPermit, (500, type(uint256).max, v, r, s));
            _starve(requester, spender, call_);
        }
        vm.assertEq(_free(requester), WEALTH + 500, "in the market");
        vm.assertEq(committee.verifierOf(requester).free, 500, "in the committee");
        _check();
    }

    /// @dev The lottery's block is on EIP-2935's record alone.
    function test_an_audit_and_a_challenge_are_opened_whole_or_not_at_all() external {
        Request memory r = _judged(3, 9_999);
        (bytes32 id, Job memory job) = _claimed(r);
        uint256 number = job.claimBlock + 2;
        vm.roll(number + 300);
        vm.etch(HISTORY, HISTORY_CODE);
        vm.store(HISTORY, bytes32(number % 8191), keccak256("the lottery"));
        uint256 snapshot = vm.snapshotState();
        _starve(passerBy, address(committee), abi.encodeCall(ICommittee.audit, (r, job)));
        vm.assertTrue(committee.caseOf(id).phase == Phase.Drawing, "audited");
        vm.assertTrue(vm.revertToState(snapshot), "back");
        _starve(challenger, address(committee), abi.encodeCall(ICommittee.challenge, (r, job, "seal")));
        vm.assertTrue(market.stateOf(id) == State.Disputed, "challenged");
        vm.assertEq(committee.verifierOf(challenger).free, 100_000_000 - CHALLENGE, "one bond");
    }
}
