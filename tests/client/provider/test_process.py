"""The real process: `python -m workbond provider run`, its signals, and being killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from workbond import accounts
from workbond.chain.types import State
from workbond.cid import cid_of_digest
from workbond.provider.card import read_card

from ..patience import until
from ..processes import Running
from .conftest import LOOP, PLENTY, signed


class Provider(Running):
    """A `workbond provider run`."""

    def __init__(self, world: Any, home: Path, *options: str) -> None:
        command = [sys.executable, "-m", "workbond", "provider", "run", "--account", "provider"]
        command += ["--rpc", world.url, "--deployments", str(world.directory)]
        command += ["--home", str(home), "--password-file", str(home / "password")]
        command += [
            "--listen",
            "127.0.0.1:0",
            "--cores",
            "2",
            "--min-price",
            "0",
            "--yes",
            *options,
        ]
        super().__init__(command)


Start = Callable[..., Provider]


@pytest.fixture
def start(world: Any, tmp_path: Path) -> Iterator[Start]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "password").write_text("pw\n")
    accounts.import_dev_key(home, "provider", 2, "pw")
    started: list[Provider] = []

    def begin(*options: str) -> Provider:
        started.append(Provider(world, home, *options))
        return started[-1]

    yield begin
    for provider in started:
        provider.end()


def test_once_takes_a_job_serves_its_results_gets_paid_and_ends(
    world: Any, shop: Any, start: Start
) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    provider = start("--once", "--region", "de")
    provider.await_line("claimed; ")
    number = world.connection.block().number
    (card,) = world.market.events(0, number, names=["CardAnnounced"])
    (claim,) = world.market.events(0, number, names=["JobClaimed"])
    gateway = read_card(card.args["json"]).endpoints.gateway
    header = signed(world, job_id, gateway)

    def ask(cid: str, **headers: str) -> requests.Response:
        return requests.get(f"{gateway}/ipfs/{cid}?format=raw", headers=headers, timeout=10)

    def answer(cid: str) -> requests.Response | None:
        """Its node sees the claim's block a moment after we did."""
        found = ask(cid, Authorization=header)
        return None if found.status_code == 503 else found

    cid = cid_of_digest(claim.args["manifest"])
    manifest = until(lambda: answer(cid), "the claim to be known")
    assert manifest.status_code == 200
    outputs = [
        ask(task["output"], Authorization=header).content for task in manifest.json()["tasks"]
    ]
    assert outputs == [b"one", b"two"]
    assert ask(cid).status_code == 404  # not without a signature
    for foreign in (b"spare", shop.store.read(shop.spec().program)):  # fetched, but no result
        assert ask(shop.store.put(foreign), Authorization=header).status_code == 404

    world.advance(600)
    assert provider.await_end() == 0
    assert world.market.state_of(job_id) is State.SETTLED
    assert "settled, earned" in provider.lines[-1]
    assert all(line.isprintable() for line in provider.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_the_next_start_finishes_the_job(
    world: Any, shop: Any, start: Start, number: signal.Signals
) -> None:
    limits = PLENTY.model_copy(update={"units": 3 * 10**9})
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=limits))
    first = start("--units-per-second", str(2**40))
    first.await_line(": accepted, ")
    first.process.send_signal(number)
    assert first.await_end() == 0
    assert first.lines[-1].startswith("stopping; live jobs stay on the chain")
    assert world.market.state_of(job_id) is State.RUNNING
    second = start("--once")
    assert second.await_end() == 0
    assert world.market.state_of(job_id) is State.SETTLED


def test_a_node_killed_after_acceptance_finishes_the_job_when_started_again(
    world: Any, shop: Any, start: Start
) -> None:
    limits = PLENTY.model_copy(update={"units": 3 * 10**9})
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=limits))
    first = start("--units-per-second", str(2**40))
    first.await_line(": accepted, ")
    first.process.kill()
    assert first.await_end() == -signal.SIGKILL
    second = start("--once")
    second.await_line("found Running, going on")
    assert second.await_end() == 0
    assert world.market.state_of(job_id) is State.SETTLED


def test_a_node_killed_after_its_claim_finalizes_it_when_started_again(
    world: Any, shop: Any, start: Start
) -> None:
    job_id = shop.post(shop.spec(), challenge_for=600)
    first = start()
    first.await_line("claimed; ")
    first.process.kill()
    assert first.await_end() == -signal.SIGKILL
    second = start("--once")
    second.await_line("found Claimed, going on")
    world.advance(600)
    assert second.await_end() == 0
    assert world.market.state_of(job_id) is State.SETTLED


def test_a_second_signal_ends_it_at_once(world: Any, shop: Any, start: Start) -> None:
    provider = start()
    provider.await_line("follows the market")
    os.kill(provider.process.pid, signal.SIGSTOP)  # so that both signals find it at once
    os.kill(provider.process.pid, signal.SIGTERM)
    os.kill(provider.process.pid, signal.SIGINT)
    os.kill(provider.process.pid, signal.SIGCONT)
    assert provider.await_end() in (128 + signal.SIGTERM, 128 + signal.SIGINT)


def test_a_busy_port_is_told_in_one_line(world: Any, shop: Any, start: Start) -> None:
    provider = start("--listen", f"127.0.0.1:{shop.gateway.port}")
    assert provider.await_end() == 6
    assert "can't listen" in provider.lines[-1]
