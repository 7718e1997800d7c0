"""The real process: `python -m workbond matcher run`, killed and started again; its status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.chain.types import State
from workbond.cli import matcher as command
from workbond.orders.bookclient import BookClient
from workbond.orders.listing import OrderState

from ..patience import WAIT_S, until
from .conftest import WORK, House, Side


class Process:
    """A `workbond matcher run --json` whose records are collected while it runs."""

    def __init__(self, world: Any, home: Path, *options: str) -> None:
        call = [sys.executable, "-m", "workbond", "matcher", "run", "--account", "matcher"]
        call += ["--rpc", world.url, "--deployments", str(world.directory), "--home", str(home)]
        call += ["--password-file", str(home / "password"), "--listen", "127.0.0.1:0"]
        call += ["--yes", "--json", *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(call, stdout=pipe, stderr=pipe, text=True)
        self.records: list[dict[str, Any]] = []
        self.errors = ""
        self._readers = [
            threading.Thread(target=target, daemon=True) for target in (self._read, self._drain)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.records.append(json.loads(line))

    def _drain(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            self.errors = stream.read()

    def await_code(self, code: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = [record for record in self.records if record["code"] == code]
            if not found and self.process.poll() is not None:
                self._readers[1].join(5)
                raise AssertionError(f"it ended without {code}: {self.errors}")
            return found[-1] if found else None

        found: dict[str, Any] = until(look, f"{code} in {self.records}")
        return found

    def book(self) -> BookClient:
        self.await_code("STARTED")
        return BookClient(self.await_code("LISTENING")["numbers"]["url"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        code = self.process.wait(WAIT_S)
        for reader in self._readers:
            reader.join(WAIT_S)
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(world: Any, tmp_path: Path) -> Iterator[Start]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "password").write_text("pw\n")
    accounts.import_dev_key(home, "matcher", 3, "pw")
    running: list[Process] = []

    def go(*options: str) -> Process:
        running.append(Process(world, home, *options))
        return running[-1]

    yield go
    for process in running:
        process.stop(signal.SIGKILL)


def test_a_killed_matcher_loses_no_order_that_it_confirmed(
    start: Start, side: Side, world: Any
) -> None:
    first = start()
    book = first.book()
    sent = [side.request() for _ in range(5)]
    confirmed: list[bytes] = []
    for order in sent[:4]:
        confirmed.append(book.send(order).id)
    interrupted = threading.Thread(target=_send, args=(book, sent[4], confirmed))
    interrupted.start()
    first.stop(signal.SIGKILL)
    interrupted.join()

    second = start()
    book = second.book()
    for order_id in confirmed:
        assert book.status(order_id).state is OrderState.OPEN
    book.send(sent[4])
    book.send(side.offer(max_jobs=10))
    until(
        lambda: all(world.market.state_of(order.id) is State.RUNNING for order in sent),
        "all requests to be matched",
    )
    until(lambda: book.status(sent[0].id).state is OrderState.USED, "the book to notice")
    matched = second.await_code("MATCHED")
    assert int(matched["numbers"]["tips"]) > 0
    assert second.stop() == 0
    assert second.records[-1]["code"] == "STOPPING"


def _send(book: BookClient, order: Any, confirmed: list[bytes]) -> None:
    try:
        confirmed.append(book.send(order).id)
    except Exception:
        return


def test_a_matcher_killed_while_matching_submits_nothing_twice(
    start: Start, side: Side, world: Any
) -> None:
    first = start()
    book = first.book()
    requests = [side.request() for _ in range(3)]
    for order in (*requests, side.offer()):
        book.send(order)
    until(lambda: world.market.state_of(requests[0].id) is State.RUNNING, "the first match")
    first.stop(signal.SIGKILL)
    second = start()
    book = second.book()
    until(
        lambda: all(book.status(order.id).state is OrderState.USED for order in requests),
        "all to be used",
    )
    assert not [record for record in second.records if record["code"] == "SKIPPED"]


def test_the_bill_warns_of_unpaid_work(start: Start) -> None:
    process = start()
    process.book()
    process.stop()
    assert "REQUESTS WITHOUT A TIP" in process.errors
    paid = start("--min-tip", "0.5")
    record = paid.await_code("LISTENING")
    assert record["numbers"]["min_tip"] == str(WORK // 2)
    paid.stop()
    assert "REQUESTS WITHOUT A TIP" not in paid.errors


def test_nobody_to_ask_is_told(world_cli: Any, start: Start, tmp_path: Path) -> None:
    ran = world_cli("matcher", "run", "--home", tmp_path / "home", "--account", "matcher")
    assert ran.code == 2
    assert "--yes" in ran.err


def test_a_missing_extra_is_one_line(world_cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "EXTRA", ("fastapi", "no_such_library"))
    ran = world_cli("matcher", "run", "--yes")
    assert ran.code == 2
    assert "no_such_library" in ran.err
    assert "pip install 'workbond[matcher]'" in ran.err
    assert "\n" not in ran.err.strip()


def test_status_shows_a_book(cli: Any, house: House, side: Side) -> None:
    house.send(side.offer(), side.request(matcher="0x" + "0" * 40))
    ran = cli("matcher", "status", house.url)
    assert ran.code == 0
    assert re.search(r"requests +1 open, 0 dormant", ran.out)
    told = json.loads(cli("matcher", "status", house.url, "--json").out)
    assert told["orders"]["offer"]["open"] == 1


def test_status_of_what_is_no_book_is_one_line(cli: Any, world: Any) -> None:
    for url in ("http://127.0.0.1:9", world.url):
        ran = cli("matcher", "status", url)
        assert ran.code == 6
        assert ran.err.strip().count("\n") == 0
