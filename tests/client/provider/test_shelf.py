"""The index of results follows the chain, and is the same after a restart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from workbond.chain import anvil
from workbond.chain.types import State
from workbond.cid import cid_of_digest
from workbond.manifest import Manifest
from workbond.provider.plan import Plan
from workbond.provider.shelf import Shelf, Stage

from .conftest import LOOP, PLENTY


def claim_of(world: Any, job_id: bytes) -> bytes:
    """The manifest's digest in the job's claim."""
    head = world.connection.block().number
    (event,) = world.market.events(0, head, names=["JobClaimed"], topics=[job_id])
    return bytes(event.args["manifest"])


def blobs(operator: Any, manifest: bytes) -> list[str]:
    cid = cid_of_digest(manifest)
    found = Manifest.from_bytes(operator.workshop.results.read(cid))
    return [cid, *(task.output for task in found.tasks)]


def test_a_result_goes_from_nobody_to_its_requester_to_everybody(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(inputs=(os.urandom(20), b"two")), challenge_for=600)
    operator.start()
    shelf = operator.workshop.shelf
    assert shelf.job(job_id) is None
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.turn()
    assert shelf.job(job_id) == (world.requester.address, Stage.CLAIMED)
    named = blobs(operator, claim_of(world, job_id))
    assert all(shelf.names(job_id, cid) for cid in named)
    assert not any(shelf.is_public(cid) for cid in named)

    world.advance(600)
    operator.turn_until_state(job_id, State.SETTLED)
    operator.turn()
    assert all(shelf.is_public(cid) for cid in named)


def test_a_new_start_knows_what_the_last_one_knew(world: Any, shop: Any, operator: Any) -> None:
    over = shop.post(shop.spec(inputs=(b"over",)))
    operator.start(Plan(once=True, poll_s=0.05))
    operator.turn_until_state(over, State.SETTLED)
    held = shop.post(shop.spec(inputs=(b"held",)), challenge_for=600)
    operator.start()
    operator.turn_until_state(held, State.CLAIMED)

    operator.start()
    shelf = operator.workshop.shelf
    assert not shelf.ready
    operator.turn()
    assert shelf.ready
    assert shelf.job(over) == (world.requester.address, Stage.FINAL)
    assert shelf.job(held) == (world.requester.address, Stage.CLAIMED)
    assert shelf.is_public(blobs(operator, claim_of(world, over))[1])
    assert not shelf.is_public(blobs(operator, claim_of(world, held))[1])


def test_what_was_executed_and_never_claimed_is_nobody_s_for_ever(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(LOOP, limits=PLENTY), run_for=600)
    operator.start(units_per_second=10**12)
    operator.turn_until_state(job_id, State.RUNNING)
    results, shelf = operator.workshop.results, operator.workshop.shelf
    digest = _publish(world, operator, job_id)
    assert shelf.job(job_id) == (world.requester.address, Stage.EXECUTED)
    operator.turn()
    assert shelf.job(job_id) == (world.requester.address, Stage.EXECUTED)
    world.advance(601)
    operator.turn_until_state(job_id, State.VOID)
    operator.turn()
    assert shelf.job(job_id) is None
    assert results.has(cid_of_digest(digest))
    assert not shelf.is_public(cid_of_digest(digest))


def test_a_job_that_was_claimed_and_settled_between_two_looks_is_everybody_s(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(inputs=(os.urandom(20),)), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.turn()
    digest = claim_of(world, job_id)
    shelf, results = operator.workshop.shelf, operator.workshop.results
    shelf.note(job_id, world.requester.address, digest, Stage.EXECUTED, results)
    shelf.sync([], lambda _: State.SETTLED, results)
    assert all(shelf.is_public(cid) for cid in blobs(operator, digest))


def test_a_claim_that_a_reorganisation_took_back_is_nobody_s_until_it_stands_again(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(inputs=(os.urandom(20),)), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.RUNNING)
    before = anvil.snapshot(world.connection)
    operator.turn_until_state(job_id, State.CLAIMED)
    operator.turn()
    shelf = operator.workshop.shelf
    named = blobs(operator, claim_of(world, job_id))
    assert shelf.job(job_id) == (world.requester.address, Stage.CLAIMED)

    anvil.revert(world.connection, before)
    anvil.mine(world.connection, 20)
    assert world.market.state_of(job_id) is State.RUNNING
    stages = []

    def look() -> bool:
        operator.turn()
        stages.append(shelf.job(job_id)[1])
        return world.market.state_of(job_id) is State.CLAIMED and stages[-1] is Stage.CLAIMED

    operator.turn_until(look, "the claim to be sent again")
    assert Stage.EXECUTED in stages
    assert not any(shelf.is_public(cid) for cid in named)


def _publish(world: Any, operator: Any, job_id: bytes) -> bytes:
    """Lays a result for the job onto the shelf, as the node does right after an execution."""
    from workbond.cid import digest_of_cid
    from workbond.manifest import make_manifest
    from workbond.tree import Leaf, ResultTree, output_digest

    tree = ResultTree([Leaf(i, 0, 0, 1, 3, output_digest(b"out")) for i in range(2)])
    results = operator.workshop.results
    output = results.put(b"out")
    manifest = make_manifest(job_id, world.provider.address, tree, [output] * 2, [None] * 2)
    digest = digest_of_cid(results.put(manifest.to_bytes()))
    operator.node._housekeeping.shelve(job_id, digest)
    return digest


def test_a_damaged_manifest_hides_its_own_job_only(world: Any, shop: Any, operator: Any) -> None:
    jobs = [shop.post(shop.spec(inputs=(bytes([n]),)), challenge_for=6_000) for n in range(2)]
    operator.start()
    for job_id in jobs:
        operator.turn_until_state(job_id, State.CLAIMED)
    cid = cid_of_digest(claim_of(world, jobs[0]))
    operator.workshop.results.path(cid).write_bytes(b"{}")
    operator.start()
    operator.turn()
    shelf = operator.workshop.shelf
    assert shelf.ready
    assert shelf.job(jobs[0]) is None
    assert shelf.job(jobs[1]) is not None


def test_pruned_results_leave_the_index(world: Any, shop: Any, operator: Any) -> None:
    job_id = shop.post(shop.spec())
    operator.start(Plan(poll_s=0.05, keep_bytes=0))
    operator.turn_until_state(job_id, State.SETTLED)
    shelf = operator.workshop.shelf
    operator.turn_until(lambda: shelf.job(job_id) is None, "the job to leave the index")


def test_the_index_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"no database")
    shelf = Shelf(path)
    assert shelf.job(bytes(32)) is None
    shelf.close()
