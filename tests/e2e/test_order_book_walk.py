"""A job by signed orders, all parties in processes of their own: book, node, requester, auditor."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from workbond.chain.anvil import Anvil
from workbond.money import parse_amount

from .desk import free_port, new_desk

WAIT_S = 180
TIP = parse_amount("0.1")


class Walk:
    """A directory with the examples and an environment, in which commands are typed."""

    def __init__(self, chain: Anvil, place: Path) -> None:
        self.desk, self.environment = new_desk(place)
        self.environment["WORKBOND_RPC"] = chain.url

    def run(self, command: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.desk,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, command: str) -> Any:
        return json.loads(self.run(f"{command} --json"))

    @contextlib.contextmanager
    def service(self, command: str, log: Path) -> Iterator[None]:
        """A command that runs until it is told to stop, and then ends well."""
        with log.open("w") as file:
            process = subprocess.Popen(
                command.split(),
                cwd=self.desk,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
            try:
                yield
                assert process.poll() is None, log.read_text()
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=WAIT_S)
            finally:
                process.kill()
                process.wait()


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    """A deployed market, and three accounts with coin; two of them with tokens in the market."""
    with Anvil() as chain:
        walk = Walk(chain, tmp_path)
        walk.run("workbond deploy")
        for name in ("provider", "requester", "matcher"):
            walk.run(f"workbond account new {name} --light-kdf && workbond account faucet {name}")
        walk.run("workbond account deposit 200 --account provider --yes")
        walk.run("workbond provider stake 100 --account provider --yes")
        walk.run("workbond account deposit 20 --account requester --yes")
        yield walk


def wait_for_book(url: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/health", timeout=10).ok:
                return
        time.sleep(0.2)
    raise AssertionError(f"the book at {url} never answered well")


def test_a_job_by_signed_orders_from_the_book_to_the_ledger(walk: Walk, tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    url = f"http://{listen}"
    book = f"workbond matcher run --account matcher --listen {listen} --min-tip 0.05 --yes"
    node = f"workbond provider run --account provider --min-price 1000 --book {url} --yes"
    with walk.service(book, tmp_path / "book"):
        wait_for_book(url)
        with walk.service(node, tmp_path / "node"):
            submit = (
                f"workbond job submit examples/climate/job.toml --account requester --book {url}"
            )
            walk.run(f"{submit} --tip 0.1 --yes --wait")
            walk.run("workbond job fetch last --account requester --out results")
            walk.run("workbond job approve last --account requester --yes")
    assert len(list((walk.desk / "results").glob("*.out"))) == 48
    receipt = walk.json("workbond job receipt last --account requester")
    assert receipt["state"] == "Settled"
    assert int(walk.json("workbond account balance matcher")["free"]) == TIP
    told = walk.json("workbond audit job last")
    assert [event["name"] for event in told["events"]] == ["JobMatched", "JobClaimed", "JobSettled"]
    assert told["matches_storage"]
    ledger = walk.json("workbond audit ledger")
    assert ledger["findings"] == []
