"""A job from its posting to the provider's pay, with a real chain, gateway and executor."""

from __future__ import annotations

from typing import Any

from workbond.chain import rules
from workbond.chain.types import State
from workbond.cid import cid_of_digest
from workbond.jobs import JobBook
from workbond.manifest import Manifest
from workbond.money import format_amount
from workbond.provider.plan import Plan
from workbond.tree import seal

WORK = 10**18


def test_a_posted_job_is_executed_claimed_and_finalized(
    world: Any, shop: Any, operator: Any
) -> None:
    before = world.market.account_of(world.provider.address)
    job_id = shop.post(shop.spec())
    node = operator.start()

    operator.turn_until_state(job_id, State.CLAIMED)
    locked = world.market.account_of(world.provider.address)
    assert locked.bonded == before.bonded + 10 * WORK
    operator.turn_until_state(job_id, State.SETTLED)

    line = operator.turn_until_said("settled, earned")
    assert "(the window is over)" in line
    after = world.market.account_of(world.provider.address)
    assert after.bonded == before.bonded
    assert after.free > before.free
    assert not node.finished


def test_outputs_logs_and_manifest_are_what_was_sealed(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(inputs=(b"alpha", b"", b"gamma")), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)

    (claim,) = world.market.events(0, world.connection.block().number, names=["JobClaimed"])
    results = operator.workshop.results
    manifest = Manifest.from_bytes(results.read(cid_of_digest(claim.args["manifest"])))
    tree = manifest.tree()
    assert claim.args["seal"] == seal(world.provider.address, job_id, tree.opening)
    assert [results.read(task.output) for task in manifest.tasks] == [b"alpha", b"", b"gamma"]
    assert [results.read(task.log) for task in manifest.tasks] == [b"copied\n"] * 3
    assert [task.cls for task in manifest.tasks] == [0, 0, 0]


def test_an_approval_pays_at_once_and_is_told(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    node = operator.start(Plan(once=True, poll_s=0.05))
    operator.turn_until_state(job_id, State.CLAIMED)
    assert not node.finished  # a claim is not the end of a job

    number = world.connection.block().number
    events = list(world.market.events(0, number))
    record = JobBook(e for e in events if e.name.startswith("Job")).jobs[job_id]
    assert record.manifest is not None
    tree = Manifest.from_bytes(
        operator.workshop.results.read(cid_of_digest(record.manifest))
    ).tree()
    job = record.live_job()
    world.market.approve(world.requester, job_id, job, tree.root, tree.total_units)
    operator.turn_until(lambda: node.finished, "the node to end")
    paid = format_amount(rules.payment(job, tree.total_units))
    assert any(
        f"settled, earned {paid} WORK (approved by the requester)" in line
        for line in operator.lines
    )


def test_max_jobs_ends_the_node_after_that_many_are_finished(
    world: Any, shop: Any, operator: Any
) -> None:
    first, second = shop.post(shop.spec()), shop.post(shop.spec())
    node = operator.start(Plan(max_jobs=1, poll_s=0.05))
    operator.turn_until(lambda: node.finished, "the node to end")
    states = {world.market.state_of(first), world.market.state_of(second)}
    assert states == {State.SETTLED, State.OPEN}


def test_once_leaves_jobs_alone_that_were_posted_later(
    world: Any, shop: Any, operator: Any
) -> None:
    early = shop.post(shop.spec())
    node = operator.start(Plan(once=True, poll_s=0.05))
    operator.turn()
    late = shop.post(shop.spec())
    operator.turn_until(lambda: node.finished, "the node to end")
    assert world.market.state_of(early) is State.SETTLED
    assert world.market.state_of(late) is State.OPEN
