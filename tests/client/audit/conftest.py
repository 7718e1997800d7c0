"""A history with every kind of event on a real chain, and a proxy that tampers with its logs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from workbond.chain import anvil as local
from workbond.chain import funds
from workbond.chain.abi import Event

from . import disputes, signed
from .replays import Replays
from .trials import Trials

WORK = 10**18
GRACE_S = 86_400
ROOT, UNITS = b"\x07" * 32, 5 * 10**11

Result = Any
# Gets method, parameters and the node's result; returns the result to pass on.
Edit = Callable[[str, list[Any], Result], Result]


class Proxy(ThreadingHTTPServer):
    """Passes requests on to a node, and its answers through `edit`."""

    daemon_threads = True

    def __init__(self, node: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.node = node
        self.edit: Edit = lambda method, params, result: result
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def edit_logs(self, address: str, change: Callable[[list[Any]], list[Any]]) -> None:
        """Passes every answer with logs of contract `address` through `change`."""

        def edit(method: str, params: list[Any], result: Result) -> Result:
            asked = str(params[0]["address"]) if method == "eth_getLogs" else ""
            return change(result) if address.lower() in asked.lower() else result

        self.edit = edit


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        headers = {"Content-Type": "application/json"}
        answer = requests.post(self.server.node, data=body, headers=headers, timeout=30).json()
        if "result" in answer:
            answer["result"] = self.server.edit(asked["method"], asked["params"], answer["result"])
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Told:
    """The played history: its world, its jobs' ids by how they ended, its events."""

    world: Any
    ids: dict[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def topic(self, name: str) -> str:
        return "0x" + self.world.market.abi.events[name].hash.hex()

    def last_log(self, logs: list[Any], name: str) -> Any:
        """The last of the logs of event `name`."""
        return [log for log in logs if log["topics"][0] == self.topic(name)][-1]


@pytest.fixture(scope="module")
def played(deployed_world: Any) -> Iterator[Told]:
    """Deposits, stakes and jobs through every exit; six jobs are still live at the end."""
    world = deployed_world
    taken = local.snapshot(world.connection)
    told = Told(world)
    _play_money(world)
    _play_jobs(world, told.ids)
    head = world.connection.block().number
    told.events = list(world.market.events(world.deployment.market.block, head))
    yield told
    local.revert(world.connection, taken)


@pytest.fixture(scope="module")
def replays(played: Told) -> Replays:
    """Audits of the history with other events."""
    return Replays(played.world)


@pytest.fixture(scope="module")
def tried(deployed_world: Any) -> Iterator[Trials]:
    """A history with every kind of case."""
    taken = local.snapshot(deployed_world.connection)
    trials = Trials(deployed_world)
    trials.play()
    yield trials
    local.revert(deployed_world.connection, taken)


@pytest.fixture(scope="module")
def retrials(tried: Trials) -> Replays:
    """Audits of that history with other events."""
    return Replays(tried.world)


@pytest.fixture
def told(played: Told) -> Iterator[Told]:
    """The history for one test, which may go on with it: the chain is put back afterwards."""
    taken = local.snapshot(played.world.connection)
    yield played
    local.revert(played.world.connection, taken)


@pytest.fixture
def proxy(told: Told) -> Iterator[Proxy]:
    """An honest proxy of the world's node, until a test changes `edit`."""
    server = Proxy(told.world.url)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def audit(told: Told, proxy: Proxy, cli: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `workbond audit ARGS...` through the proxy."""
    monkeypatch.setenv("WORKBOND_RPC", proxy.url)
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(told.world.directory))
    return lambda *args: cli("audit", *args)


def _play_money(world: Any) -> None:
    market, stranger = world.market, world.stranger
    funds.give_tokens(world.token, world.pauper.address, 7 * WORK)
    funds.deposit(market, world.token, world.pauper, 7 * WORK)
    market.withdraw(stranger, world.pauper.address, 5 * WORK)
    market.stake(stranger, 20 * WORK)
    market.unstake(stranger, 10 * WORK)
    world.advance(61)
    market.withdraw_stake(stranger)
    market.unstake(stranger, 5 * WORK)
    market.announce(world.provider, b'{"version":1}')


def _play_jobs(world: Any, ids: dict[str, bytes]) -> None:
    market, anyone = world.market, world.stranger
    salts = iter(range(1, 100))

    def salt() -> dict[str, bytes]:
        return {"salt": next(salts).to_bytes(32, "big")}

    _, ids["approved"], job = world.claimed(ROOT, UNITS, **salt())
    market.approve(world.requester, ids["approved"], job, ROOT, UNITS)

    _, ids["finalized"], job = world.claimed(ROOT, 3 * 10**12, **salt())
    world.advance(300)
    market.finalize(anyone, ids["finalized"], job, ROOT, 3 * 10**12)

    request = world.posted(tip=WORK // 10, bond=10 * WORK, **salt())
    ids["cancelled"] = world.id_of(request)
    market.cancel(world.requester, request)

    request = world.posted(**salt())
    ids["lapsed"] = world.id_of(request)
    world.advance(3_600)
    market.cancel(anyone, request)

    _, ids["released"], job = world.accepted(tip=WORK // 10, **salt())
    world.advance(100)
    market.release(world.provider, ids["released"], job)

    _, ids["expired"], job = world.accepted(bond=123_456_789, **salt())
    world.advance(600)
    market.expire(anyone, ids["expired"], job)

    _, ids["voided"], job = world.claimed(ROOT, UNITS, **salt())
    world.advance(300 + GRACE_S)
    market.void(anyone, ids["voided"], job)

    disputes.play_ended(world, ids, salt)
    signed.play_ended(world, ids, salt)

    admitted = bytes(12) + bytes.fromhex(world.provider.address[2:])
    ids["open"] = world.id_of(world.posted(**salt()))
    _, ids["running"], _ = world.accepted(providers=admitted, **salt())
    _, ids["claimed"], _ = world.claimed(ROOT, UNITS, **salt())
    disputes.play_live(world, ids, salt)
    signed.play_live(world, ids, salt)
