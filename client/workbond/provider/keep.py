"""How long finished work stays on disk: the newest first, within a budget.

Results of live jobs are never removed: outputs must be served, and the manifest opens the seal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from workbond.blobs.store import BlobStore
from workbond.diskspace import affordable_bytes
from workbond.errors import WorkbondError
from workbond.manifest import MANIFEST_BYTES_MAX, Manifest

FILE_BYTES = 16 << 10
"""Counted per blob beside its length: file systems run out of files too, usually at one per 16 KiB,
and a job may have 65,536 outputs of a few bytes."""


def blobs_of(manifest_cid: str, store: BlobStore) -> set[str]:
    """The manifest's CID and those it names; the CID alone if the manifest can't be read."""
    found = {manifest_cid}
    try:
        manifest = Manifest.from_bytes(store.read(manifest_cid, max_bytes=MANIFEST_BYTES_MAX))
    except WorkbondError:
        return found
    for task in manifest.tasks:
        found.add(task.output)
        if task.log is not None:
            found.add(task.log)
    return found


def prune(
    store: BlobStore, keep_bytes: int, needed: Callable[[], Collection[str]] = frozenset
) -> int:
    """Removes the oldest blobs until the rest takes at most `keep_bytes`; returns how many went.

    Args:
        store: of the blobs; a blob's age is that of its last use.
        keep_bytes: lengths and `FILE_BYTES` each; less on a small disk.
        needed: gives the blobs that stay and don't count; asked only if something has to go.
    """
    blobs = []
    for cid in store.list():
        try:
            status = store.path(cid).stat()
        except FileNotFoundError:
            continue
        blobs.append((status.st_mtime, status.st_size + FILE_BYTES, cid))
    total = sum(size for _, size, _ in blobs)
    most = affordable_bytes(store.root, total, keep_bytes)
    if total <= most:
        return 0
    kept = needed()
    blobs = sorted(blob for blob in blobs if blob[2] not in kept)
    total = sum(size for _, size, _ in blobs)
    removed = 0
    for _, size, cid in blobs:
        if total <= most:
            break
        total -= size
        removed += store.remove(cid)
    return removed
