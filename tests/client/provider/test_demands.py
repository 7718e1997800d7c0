"""A provider whose requester demands output shows it on the chain by itself."""

from __future__ import annotations

import os
from typing import Any

import pytest

from workbond.answers import shown_by
from workbond.chain.types import State, pair
from workbond.cid import cid_of_digest
from workbond.jobs import JOB_EVENTS, JobBook
from workbond.manifest import Manifest
from workbond.provider import demands
from workbond.provider.status import next_deadline
from workbond.spec import Limits

WORK = 10**18
LARGE = Limits(units=200_000_000, memory=1 << 20, output=1 << 18)
# Writes 40,000 bytes: two whole chunks and a part of a third.
WIDE = """
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 40000))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))
"""


def record_of(world: Any, job_id: bytes) -> Any:
    events = world.market.events(0, world.connection.block().number, names=JOB_EVENTS)
    return JobBook(events).jobs[job_id]


def claim(world: Any, shop: Any, operator: Any, *, wide: bool = False, **changes: Any) -> bytes:
    spec = shop.spec(WIDE, limits=LARGE) if wide else shop.spec(inputs=(os.urandom(20), b""))
    job_id = bytes(shop.post(spec, **({"challenge_for": 600} | changes)))
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    return job_id


def demand(world: Any, job_id: bytes, *pairs: int) -> Any:
    job = record_of(world, job_id).live_job()
    world.market.demand(world.requester, job_id, job, list(pairs))


def test_demanded_chunks_are_shown_and_the_fees_earned(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = claim(world, shop, operator, wide=True)
    before = world.market.account_of(world.provider.address).free
    # the last one is beyond the output's end, and the leaf answers it
    pairs = [pair(0, 0), pair(1, 2), pair(1, 3)]
    demand(world, job_id, *pairs)
    line = operator.turn_until_said("3 chunks shown on the chain, earned 0.3 WORK; the")
    assert "gas coin" in line
    assert any("demands 3 chunks of output" in line for line in operator.lines)
    assert world.market.account_of(world.provider.address).free == before + 3 * WORK // 10
    record = record_of(world, job_id)
    assert record.live_job().unanswered == 0
    answered = next(event for event in record.events if event.name == "OutputAnswered")
    shown = shown_by(world.market, answered, pairs, 2)
    assert shown is not None
    assert [answer.data and len(answer.data) for answer in shown] == [16_384, 40_000 - 32_768, None]

    world.advance(900)
    operator.turn_until_state(job_id, State.SETTLED)


def test_answers_that_one_transaction_does_not_hold_go_in_several(
    world: Any, shop: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demands, "CALLDATA_MAX", 40_000)
    job_id = claim(world, shop, operator, wide=True)
    demand(world, job_id, *(pair(task, chunk) for task in (0, 1) for chunk in (0, 1)))
    operator.turn_until(lambda: not record_of(world, job_id).live_job().unanswered, "all answers")
    assert sum("2 chunks shown" in line for line in operator.lines) == 2


def test_a_demand_that_was_made_while_the_node_was_off_is_answered(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = claim(world, shop, operator)
    operator.stop()
    demand(world, job_id, pair(0, 0))
    world.advance(40_000)
    operator.start()
    operator.turn_until_said("1 chunk shown on the chain")
    world.advance(600)
    operator.turn_until_state(job_id, State.SETTLED)


def test_a_demand_for_outputs_that_were_lost_is_answered_by_executing_again(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = claim(world, shop, operator)
    operator.stop()
    for path in (operator.home / "results").rglob("bafkrei*"):
        path.unlink()
    demand(world, job_id, pair(0, 0), pair(1, 0))
    operator.start()
    operator.turn_until_said("2 chunks shown on the chain")
    assert any("executing it again to answer" in line for line in operator.lines)


def test_an_output_that_rotted_is_made_again(world: Any, shop: Any, operator: Any) -> None:
    job_id = claim(world, shop, operator)
    results = operator.workshop.results
    manifest = Manifest.from_bytes(results.read(cid_of_digest(record_of(world, job_id).manifest)))
    results.path(manifest.tasks[0].output).write_bytes(b"rot")
    demand(world, job_id, pair(0, 0))
    operator.turn_until_said("1 chunk shown on the chain")


def test_what_was_not_answered_in_time_is_voided_at_once(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = claim(world, shop, operator)
    operator.stop()
    demand(world, job_id, pair(0, 0))
    world.advance(86_400)
    operator.start()
    operator.turn_until_state(job_id, State.VOID)
    operator.turn_until_said("void, a demand for output was not answered, lost 5 WORK")


def test_a_demand_is_told_as_the_next_deadline(world: Any, shop: Any, operator: Any) -> None:
    job_id = claim(world, shop, operator)
    demand(world, job_id, pair(0, 0))
    record = record_of(world, job_id)
    assert next_deadline(record) == ("answer the demand before", record.live_job().answer_by)
