// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IErrors } from "../../../contracts/interfaces/IErrors.sol";
import { IMarketErrors } from "../../../contracts/interfaces/IMarketErrors.sol";
import { Plays } from "./Plays.sol";
import { BurningResolver, GreedyResolver } from "./hostile/Resolvers.sol";

/// @title A resolver that burns, lies, is silent, or wants more than it gets
/// @dev The requester chose it and the provider agreed: a liar costs what they signed, and never more.
contract ResolversTest is Plays {
    uint96 private constant FEE = 100_000;
    uint32 private constant CASE_FOR = 10 days;

    function _judgedBy(address resolver) private returns (Request memory r) {
        r = _request();
        r.resolver = resolver;
        r.caseFor = CASE_FOR;
        r.caseFee = FEE;
    }

    /// @dev A claim whose case is open, with everybody watched from before it was posted.
    function _disputedBy(address resolver) private returns (bytes32 id, Job memory job) {
        Request memory r = _judgedBy(resolver);
        _watch();
        (id, job) = _claimed(r);
        job = _dispute(id, job);
    }

    function test_one_that_burns_all_gas_is_never_called_by_anybody_elses_step() external {
        BurningResolver burner = new BurningResolver(market);
        Request memory r = _judgedBy(address(burner));
        _watch(address(burner));
        (bytes32 id, Job memory job) = _accept(r);
        vm.prank(provider);
        bytes32 seal = _seal(provider, id, _root(id), UNITS / 2);
        market.submit{ gas: 200_000 }(id, job, seal, 0);
        job = _claim(job, seal);
        burner.dispute(id, job);
        job.disputedAt = uint64(_now());
        _moveTo(job.disputedAt + CASE_FOR);
        vm.prank(passerBy);
        market.timeout{ gas: 200_000 }(id, job);
        job = _cleared(job);
        vm.prank(passerBy);
        market.finalize{ gas: 200_000 }(id, job, _root(id), UNITS / 2);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_one_that_never_opens_a_case_costs_nothing() external {
        Request memory r = _judgedBy(matcher);
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        _moveTo(job.windowEnd);
        vm.expectPartialRevert(IErrors.TooLate.selector);
        vm.prank(matcher);
        market.dispute(id, job);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT);
        _check();
    }

    function test_one_that_opens_a_case_in_the_last_second_and_never_answers_costs_time_alone() external {
        Request memory r = _judgedBy(matcher);
        _watch();
        (bytes32 id, Job memory job) = _claimed(r);
        uint256 undisturbed = job.windowEnd;
        _moveTo(job.windowEnd - 1);
        job = _dispute(id, job);
        _moveTo(job.disputedAt + CASE_FOR - 1);
        vm.expectPartialRevert(IErrors.TooEarly.selector);
        vm.prank(passerBy);
        market.timeout(id, job);
        _moveTo(job.disputedAt + CASE_FOR);
        vm.expectPartialRevert(IErrors.TooLate.selector);
        vm.prank(matcher);
        market.resolve(id, job, Verdict.Rejected, address(0));
        vm.prank(passerBy);
        market.timeout(id, job);
        job = _cleared(job);
        vm.assertEq(_now(), undisturbed - 1 + CASE_FOR, "the delay is caseFor");
        _finalize(id, job); // at once
        _gains(provider, PAYMENT);
        _loses(requester, PAYMENT); // the fee came back
        _check();
    }

    function test_one_that_lies_takes_the_bond_as_signed_and_no_more_than_its_fee_of_it() external {
        (bytes32 id, Job memory job) = _disputedBy(matcher);
        vm.prank(matcher);
        market.resolve(id, job, Verdict.Rejected, passerBy);
        uint256 rest = BOND - FEE;
        _loses(provider, BOND);
        _gains(matcher, FEE);
        _gains(requester, rest * 30 / 100);
        _gains(passerBy, rest * 30 / 100);
        _gains(SINK, rest * 40 / 100);
        _check();
    }

    function test_one_that_upholds_a_wrong_claim_costs_the_requester_what_it_signed() external {
        (bytes32 id, Job memory job) = _disputedBy(matcher);
        _moveTo(job.disputedAt + CASE_FOR - 1);
        vm.prank(matcher);
        market.resolve(id, job, Verdict.Upheld, address(0));
        job = _cleared(job);
        _finalize(id, job);
        _gains(provider, PAYMENT);
        _gains(matcher, FEE);
        _loses(requester, PAYMENT + FEE);
        _check();
    }

    function test_one_that_names_the_provider_as_its_challenger_still_costs_it_seven_tenths() external {
        (bytes32 id, Job memory job) = _disputedBy(matcher);
        vm.prank(matcher);
        market.resolve(id, job, Verdict.Rejected, provider);
        uint256 rest = BOND - FEE;
        _loses(provider, FEE + rest * 70 / 100);
        _gains(matcher, FEE);
        _gains(requester, rest * 30 / 100);
        _gains(SINK, rest * 40 / 100);
        _check();
    }

    function test_one_that_is_the_requester_gains_less_than_the_provider_loses() external {
        (bytes32 id, Job memory job) = _disputedBy(requester);
        vm.prank(requester);
        market.resolve(id, job, Verdict.Rejected, requester);
        uint256 rest = BOND - FEE;
        _loses(provider, BOND);
        _gains(requester, FEE + rest * 60 / 100);
        _gains(SINK, rest * 40 / 100); // and so nodes take only resolvers that they know
        _check();
    }

    function test_one_that_wants_its_fee_twice_is_refused() external {
        GreedyResolver greedy = new GreedyResolver(market);
        Request memory r = _judgedBy(address(greedy));
        _watch(address(greedy));
        (bytes32 id, Job memory job) = _claimed(r);
        greedy.dispute(id, job);
        job.disputedAt = uint64(_now());
        Job memory after_ = _cleared(job);
        greedy.resolveTwice(id, job, Verdict.Upheld, after_);
        bytes memory refusal =
            abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, State.Disputed, State.Claimed);
        vm.assertEq(greedy.refusal(), refusal, "the second verdict");
        _finalize(id, after_);
        _gains(provider, PAYMENT);
        _gains(address(greedy), FEE);
        _loses(requester, PAYMENT + FEE);
        _check();
    }

    function test_one_that_rejects_twice_takes_one_bond() external {
        GreedyResolver greedy = new GreedyResolver(market);
        Request memory r = _judgedBy(address(greedy));
        _watch(address(greedy));
        (bytes32 id, Job memory job) = _claimed(r);
        greedy.dispute(id, job);
        job.disputedAt = uint64(_now());
        greedy.resolveTwice(id, job, Verdict.Rejected, job);
        bytes memory refusal =
            abi.encodeWithSelector(IMarketErrors.WrongState.selector, id, State.Disputed, State.Void);
        vm.assertEq(greedy.refusal(), refusal, "the second verdict");
        uint256 rest = BOND - FEE;
        _loses(provider, BOND);
        _gains(address(greedy), FEE);
        _gains(requester, rest * 30 / 100);
        _gains(SINK, rest * 70 / 100);
        _check();
    }

    function test_one_that_wants_to_judge_a_claim_again_is_refused_within_the_same_second() external {
        GreedyResolver greedy = new GreedyResolver(market);
        Request memory r = _judgedBy(address(greedy));
        _watch(address(greedy));
        (bytes32 id, Job memory job) = _claimed(r);
        greedy.dispute(id, job);
        job.disputedAt = uint64(_now());
        Job memory after_ = _cleared(job);
        greedy.resolveAndReopen(id, job, after_);
        vm.assertEq(
            greedy.refusal(),
            abi.encodeWithSelector(IErrors.TooLate.selector, _now(), _now()),
            "the second case"
        );
        _finalize(id, after_);
        _gains(provider, PAYMENT);
        _gains(address(greedy), FEE);
        _loses(requester, PAYMENT + FEE);
        _check();
    }

    function test_a_silent_case_stops_no_answer_and_no_demand_escapes_through_it() external {
        Request memory r = _judgedBy(matcher);
        _watch();
        (bytes32 id, Job memory job,) = _claimedOutput(r, "out");
        job = _demand(id, job, _pairs(1));
        job = _dispute(id, job);
        _moveTo(job.disputedAt + CASE_FOR); // the answer is nine days overdue
        vm.prank(passerBy);
        market.timeout(id, job);
        job = _cleared(job);
        vm.expectPartialRevert(IMarketErrors.DemandOpen.selector);
        _finalize(id, job);
        vm.prank(passerBy);
        market.void(id, job);
        _loses(provider, BOND / 2);
        _gains(requester, BOND * 49 / 100);
        _gains(passerBy, BOND / 100);
        _check();
    }

    /// @dev A demand in the last second, its answer in the last, a case in the last, a resolver that is silent.
    function test_no_bond_is_locked_for_longer_than_its_offer_allows() external {
        Request memory r = _judgedBy(matcher);
        uint256 longest = uint256(r.challengeFor) * 3 / 2 + 1 days + CASE_FOR + 1 days;
        _watch();
        (bytes32 id, Job memory job, bytes32 root) = _claimedOutput(r, "out");
        _moveTo(job.windowEnd - 1);
        job = _demand(id, job, _pairs(1));
        _moveTo(job.answerBy - 1);
        job = _answer(id, job, 1, root, "out", 0, 1);
        _moveTo(job.windowEnd - 1);
        job = _dispute(id, job);
        _moveTo(job.disputedAt + CASE_FOR);
        vm.prank(passerBy);
        market.timeout(id, job);
        job = _cleared(job);
        _moveTo(job.windowEnd + GRACE - 1);
        vm.assertTrue(_now() < job.claimedAt + longest, "within maxLockFor");
        vm.assertTrue(_now() + 10 > job.claimedAt + longest, "and almost as long");
        vm.prank(passerBy);
        market.finalize(id, job, root, UNITS / 2);
        _gains(provider, PAYMENT + 500);
        _loses(requester, PAYMENT + 500);
        _check();
    }
}
