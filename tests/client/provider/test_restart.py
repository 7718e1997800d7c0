"""A node that starts again finds its live jobs on the chain and finishes them."""

from __future__ import annotations

import shutil
from typing import Any

from workbond.chain.types import State
from workbond.provider.own import GIVE_UP_S
from workbond.provider.plan import Plan

from .conftest import LOOP, PLENTY

FAST = 2**40  # units per second that make any job fit


def test_a_job_left_after_acceptance_is_executed_by_the_next_node(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec())
    operator.start()
    operator.turn_until_state(job_id, State.RUNNING)
    node = operator.start(Plan(once=True, poll_s=0.05))
    operator.turn_until(lambda: node.finished, "the node to end")
    assert world.market.state_of(job_id) is State.SETTLED
    assert any("found Running, going on" in line for line in operator.lines)


def test_a_running_job_is_finished_even_under_other_terms(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec())
    operator.start()
    operator.turn_until_state(job_id, State.RUNNING)
    node = operator.start(
        Plan(once=True, poll_s=0.05), units_per_second=1, output_bytes=0, download_bytes=0
    )
    operator.turn_until(lambda: node.finished, "the node to end")
    assert world.market.state_of(job_id) is State.SETTLED


def test_a_claim_is_finalized_by_the_next_node(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.start()
    operator.turn_until_said("found Claimed, going on")
    world.advance(600)
    operator.turn_until_state(job_id, State.SETTLED)


def test_a_claim_whose_results_are_lost_is_executed_again_and_finalized(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.stop()
    shutil.rmtree(operator.home)
    operator.start()
    world.advance(600)
    operator.turn_until_state(job_id, State.SETTLED)
    assert any("its stored manifest is lost" in line for line in operator.lines)


def test_a_running_job_goes_before_a_lost_claim(world: Any, shop: Any, operator: Any) -> None:
    limits = PLENTY.model_copy(update={"units": 10**9})
    claimed = shop.post(shop.spec(LOOP, inputs=(b"",), limits=limits), challenge_for=600)
    operator.start(units_per_second=FAST)
    operator.turn_until_state(claimed, State.CLAIMED)
    operator.stop()
    shutil.rmtree(operator.home)
    running = shop.post(shop.spec(LOOP, inputs=(b"x",), limits=limits), run_for=3_000)
    world.market.accept(world.provider, shop.posted[running])
    world.advance(600)
    operator.start(units_per_second=FAST)
    operator.turn_until_state(claimed, State.SETTLED)
    done = [line for line in operator.lines if " task done, " in line]
    assert [line.split()[1] for line in done[-2:]] == [f"0x{running.hex()}:", f"0x{claimed.hex()}:"]


def test_a_damaged_manifest_counts_as_lost(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.stop()
    for path in (operator.home / "results").rglob("bafkrei*"):
        path.write_bytes(b"rot")
    operator.start()
    world.advance(600)
    operator.turn_until_state(job_id, State.SETTLED)


def test_a_job_found_too_late_is_expired_which_frees_the_rest_of_the_bond(
    world: Any, shop: Any, operator: Any
) -> None:
    before = world.market.account_of(world.provider.address)
    job_id = shop.post(shop.spec(LOOP, limits=PLENTY))
    operator.start(units_per_second=FAST)
    operator.turn_until_state(job_id, State.RUNNING)
    operator.stop()
    world.advance(600)
    operator.start(units_per_second=FAST)
    operator.turn_until_state(job_id, State.VOID)
    assert any("given up: its time is over" in line for line in operator.lines)
    after = world.market.account_of(world.provider.address)
    bond = 10 * 10**18
    assert after.bonded == before.bonded
    assert before.staked - after.staked == bond * 25 // 100
    assert after.free - before.free == bond // 100  # the caller's reward


def test_a_claim_found_after_its_grace_is_voided(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.stop()
    world.advance(600 + 86_400)
    operator.start()
    operator.turn_until_state(job_id, State.VOID)
    operator.turn_until_said("void, the seal was not opened in time, lost 5 WORK")


def test_a_job_that_can_not_be_done_any_more_is_released_not_expired(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(LOOP, limits=PLENTY))
    operator.start(units_per_second=FAST)
    operator.turn_until_state(job_id, State.RUNNING)
    operator.turn()
    world.advance(600 - GIVE_UP_S)
    operator.turn_until_said("released, lost ")
    assert world.market.state_of(job_id) is State.VOID
