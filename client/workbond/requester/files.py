"""Writing a verified result where the user wants it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from workbond.blobs.store import CHUNK_BYTES, BlobStore
from workbond.cid import cid_of_digest
from workbond.errors import BlobError, UsageError
from workbond.progress import progress
from workbond.requester.result import JobResult, TaskOutput


def write_outputs(
    result: JobResult, store: BlobStore, out: Path, *, force: bool = False
) -> JobResult:
    """Copies outputs and logs into the directory `out`; the result returned has their paths.

    Task 3 with the input `2012-04.csv` becomes `3-2012-04.out` and, if it wrote to standard error,
    `3-2012-04.log`. A file appears whole or not at all. One with the same content is left as it is;
    one with another content is replaced only with `force`.

    Raises:
        UsageError: a file is in the way, or the directory can't be written.
    """
    tasks: list[TaskOutput] = []
    with _disk_errors(out), progress("writing outputs", total=len(result.tasks)) as bar:
        out.mkdir(parents=True, exist_ok=True)
        for task in result.tasks:
            path, log_path = out / f"{task.name}.out", None
            _copy(store, task.output, path, force)
            if task.log is not None and task.log_path is not None:
                log_path = out / f"{task.name}.log"
                _copy(store, task.log, log_path, force)
            tasks.append(replace(task, path=path, log_path=log_path))
            bar.advance()
    return result.with_tasks(tasks)


def write_blobs(
    files: Mapping[str, str], store: BlobStore, out: Path, *, force: bool = False
) -> None:
    """Copies blobs of `store` into the directory `out`: `files` gives a CID for each file name.

    As with `write_outputs`, nothing else is overwritten without `force`, and the same errors occur.
    """
    with _disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, cid in files.items():
            _copy(store, cid, out / name, force)


def _copy(store: BlobStore, cid: str, target: Path, force: bool) -> None:
    if not force and os.path.lexists(target):
        if target.is_file() and _cid_of_file(target) == cid:
            return
        raise UsageError(
            f"{target} is in the way and holds something else: choose another --out, or --force"
        )
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    part = Path(name)
    try:
        digest = hashlib.sha256()
        with os.fdopen(handle, "wb") as copy, store.open(cid) as source:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
        if cid_of_digest(digest.digest()) != cid:
            raise BlobError(f"the stored blob {cid} changed since it was checked: fetch again")
        part.chmod(0o644)  # mkstemp's 0600 is meant for secrets
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _cid_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return cid_of_digest(hashlib.file_digest(file, "sha256").digest())


@contextmanager
def _disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"can't write the outputs to {out} ({error.strerror or error}): choose another --out"
        ) from error
