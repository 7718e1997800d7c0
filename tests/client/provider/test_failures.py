"""What goes wrong on the provider's own side costs as little as the rules allow."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.errors import UsageError
from workbond.provider.work import Workshop

from ..patience import until
from .conftest import LOOP, PLENTY, frozen

FAST = 2**40


def task_processes() -> list[int]:
    """Process ids of the executor's task processes that this process started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == os.getpid() and b"workbond.executor.task" in words:
            found.append(int(entry.name))
    return found


def test_a_job_whose_tasks_crash_twice_is_released(world: Any, shop: Any, operator: Any) -> None:
    before = world.market.account_of(world.provider.address)
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=PLENTY))
    operator.start(units_per_second=FAST)
    for _ in range(2):
        (process,) = operator.turn_until(task_processes, "a task process")
        os.kill(process, signal.SIGKILL)
        until(lambda: not task_processes(), "the task process to be gone")
        operator.turn()
    operator.turn_until_state(job_id, State.VOID)
    operator.turn_until_said("released, lost ")
    assert any("given up: it failed too often" in line for line in operator.lines)
    lost = before.staked - world.market.account_of(world.provider.address).staked
    assert 10 * 10**18 * 5 // 100 <= lost < 10 * 10**18 * 6 // 100


def test_a_task_that_crashes_once_is_run_again(world: Any, shop: Any, operator: Any) -> None:
    limits = PLENTY.model_copy(update={"units": 3 * 10**9})
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=limits))
    operator.start(units_per_second=FAST)
    (process,) = operator.turn_until(task_processes, "a task process")
    os.kill(process, signal.SIGKILL)
    operator.turn_until_said("failed here: task 0 failed: the process was ended by SIGKILL")
    operator.turn_until_state(job_id, State.CLAIMED)


def test_an_input_lost_after_acceptance_is_fetched_again(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec())
    operator.start()
    operator.turn_until_state(job_id, State.RUNNING)
    operator.stop()
    for path in (operator.home / "inputs").rglob("bafkrei*"):
        path.write_bytes(b"rot")
    operator.start()
    operator.turn_until_state(job_id, State.SETTLED)


def test_a_second_provider_in_the_same_directory_is_refused(world: Any, operator: Any) -> None:
    operator.start()
    with pytest.raises(UsageError, match="another node is running"):
        Workshop(operator.home, world.provider.address, operator.terms)


def test_an_outage_of_the_rpc_only_delays_the_node(world: Any, shop: Any, operator: Any) -> None:
    impatient = Connection(world.url, timeout_s=0.5)
    operator.world = type(world)(
        **{**vars(world), "market": Market(impatient, world.market.address)}
    )
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    with frozen(world.anvil.process.pid):
        pauses = [operator.node.turn() for _ in range(3)]
    assert pauses == sorted(pauses)
    assert pauses[2] > pauses[0]
    assert len([line for line in operator.lines if "trying again until it works" in line]) == 1
    world.advance(600)
    operator.turn_until_state(job_id, State.SETTLED)
    assert any("going on after" in line for line in operator.lines)
