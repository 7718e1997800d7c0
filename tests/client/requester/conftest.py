"""A requester's desk and job file, and a provider played by hand: real chain, real gateway.

The provider executes nothing: its outputs are written down in the test, and manifest, seal and
blobs are made of them as an honest (or not so honest) provider would.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbond import accounts
from workbond.accounts.verify import Verifier
from workbond.blobs.access import SCHEME
from workbond.blobs.fetch import fetch
from workbond.blobs.gateway import Gateway, Verdict
from workbond.blobs.grants import Grants
from workbond.blobs.sources import Sources, told
from workbond.blobs.store import BlobStore
from workbond.chain.committee import Committee
from workbond.chain.types import Job
from workbond.cid import cid_of, cid_of_digest, digest_of_cid
from workbond.errors import BlobError
from workbond.jobfile import JobFile, load_job_file
from workbond.judges import Judges
from workbond.manifest import Manifest, make_manifest
from workbond.provider.card import Hardware, make_card
from workbond.provider.guard import Guard
from workbond.provider.shelf import Shelf, Stage
from workbond.requester import desk as desk_module
from workbond.requester.desk import Desk
from workbond.requester.pack import Package, pack
from workbond.requester.submit import Posting, draft, post
from workbond.spec import Spec
from workbond.tree import Leaf, ResultTree, output_digest, seal


def _section(number: int, content: bytes) -> bytes:
    return bytes([number, len(content)]) + content


# (module (memory (export "memory") 1) (func (export "_start")))
WASM = b"\0asm\1\0\0\0" + b"".join(
    [
        _section(1, b"\1\x60\0\0"),
        _section(3, b"\1\0"),
        _section(5, b"\1\0\1"),
        _section(7, b"\2\6memory\2\0\6_start\0\0"),
        _section(10, b"\1\2\0\x0b"),
    ]
)

PATIENCE_S = 30.0  # for what other threads do; a test that needs it has failed

JOB_TOML = """
program = "empty.wasm"
arguments = ["empty"]
inputs = "inputs/*.txt"

[limits]
units = 1_000_000_000
memory = "1 MiB"
output = "64 KiB"

[price]
flat = "0.5"
min_unit_price = "100"
max_unit_price = "300"
bond = "5"

[timing]
open_for_s = 600
run_for_s = 300
challenge_for_s = 120

[judging]
resolver = "none"
"""


@dataclass(frozen=True)
class Work:
    """What a task is claimed to have done; by default it ended well."""

    output: bytes
    units: int = 1_000
    cls: int = 0
    exit_code: int = 0
    log: bytes = b""


WORK = (Work(b"one"), Work(b"", units=2_000), Work(b"three" * 10_000, units=3_000, log=b"hm\n"))


class PlayedProvider:
    """The provider of `world` with a store and a running gateway."""

    task = Work

    def __init__(self, world: Any, store: BlobStore, gateway: Gateway) -> None:
        self.world, self.store, self.gateway = world, store, gateway
        self.signer = world.provider

    def announce(self, gateway: str | None = None) -> None:
        hardware = Hardware(arch="x86_64", cpu="played", cores=2, memory=2**30)
        card = make_card(hardware=hardware, region="", gateway=gateway or self.gateway.url)
        self.world.market.announce(self.signer, card.to_bytes())

    def accept(self, posted: Posting) -> Job:
        (event,) = self.world.market.accept(self.signer, posted.request).events
        args = event.args
        return Job.accepted(posted.request, args["provider"], args["unitPrice"], args["acceptedAt"])

    def publish(self, job_id: bytes, works: Sequence[Work] = WORK) -> tuple[Manifest, ResultTree]:
        """Outputs, logs and manifest as an honest provider keeps them."""
        outputs = [self.store.put(work.output) for work in works]
        logs = [self.store.put(work.log) if work.log else None for work in works]
        tree = ResultTree(
            Leaf(i, w.cls, w.exit_code, w.units, len(w.output), output_digest(w.output))
            for i, w in enumerate(works)
        )
        manifest = make_manifest(job_id, self.signer.address, tree, outputs, logs)
        self.store.put(manifest.to_bytes())
        return manifest, tree

    def claim(self, job_id: bytes, job: Job, opening: bytes, manifest: bytes) -> None:
        """Seals `opening`, and names the manifest with those bytes (kept in the store)."""
        sealed = seal(self.signer.address, job_id, opening)
        digest = digest_of_cid(self.store.put(manifest))
        self.world.market.submit(self.signer, job_id, job, sealed, digest)

    def work(self, posted: Posting, works: Sequence[Work] = WORK) -> Manifest:
        """Accepts, publishes and claims, all as it should be."""
        job = self.accept(posted)
        manifest, tree = self.publish(posted.id, works)
        self.claim(posted.id, job, tree.opening, manifest.to_bytes())
        return manifest

    def take_next(self, works: Sequence[Work] | None = WORK) -> threading.Thread:
        """In a thread: waits for a job, fetches its blobs as posted, accepts, works if asked to."""
        start = self.world.connection.block().number + 1
        return self._start(lambda: self._take(start, works))

    def take_again(self, posted: Posting) -> threading.Thread:
        """In a thread: tries to fetch the blobs of an open job until they are served, accepts."""
        return self._start(lambda: self._accept_when_served(posted))

    def _start(self, target: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=target)
        thread.start()
        return thread

    def _accept_when_served(self, posted: Posting) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(BlobError):
                self._fetch(cid_of_digest(posted.request.spec), posted.gateway)
                self.accept(posted)
                return

    def _take(self, start: int, works: Sequence[Work] | None) -> None:
        deadline = time.monotonic() + PATIENCE_S
        found: list[Any] = []
        while not found and time.monotonic() < deadline:
            head = self.world.connection.block().number
            found = list(self.world.market.events(start, head, names=["JobPosted"]))
        args = found[0].args
        posted = Posting(args["id"], args["request"], args["gateway"])
        self._fetch(cid_of_digest(posted.request.spec), posted.gateway)
        spec = Spec.from_bytes(self.store.read(cid_of_digest(posted.request.spec)))
        for cid in (spec.program, *spec.input_cids(posted.request.tasks)):
            self._fetch(cid, posted.gateway)
        if works is None:
            self.accept(posted)
        else:
            self.work(posted, works)

    def _fetch(self, cid: str, gateway: str) -> None:
        sources = Sources(told(gateway, private=True))
        fetch(cid, sources, self.store, max_bytes=10**6, timeout_s=PATIENCE_S)


class GuardedProvider(PlayedProvider):
    """One whose gateway asks a node's own guard before it hands out a result."""

    def __init__(self, world: Any, store: BlobStore, gateway: Gateway, shelf: Shelf) -> None:
        super().__init__(world, store, gateway)
        self.shelf = shelf
        self.asked: list[tuple[str, str | None]] = []  # CID and Authorization

    def claim(self, job_id: bytes, job: Job, opening: bytes, manifest: bytes) -> None:
        super().claim(job_id, job, opening, manifest)
        digest = digest_of_cid(cid_of(manifest))
        self.shelf.note(job_id, job.requester, digest, Stage.CLAIMED, self.store)

    def over(self, job_id: bytes, manifest: Manifest) -> None:
        """What the node's next look at the chain tells the shelf."""
        requester, _ = self.shelf.job(job_id) or ("", None)
        digest = digest_of_cid(manifest.cid)
        self.shelf.note(job_id, requester, digest, Stage.FINAL, self.store)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "POLL_S", 0.02)


@pytest.fixture
def job_path(tmp_path: Path) -> Path:
    """A job of three tasks whose program does nothing."""
    folder = tmp_path / "job"
    (folder / "inputs").mkdir(parents=True)
    (folder / "empty.wasm").write_bytes(WASM)
    for name in ("a", "b", "c c"):
        (folder / "inputs" / f"{name}.txt").write_text(f"input {name}")
    (folder / "job.toml").write_text(JOB_TOML)
    return folder / "job.toml"


@pytest.fixture
def job(job_path: Path) -> JobFile:
    return load_job_file(job_path)


@pytest.fixture
def make_desk(world: Any, tmp_path: Path) -> Callable[[str], Desk]:
    """A desk on a machine of its own: nothing is shared but the chain."""

    def make(name: str) -> Desk:
        home = tmp_path / name
        committee = Committee(world.connection, world.deployment.committee.address)
        store, block = BlobStore(home / "blobs"), world.deployment.market.block
        return Desk(world.market, block, store, home, committee=committee)

    return make


@pytest.fixture
def desk(make_desk: Callable[[str], Desk]) -> Desk:
    return make_desk("desk")


@pytest.fixture
def package(desk: Desk, job: JobFile) -> Package:
    return pack(job, desk.store)


@pytest.fixture
def post_job(desk: Desk, world: Any) -> Callable[[JobFile, Package], Posting]:
    """Posts a job of `world.requester`."""

    def submit(job: JobFile, package: Package, url: str = "http://127.0.0.1:9") -> Posting:
        posting = draft(desk, world.requester.address, job, package, url)
        post(desk, world.requester, posting)
        return posting

    return submit


@pytest.fixture
def posted(post_job: Any, job: JobFile, package: Package) -> Posting:
    """The job on the chain, open, its gateway gone."""
    return post_job(job, package)


@pytest.fixture
def provider(world: Any, tmp_path: Path) -> Iterator[PlayedProvider]:
    """A provider whose gateway runs and whose card is announced."""
    store = BlobStore(tmp_path / "provider")
    with Gateway(store) as gateway:
        played = PlayedProvider(world, store, gateway)
        played.announce()
        yield played


@pytest.fixture
def guarded(world: Any, tmp_path: Path) -> Iterator[GuardedProvider]:
    """A provider that hands results to their requesters only."""
    store, shelf = BlobStore(tmp_path / "provider"), Shelf(tmp_path / "index.sqlite")
    shelf.ready = True
    grants = Grants(Verifier(world.connection, world.market.address))
    guard = Guard(shelf, grants, Judges(world.connection), BlobStore(tmp_path / "inputs"))
    asked: list[tuple[str, str | None]] = []

    def judge(cid: str, authorization: str | None) -> Verdict:
        asked.append((cid, authorization))
        return guard(cid, authorization)

    with Gateway(store, guard=judge, challenge=SCHEME) as gateway:
        grants.origins = frozenset({gateway.url})
        played = GuardedProvider(world, store, gateway, shelf)
        played.asked = asked
        played.announce()
        yield played
    shelf.close()


@pytest.fixture
def jobs_cli(world_cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`workbond job ARGS...` as `requester`; `stranger` and `pauper` are there too."""
    for name, index in (("requester", 1), ("stranger", 3), ("pauper", 4)):
        accounts.import_dev_key(tmp_path / "home", name, index, "pw")
    monkeypatch.setenv("WORKBOND_ACCOUNT", "requester")
    monkeypatch.chdir(tmp_path)
    return lambda *args, **options: world_cli("job", *args, **options)
