"""A requester who publishes jobs and a provider whose loop a test turns by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from workbond.blobs.access import BlobAccess
from workbond.blobs.gateway import Gateway
from workbond.blobs.http import origin_of
from workbond.blobs.store import BlobStore
from workbond.chain.connection import Connection
from workbond.chain.market import Market
from workbond.chain.types import Request, State
from workbond.cid import digest_of_cid
from workbond.executor.engine import wat2wasm
from workbond.executor.profile import PROFILE_ID
from workbond.orders import RequestDetails, SignedOrder, sign_request
from workbond.provider.card import make_card
from workbond.provider.journal import Journal
from workbond.provider.machine import describe
from workbond.provider.node import Node
from workbond.provider.plan import Plan
from workbond.provider.terms import Terms
from workbond.provider.trade import Booking
from workbond.provider.work import Fetching, Workshop
from workbond.spec import Limits, make_spec

from ..matcher.conftest import House, house, open_house, side
from ..nodes import Line
from ..patience import until

__all__ = ["house", "open_house", "side"]  # fixtures

# Copies up to 4 KiB of its input to its output, and says so on standard error.
ECHO = """
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "copied\\n")
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (i32.const 4096))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
    (i32.store (i32.const 4) (i32.load (i32.const 16)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
    (i32.store (i32.const 0) (i32.const 64))
    (i32.store (i32.const 4) (i32.const 7))
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))))
"""
# Never ends by itself.
LOOP = """
(module (memory (export "memory") 1) (func (export "_start") (loop $again (br $again))))
"""
# Valid WebAssembly, but it asks for something no executor offers.
FOREIGN = """
(module (import "env" "open" (func)) (memory (export "memory") 1) (func (export "_start")))
"""
LIMITS = Limits(units=1_000_000, memory=1 << 20, output=1 << 16)
PLENTY = Limits(units=2**40, memory=1 << 20, output=1 << 16)  # a loop of several minutes


def signed(
    world: Any,
    job_id: bytes,
    url: str,
    *,
    signer: Any = None,
    requester: str | None = None,
    lasts_s: float = 600,
) -> str:
    """The requester's `Authorization` for a job's blobs at the gateway `url`; or a forgery."""
    access = BlobAccess(
        who=requester or world.requester.address,
        job=job_id,
        gateway=origin_of(url),
        expires=int(time.time() + lasts_s),
    )
    chain_id, market = world.connection.chain_id, world.market.address
    return access.sign(signer or world.requester, chain_id, market).to_header()


@contextlib.contextmanager
def frozen(process: int) -> Iterator[None]:
    """Stops a child process, all of its threads, until the block's end."""
    os.kill(process, signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, process, os.WSTOPPED | os.WNOWAIT)  # it still runs for a moment
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@dataclass
class Shop:
    """The requester's side: a store, its gateway, and posting."""

    world: Any
    store: BlobStore
    gateway: Gateway
    posted: dict[bytes, Request] = field(default_factory=dict)

    def spec(
        self, wat: str = ECHO, inputs: tuple[bytes, ...] = (b"one", b"two"), **more: Any
    ) -> Any:
        """A spec whose program and inputs are published."""
        program = self.store.put(wat2wasm(wat))
        limits = more.pop("limits", LIMITS)
        spec, _ = make_spec(program, [self.store.put(data) for data in inputs], limits, **more)
        return spec

    def post_bytes(self, data: bytes, gateway: str | None = None, **changes: Any) -> Request:
        """Posts a job whose spec is `data`, true or not."""
        digest = digest_of_cid(self.store.put(data))
        changes = {"challenge_for": 2, "salt": os.urandom(32), "profile": PROFILE_ID} | changes
        request: Request = self.world.request(spec=digest, **changes)
        url = self.gateway.url if gateway is None else gateway
        self.world.market.post(self.world.requester, request, url)
        return request

    def post(self, spec: Any, **changes: Any) -> bytes:
        """Posts a job of `spec` that agrees with it; returns its id."""
        tasks = len(spec.inputs)
        agreed = {"tasks": tasks, "max_units": tasks * spec.limits.units}
        request = self.post_bytes(spec.to_bytes(), **(agreed | changes))
        job_id = bytes(self.world.id_of(request))
        self.posted[job_id] = request
        return job_id

    def sign(self, spec: Any, /, *, gateway: str | None = None, **changes: Any) -> SignedOrder:
        """A signed request for a job of `spec`, which nobody has yet but the caller."""
        tasks = len(spec.inputs)
        sound = {
            "tasks": tasks,
            "max_units": tasks * spec.limits.units,
            "spec": digest_of_cid(self.store.put(spec.to_bytes())),
            "challenge_for": 2,
            "profile": PROFILE_ID,
            "salt": os.urandom(32),
        }
        request = self.world.request(**(sound | changes))
        said = RequestDetails(
            issued=self.world.now(), gateway=self.gateway.url if gateway is None else gateway
        )
        chain_id, market = self.world.connection.chain_id, self.world.market.address
        return sign_request(self.world.requester, request, chain_id, market, said)


@pytest.fixture
def shop(world: Any, tmp_path: Path) -> Iterator[Shop]:
    store = BlobStore(tmp_path / "requester")
    with Gateway(store) as gateway:
        yield Shop(world, store, gateway)


@dataclass
class Operator:
    """Starts nodes of the world's provider in one home, one after the other."""

    world: Any
    home: Path
    lines: list[str] = field(default_factory=list)
    terms: Terms = field(default_factory=lambda: Terms(cores=2, memory_bytes=1 << 30))
    fetching: Fetching = field(default_factory=lambda: Fetching(allow_private=True))
    url: str = "http://127.0.0.1:9"
    signer: Any = None  # the world's provider, unless an operator of its does the work
    node: Node | None = None
    workshop: Workshop | None = None

    def start(
        self, plan: Plan | None = None, *, booking: Booking | None = None, **terms: Any
    ) -> Node:
        """A new node; an earlier one is stopped first."""
        self.stop()
        world = self.world
        chosen = dataclasses.replace(self.terms, **terms)
        self.workshop = Workshop(self.home, world.provider.address, chosen, self.fetching)
        card = make_card(hardware=describe(2, 1 << 30), region="de", gateway=self.url)
        self.node = Node(
            world.market,
            self.signer or world.provider,
            world.deployment.market.block,
            card.to_bytes(),
            self.workshop,
            chosen,
            plan or Plan(poll_s=0.05),
            Journal(self.lines.append),
            world.provider.address,
            booking,
        )
        return self.node

    def deal(self, *houses: House, plan: Plan | None = None, **options: Any) -> Node:
        """A new node that deals at these order books, and looks there at each turn."""
        urls = tuple(house.url for house in houses)
        return self.start(plan, booking=Booking(urls=urls, look_s=0.0, **options))

    def crash(self) -> None:
        """Ends the node as SIGKILL would: nobody is told anything."""
        if self.node is not None and self.workshop is not None:
            self.workshop.close()
            self.node._worker.join(5)
            self.node._trade._visits.join(5)
            self.node = self.workshop = None

    def stop(self) -> None:
        if self.node is not None and self.workshop is not None:
            self.node.stop()
            self.workshop.close()
            self.node = self.workshop = None

    def turn(self) -> None:
        assert self.node is not None
        self.node.turn()

    def turn_until(self, condition: Callable[[], Any], what: str) -> Any:
        """Turns the node's loop until the condition holds."""
        return until(condition, f"{what}; the node said {self.lines}", self.turn)

    def turn_until_said(self, text: str) -> str:
        """Turns until a line holds `text`; returns the line."""
        return str(
            self.turn_until(lambda: next((x for x in self.lines if text in x), None), repr(text))
        )

    def turn_until_state(self, job_id: bytes, state: State) -> None:
        self.turn_until(
            lambda: self.world.market.state_of(job_id) is state, f"the job to be {state.label}"
        )


@pytest.fixture
def operator(world: Any, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(world, tmp_path / "provider")
    yield operator
    operator.stop()


@pytest.fixture
def operators_line(world: Any, operator: Any, line: Line) -> Iterator[Line]:
    """Between the operator's nodes and the chain."""
    market = Market(Connection(line.url), world.market.address)
    operator.world = type(world)(**{**vars(world), "market": market})
    yield line
    operator.stop()
