"""A real chain for the client's tests: one anvil per session, put back after every test.

`world` gives the deployed contracts, funded accounts and a clock to move; `cli` runs `workbond`
in this process against it. Tests that ask for neither start no chain.
"""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts, deployments, money
from workbond.chain import anvil as local
from workbond.chain import funds
from workbond.chain.abi import Event
from workbond.chain.anvil import Anvil
from workbond.chain.connection import Connection
from workbond.chain.deploy import deploy
from workbond.chain.market import Market
from workbond.chain.token import Token
from workbond.chain.transactions import Receipt
from workbond.chain.types import ZERO_ADDRESS, ZERO_WORD, Job, Offer, Request, demand_hash
from workbond.cli.main import run
from workbond.tree import opening_digest, seal

from .nodes import line, node, proxy
from .signing import signed
from .terminals import at_terminal, surroundings

__all__ = ["at_terminal", "line", "node", "proxy", "surroundings"]  # fixtures

WORK = 10**18
COOLDOWN_S = 60
WALLET, FREE = 10_000 * WORK, 1_000 * WORK  # of each funded account


@dataclass
class World:
    """The deployed market with its accounts, and shortcuts through a job's life."""

    anvil: Anvil
    deployment: deployments.Deployment
    directory: Path
    connection: Connection
    market: Market
    token: Token
    requester: accounts.Signer  # dev account 1: wallet and free balance
    provider: accounts.Signer  # dev account 2: the same, and a stake of 500 WORK
    stranger: accounts.Signer  # dev account 3: wallet and free balance
    pauper: accounts.Signer  # dev account 4: gas coin only

    @property
    def url(self) -> str:
        return self.anvil.url

    def now(self) -> int:
        return self.connection.now_s()

    def advance(self, seconds: int) -> int:
        """Moves the chain's clock and mines; returns the new time."""
        return local.advance(self.connection, seconds)

    def rename_token(self, symbol: bytes) -> None:
        """Writes a symbol of 31 bytes at most where WorkToken (OpenZeppelin's ERC20) keeps it."""
        content = symbol.ljust(31, b"\0") + bytes([2 * len(symbol)])
        slot, value = f"0x{4:064x}", "0x" + content.hex()
        self.connection.rpc("anvil_setStorageAt", self.token.address, slot, value)

    def forget_permits(self) -> None:
        """Makes the token an ERC-20 without EIP-2612: its code answers `nonces` no more."""
        self.replace_in_token(bytes.fromhex("637ecebe00"), bytes.fromhex("63ffffffff"))

    def replace_in_token(self, old: bytes, new: bytes) -> None:
        """Changes the token's code on the chain."""
        code = self.connection.code(self.token.address)
        assert code.count(old) == 1
        changed = "0x" + code.replace(old, new).hex()
        self.connection.rpc("anvil_setCode", self.token.address, changed)

    def paid_in(self, symbol: bytes, directory: Path) -> World:
        """A second market, which knows the token only as an ERC-20 that was there before."""
        self.rename_token(symbol)
        return make_world(self.anvil, directory, self.token.address)

    def request(self, **changes: Any) -> Request:
        """A valid request of `requester`: two tasks, a ramp of 1,000 s, a bond of 10 WORK."""
        now = self.now()
        sound = Request(
            requester=self.requester.address,
            spec=b"\x01" * 32,
            profile=b"\x02" * 32,
            tasks=2,
            flat=WORK,
            min_unit_price=WORK,
            max_unit_price=3 * WORK,
            ramp_start=now,
            ramp_end=now + 1_000,
            max_units=2 * 10**12,
            bond=10 * WORK,
            min_stake=0,
            tip=0,
            open_until=now + 3_600,
            run_for=600,
            challenge_for=300,
            resolver=ZERO_ADDRESS,
            policy=ZERO_WORD,
            case_for=0,
            case_fee=0,
            demand_fee=WORK // 10,
            providers=ZERO_WORD,
            matcher=ZERO_ADDRESS,
            counter=0,
            salt=b"\x03" * 32,
        )
        return dataclasses.replace(sound, **changes)

    def id_of(self, request: Request) -> bytes:
        return request.job_id(self.connection.chain_id, self.market.address)

    def posted(self, **changes: Any) -> Request:
        request = self.request(**changes)
        self.market.post(self.requester, request, "http://127.0.0.1:9/")
        return request

    def accepted(self, **changes: Any) -> tuple[Request, bytes, Job]:
        """A job that `provider` has accepted: request, id, record."""
        request = self.posted(**changes)
        (event,) = self.market.accept(self.provider, request).events
        price, at = event.args["unitPrice"], event.args["acceptedAt"]
        job = Job.accepted(request, self.provider.address, price, at)
        return request, self.id_of(request), job

    def claimed(self, root: bytes, units: int, **changes: Any) -> tuple[Request, bytes, Job]:
        """A job whose result `root`, `units` is sealed on the chain."""
        request, job_id, job = self.accepted(**changes)
        sealed = seal(self.provider.address, job_id, opening_digest(root, units))
        receipt = self.market.submit(self.provider, job_id, job, sealed, b"\x04" * 32)
        return request, job_id, _claimed(job, receipt)

    # ─────────────────────────────── signed orders ────────────────────────────

    def offer(self, **changes: Any) -> Offer:
        """An offer of `provider` that fits `request()`, for two jobs."""
        sound = Offer(
            provider=self.provider.address,
            requester=ZERO_ADDRESS,
            spec=ZERO_WORD,
            profile=b"\x02" * 32,
            resolver=ZERO_ADDRESS,
            policy=ZERO_WORD,
            min_unit_price=WORK,
            min_flat=0,
            max_bond=10 * WORK,
            max_units=2 * 10**12,
            max_tasks=2,
            min_run_for=600,
            min_seconds_per_1e12_units=300,
            max_lock_for=300 + 150 + 86_400 + 86_400,
            min_demand_fee=0,
            max_jobs=2,
            valid_until=self.now() + 86_400,
            matcher=ZERO_ADDRESS,
            counter=0,
            salt=b"\x06" * 32,
        )
        return dataclasses.replace(sound, **changes)

    def sign(self, signer: accounts.Signer, order: Request | Offer) -> bytes:
        return signed(signer, order, self.connection.chain_id, self.market.address)

    def matched(self, offer: Offer | None = None, **changes: Any) -> tuple[Request, bytes, Job]:
        """A job that `stranger` matched: request, id, record."""
        request, offer = self.request(**changes), offer or self.offer()
        signatures = self.sign(self.requester, request), self.sign(self.provider, offer)
        receipt = self.market.match_orders(
            self.stranger, request, signatures[0], offer, signatures[1]
        )
        return request, self.id_of(request), _bound(request, receipt.events[0])

    def filled(self, **changes: Any) -> tuple[Request, bytes, Job]:
        """A job that `provider` filled: request, id, record."""
        request = self.request(**changes)
        signature = self.sign(self.requester, request)
        receipt = self.market.fill(self.provider, request, signature)
        return request, self.id_of(request), _bound(request, receipt.events[0])

    def demanded(self, pairs: list[int], **changes: Any) -> tuple[Request, bytes, Job]:
        """A claimed job of whose (made up) result these pairs are demanded."""
        request, job_id, job = self.claimed(b"\x05" * 32, 10**12, **changes)
        (event,) = self.market.demand(self.requester, job_id, job, pairs).events
        return request, job_id, job.demanded(demand_hash(pairs), len(pairs), event.args["answerBy"])


def _bound(request: Request, event: Event) -> Job:
    """The record of a job that began with a signature."""
    args = event.args
    tip = 0 if args["matcher"] == ZERO_ADDRESS else request.tip
    return Job.accepted(request, args["provider"], args["unitPrice"], args["acceptedAt"], tip)


def _claimed(job: Job, receipt: Receipt) -> Job:
    args = receipt.events[-1].args
    return job.claimed(args["seal"], args["claimedAt"], args["claimBlock"])


@pytest.fixture(autouse=True)
def _no_accounts_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Foundry's and geth's keystores of whoever runs the tests are none of theirs.

    Caches stay: without its own, zig compiles the C library anew, which takes a minute.
    """
    if "XDG_CACHE_HOME" not in os.environ:
        monkeypatch.setenv("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))


@pytest.fixture(autouse=True)
def _unit_of_our_token() -> Iterator[None]:
    """Commands run in this process, and one may have named another token."""
    yield
    money.use_unit("WORK")


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


@pytest.fixture(scope="session")
def deployed_world(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(anvil, tmp_path_factory.mktemp("deployments"))


def make_world(anvil: Anvil, directory: Path, token: str | None = None) -> World:
    """The market deployed on `anvil`, its file in `directory`, its accounts funded.

    `token`: an ERC-20 of dev account 0 that it is paid in, in place of a WorkToken of its own.
    """
    connection = Connection(anvil.url)
    owner = accounts.dev_signer(0)
    deployment = deploy(
        connection,
        owner,
        recipient=owner.address,
        supply=10**9 * WORK,
        cooldown_s=COOLDOWN_S,
        token=token,
    )
    deployments.save(deployment, directory)
    market = Market(connection, deployment.market.address)
    paid_in = Token(connection, deployment.token.address)
    signers = [accounts.dev_signer(index) for index in range(1, 5)]
    for signer in signers[:3]:
        paid_in.transfer(owner, signer.address, WALLET + FREE)
        funds.deposit(market, paid_in, signer, FREE)
    market.stake(signers[1], 500 * WORK)
    return World(anvil, deployment, directory, connection, market, paid_in, *signers)


@pytest.fixture
def still_world(tmp_path: Path) -> Iterator[World]:
    """A market on a chain of its own, where no block comes but with a transaction."""
    with Anvil(block_time_s=3_600) as running:
        yield make_world(running, tmp_path / "still")


@pytest.fixture
def world(deployed_world: World) -> Iterator[World]:
    """The deployed market in its first state, clock included, whatever other tests did."""
    connection = deployed_world.connection
    taken = local.snapshot(connection)
    yield deployed_world
    local.revert(connection, taken)


@dataclass(frozen=True)
class Ran:
    """What a command line did: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class _Input(io.TextIOWrapper):
    """Standard input with given content, which is no terminal."""

    def __init__(self, content: str) -> None:
        super().__init__(io.BytesIO(content.encode()))


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Runs `workbond ARGS...`; home and deployments are below `tmp_path`, the password is `pw`."""
    password = tmp_path / "password"
    password.write_text("pw\n")
    for name in os.environ:
        if name.startswith("WORKBOND_") or name == "ETH_RPC_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("WORKBOND_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("WORKBOND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(tmp_path / "deployments"))
    monkeypatch.setenv("WORKBOND_PASSWORD_FILE", str(password))

    def call(*args: object, stdin: str = "") -> Ran:
        monkeypatch.setattr("sys.stdin", _Input(stdin))
        capsys.readouterr()
        code = run([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def world_cli(world: World, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`cli` pointed at the world's chain and deployment."""
    monkeypatch.setenv("WORKBOND_RPC", world.url)
    monkeypatch.setenv("WORKBOND_DEPLOYMENTS", str(world.directory))
    return cli
