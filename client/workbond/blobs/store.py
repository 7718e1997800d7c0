"""A content-addressed directory: every file is named by the CID of its bytes.

Layout: `<root>/<shard>/<cid>`, where the shard is the CID's next-to-last two characters (the last
one is not evenly spread), `<root>/tmp` for what is being written, and `<root>/partial` for
downloads that broke. A blob appears by one atomic rename after its bytes are on disk and their hash
is known, so a reader never sees half of it and two processes can share a directory.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbond.blobs.disk import disk_errors
from workbond.blobs.partial import STALE_AFTER_S, Download, Partials
from workbond.cid import cid_of, cid_of_digest, digest_of_cid, is_cid
from workbond.errors import BlobError

BLOB_BYTES_MAX = 1 << 30  # 1 GiB: what a provider can hash and hold for one task
CHUNK_BYTES = 1 << 18


class BlobStore:
    """Blobs in the directory `root`, which is made with mode 0700.

    Args:
        root: the directory.
        max_blob_bytes: no single blob may be larger.
        stale_after_s: unfinished files this old belong to a process that died, and are removed now;
            0 if no other process writes here. Broken downloads have bounds of their own.
    """

    def __init__(
        self,
        root: Path,
        max_blob_bytes: int = BLOB_BYTES_MAX,
        stale_after_s: float = STALE_AFTER_S,
    ) -> None:
        self.root = root
        self.max_blob_bytes = max_blob_bytes
        self._tmp = root / "tmp"
        with disk_errors(f"the blob directory {root}"):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tmp.mkdir(mode=0o700, exist_ok=True)
            self._drop_stale(stale_after_s)
        self._partials = Partials(root / "partial", self._tmp)

    def path(self, cid: str) -> Path:
        """Where the blob lies or would lie; `UsageError` if `cid` isn't one, so no path escapes."""
        digest_of_cid(cid)
        return self.root / cid[-3:-1] / cid

    def has(self, cid: str) -> bool:
        return self.path(cid).is_file()

    def size(self, cid: str) -> int:
        """Length in bytes; `BlobError` if the blob is not here."""
        with self._missing(cid):
            return self.path(cid).stat().st_size

    def put(self, data: bytes) -> str:
        """Keep `data`, return its CID."""
        cid = cid_of(data)
        if self._intact(cid):
            return cid
        with self.writer(expected=cid) as writer:
            writer.write(data)
            return writer.commit()

    def put_file(self, source: Path) -> str:
        """Keep a copy of the file `source`, read in pieces, and return its CID."""
        try:
            with source.open("rb") as file:
                return self.put_chunks(iter(lambda: file.read(CHUNK_BYTES), b""))
        except OSError as error:
            raise BlobError(f"{source} can't be read: {error.strerror or error}") from error

    def put_chunks(
        self, chunks: Iterable[bytes], expected: str | None = None, max_bytes: int | None = None
    ) -> str:
        """Keep what `chunks` yields, hashed while it is written; return the CID.

        Args:
            chunks: pieces of the blob in order.
            expected: the CID the bytes must have; anything else is refused and not kept.
            max_bytes: a bound below the store's own.
        """
        with self.writer(expected, max_bytes) as writer:
            for chunk in chunks:
                writer.write(chunk)
            return writer.commit()

    def writer(self, expected: str | None = None, max_bytes: int | None = None) -> BlobWriter:
        """A context manager that takes the bytes piece by piece; without `commit` nothing stays."""
        limit = self.max_blob_bytes if max_bytes is None else min(max_bytes, self.max_blob_bytes)
        return BlobWriter(self, self._tmp / uuid.uuid4().hex, expected, limit)

    def download(self, cid: str, max_bytes: int) -> contextlib.AbstractContextManager[Download]:
        """The blob's download, which goes on where an earlier one broke off."""
        return self._partials.open(cid, self.path(cid), min(max_bytes, self.max_blob_bytes))

    def read(self, cid: str, *, max_bytes: int | None = None, verify: bool = True) -> bytes:
        """The blob's bytes, at most `max_bytes`; with `verify`, hashed again before use."""
        limit = self.max_blob_bytes if max_bytes is None else max_bytes
        with self._missing(cid), self.path(cid).open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise BlobError(f"the blob {cid} is larger than the {limit:,} bytes allowed here")
        if verify and cid_of(data) != cid:
            raise self._damaged(cid)
        return data

    def open(self, cid: str) -> io.BufferedReader:
        """The blob as a file to read from, not verified."""
        with self._missing(cid):
            return self.path(cid).open("rb")

    def verify(self, cid: str) -> None:
        """Hash the blob again, in pieces; `BlobError` if it is missing or damaged."""
        with self.open(cid) as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        if cid_of_digest(digest) != cid:
            raise self._damaged(cid)

    def list(self) -> Iterator[str]:
        """The CIDs of all blobs, in no order."""
        for shard in self.root.iterdir():
            if len(shard.name) == 2 and shard.is_dir():
                yield from (entry.name for entry in shard.iterdir() if is_cid(entry.name))

    def total_bytes(self) -> int:
        """The sum of all blobs' lengths."""
        total = 0
        for cid in self.list():
            with contextlib.suppress(FileNotFoundError):  # removed by another process meanwhile
                total += self.path(cid).stat().st_size
        return total

    def remove(self, cid: str) -> bool:
        """Forget the blob; whether it was here."""
        try:
            self.path(cid).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise BlobError(
                f"the blob {cid} can't be removed: {error.strerror or error}"
            ) from error
        return True

    def _intact(self, cid: str) -> bool:
        try:
            self.verify(cid)
        except BlobError:
            return False
        return True

    @contextlib.contextmanager
    def _missing(self, cid: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise BlobError(f"the blob {cid} is not in {self.root}; fetch it first") from error
        except OSError as error:
            raise BlobError(f"the blob {cid} can't be read: {error.strerror or error}") from error

    def _damaged(self, cid: str) -> BlobError:
        return BlobError(
            f"the stored blob {cid} is damaged; remove {self.path(cid)} and fetch it again"
        )

    def _drop_stale(self, age_s: float) -> None:
        for entry in self._tmp.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if age_s == 0 or time.time() - entry.stat().st_mtime > age_s:
                    entry.unlink()


class BlobWriter:
    """Writes one blob: `with store.writer(...) as w: w.write(...); cid = w.commit()`."""

    def __init__(self, store: BlobStore, part: Path, expected: str | None, max_bytes: int) -> None:
        if expected is not None:
            digest_of_cid(expected)
        self.size = 0  # bytes taken so far
        self.added = False  # after `commit`: whether the store did not have the blob before
        self._store, self._part, self._expected, self._max_bytes = store, part, expected, max_bytes
        self._hash = hashlib.sha256()
        self._file: io.BufferedWriter | None = None

    def __enter__(self) -> BlobWriter:
        with disk_errors(f"a blob in {self._store.root}"):
            self._file = self._part.open("wb")
        return self

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; `BlobError` once the blob is larger than allowed."""
        if self._file is None:
            raise ValueError("the writer is not open")
        self.size += len(chunk)
        if self.size > self._max_bytes:
            name = self._expected or "the blob"
            raise BlobError(f"{name} is larger than the {self._max_bytes:,} bytes allowed here")
        self._hash.update(chunk)
        with disk_errors(f"a blob in {self._store.root}"):
            self._file.write(chunk)

    def commit(self) -> str:
        """Check the hash, flush to disk, give the blob its name; returns the CID."""
        if self._file is None:
            raise ValueError("the writer is not open")
        cid = cid_of_digest(self._hash.digest())
        if self._expected not in (None, cid):
            raise BlobError(f"the bytes are not the blob {self._expected}: their CID is {cid}")
        target = self._store.path(cid)
        with disk_errors(f"the blob {cid}"):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._close()
            self.added = not target.exists()
            target.parent.mkdir(mode=0o700, exist_ok=True)
            self._part.replace(target)
        return cid

    def __exit__(self, *_: object) -> None:
        # closing flushes, which fails again on a full disk; the reason was already told
        with contextlib.suppress(OSError):
            self._close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()
