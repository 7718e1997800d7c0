"""Fetching a blob: from the local store, else from gateways in turn, verified before it is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

from workbond.blobs.store import BlobStore
from workbond.errors import BlobError, UsageError

GATEWAYS_MAX = 8  # tried in turn; lists come from cards and events that strangers write
ACCEPT = "application/vnd.ipld.raw"


def fetch(
    cid: str,
    gateways: Sequence[str],
    store: BlobStore,
    *,
    max_bytes: int,
    timeout_s: float,
) -> int:
    """Make sure that `store` holds the blob, and return its length in bytes.

    Each gateway gets an equal part of the time that is left, so a slow one can't use up all of it.
    Bytes are hashed while they arrive; a wrong or too long answer ends at once and leaves nothing.

    Args:
        cid: the blob.
        gateways: base addresses (`https://example.org`); the first eight are tried in order.
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
    if not gateways:
        raise BlobError(f"the blob {cid} is not here and no gateway is known for it")
    ends = time.monotonic() + timeout_s
    problem = ""
    tried = list(dict.fromkeys(gateways))[:GATEWAYS_MAX]
    for number, gateway in enumerate(tried):
        left_s = ends - time.monotonic()
        if left_s <= 0:
            problem = f"the {timeout_s:.1f} s are over"
            break
        try:
            return _fetch_from(gateway, cid, store, max_bytes, left_s / (len(tried) - number))
        except (BlobError, UsageError) as error:
            problem = str(error)
    raise BlobError(f"the blob {cid} could not be fetched from {len(tried)} gateway(s): {problem}")


def _fetch_from(gateway: str, cid: str, store: BlobStore, max_bytes: int, timeout_s: float) -> int:
    from workbond.blobs.http import checked_base, exchange

    url = f"{checked_base(gateway)}/ipfs/{cid}?format=raw"
    with exchange("GET", url, timeout_s=timeout_s, headers={"Accept": ACCEPT}) as answer:
        if answer.status != 200:
            raise BlobError(f"{gateway[:100]} answered with status {answer.status}")
        announced = answer.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:18]) > max_bytes:
            raise BlobError(
                f"{gateway[:100]} announces {announced[:18]} bytes; {max_bytes:,} are allowed"
            )
        with store.writer(expected=cid, max_bytes=max_bytes) as writer:
            for chunk in answer.chunks:
                writer.write(chunk)
            writer.commit()
            return writer.size
