"""Which blobs belong to which of our jobs, whose jobs those are, and whether they are over.

The gateway asks here before it hands out a result, or an input to who judges one. Everything
follows from the chain, the manifests in the results' store and the specs in the inputs', so it is
built anew at each start: the file is a place outside memory, no second truth. A job's blobs are
known from its execution on, but handed to nobody before its claim is on the chain.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

from workbond.blobs.store import BlobStore
from workbond.chain.contract import topic
from workbond.chain.market import Market
from workbond.chain.types import ZERO_ADDRESS, State
from workbond.cid import cid_of_digest
from workbond.errors import BlobError
from workbond.jobs import JobRecord
from workbond.manifest import MANIFEST_BYTES_MAX
from workbond.needs import inputs_of

EVENTS = ("JobClaimed", "JobSettled", "JobVoided")  # topic 3 is the provider
ROWS_AT_ONCE = 1_000  # between two of them, the gateway's questions are answered
_SCHEMA = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, requester TEXT NOT NULL,
    manifest BLOB NOT NULL, stage INTEGER NOT NULL);
CREATE TABLE blobs (cid TEXT, job INTEGER, PRIMARY KEY (cid, job)) WITHOUT ROWID;
CREATE INDEX by_job ON blobs (job);
CREATE TABLE lent (id BLOB PRIMARY KEY, resolver TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE inputs (id BLOB, cid TEXT, PRIMARY KEY (id, cid)) WITHOUT ROWID;
"""


class Stage(IntEnum):
    """Of a job whose result is here."""

    EXECUTED = 0  # nobody may have it yet
    CLAIMED = 1  # its requester may
    FINAL = 2  # everybody may


class IndexFailed(BlobError):
    """The index itself can't be read or written."""


class Shelf:
    """The index, in a file that is made anew at `path`. Usable from several threads."""

    def __init__(self, path: Path) -> None:
        self.ready = False  # whether our claims of the past are in it
        self._lock = threading.Lock()
        self._unreadable: set[bytes] = set()  # manifests that are damaged
        with _index_errors(path):
            path.unlink(missing_ok=True)
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            # lost in a crash: it is made anew anyway
            self._base.executescript("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;")
            self._base.executescript(_SCHEMA)
        self._path = path

    def close(self) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._base.close()

    # ──────────────────────────────── questions ───────────────────────────────

    def is_public(self, cid: str) -> bool:
        """Whether some job that is over names the blob."""
        return bool(
            self._rows(
                "SELECT 1 FROM blobs JOIN jobs ON job = number WHERE cid = ? AND stage = ? LIMIT 1",
                cid,
                Stage.FINAL,
            )
        )

    def job(self, job_id: bytes) -> tuple[str, Stage] | None:
        """The job's requester and stage; None if its result is not here."""
        for requester, stage in self._rows(
            "SELECT requester, stage FROM jobs WHERE id = ?", job_id
        ):
            return requester, Stage(stage)
        return None

    def names(self, job_id: bytes, cid: str) -> bool:
        """Whether the job names the blob, or it is the job's manifest."""
        return bool(
            self._rows(
                "SELECT 1 FROM blobs JOIN jobs ON job = number WHERE cid = ? AND id = ?",
                cid,
                job_id,
            )
        )

    def resolver(self, job_id: bytes) -> str | None:
        """Who judges the job, while its inputs are lent to verifiers; None: they are not."""
        found = self._rows("SELECT resolver FROM lent WHERE id = ?", job_id)
        return str(found[0][0]) if found else None

    def lends(self, job_id: bytes, cid: str) -> bool:
        """Whether the blob is lent to the verifiers of the job."""
        return bool(self._rows("SELECT 1 FROM inputs WHERE id = ? AND cid = ?", job_id, cid))

    def lent(self) -> set[str]:
        """The CIDs of all blobs that are lent to verifiers."""
        return {cid for (cid,) in self._rows("SELECT DISTINCT cid FROM inputs")}

    # ───────────────────────────────── changes ────────────────────────────────

    def load(
        self, market: Market, provider: str, first_block: int, last_block: int, store: BlobStore
    ) -> None:
        """Takes in our claims of the past whose manifests are in `store`."""
        for event in market.events(
            first_block, last_block, names=EVENTS, topics=[None, None, topic(provider)]
        ):
            args = event.args
            if event.name != "JobClaimed":
                self._set_stage(args["id"], Stage.FINAL)
            else:
                self._claimed(args["id"], args["requester"], args["manifest"], store)
        self.ready = True

    def note(
        self, job_id: bytes, requester: str, manifest: bytes, stage: Stage, store: BlobStore
    ) -> None:
        """Takes in a job of ours, or its new stage.

        Args:
            job_id: the job.
            requester: whose it is.
            manifest: the SHA-256 of its manifest, which lies in `store`.
            stage: how far it is.
            store: of the results.

        Raises:
            BlobError: the manifest is not there, or the disk is full.
        """
        self._unreadable.discard(manifest)
        known = self._rows("SELECT manifest, stage FROM jobs WHERE id = ?", job_id)
        if known and known[0][0] == manifest:
            if known[0][1] != stage:
                self._set_stage(job_id, stage)
            return
        cids = sorted({cid_of_digest(manifest), *_named(store, manifest)})
        self._drop(job_id)
        with self._writing() as base:
            number = base.execute("SELECT ifnull(max(number), 0) + 1 FROM jobs").fetchone()[0]
            base.execute("DELETE FROM blobs WHERE job = ?", (number,))  # of a job half taken in
        self._insert("blobs (cid, job)", [(cid, number) for cid in cids])
        with self._writing() as base:
            row = (number, job_id, requester, manifest, int(stage))
            base.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", row)

    def sync(
        self, live: Iterable[JobRecord], state_of: Callable[[bytes], State], store: BlobStore
    ) -> None:
        """Follows the chain: what is claimed now, and what is over.

        Args:
            live: our live jobs.
            state_of: the market's word on any other job; only a final state ends one here, as a
                node's answers may lack jobs.
            store: of the results.
        """
        found = {record.id: record for record in live}
        for record in found.values():
            if record.manifest is None:  # also if a reorganisation took the claim back
                self._set_stage(record.id, Stage.EXECUTED)
            else:
                self._claimed(record.id, record.request.requester, record.manifest, store)
        unsettled = self._rows("SELECT id, stage FROM jobs WHERE stage < ?", Stage.FINAL)
        for job_id, stage in unsettled:
            if job_id in found:
                continue
            state = state_of(job_id)
            if not state.is_final:
                continue
            # what is settled was claimed, though we may not have looked in between
            if stage == Stage.CLAIMED or state is State.SETTLED:
                self._set_stage(job_id, Stage.FINAL)
            else:  # it ended without a claim: its outputs are nobody's
                self._drop(job_id)

    def lend(self, live: Iterable[JobRecord], inputs: BlobStore) -> None:
        """Follows the chain: what judged jobs that are claimed work on is lent, until they end.

        Args:
            live: our live jobs.
            inputs: where their specs lie, and all that these name.
        """
        judged = {
            record.id: record
            for record in live
            if record.request.resolver != ZERO_ADDRESS and record.manifest is not None
        }
        known = {job_id for (job_id,) in self._rows("SELECT id FROM lent")}
        for job_id in known - judged.keys():
            with self._writing() as base:
                base.execute("DELETE FROM lent WHERE id = ?", (job_id,))
                base.execute("DELETE FROM inputs WHERE id = ?", (job_id,))
        for job_id in judged.keys() - known:
            request = judged[job_id].request
            cids = inputs_of(request.spec, request.tasks, inputs)
            self._insert("inputs (id, cid)", [(job_id, cid) for cid in cids])
            with self._writing() as base:
                base.execute("INSERT INTO lent VALUES (?, ?)", (job_id, request.resolver))

    def forget(self, store: BlobStore) -> None:
        """Drops the jobs whose manifests are no longer in `store`."""
        for job_id, manifest in self._rows("SELECT id, manifest FROM jobs"):
            if not store.has(cid_of_digest(manifest)):
                self._drop(job_id)

    def _claimed(self, job_id: bytes, requester: str, manifest: bytes, store: BlobStore) -> None:
        """Takes in a claim if its manifest is here and sound; else nothing of it can be served."""
        if manifest in self._unreadable or not store.has(cid_of_digest(manifest)):
            return
        try:
            self.note(job_id, requester, manifest, Stage.CLAIMED, store)
        except IndexFailed:
            raise
        except BlobError:
            self._unreadable.add(manifest)

    def _set_stage(self, job_id: bytes, stage: Stage) -> None:
        with self._writing() as base:
            base.execute("UPDATE jobs SET stage = ? WHERE id = ?", (int(stage), job_id))

    def _drop(self, job_id: bytes) -> None:
        with self._writing() as base:
            found = base.execute("SELECT number FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if found is not None:
                base.execute("DELETE FROM jobs WHERE number = ?", found)
                base.execute("DELETE FROM blobs WHERE job = ?", found)

    def _insert(self, into: str, rows: Sequence[tuple[object, object]]) -> None:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            with self._writing() as base:
                base.execute("BEGIN")
                part = rows[start : start + ROWS_AT_ONCE]
                base.executemany(f"INSERT OR IGNORE INTO {into} VALUES (?, ?)", part)
                base.execute("COMMIT")

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, _index_errors(self._path):
            return self._base.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _index_errors(self._path):
            yield self._base


def _named(store: BlobStore, manifest: bytes) -> set[str]:
    """The CIDs of the outputs and logs that one of our own manifests names.

    Not by `Manifest`, which checks what strangers write, nor by the CIDs' digests: either takes ten
    seconds for the largest.
    """
    cid = cid_of_digest(manifest)
    try:
        tasks = json.loads(store.read(cid, max_bytes=MANIFEST_BYTES_MAX))["tasks"]
        return {str(blob) for task in tasks for blob in (task["output"], task["log"]) if blob}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BlobError(f"the stored manifest {cid} is no manifest: remove it") from error


@contextlib.contextmanager
def _index_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise IndexFailed(f"the index {path} can't be used ({error}): check the disk") from error
