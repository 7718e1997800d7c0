// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Jobs } from "../kit/Jobs.sol";

/// @title From a posted request to a paid provider
contract LifeTest is Jobs {
    function test_an_approved_job_pays_the_provider_and_returns_the_rest() external {
        Request memory r = _request();
        (bytes32 id, Job memory job) = _claimed(r);
        uint256 before = _free(provider);
        vm.prank(requester);
        market.approve(id, job, _root(id), UNITS / 2);
        vm.assertEq(_free(provider) - before, 1_000 + 150_000, "flat and 1.5 units at the least price");
        vm.assertEq(_free(requester), WEALTH - 151_000, "the requester's rest");
        vm.assertTrue(market.stateOf(id) == State.Settled, "settled");
    }

    function test_a_matched_job_pays_its_tip_to_the_matcher() external {
        Request memory r = _request();
        (bytes32 id, Job memory job) = _match(r);
        vm.assertEq(_free(matcher), r.tip, "the tip");
        vm.assertTrue(market.check(id, job) == State.Running, "running");
    }
}
