"""What a job's tasks wrote to standard error: no part of the result, and so not sealed."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbond.errors import BlobError, UsageError
from workbond.executor.profile import MAX_LOG_BYTES
from workbond.jobs import JobRecord
from workbond.manifest import EMPTY_CID
from workbond.requester.access import OpenSigner
from workbond.requester.desk import Desk
from workbond.requester.fetch import LOGS_BYTES_MAX, fetch_logs, fetch_manifest, sources_of
from workbond.requester.memory import recall_names
from workbond.requester.result import CLASS_NAMES, ending_of, require_claim
from workbond.tree import CLASS_EXIT

TIMEOUT_S = 600.0


@dataclass(frozen=True)
class TaskLog:
    """A task, how it ended, and its log.

    `cid` names the log and `path` holds it; None if the task wrote nothing, or the provider kept no
    more of this job (its manifest doesn't tell the two apart). `name` is a file name stem.
    """

    index: int
    name: str
    cls: int
    exit_code: int
    length: int
    cid: str | None
    path: Path | None

    @property
    def ending(self) -> str:
        """In words: `exit 0`, `trap`."""
        return ending_of(self.cls, self.exit_code)

    @property
    def truncated(self) -> bool:
        """Whether the log reached the cap, beyond which a task's words are dropped."""
        return self.length >= MAX_LOG_BYTES

    def read(self) -> bytes:
        """Its bytes; none where there is no log."""
        return b"" if self.path is None else self.path.read_bytes()

    def to_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "class": CLASS_NAMES[self.cls],
            "exit_code": self.exit_code,
            "log": self.read().decode("utf-8", "replace"),
            "bytes": self.length,
            "truncated": self.truncated,
        }


def job_logs(
    desk: Desk,
    record: JobRecord,
    *,
    tasks: Collection[int] = (),
    failed: bool = False,
    gateways: Sequence[str] = (),
    signer: OpenSigner | None = None,
    timeout_s: float = TIMEOUT_S,
) -> list[TaskLog]:
    """Logs of a claimed job's tasks, in order. Manifest and logs are fetched, outputs are not.

    Args:
        desk: market and store.
        record: a job with a claim.
        tasks: only these; none given: all.
        failed: only those that did not end with exit code 0.
        gateways: asked before the provider's own.
        signer: opens the requester's account, as for `fetch_result`.
        timeout_s: for everything.

    Raises:
        UsageError: no claim, or no such task.
        BlobError: manifest or a log can't be had; or the logs exceed 256 MiB together.
        VerificationFailed: the manifest contradicts the seal.
    """
    ends = time.monotonic() + timeout_s
    require_claim(record)
    _require_tasks(tasks, record.request.tasks)
    sources = sources_of(desk, record, gateways, signer)
    manifest, _ = fetch_manifest(desk, record, sources, timeout_s)
    names = recall_names(desk.home, record.id, len(manifest.tasks))
    wanted = [
        (index, task)
        for index, task in enumerate(manifest.tasks)
        if (not tasks or index in tasks)
        and not (failed and task.cls == CLASS_EXIT and task.exit_code == 0)
    ]
    cids = [task.log for _, task in wanted if task.log is not None]
    left_s = max(0.0, ends - time.monotonic())
    problem = fetch_logs(desk.store, cids, sources.with_budget(LOGS_BYTES_MAX), left_s)
    if problem:
        raise BlobError(f"{problem}; what came is kept: --task N asks for single ones")
    found = []
    for index, task in wanted:
        log = None if task.log in (None, EMPTY_CID) else task.log
        if log is not None:
            desk.store.verify(log)
        found.append(
            TaskLog(
                index=index,
                name=names[index],
                cls=task.cls,
                exit_code=task.exit_code,
                length=0 if log is None else desk.store.size(log),
                cid=log,
                path=None if log is None else desk.store.path(log),
            )
        )
    return found


def _require_tasks(tasks: Collection[int], count: int) -> None:
    for index in tasks:
        if not 0 <= index < count:
            last = f"0 to {count - 1:,}" if count > 1 else "0 only"
            raise UsageError(f"the job has no task {index}: its tasks are {last}")
