"""An RPC that fails in part, or answers nonsense, costs no bond where the chain can be reached."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from workbond.chain.anvil import Anvil
from workbond.chain.types import State
from workbond.deployments import StaleDeployment
from workbond.provider.node import URGENT_PAUSE_MAX_S
from workbond.provider.plan import Plan

from ..nodes import Line, refusal
from .conftest import LOOP, PLENTY

BRIEF = PLENTY.model_copy(update={"units": 10**9})  # a loop of a second


def test_a_running_job_is_claimed_although_logs_can_not_be_had(
    world: Any, shop: Any, operator: Any, operators_line: Line
) -> None:
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=BRIEF))
    operator.start()
    operator.turn_until_said(": accepted, ")
    operators_line.broken["eth_getLogs"] = refusal("query timeout exceeded")
    world.advance(1)
    operator.turn_until(
        lambda: world.market.state_of(job_id) is State.CLAIMED, "the job to be claimed"
    )
    operator.turn_until_said("query timeout exceeded")
    operators_line.broken.clear()
    operator.turn_until(lambda: world.market.state_of(job_id) is State.SETTLED, "it to be settled")


def test_no_job_is_taken_while_logs_can_not_be_had(
    world: Any, shop: Any, operator: Any, operators_line: Line
) -> None:
    node = operator.start()
    operator.turn()
    job_id = shop.post(shop.spec())
    operator.turn_until(lambda: node._worker.kind == "gather", "the job to be gathered")
    operators_line.broken["eth_getLogs"] = refusal("query timeout exceeded")
    world.advance(1)
    operator.turn_until(lambda: node._worker._done is not None, "the job to be fetched")
    operator.turn()
    assert world.market.state_of(job_id) is State.OPEN
    operators_line.broken.clear()
    operator.turn_until_state(job_id, State.CLAIMED)


def test_a_chain_that_was_started_anew_ends_the_node(operator: Any, operators_line: Line) -> None:
    operator.start()
    operator.turn()
    with Anvil() as other:
        operators_line.target = other.url
        with pytest.raises(StaleDeployment, match=r"another chain answers .* start the node again"):
            operator.turn_until(lambda: False, "the node to end")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"jsonrpc":"2.0","id":1,"result":null}',
        b'{"jsonrpc":"2.0","id":1,"result":{}}',
        b'{"jsonrpc":"2.0","id":1,"result":"0x"}',
        b'{"jsonrpc":"2.0","id":1,"result":[{}]}',
        refusal("\x1b[2J" * 1_000),
    ],
    ids=itertools.count(),
)
def test_nonsense_for_a_while_only_delays_a_job(
    world: Any, shop: Any, operator: Any, operators_line: Line, answer: bytes
) -> None:
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=BRIEF))
    operator.start()
    operator.turn_until_said(": accepted, ")
    operators_line.broken["*"] = answer
    pauses = [operator.node.turn() for _ in range(12)]
    assert max(pauses) <= URGENT_PAUSE_MAX_S  # the job's deadline may be near
    operators_line.broken.clear()
    operator.turn_until(lambda: world.market.state_of(job_id) is State.SETTLED, "it to be settled")
    assert all(line.isprintable() for line in operator.lines)


def test_each_new_problem_is_told(world: Any, operator: Any, operators_line: Line) -> None:
    operator.start(Plan(poll_s=0.05))
    operator.turn()
    for number in range(3):
        operators_line.broken["*"] = refusal(f"too many requests: {number}")
        operator.turn()
    operators_line.broken["*"] = refusal("this key has expired")
    for _ in range(3):
        operator.turn()
    told = [line for line in operator.lines if "trying again until it works" in line]
    assert len(told) == 2
    assert "this key has expired" in told[1]
