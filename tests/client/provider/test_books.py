"""What the node counts, says and writes about the jobs it saw, on the real chain."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import threading
from typing import Any

import pytest

from workbond.chain import anvil
from workbond.chain.types import State
from workbond.errors import AuthError
from workbond.provider import statusfile, work
from workbond.provider.journal import SUMMARY_MAX, Journal, Level
from workbond.provider.plan import Plan
from workbond.provider.statusfile import NodeStatus, is_running, read

from ..nodes import Line, refusal
from .conftest import Operator

WORK = 10**18


def counts(operator: Any) -> dict[str, int]:
    return dict(operator.node._books.tally.counts)


def test_jobs_are_counted_by_what_became_of_them(world: Any, shop: Any, operator: Any) -> None:
    pays = {"min_unit_price": 2 * WORK, "max_unit_price": 2 * WORK}
    waiting = shop.post(shop.spec())
    shop.post(shop.spec(), bond=501 * WORK, **pays)
    shop.post_bytes(b"{}", **pays)
    done = shop.post(shop.spec(), **pays)
    operator.start(min_price=2 * WORK)
    operator.turn_until_state(done, State.SETTLED)
    operator.turn_until_said("settled, earned")
    operator.turn_until(lambda: counts(operator).get("SPEC"), "all to be decided")
    assert counts(operator) == {"PRICE": 1, "STAKE": 1, "SPEC": 1, "TOOK": 1}
    world.market.cancel(world.requester, shop.posted[waiting])
    operator.turn_until(lambda: counts(operator).get("TAKEN"), "the cancellation to be seen")
    assert counts(operator) == {"TAKEN": 1, "STAKE": 1, "SPEC": 1, "TOOK": 1}
    tally = operator.node._books.tally
    assert (tally.seen, tally.done, tally.failed) == (4, 1, 0)
    assert tally.earned > 0


def test_the_summary_is_told_once_until_it_changes(world: Any, shop: Any, operator: Any) -> None:
    shop.post(shop.spec(), bond=501 * WORK)
    operator.start(Plan(poll_s=0.05, summary_s=0.0))
    line = operator.turn_until_said("seen 1 job")
    assert line == "seen 1 job: took 0; not taken: STAKE 1 (1 WORK more would do)"
    for _ in range(3):
        world.advance(1)
        operator.turn()
    shop.post(shop.spec(), bond=502 * WORK)
    operator.turn_until_said("seen 2 jobs")
    assert len([line for line in operator.lines if line.startswith("seen ")]) == 2


def test_the_summary_is_not_told_again_before_its_time(
    world: Any, shop: Any, operator: Any
) -> None:
    shop.post(shop.spec(), bond=501 * WORK)
    operator.start()
    operator.turn_until_said("seen 1 job")
    shop.post(shop.spec(), bond=501 * WORK)
    operator.turn_until(lambda: counts(operator).get("STAKE") == 2, "the second to be seen")
    world.advance(1)
    operator.turn()
    assert len([line for line in operator.lines if line.startswith("seen ")]) == 1


def test_too_little_gas_coin_for_a_whole_job_is_a_reason_of_its_own(
    world: Any, shop: Any, operator: Any
) -> None:
    operator.start()
    operator.turn_until_said("card announced")  # which takes gas too
    anvil.set_balance(world.connection, world.provider.address, 10**13)
    job_id = shop.post(shop.spec())
    operator.turn_until_said("not taken: GAS")
    assert world.market.state_of(job_id) is State.OPEN
    anvil.set_balance(world.connection, world.provider.address, 10**18)
    world.advance(1)
    operator.turn_until_state(job_id, State.SETTLED)


def test_an_acceptance_that_the_rpc_does_not_take_counts_as_rpc(
    world: Any,
    shop: Any,
    operator: Any,
    operators_line: Line,
) -> None:
    operator.start()
    operator.turn()
    job_id = shop.post(shop.spec())
    operators_line.broken["eth_sendRawTransaction"] = refusal("over your quota")
    operator.turn_until_said("not accepted: ")
    assert counts(operator) == {"RPC": 1}
    assert world.market.state_of(job_id) is State.OPEN


class Wavering:
    """The provider's account at a signer whose owner may say no."""

    def __init__(self, signer: Any) -> None:
        self._signer, self.willing = signer, True
        self.address = signer.address

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        if not self.willing:
            raise AuthError("the signer refused the transaction (Request denied): ask its owner")
        return bytes(self._signer.sign_transaction(transaction))


def test_a_refusal_of_the_accounts_signer_is_told_and_survived(
    world: Any, shop: Any, operator: Any
) -> None:
    signer = Wavering(world.provider)
    operator.world = dataclasses.replace(world, provider=signer)
    operator.start()
    operator.turn()
    signer.willing = False
    job_id = shop.post(shop.spec())
    operator.turn_until_said("not accepted: the signer refused the transaction")
    assert counts(operator) == {"SIGNER": 1}
    assert not any("internal error" in line for line in operator.lines)
    assert world.market.state_of(job_id) is State.OPEN


def test_a_claim_that_the_signer_refuses_is_tried_again(
    world: Any, shop: Any, operator: Any
) -> None:
    signer = Wavering(world.provider)
    operator.world = dataclasses.replace(world, provider=signer)
    operator.start()
    job_id = shop.post(shop.spec())
    operator.turn_until_state(job_id, State.RUNNING)
    signer.willing = False
    operator.turn_until_said("could not submit it: the signer refused")
    signer.willing = True
    operator.turn_until_state(job_id, State.CLAIMED)


def test_a_job_that_came_and_went_during_an_outage_counts_as_rpc(
    world: Any,
    shop: Any,
    operator: Any,
    operators_line: Line,
) -> None:
    operator.start()
    operator.turn()
    operators_line.broken["*"] = refusal("maintenance")
    operator.turn()
    status = read(operator.home)
    assert status is not None
    operator.node._books.write("", [], now=True)
    status = read(operator.home)
    assert status is not None
    assert status.rpc.failed_tries == 1
    assert "maintenance" in status.rpc.problem
    request = world.posted(bond=0)
    world.market.accept(world.stranger, request)
    operators_line.broken.clear()
    operator.turn_until_said("going on after")
    assert counts(operator) == {"RPC": 1}
    status = operator.node._books._status("", [])
    assert (status.rpc.outages, status.rpc.failed_tries) == (1, 0)


def test_the_status_file_tells_all_of_it(world: Any, shop: Any, operator: Any) -> None:
    refused = shop.post(shop.spec(), bond=501 * WORK)
    done = shop.post(shop.spec(), bond=0)
    node = operator.start(Plan(once=True, poll_s=0.05))
    assert is_running(operator.home)
    operator.turn_until(lambda: node.finished, "the node to end")
    status = read(operator.home)
    assert status is not None
    assert status.provider == world.provider.address
    assert status.rpc.block > 0
    assert (status.jobs.seen, status.jobs.took, status.jobs.done) == (2, 1, 1)
    (counted,) = status.jobs.not_taken
    assert (counted.code, counted.jobs, counted.hint) == ("STAKE", 1, "1 WORK more would do")
    assert [(job.id, job.code) for job in status.refused] == [(f"0x{refused.hex()}", "STAKE")]
    (ended,) = status.ended
    assert (ended.id, ended.state) == (f"0x{done.hex()}", "Settled")
    assert ended.amount == status.jobs.earned != "0"
    assert status.learnt.jobs == 1
    operator.stop()
    assert not is_running(operator.home)


def test_a_live_job_found_at_the_start_is_told_and_is_none_of_those_seen(
    world: Any, shop: Any, operator: Any
) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    operator.start()
    operator.turn_until_state(job_id, State.CLAIMED)
    node = operator.start()
    operator.turn()
    status = node._books._status("", node._board.own())
    assert (status.jobs.seen, status.jobs.resumed) == (0, 1)
    (live,) = status.live
    assert (live.id, live.state, live.waits_for) == (
        f"0x{job_id.hex()}",
        "Claimed",
        "finalize from",
    )


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b"x" * (2 << 20)], ids=range(5))
def test_a_damaged_status_file_is_told_in_one_line(operator: Operator, data: bytes) -> None:
    operator.home.mkdir()
    (operator.home / statusfile.FILE).write_bytes(data)
    with pytest.raises(statusfile.UsageError, match=r"can't be read .* remove it") as caught:
        read(operator.home)
    assert "\n" not in str(caught.value)


def test_a_status_file_that_can_not_be_written_stops_nothing(
    world: Any, shop: Any, operator: Any
) -> None:
    operator.home.mkdir()
    (operator.home / f"{statusfile.FILE}.new").mkdir()
    (operator.home / "statistics.json.new").mkdir()
    job_id = shop.post(shop.spec())
    operator.start()
    operator.turn_until_state(job_id, State.SETTLED)
    told = [line for line in operator.lines if "could not be written: Is a directory" in line]
    assert len(told) == 2


def test_asking_whether_a_node_runs_does_not_keep_one_from_starting(
    world: Any, operator: Any
) -> None:
    operator.start()
    operator.stop()
    with (operator.home / "lock").open("rb") as guard:
        fcntl.flock(guard, fcntl.LOCK_SH)
        timer = threading.Timer(work.LOCK_PAUSE_S, fcntl.flock, (guard, fcntl.LOCK_UN))
        timer.start()
        operator.start()
        timer.join()
    assert is_running(operator.home)


def test_every_line_is_a_json_object_too() -> None:
    records: list[dict[str, Any]] = []
    journal = Journal(lambda _: None, records.append)
    numbers: dict[str, int | str] = {"amount": "1" * 30, "big": 2**60, "n": 3, "s": "a\x1bb"}
    journal.say("job 0x01: what", "DONE", level=Level.WARNING, job=b"\1", numbers=numbers)
    (record,) = map(json.loads, map(json.dumps, records))
    assert record.pop("time").endswith("+00:00")
    assert record == {
        "level": "warning",
        "code": "DONE",
        "job": "0x01",
        "text": "job 0x01: what",
        "numbers": {"amount": "1" * 30, "big": str(2**60), "n": 3, "s": "a b"},
    }
    journal.say("x" * 10_000, "SUMMARY")
    assert len(records[-1]["text"]) == SUMMARY_MAX


def test_the_status_model_takes_back_what_it_gave(world: Any, operator: Any) -> None:
    status = operator.start()._books._status("waiting", [])
    assert NodeStatus.model_validate_json(status.model_dump_json()) == status
