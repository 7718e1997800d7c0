"""An RPC that fails in part, or answers nonsense, costs no bond where the chain can be reached."""

from __future__ import annotations

import http.server
import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import State
from workbond.deployments import StaleDeployment
from workbond.provider.node import URGENT_PAUSE_MAX_S, Plan

from .conftest import LOOP, PLENTY

BRIEF = PLENTY.model_copy(update={"units": 10**9})  # a loop of a second


class Proxy:
    """Passes JSON-RPC on to the chain at `target`, but for the methods in `broken`."""

    def __init__(self, url: str) -> None:
        self.target = url
        self.broken: dict[str, bytes] = {}  # method: the whole answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                method = json.loads(body)["method"]
                answer = outer.broken.get(method, outer.broken.get("*"))
                if answer is None:
                    json_only = {"Content-Type": "application/json"}
                    answer = requests.post(
                        outer.target, body, headers=json_only, timeout=60
                    ).content
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def refusal(text: str) -> bytes:
    error = {"code": -32000, "message": text}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()


@pytest.fixture
def proxy(world: Any, operator: Any) -> Iterator[Proxy]:
    """Between the operator's nodes and the chain."""
    made = Proxy(world.url)
    market = Market(Connection(made.url), world.market.address)
    operator.world = type(world)(**{**vars(world), "market": market})
    yield made
    operator.stop()
    made.close()


def test_a_running_job_is_claimed_although_logs_can_not_be_had(
    world: Any, shop: Any, operator: Any, proxy: Proxy
) -> None:
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=BRIEF))
    operator.start()
    operator.turn_until_said(": accepted, ")
    proxy.broken["eth_getLogs"] = refusal("query timeout exceeded")
    world.advance(1)
    operator.turn_until(
        lambda: world.market.state_of(job_id) is State.CLAIMED, "the job to be claimed"
    )
    operator.turn_until_said("query timeout exceeded")
    proxy.broken.clear()
    operator.turn_until(lambda: world.market.state_of(job_id) is State.SETTLED, "it to be settled")


def test_no_job_is_taken_while_logs_can_not_be_had(
    world: Any, shop: Any, operator: Any, proxy: Proxy
) -> None:
    node = operator.start()
    operator.turn()
    job_id = shop.post(shop.spec())
    operator.turn_until(lambda: node._worker.kind == "gather", "the job to be gathered")
    proxy.broken["eth_getLogs"] = refusal("query timeout exceeded")
    world.advance(1)
    operator.turn_until(lambda: node._worker._done is not None, "the job to be fetched")
    operator.turn()
    assert world.market.state_of(job_id) is State.OPEN
    proxy.broken.clear()
    operator.turn_until_state(job_id, State.CLAIMED)


def test_a_chain_that_was_started_anew_ends_the_node(operator: Any, proxy: Proxy) -> None:
    operator.start()
    operator.turn()
    with Anvil() as other:
        proxy.target = other.url
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
    world: Any, shop: Any, operator: Any, proxy: Proxy, answer: bytes
) -> None:
    job_id = shop.post(shop.spec(LOOP, inputs=(b"",), limits=BRIEF))
    operator.start()
    operator.turn_until_said(": accepted, ")
    proxy.broken["*"] = answer
    pauses = [operator.node.turn() for _ in range(12)]
    assert max(pauses) <= URGENT_PAUSE_MAX_S  # the job's deadline may be near
    proxy.broken.clear()
    operator.turn_until(lambda: world.market.state_of(job_id) is State.SETTLED, "it to be settled")
    assert all(line.isprintable() for line in operator.lines)


def test_each_new_problem_is_told(world: Any, operator: Any, proxy: Proxy) -> None:
    operator.start(Plan(poll_s=0.05))
    operator.turn()
    for number in range(3):
        proxy.broken["*"] = refusal(f"too many requests: {number}")
        operator.turn()
    proxy.broken["*"] = refusal("this key has expired")
    for _ in range(3):
        operator.turn()
    told = [line for line in operator.lines if "trying again until it works" in line]
    assert len(told) == 2
    assert "this key has expired" in told[1]
