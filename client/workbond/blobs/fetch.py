"""Fetching a blob: from the local store, else from gateways in turn, verified before it is kept."""

from __future__ import annotations

import re
import time

from workbond.blobs.http import checked_base, exchange, read_text
from workbond.blobs.partial import Download, WrongBytes
from workbond.blobs.sources import BudgetSpent, Source, Sources
from workbond.blobs.store import BlobStore
from workbond.errors import BlobError, UsageError
from workbond.http import Answer

ACCEPT = "application/vnd.ipld.raw"
BUSY_STATUSES = (429, 503)
BUSY_TRIES = 5
BUSY_PAUSE_S = 1.0  # unless the server says how long (Retry-After)
BUSY_PAUSE_MAX_S = 10.0
REASON_BYTES = 200  # of a server's own words about a refused signature
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")


def fetch(
    cid: str,
    sources: Sources,
    store: BlobStore,
    *,
    max_bytes: int,
    timeout_s: float,
) -> int:
    """Make sure that `store` holds the blob, and return its length in bytes.

    Each gateway gets an equal part of the time that is left, so a slow one can't use up all of it.
    A download that broke goes on where it stopped, at the next gateway or the next call. Bytes are
    hashed while they arrive; a wrong or too long answer ends at once and leaves nothing.

    Args:
        cid: the blob.
        sources: the gateways.
        store: where it is looked for first and kept.
        max_bytes: no more is read, whatever the server announces.
        timeout_s: for all of it.

    Raises:
        BlobError: no gateway gave the right bytes; the line names the last problem.
    """
    if store.has(cid):
        size = store.size(cid)
        if size > max_bytes:
            raise BlobError(
                f"the blob {cid} has {size:,} bytes, more than the {max_bytes:,} allowed"
            )
        return size
    asked = sources.in_turn()
    if not asked:
        raise BlobError(f"the blob {cid} is not here and no gateway is known for it")
    ends = time.monotonic() + timeout_s
    problem = ""
    for number, source in enumerate(asked):
        left_s = ends - time.monotonic()
        if left_s <= 0:
            problem = f"the {timeout_s:.1f} s are over"
            break
        part_s = left_s / (len(asked) - number)
        try:
            size = _Exchange(cid, sources, source, store, max_bytes, part_s).run()
        except BudgetSpent:
            raise
        except (BlobError, UsageError) as error:
            sources.failed(source)
            problem = str(error)
        else:
            sources.served(source)
            return size
    raise BlobError(f"the blob {cid} could not be fetched from {len(asked)} gateway(s): {problem}")


class _Exchange:
    """One gateway's turn for one blob."""

    def __init__(
        self,
        cid: str,
        sources: Sources,
        source: Source,
        store: BlobStore,
        max_bytes: int,
        timeout_s: float,
    ) -> None:
        self._cid, self._store, self._max_bytes = cid, store, max_bytes
        self._sources, self._source = sources, source
        self._url = f"{checked_base(source.url)}/ipfs/{cid}?format=raw"
        self._shown = source.url[:100]
        self._ends = time.monotonic() + timeout_s
        self._authorization = sources.authorization(source)

    def run(self) -> int:
        """Fetches and keeps the blob; returns its length."""
        with self._store.download(self._cid, self._max_bytes) as download:
            if download.size and download.complete:
                download.commit()
                return download.size
            if download.size > self._max_bytes:  # left by a call that allowed more
                download.restart()
            resumed = download.size > 0
            try:
                self._receive(download)
            except WrongBytes:
                if not resumed:
                    raise
                # the beginning came from somebody else, and may be what is wrong: once more, whole
                download.restart()
                self._receive(download)
            return download.size

    def _receive(self, download: Download) -> None:
        for number in range(BUSY_TRIES):
            pause_s = self._attempt(download)
            if pause_s is None:
                return
            if number + 1 < BUSY_TRIES and pause_s < self._ends - time.monotonic():
                time.sleep(pause_s)
                continue
            break
        raise BlobError(f"{self._shown} is busy, or doesn't have it yet")

    def _attempt(self, download: Download) -> float | None:
        """One request, and what it brings; if the server asks to come back later, in how long."""
        offset = download.size
        headers = {"Accept": ACCEPT}
        if offset:
            # no If-Range: what a CID names can't change, and the hash is of the whole
            headers["Range"] = f"bytes={offset}-"
        with exchange(
            "GET",
            self._url,
            timeout_s=max(0.001, self._ends - time.monotonic()),
            private=self._source.private,
            headers=headers,
            authorization=self._authorization,
        ) as answer:
            if answer.status in BUSY_STATUSES:
                return _pause_s(answer)
            if answer.status == 206 and offset:
                self._check_range(answer, offset)
            elif answer.status == 200:
                download.restart()
            elif answer.status == 416 and offset:
                raise WrongBytes(f"{self._shown} has fewer than {offset:,} bytes of it")
            else:
                raise self._refused(answer)
            self._check_length(answer, download.size)
            for chunk in answer.chunks:
                self._sources.charge(len(chunk))
                download.write(chunk)
        download.commit()
        return None

    def _check_range(self, answer: Answer, offset: int) -> None:
        """`Content-Range` must be what was asked for: from `offset` to the end."""
        text = answer.headers.get("content-range", "")
        match = _RANGE.fullmatch(text)
        if match is None or int(match[1]) != offset or int(match[2]) < offset:
            raise BlobError(f"{self._shown} sends another range than was asked for ({text[:60]!r})")
        if match[3] != "*" and int(match[2]) != int(match[3]) - 1:
            raise BlobError(f"{self._shown} sends a range that ends early ({text[:60]!r})")

    def _check_length(self, answer: Answer, offset: int) -> None:
        announced = answer.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit():
            total = offset + int(announced[:18])
            if total > self._max_bytes:
                raise BlobError(
                    f"{self._shown} announces {total} bytes; {self._max_bytes:,} are allowed"
                )

    def _refused(self, answer: Answer) -> BlobError:
        why = ""
        if answer.status == 401 and self._authorization is not None:
            why = f" ({read_text(answer, REASON_BYTES)})"
        return BlobError(f"{self._shown} answered with status {answer.status}{why}")


def _pause_s(answer: Answer) -> float:
    """How long the server asks to wait (RFC 9110 section 10.2.3, seconds only)."""
    said = answer.headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return min(max(float(said[:6]), BUSY_PAUSE_S), BUSY_PAUSE_MAX_S)
    return BUSY_PAUSE_S
