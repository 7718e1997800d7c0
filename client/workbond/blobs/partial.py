"""Downloads that broke, kept by CID so that the next try goes on where they stopped.

Nothing in a partial file is trusted: its bytes may come from any server, and only the hash of the
whole makes them a blob. One process at a time writes a file (flock); another one that wants the
same blob meanwhile downloads into a file of its own, which is not kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from workbond.blobs.disk import disk_errors
from workbond.cid import cid_of_digest, digest_of_cid
from workbond.errors import BlobError

try:
    import fcntl
except ImportError:  # Windows: nothing is resumed there
    fcntl = None  # type: ignore[assignment]

PARTIALS_MAX = 64
PARTIAL_BYTES_MAX = 2 << 30  # of all together; a blob has at most 1 GiB
PARTIAL_BYTES_MIN = 64 << 10  # less is not worth a file
STALE_AFTER_S = 24 * 3600
CHUNK_BYTES = 1 << 18


class WrongBytes(BlobError):
    """The bytes received are not the blob."""


class Download:
    """The download of one blob: `with partials.open(cid, ...) as d: d.write(...); d.commit()`.

    Left without `commit`, the bytes stay for the next try, unless `restart` or `drop` was called.
    """

    def __init__(self, cid: str, max_bytes: int, target: Path, path: Path, file: io.BufferedRandom):
        self.size = 0  # bytes here, those of earlier tries included
        self.kept = True  # whether the bytes may stay when this try breaks
        self._cid, self._max_bytes = cid, max_bytes
        self._target, self._path, self._file = target, path, file
        self._hash = hashlib.sha256()
        self._done = False

    def take_up(self) -> None:
        """Hashes what an earlier try left."""
        while chunk := self._file.read(CHUNK_BYTES):
            self._hash.update(chunk)
            self.size += len(chunk)

    @property
    def complete(self) -> bool:
        """Whether the bytes here are the blob."""
        return self._hash.digest() == digest_of_cid(self._cid)

    def restart(self) -> None:
        """Forgets the bytes: the next ones are the blob's first."""
        with disk_errors(f"the blob {self._cid}"):
            self._file.seek(0)
            self._file.truncate()
        self.size, self._hash, self.kept = 0, hashlib.sha256(), True

    def write(self, chunk: bytes) -> None:
        """Takes the next bytes; `BlobError` once there are more than allowed."""
        if self.size + len(chunk) > self._max_bytes:
            self.kept = False
            raise BlobError(
                f"{self._cid} is larger than the {self._max_bytes:,} bytes allowed here"
            )
        self._hash.update(chunk)
        self.size += len(chunk)
        try:
            with disk_errors(f"the blob {self._cid}"):
                self._file.write(chunk)
        except BlobError:
            self.kept = False  # a full disk must not stay full of this
            raise

    def commit(self) -> None:
        """Gives the blob its place; `WrongBytes`, and they are dropped, if they are not it."""
        if not self.complete:
            self.kept = False
            found = cid_of_digest(self._hash.digest())
            raise WrongBytes(f"the bytes are not the blob {self._cid}: their CID is {found}")
        self.kept = False  # complete, or the disk is full
        with disk_errors(f"the blob {self._cid}"):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._target.parent.mkdir(mode=0o700, exist_ok=True)
            self._path.replace(self._target)
        self._done = True

    def close(self) -> None:
        """Ends the try: the file stays if it is worth going on with."""
        with contextlib.suppress(OSError):
            self._file.flush()
        if not self._done and (not self.kept or self.size < PARTIAL_BYTES_MIN):
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # closing flushes, and releases the lock
            self._file.close()


class Partials:
    """The unfinished downloads of a store, in the directory `root`."""

    def __init__(self, root: Path, spare: Path) -> None:
        self._root = root
        self._spare = spare  # where files go that are not kept
        with disk_errors(f"the blob directory {root}"):
            root.mkdir(mode=0o700, exist_ok=True)
        self._tidy()

    @contextlib.contextmanager
    def open(self, cid: str, target: Path, max_bytes: int) -> Iterator[Download]:
        """The download of `cid`, with the bytes of an earlier try if there are any.

        Args:
            cid: the blob.
            target: where it goes when it is complete.
            max_bytes: no blob is longer.
        """
        digest_of_cid(cid)  # so that no path escapes
        with disk_errors(f"the blob {cid}"):
            path, file = self._locked(cid)
        download = Download(cid, max_bytes, target, path, file)
        download.kept = path.parent == self._root
        try:
            with disk_errors(f"the blob {cid}"):
                download.take_up()
            yield download
        finally:
            if path.parent != self._root:
                download.kept = False
            download.close()
            self._tidy()

    def _locked(self, cid: str) -> tuple[Path, io.BufferedRandom]:
        if fcntl is not None:
            path = self._root / cid
            file = path.open("a+b")
            if _lock(file) and _is_at(file, path):
                file.seek(0)
                return path, file
            file.close()
        path = self._spare / uuid.uuid4().hex
        return path, path.open("w+b")

    def _tidy(self) -> None:
        """Removes what is too old, and the oldest beyond the bounds; what is in use stays."""
        found = []
        for path in self._root.iterdir():
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in found)
        count, now = len(found), time.time()
        for changed, size, path in sorted(found):
            old = now - changed > STALE_AFTER_S
            if not old and total <= PARTIAL_BYTES_MAX and count <= PARTIALS_MAX:
                break
            if _remove_unused(path):
                total, count = total - size, count - 1


def _remove_unused(path: Path) -> bool:
    with contextlib.suppress(OSError), path.open("r+b") as file:
        if _lock(file) and _is_at(file, path):
            path.unlink()
            return True
    return False


def _lock(file: io.BufferedRandom | io.BufferedReader) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(file: io.BufferedRandom | io.BufferedReader, path: Path) -> bool:
    """Whether the open file still is the one at `path`: it may have been renamed or removed
    between opening and locking."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False
