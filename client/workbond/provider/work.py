"""The work itself: fetch what a job names, compile it, execute its tasks, seal the result.

Directories below the provider's home:

    inputs     blobs fetched from requesters' gateways
    results    outputs, logs and manifests; the gateway serves these and nothing else
    index.sqlite   which of them belong to which job (`shelf`); made anew at each start
    compiled   the executor's private cache
    work       what the executor is writing now
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from workbond.blobs.fetch import fetch
from workbond.blobs.http import checked_base, origin_of
from workbond.blobs.sources import Sources, named, told
from workbond.blobs.store import BLOB_BYTES_MAX, BlobStore
from workbond.chain.types import Request, State
from workbond.cid import cid_of_digest, digest_of_cid
from workbond.errors import (
    BlobError,
    Cancelled,
    ExecutionError,
    InvalidProgram,
    UsageError,
    WorkbondError,
)
from workbond.executor.profile import MAX_MODULE_BYTES
from workbond.executor.runner import Executor, Limits, Program, Task, invalid_leaves
from workbond.executor.tasks import TaskResult, check_task
from workbond.inputs import LIST_BYTES_MAX
from workbond.jobs import JobRecord
from workbond.manifest import EMPTY_CID, MANIFEST_BYTES_MAX, Manifest, make_manifest
from workbond.provider.fit import Misfit, Refusal, Refused, check_spec
from workbond.provider.measure import WALL_S, Line, units_per_second
from workbond.provider.shelf import Shelf
from workbond.provider.terms import Terms
from workbond.spec import SPEC_BYTES_MAX, InputList, Spec
from workbond.tree import MAX_TASKS, Leaf, ResultTree, seal

DOWNLOAD_S = 600.0  # for everything that one job names
COMPILE_WALL_S = 600.0  # the compiler has a CPU limit of its own
LOCK_TRIES, LOCK_PAUSE_S = 5, 0.1  # whoever asks whether a node runs holds the lock for a moment
INVALID = (Misfit.SPEC, Misfit.PROGRAM)
"""Refusals by the profile's own rules, which every executor finds."""
LOGS_BYTES_MAX = 256 << 20  # of one job; logs beyond are not kept, they are no part of the result


@dataclass(frozen=True)
class Bundle:
    """All that executing a job needs, fetched, verified and compiled; `inputs` are CIDs."""

    spec: Spec
    inputs: list[str]
    program: Program


@dataclass(frozen=True)
class Sealed:
    """A result: what opens the seal, the seal, and the SHA-256 of the manifest."""

    root: bytes
    total_units: int
    seal: bytes
    manifest: bytes


@dataclass(frozen=True)
class Fetching:
    """How inputs are fetched: `gateways` of our own are asked after those that a job names, which
    may have private addresses only with `allow_private`."""

    gateways: tuple[str, ...] = ()
    allow_private: bool = False


class Workshop:
    """Where `provider` works, below `home`. Its methods block; `stop` is for other threads."""

    def __init__(
        self, home: Path, provider: str, terms: Terms, fetching: Fetching | None = None
    ) -> None:
        self._guard = _take(home)
        self._fetching = fetching or Fetching()
        # the directory is ours alone: what is unfinished was left by a crash
        self.inputs = BlobStore(home / "inputs", stale_after_s=0)
        self.results = BlobStore(home / "results", stale_after_s=0)
        self.shelf = Shelf(home / "index.sqlite")
        self.line = Line()
        self.locate: Callable[[JobRecord], str] = lambda record: record.gateway
        """Where a job's blobs are; blocks."""
        self.authorize: Callable[[JobRecord], Callable[[str], str | None]] | None = None
        """Gives what signs requests for a job's blobs, by the gateway's address; None: none are."""
        self._home = home
        self._provider = provider
        self._terms = terms
        self._lock = threading.Lock()
        self._executor: Executor | None = None
        self._stopping = False

    @property
    def home(self) -> Path:
        """The directory, which is ours alone."""
        return self._home

    def stop(self) -> None:
        """Kills what runs and lets nothing begin any more: work under way raises `Cancelled`."""
        self._stopping = True
        self.interrupt()

    def close(self) -> None:
        """Stops, and leaves the directory to the next."""
        self.stop()
        self.shelf.close()
        self._guard.close()

    def interrupt(self) -> None:
        """Kills the compilation or the tasks that run now: that work raises `Cancelled`."""
        with self._lock:
            if self._executor is not None:
                self._executor.stop()

    # ──────────────────────────────── gathering ───────────────────────────────

    def gather(
        self, record: JobRecord, within_s: float = DOWNLOAD_S, budget_bytes: int | None = None
    ) -> Bundle:
        """Everything the job names, from its gateways and our own.

        The terms bound which jobs are accepted; one that is ours already is finished under any.

        Args:
            record: the job.
            within_s: for fetching, at most `DOWNLOAD_S`; what came stays here for the next try.
            budget_bytes: of all blobs together; by default the terms' for an open job, else none.

        Raises:
            Refused: the job doesn't suit us, whatever happens later.
            BlobError: something can't be had now.
            ExecutionError: this machine fails to compile the program.
        """
        request = record.request
        is_open = record.state is State.OPEN
        budget = budget_bytes
        if budget is None:
            budget = self._terms.download_bytes if is_open else BLOB_BYTES_MAX * MAX_TASKS
        theirs = told(self.locate(record), private=self._fetching.allow_private)
        sources = Sources(
            [*theirs, *named(self._fetching.gateways)],
            authorize=None if self.authorize is None else self.authorize(record),
            budget_bytes=budget,
        )
        fetcher = _Fetcher(self, sources, budget)
        fetcher.hurry(within_s)
        spec = self._spec(request, fetcher)
        refusal = check_spec(spec, request, self._terms) if is_open else None
        if refusal is not None:
            raise Refused(refusal)
        if is_open:
            self._require_disk(request.tasks * spec.limits.output)
        inputs = self._input_cids(spec, request, fetcher)
        fetcher.get(spec.program, MAX_MODULE_BYTES)
        program = self._compile(spec, request)  # before gigabytes of inputs are fetched in vain
        for cid in dict.fromkeys(inputs):
            fetcher.get(cid, BLOB_BYTES_MAX)
        return Bundle(spec, inputs, program)

    def _spec(self, request: Request, fetcher: _Fetcher) -> Spec:
        cid = cid_of_digest(request.spec)
        fetcher.get(cid, SPEC_BYTES_MAX)
        try:
            return Spec.from_bytes(self.inputs.read(cid, max_bytes=SPEC_BYTES_MAX))
        except UsageError as error:
            raise Refused(Refusal(Misfit.SPEC, str(error))) from error

    def _input_cids(self, spec: Spec, request: Request, fetcher: _Fetcher) -> list[str]:
        listed = None
        if isinstance(spec.inputs, InputList):
            fetcher.get(spec.inputs.list, LIST_BYTES_MAX)
            listed = self.inputs.read(spec.inputs.list, max_bytes=LIST_BYTES_MAX)
        try:
            return spec.input_cids(request.tasks, listed)
        except UsageError as error:
            raise Refused(Refusal(Misfit.SPEC, str(error))) from error

    def _compile(self, spec: Spec, request: Request) -> Program:
        try:
            with self._executing(COMPILE_WALL_S) as executor:
                program = executor.prepare(self.inputs.path(spec.program))
            check_task(program, self._task(spec, request, 0, EMPTY_CID))
        except (InvalidProgram, UsageError) as error:
            raise Refused(Refusal(Misfit.PROGRAM, str(error))) from error
        return program

    def _require_disk(self, output_bytes: int) -> None:
        """Outputs are written by the executor first and copied into the store."""
        free = shutil.disk_usage(self._home).free
        if free < 2 * output_bytes:
            raise ExecutionError(
                f"the disk below {self._home} has {free:,} bytes free, outputs may need "
                f"{2 * output_bytes:,}: free some space"
            )

    def measure(self) -> int:
        """Units per second of one core (`workbond.provider.measure`); raises `ExecutionError`."""
        with self._executing(WALL_S) as executor:
            return units_per_second(executor, self._home)

    # ──────────────────────────────── executing ───────────────────────────────

    def execute(
        self, record: JobRecord, bundle: Bundle | None, wall_s: float, cores: int | None = None
    ) -> Sealed:
        """Runs all tasks and keeps outputs, logs and manifest.

        A job that a standing offer brought may have a spec or program that breaks the profile: its
        one right result is that every task is invalid (docs/execution.md).

        Args:
            record: an accepted job, or one that is to be filled with its result.
            bundle: if it was gathered already.
            wall_s: seconds for all of it.
            cores: tasks at once; the terms' by default.

        Raises:
            Refused, BlobError: see `gather`.
            ExecutionError: not done on this machine or in this time; never a result.
        """
        ends = time.monotonic() + wall_s
        try:
            bundle = bundle or self.gather(record)
        except Refused as refused:
            if record.state is State.OPEN or refused.refusal.reason not in INVALID:
                raise
            tree = ResultTree(invalid_leaves(record.request.tasks))
            return self._keep(record, tree, [EMPTY_CID] * record.request.tasks)
        tasks = record.request.tasks
        leaves: dict[int, Leaf] = {}
        outputs = [EMPTY_CID] * tasks
        logs: list[str | None] = [None] * tasks
        logs_left = LOGS_BYTES_MAX
        with self._executing(max(1.0, ends - time.monotonic()), cores) as executor:
            todo = (
                self._task(bundle.spec, record.request, index, cid)
                for index, cid in enumerate(bundle.inputs)
            )
            for result in executor.run(bundle.program, todo):
                outputs[result.index] = self.results.put_file(result.output)
                logs[result.index], logs_left = self._keep_log(result, logs_left)
                leaves[result.index] = result.leaf
                shutil.rmtree(result.output.parent, ignore_errors=True)
                if time.monotonic() > ends:
                    raise ExecutionError(
                        f"only {len(leaves)} of {tasks} tasks were done after {wall_s:.0f} s: give "
                        "fewer --units-per-second, so that such jobs are not accepted"
                    )
        tree = ResultTree(leaves[index] for index in range(tasks))
        return self._keep(record, tree, outputs, logs)

    def _keep(
        self,
        record: JobRecord,
        tree: ResultTree,
        outputs: list[str],
        logs: list[str | None] | None = None,
    ) -> Sealed:
        """Stores the manifest of a result, and seals it."""
        logs = logs or [None] * len(outputs)
        manifest = make_manifest(record.id, self._provider, tree, outputs, logs)
        self.results.put(b"")  # what an empty output is called, so that it can be served
        cid = self.results.put(manifest.to_bytes())
        return self._sealed(record.id, tree, digest_of_cid(cid))

    def opening(self, record: JobRecord) -> Sealed | None:
        """The result of a claimed job from its stored manifest; None if that is lost or damaged."""
        job, digest = record.live_job(), record.manifest
        if digest is None:
            return None
        try:
            data = self.results.read(cid_of_digest(digest), max_bytes=MANIFEST_BYTES_MAX)
            found = self._sealed(record.id, Manifest.from_bytes(data).tree(), digest)
        except WorkbondError:
            return None
        return found if found.seal == job.seal else None

    def _sealed(self, job_id: bytes, tree: ResultTree, manifest: bytes) -> Sealed:
        return Sealed(
            tree.root, tree.total_units, seal(self._provider, job_id, tree.opening), manifest
        )

    def _keep_log(self, result: TaskResult, left: int) -> tuple[str | None, int]:
        size = result.log.stat().st_size
        if not 0 < size <= left:
            return None, left
        return self.results.put_file(result.log), left - size

    def _task(self, spec: Spec, request: Request, index: int, cid: str) -> Task:
        limits = Limits(spec.limits.units, spec.limits.memory, spec.limits.output)
        return Task(
            index=index,
            spec=request.spec,
            input=self.inputs.path(cid),
            limits=limits,
            arguments=spec.arguments,
            environment=spec.environment,
        )

    @contextlib.contextmanager
    def _executing(self, wall_s: float, cores: int | None = None) -> Iterator[Executor]:
        with self._lock:
            if self._stopping:
                raise Cancelled("the node is stopping")
            self._executor = Executor(
                self._home / "compiled", self._home / "work", cores or self._terms.cores, wall_s
            )
        try:
            with self._executor as executor:
                yield executor
        finally:
            with self._lock:
                self._executor = None


def _take(home: Path) -> BinaryIO:
    """Locks the directory for this process, until the file is closed."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        guard = (home / "lock").open("ab")
    except OSError as error:
        raise UsageError(
            f"the directory {home} can't be used ({error.strerror}): choose another --home"
        ) from error
    for attempt in range(LOCK_TRIES):
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return guard
        except OSError as error:
            problem = error
        if attempt < LOCK_TRIES - 1:
            time.sleep(LOCK_PAUSE_S)
    guard.close()
    raise UsageError(
        f"another node is running in {home}: stop it, or use another --account"
    ) from problem


class _Fetcher:
    """Fetches one job's blobs within one budget of bytes and time."""

    def __init__(self, workshop: Workshop, sources: Sources, budget_bytes: int) -> None:
        self._workshop = workshop
        self._sources = sources
        self._left = budget_bytes
        self._ends = time.monotonic() + DOWNLOAD_S

    def get(self, cid: str, max_bytes: int) -> None:
        """Makes sure that the blob is here and sound, and not in use by the pruning to come."""
        store = self._workshop.inputs
        if self._workshop._stopping:
            raise Cancelled("the node is stopping")
        if cid == EMPTY_CID:  # everybody knows its bytes
            store.put(b"")
            return
        if store.has(cid):
            with contextlib.suppress(BlobError):
                store.verify(cid)
                os.utime(store.path(cid))
                self._spend(store.size(cid))
                return
            store.remove(cid)
        left_s = self._ends - time.monotonic()
        if left_s <= 0:
            raise BlobError(f"the job's blobs could not be fetched within {DOWNLOAD_S:.0f} s")
        limit = min(max_bytes, self._left)
        began = time.monotonic()
        size = fetch(cid, self._sources, store, max_bytes=limit, timeout_s=left_s)
        self._measure(size, time.monotonic() - began)
        self._spend(size)

    def _measure(self, size: int, seconds: float) -> None:
        served = self._sources.in_turn()[0]  # those that failed come after it
        with contextlib.suppress(UsageError):
            self._workshop.line.fetched(origin_of(checked_base(served.url)), size, seconds)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Refused(Refusal(Misfit.SIZE, "the blobs it names exceed --max-download together"))

    def hurry(self, within_s: float) -> None:
        """All of it must be here within that time, if it is less than `DOWNLOAD_S`."""
        self._ends = min(self._ends, time.monotonic() + within_s)
